"""What happens around a sweep: Hydra's own file goes, the runs are listed, and the study is analysed when it ends."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hydra.experimental.callback import Callback
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from fer_xai.errors import UserError
from fer_xai.results.paths import StudyPaths
from fer_xai.results.run_status import Status
from fer_xai.sweep.outcome import OUTCOME
from fer_xai.sweep.sweeper import makes_study
from fer_xai.terminal import say


class RefusedError(BaseException):
    """Ends a command before it begins, in one line: of any `Exception` in a callback Hydra only warns."""


class StudyCallback(Callback):
    """Lists a study's runs, and analyses them when a sweep ends, unless `analyse=false` or none is complete.

    Other sweepers than the program's own search among settings: their runs belong into no common table, so they are
    listed only.
    """

    def __init__(self) -> None:
        self._before: dict[Path, int] = {}
        self._made: list[Path] = []

    def on_run_start(self, config: DictConfig, **kwargs: Any) -> None:
        """Look at the folder before Hydra makes it.

        Raises:
            RefusedError: a folder that is no study's.
        """
        _check_folder(config, sweep=False)
        folder = Path(config.hydra.run.dir)
        self._made = [path for path in (folder, *folder.parents) if not path.exists()]

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        """Look at the folder, and note which records there are before another sweeper's runs.

        Raises:
            RefusedError: a folder that is no study's, or a dry run of such a sweeper, which has no list of its runs.
        """
        _check_folder(config, sweep=True)
        if makes_study(config):
            return
        if config.dry_run:
            raise RefusedError(
                "dry_run=true: only hydra/sweeper=study knows its runs beforehand, "
                f"{config.hydra.runtime.choices['hydra/sweeper']} decides on them as it goes"
            )
        OUTCOME.strict = config.strict
        self._before = _records(Path(config.hydra.sweep.dir))

    def on_job_start(self, config: DictConfig, **kwargs: Any) -> None:
        """Remove what Hydra's sweeper leaves beside the artefacts: every run has its own resolved config."""
        _remove_sweep_file(config)

    def on_run_end(self, config: DictConfig, **kwargs: Any) -> None:
        """List the runs of the folder that a single run went to; dry and refused ones leave no empty one behind."""
        _remove_empty(self._made)
        if not config.dry_run:
            _keep_failure(_finish, Path(config.hydra.run.dir))

    def on_multirun_end(self, config: DictConfig, **kwargs: Any) -> None:
        """List the runs, and analyse."""
        _remove_sweep_file(config)
        if config.dry_run:
            return
        of_study = makes_study(config)
        _keep_failure(_finish, Path(config.hydra.sweep.dir), config if config.analyse and of_study else None)
        if not of_study:
            _keep_failure(self._tell_outcome, Path(config.hydra.sweep.dir))

    def _tell_outcome(self, study_dir: Path) -> None:
        """Leave what this sweep's runs came to for the exit status; runs that were done before wrote no record."""
        from fer_xai.results.plan import read_states

        written = {path.parent.name for path in dict(_records(study_dir).items() - self._before.items())}
        OUTCOME.runs.extend(state for state in read_states(StudyPaths(study_dir)) if state.name in written)


def _check_folder(config: DictConfig, sweep: bool) -> None:
    from fer_xai.sweep.study_folder import check_study_dir

    try:
        check_study_dir(config, sweep)
    except UserError as error:
        raise RefusedError(str(error)) from error
    except OmegaConfBaseException as error:
        from fer_xai.config.messages import one_line

        raise RefusedError(one_line(error)) from error


def _records(study_dir: Path) -> dict[Path, int]:
    """Records of a study's runs, and when they were written."""
    return {path: path.stat().st_mtime_ns for path in StudyPaths(study_dir).runs.glob("*/run.json")}


def _finish(study_dir: Path, config: DictConfig | None = None) -> None:
    """List the runs of a study, and analyse it by the settings of a sweep, if there are any."""
    from fer_xai.results.plan import write_plan

    study = StudyPaths(study_dir)
    if not any(study.runs.glob("*/run.json")):
        return
    states = write_plan(study)
    if config is None or not any(state.status == Status.COMPLETE for state in states):
        return
    from fer_xai.metrics.chosen import chosen_metrics
    from fer_xai.results.claim import study_claimed
    from fer_xai.results.group_columns import named_groups
    from fer_xai.sweep.analysed import is_analysed, is_logged, mark_analysed

    wandb, metrics = config.logger.get("wandb"), chosen_metrics(config.metrics)
    plain = {key: OmegaConf.to_container(config[key], resolve=True) for key in ("reference", "metrics")}
    # The first reference and the first metric are the main ones.
    order = {"order_of_references": list(config.reference), "order_of_metrics": list(metrics)}
    said = {
        "floor": config.floor,
        "primary": config.primary,
        "margin": config.margin,
        "groups": named_groups(config.groups),
    }
    settings = {**plain, **order, **said}
    with study_claimed(study):
        # While this process waited, another one may have analysed the same runs.
        if not is_analysed(study, states, settings):
            from fer_xai.sweep.analyze import analyze

            analyze(study_dir, config.reference, metrics, wandb=wandb, **said)
        else:
            say(f"nothing new to analyse: {study.report / 'index.html'}")
            if wandb is None or is_logged(study, wandb):
                return
            from fer_xai.report.wandb_study import log_study

            say(log_study(study, wandb))
        mark_analysed(study, states, settings, wandb)


def _keep_failure(step: Any, *arguments: Any) -> None:
    try:
        step(*arguments)
    except Exception as error:
        OUTCOME.failures.append(error)


def _remove_empty(folders: Sequence[Path]) -> None:
    """Remove folders that Hydra has made, the innermost first, as far as they hold nothing else."""
    for path in folders:
        try:
            path.rmdir()
        except OSError:
            return


def _remove_sweep_file(config: DictConfig) -> None:
    Path(config.hydra.sweep.dir, "multirun.yaml").unlink(missing_ok=True)
