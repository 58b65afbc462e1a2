"""`fer-xai analyze`: tables, dendrograms, statistics and the report of a study. Imports no torch."""

from typing import Any

from fer_xai.config.program import run_program


def main(arguments: list[str]) -> int:
    """Run the program."""
    run_program(task, "analyze", arguments, "analyze")
    return 0


def task(cfg: Any) -> None:
    """Analyse one study."""
    from contextlib import nullcontext
    from pathlib import Path

    from fer_xai.config.check import check_config
    from fer_xai.metrics.chosen import chosen_metrics
    from fer_xai.results.claim import study_claimed
    from fer_xai.results.paths import StudyPaths
    from fer_xai.sweep.analyze import analyze, analyze_records

    # What a logger builds belongs to training.
    check_config(cfg, unbuilt=["logger"])
    study = StudyPaths(Path(cfg.study_dir))
    # A folder that is not there must not be made.
    with study_claimed(study) if study.root.is_dir() else nullcontext():
        if not cfg.maps:
            print(analyze_records(study.root, cfg.floor))
            return
        metrics = chosen_metrics(cfg.metrics)
        analyze(
            *(study.root, cfg.reference, metrics, cfg.order, cfg.report, cfg.floor),
            wandb=cfg.logger.get("wandb"),
            primary=cfg.primary,
            margin=cfg.margin,
            groups=cfg.groups,
            for_paper=True,
        )
