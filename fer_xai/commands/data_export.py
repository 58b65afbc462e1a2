"""`fer-xai data export`: the drawn faces as an ordinary table data set."""

from typing import Any

from fer_xai.config.program import run_program


def main(arguments: list[str]) -> int:
    """Run the program."""
    run_program(task, "data_export", arguments, "data export")
    return 0


def task(cfg: Any) -> None:
    """Write the data set that the config asks for.

    Raises:
        UserError: the data source is not one that draws faces, or the folder cannot be written.
    """
    from pathlib import Path

    from hydra.utils import instantiate

    from fer_xai.config.check import check_config
    from fer_xai.data.cache import writable_folder
    from fer_xai.data.faces import check_shown
    from fer_xai.errors import UserError

    check_config(cfg)
    source = instantiate(cfg.data)
    if not hasattr(source, "export"):
        raise UserError(f"data={cfg.data.get('name')} is read from files already; only data=synthetic can be exported")
    check_shown(source, cfg.classes)
    out = writable_folder(Path(cfg.out), "folder for the export (out)")
    source.export(out, rest=cfg.rest)
