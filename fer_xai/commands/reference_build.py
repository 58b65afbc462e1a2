"""`fer-xai reference build`: observers' data made into a reference, without any study. Imports no torch."""

from typing import Any

from fer_xai.config.program import run_program

#: What `fer-xai` lists: the words that call it, its place among the others, a line of help.
NAME = "reference build"
PLACE = 60
HELP = "make observers' data a reference (Hydra: out=DIR)"


def main(arguments: list[str]) -> int:
    """Run the program."""
    run_program(task, "reference_build", arguments, "reference build")
    return 0


def task(cfg: Any) -> None:
    """Build the references that the config asks for, write each, and say what was read.

    Raises:
        UserError: data that cannot be read, settings that mean nothing, a folder that cannot be written.
    """
    from pathlib import Path

    from fer_xai.config.check import check_config
    from fer_xai.data.cache import writable_folder
    from fer_xai.face.chosen_references import chosen_references
    from fer_xai.face.observers.reading import Reading
    from fer_xai.files import file_name
    from fer_xai.metrics.chosen import chosen_metrics
    from fer_xai.report.reference_facts import reference_facts
    from fer_xai.results.reference_files import write_reference
    from fer_xai.scoring.ceilings import reference_ceilings

    check_config(cfg)
    metrics = chosen_metrics(cfg.metrics)
    references = chosen_references(cfg.reference)
    out = writable_folder(Path(cfg.out), "folder for the reference (out)")
    for reference in references:
        ceilings = reference_ceilings(reference, metrics)
        reading = getattr(reference, "reading", Reading())
        folder = out if len(references) == 1 else out / file_name(reference.name)
        write_reference(folder, reference, ceilings, reading.left_out)
        print("\n".join(reference_facts(reference, reading, ceilings)))
        print(folder)
