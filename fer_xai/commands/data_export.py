"""`fer-xai data export`: the drawn faces as an ordinary table data set."""

from typing import Any

from fer_xai.config.program import run_program

#: What `fer-xai` lists: the words that call it, its place among the others, a line of help.
NAME = "data export"
PLACE = 50
HELP = "write the drawn faces as a table data set (Hydra: out=DIR)"


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

    from fer_xai.config.check import check_config
    from fer_xai.config.own import own_part
    from fer_xai.data.cache import writable_folder
    from fer_xai.data.configured_faces import build_source, check_shown
    from fer_xai.errors import UserError
    from fer_xai.face.observers.tile_grid import TileGrid
    from fer_xai.terminal import say

    check_config(cfg)
    with own_part("data", cfg.data):
        source = build_source(cfg.data)
    if not (hasattr(source, "export") and hasattr(source, "export_tiles")):
        names = [str(name) for name in cfg.data.get("sources", [cfg.data.get("name")])]
        said = names[0] if len(names) == 1 else f"[{','.join(names)}]"
        raise UserError(f"data={said} is read from files already; only data=synthetic can be exported")
    check_shown(source, cfg.classes)
    grid = TileGrid(cfg.grid.rows, cfg.grid.columns, cfg.grid.numbering, node="grid")
    if cfg.observers < 1:
        raise UserError(f"observers={cfg.observers}: an experiment needs at least 1")
    out = writable_folder(Path(cfg.out), "folder for the export (out)")
    source.export(out, rest=cfg.rest)
    if cfg.tiles:
        source.export_tiles(out, grid, cfg.observers)
        read_back = {"files": out / "trials.csv", "stimuli": out / "stimuli.csv", **cfg.grid}
        settings = " ".join(f"reference.tiles.{key}={value}" for key, value in read_back.items())
        say(
            f"Fill answer and tiles (those uncovered at the answer) into {out / 'trials.csv'}; it is read by "
            f"reference=tiles {settings}"
        )
