"""`fer-xai analyze`: tables, statistics and the report of a study, or two studies side by side. Imports no torch."""

from typing import Any

from fer_xai.config.program import run_program

#: What `fer-xai` lists: the words that call it, its place among the others, a line of help.
NAME = "analyze"
PLACE = 20
HELP = "tables and report of a study, or of two (Hydra: study_dir=DIR)"


def main(arguments: list[str]) -> int:
    """Run the program."""
    run_program(task, "analyze", arguments, "analyze")
    return 0


def task(cfg: Any) -> None:
    """Analyse one study, or compare two.

    Raises:
        UserError: neither or both are given, and as the analysis does.
    """
    from contextlib import nullcontext
    from pathlib import Path

    from fer_xai.config.check import check_config
    from fer_xai.errors import UserError
    from fer_xai.metrics.chosen import check_primary, chosen_metrics
    from fer_xai.results.claim import study_claimed
    from fer_xai.results.paths import StudyPaths

    # What a logger builds belongs to training.
    check_config(cfg, unbuilt=["logger"])
    if (cfg.study_dir is None) == (cfg.study_dirs is None):
        raise UserError("config: set study_dir=DIR for one study, or study_dirs=[A,B] to compare two, and not both")
    if cfg.study_dirs is not None:
        _compare(cfg)
        return
    from fer_xai.sweep.analyze import analyze, analyze_records

    study = StudyPaths(Path(cfg.study_dir))
    # A folder that is not there must not be made.
    with study_claimed(study) if study.root.is_dir() else nullcontext():
        if not cfg.maps:
            print(analyze_records(study.root, cfg.floor))
            return
        metrics = chosen_metrics(cfg.metrics)
        check_primary(cfg.primary, metrics)
        analyze(
            *(study.root, cfg.reference, metrics, cfg.order, cfg.report, cfg.floor),
            wandb=cfg.logger.get("wandb"),
            primary=cfg.primary,
            margin=cfg.margin,
            groups=cfg.groups,
            for_paper=True,
        )


def _compare(cfg: Any) -> None:
    from pathlib import Path

    from fer_xai.metrics.chosen import check_primary, chosen_metrics
    from fer_xai.sweep.analyze_two_studies import compare_studies

    check_primary(cfg.primary, cfg.metrics)
    folder = compare_studies(
        [Path(item) for item in cfg.study_dirs],
        cfg.reference,
        chosen_metrics(cfg.metrics),
        primary=cfg.primary,
        margin=cfg.margin,
        out=None if cfg.out is None else Path(cfg.out),
        report=cfg.report,
        secret=cfg.secret,
    )
    print(folder)
