"""`fer-xai analyze`: tables, dendrograms, statistics and the report of a study. Imports no torch."""

from typing import Any

from fer_xai.config.program import run_program


def main(arguments: list[str]) -> int:
    """Run the program."""
    run_program(task, "analyze", arguments, "analyze")
    return 0


def task(cfg: Any) -> None:
    """Analyse one study."""
    from pathlib import Path

    from fer_xai.analyze import analyze, analyze_records
    from fer_xai.config.check import check_config

    check_config(cfg)
    if not cfg.maps:
        print(analyze_records(Path(cfg.study_dir)))
        return
    analyze(Path(cfg.study_dir), cfg.reference, cfg.order, cfg.report)
