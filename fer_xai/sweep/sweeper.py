"""Which sweeper a command has: the program's own makes a study of its runs, others search among settings."""

from typing import Any

_STUDY_SWEEPER = "hydra_plugins.fer_xai_sweeper.study_sweeper.StudySweeper"


def makes_study(config: Any) -> bool:
    """Whether the runs of a sweep are a study's, which the program knows beforehand and tells of together.

    Args:
        config: composed, with its `hydra` node.
    """
    return bool(config.hydra.sweeper._target_ == _STUDY_SWEEPER)
