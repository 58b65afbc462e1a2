"""`fer-xai data inspect`: one local page of a data set, and its figures as `summary.json`."""

from typing import Any

from fer_xai.config.program import run_program

#: What `fer-xai` lists: the words that call it, its place among the others, a line of help.
NAME = "data inspect"
PLACE = 40
HELP = "look at a data set on a local page (Hydra: data=NAME out=DIR)"


def main(arguments: list[str]) -> int:
    """Run the program."""
    run_program(task, "data_inspect", arguments, "data inspect")
    return 0


def task(cfg: Any) -> None:
    """Prepare the data set that the config asks for, and write its page.

    Raises:
        UserError: data that cannot be read, settings that mean nothing, no usable image, a folder that cannot be
            written.
    """
    from pathlib import Path

    from hydra.utils import instantiate

    from fer_xai.config.check import check_config
    from fer_xai.data.advice import cut_off_faces
    from fer_xai.data.cache import writable_folder
    from fer_xai.data.configured_faces import faces_of
    from fer_xai.data.overview import look_at
    from fer_xai.errors import UserError
    from fer_xai.report.data_facts import fold_words
    from fer_xai.report.data_page import write_data_page

    check_config(cfg)
    for key in ("per_expression", "worst", "mean_of"):
        if cfg[key] < 1:
            raise UserError(f"{key}={cfg[key]}: it is a number of faces, 1 or more")
    out = writable_folder(Path(cfg.out), "folder for the page (out)")
    faces = faces_of(cfg, all_there=False)
    overview = look_at(faces, instantiate(cfg.split), cfg.prepare.workers, cfg.mean_of, cfg.seed)
    page = write_data_page(overview, out, cfg.per_expression, cfg.worst, cfg.seed)
    print(f"{faces.summary()}; {overview.duplicates.summary()}")
    lines = [f"note: {note}" for note in (*faces.warnings, *faces.notes, *overview.split_notes)]
    lines.append(f"cut off: {cut_off}" if (cut_off := cut_off_faces(faces.frame)) else "")
    lines.append(f"cannot be split: {overview.split_problem}" if overview.split_problem else fold_words(overview))
    print("\n".join(line for line in lines if line))
    print(f"{page} (shows faces: keep it on this machine)")
