"""Hydra's basic sweeper, which does only those runs of a study that are not done yet.

Hydra finds plugins in a package of the name `hydra_plugins` only, and loads them by itself: nothing else may import
this module.
"""

from hydra._internal.core_plugins.basic_sweeper import BasicSweeper


class StudySweeper(BasicSweeper):
    """All combinations of the values that are swept over, less those whose runs are complete.

    A finished study is recognised by its records, without composing a single config. Runs that another process does at
    the same time are left to it, and looked at again when all others are done.

    Args:
        max_batch_size: so many jobs are handed to the launcher at a time; None for all.
        params: values to sweep over beside those of the command line, which are stronger.
    """

    def __init__(self, max_batch_size: int | None = None, params: dict[str, str] | None = None) -> None:
        super().__init__(max_batch_size, params)

    def sweep(self, arguments: list[str]) -> None:
        """Do what is to be done.

        Args:
            arguments: the overrides of the command line.
        """
        # Hydra loads plugins at every start, also to print a help text.
        from fer_xai.sweep.run_study import do_study

        do_study(self, arguments)
