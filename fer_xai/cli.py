"""The console command `fer-xai`: finds the subcommand, imports only what that one needs."""

import importlib
import os
import sys
import traceback

from fer_xai import __version__
from fer_xai.config.program import DEBUG_VARIABLE
from fer_xai.errors import UserError
from fer_xai.nearest import nearest
from fer_xai.terminal import restart_in_utf8, write_everything

#: subcommand -> (module with a `main(arguments: list[str]) -> int`, one line of help)
COMMANDS: dict[str, tuple[str, str]] = {
    "train": ("fer_xai.commands.train", "train, explain and compare networks; -m sweeps (Hydra: key=value)"),
    "analyze": (
        "fer_xai.commands.analyze",
        "tables and report of a study, or of two (Hydra: study_dir=DIR)",
    ),
    "data prepare": ("fer_xai.commands.data_prepare", "find, align and cut out faces (Hydra: data=NAME data.root=DIR)"),
    "data inspect": ("fer_xai.commands.data_inspect", "look at a data set on a local page (Hydra: data=NAME out=DIR)"),
    "data export": ("fer_xai.commands.data_export", "write the drawn faces as a table data set (Hydra: out=DIR)"),
    "reference build": ("fer_xai.commands.reference_build", "make observers' data a reference (Hydra: out=DIR)"),
    "power": ("fer_xai.commands.power", "how many people, folds and seeds a difference wants (STUDY_DIR)"),
    "status": ("fer_xai.commands.status", "how a study stands: runs done, running, failed, time left (STUDY_DIR)"),
    "submit": ("fer_xai.commands.submit", "pack a study for others: maps, scores, versions, no face (STUDY_DIR)"),
    "sync": ("fer_xai.commands.sync", "upload what wandb kept of a study, and make its workspace (STUDY_DIR)"),
    "import-heatmaps": ("fer_xai.commands.import_heatmaps", "make a study out of a folder of heatmaps (--source DIR)"),
    "models": ("fer_xai.commands.models", "list every configured network and its pretraining (--json)"),
    "masks": ("fer_xai.commands.masks", "draw every reference over the canonical face (--out FILE)"),
}


def main() -> None:
    """Entry point: exit status 0 when done, 1 when something failed, 2 for a user's mistake."""
    restart_in_utf8()
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command line (without the program's name) and return its exit status."""
    write_everything()
    try:
        return _dispatch(arguments)
    except UserError as error:
        print(f"fer-xai: {error}", file=sys.stderr)
        if os.environ.get(DEBUG_VARIABLE) == "1":
            traceback.print_exc()
        return 2
    except KeyboardInterrupt:
        print("fer-xai: interrupted; the same command goes on from what is finished", file=sys.stderr)
        return 130


def _dispatch(arguments: list[str]) -> int:
    if not arguments or arguments[0] in {"-h", "--help", "help"}:
        print(_help())
        return 0
    if arguments[0] == "--version":
        print(f"fer-xai {__version__}")
        return 0
    for words in (2, 1):
        name = " ".join(arguments[:words])
        if name in COMMANDS:
            module = importlib.import_module(COMMANDS[name][0])
            return int(module.main(arguments[words:]))
    second = [name.split()[1] for name in COMMANDS if name.startswith(f"{arguments[0]} ")]
    if second:
        raise UserError(f"'{arguments[0]}' wants one of: {', '.join(second)}")
    near = nearest(arguments[0], COMMANDS, most=1)
    hint = f"; did you mean '{near[0]}'?" if near else ""
    raise UserError(f"unknown command '{arguments[0]}'{hint} (commands: {', '.join(COMMANDS)})")


def _help() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {text}" for name, (_, text) in COMMANDS.items()]
    return "\n".join(
        [
            f"fer-xai {__version__}: do networks that recognise facial expressions look where people look?",
            "",
            "usage: fer-xai COMMAND [ARGUMENTS]",
            "",
            *lines,
            "",
            "fer-xai COMMAND --help tells more. FER_XAI_DEBUG=1 shows the traceback of an error.",
        ]
    )
