"""What happens around a sweep: Hydra's own file goes, and the study is analysed when the sweep ends."""

from pathlib import Path
from typing import Any

from hydra.experimental.callback import Callback
from omegaconf import DictConfig


class StudyCallback(Callback):
    """Analyses a study when its sweep ends, unless `analyse=false` or no run is complete."""

    def on_job_start(self, config: DictConfig, **kwargs: Any) -> None:
        """Remove what Hydra's sweeper leaves beside the artefacts: every run has its own resolved config."""
        _remove_sweep_file(config)

    def on_multirun_end(self, config: DictConfig, **kwargs: Any) -> None:
        """Analyse."""
        _remove_sweep_file(config)
        from fer_xai.results.study import read_study

        study_dir = Path(config.hydra.sweep.dir)
        if config.analyse and read_study(study_dir).complete:
            from fer_xai.analyze import analyze

            analyze(study_dir, config.reference)


def _remove_sweep_file(config: DictConfig) -> None:
    Path(config.hydra.sweep.dir, "multirun.yaml").unlink(missing_ok=True)
