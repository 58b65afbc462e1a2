"""`fer-xai sync`: upload what wandb kept on this machine, and make the study's workspace."""

import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from fer_xai.commands.plain import PlainParser
from fer_xai.errors import UserError

#: What `fer-xai` lists: the words that call it, its place among the others, a line of help.
NAME = "sync"
PLACE = 100
HELP = "upload what wandb kept of a study, and make its workspace (STUDY_DIR)"

#: Seconds in which a server that is there answers.
_PATIENCE = 10.0


def main(arguments: list[str]) -> int:
    """Upload the runs of a study that are not uploaded yet.

    Returns:
        Exit status: 1 if a run could not be uploaded.

    Raises:
        UserError: no study, nothing of wandb in it, not logged in, or no answer from the server.
    """
    parser = PlainParser("fer-xai sync", description="Upload a study's offline wandb runs and make its workspace.")
    parser.add_argument("study_dir", metavar="STUDY_DIR", type=Path, help="the study's folder, e.g. multirun/demo")
    options = parser.parse_args(arguments)

    from fer_xai.results.paths import StudyPaths

    study = StudyPaths(options.study_dir)
    runs = sorted(path for path in study.wandb.glob("offline-run-*") if path.is_dir())
    if not runs:
        raise UserError(f"{study.wandb} holds no offline runs: train or analyse with logger=wandb first")
    if not _logged_in():
        raise UserError("not logged in to wandb: run `wandb login`, or set WANDB_API_KEY, then the same command again")
    _check_answer(_server(), _PATIENCE)
    waiting = [path for path in runs if not any(path.glob("*.synced"))]
    failed = []
    for number, path in enumerate(waiting, 1):
        print(f"uploading {number} of {len(waiting)}: {path.name}", flush=True)
        if not _upload(path):
            failed.append(path.name)
    print(f"{len(waiting) - len(failed)} runs uploaded, {len(runs) - len(waiting)} were before")
    if failed:
        print(f"fer-xai: not uploaded, and kept: {', '.join(failed)}", file=sys.stderr)
        return 1
    if study.dashboard.exists():
        print(f"workspace: {_make_workspace(study)}")
    return 0


def _logged_in() -> bool:
    import wandb

    # It would tell of every place where it looks for a key.
    wandb.setup(wandb.Settings(silent=True))
    return wandb.login(prompt=False, verify=False)


def _server() -> str:
    import wandb

    return str(wandb.setup().settings.base_url)


def _check_answer(address: str, patience: float) -> None:
    """Refuse a server that says nothing: wandb would try again and again without a word.

    Args:
        address: of the server.
        patience: seconds to wait.

    Raises:
        UserError: no answer, whatever it would be.
    """
    try:
        urllib.request.urlopen(address, timeout=patience).close()
    except urllib.error.HTTPError as refusal:
        refusal.close()
    except (OSError, ValueError) as error:
        why = getattr(error, "reason", error)
        raise UserError(
            f"{address} does not answer ({why}): nothing is uploaded; the same command again where there is a network"
        ) from error


def _upload(folder: Path) -> bool:
    """Whether wandb took the run; it marks what it took."""
    program = Path(sys.executable).with_name("wandb")
    done = subprocess.run([str(program), "sync", str(folder)], capture_output=True, text=True, check=False)
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines()
        print(f"fer-xai: {folder.name}: {lines[-1] if lines else 'wandb sync failed'}", file=sys.stderr)
    return done.returncode == 0


def _make_workspace(study: Any) -> str:
    """Create the study's workspace on the server and return its address."""
    import wandb

    from fer_xai.files import read_json
    from fer_xai.report.wandb_study import study_workspace

    dashboard = read_json(study.dashboard)
    try:
        entity = dashboard["entity"] or wandb.Api().default_entity
        return str(study_workspace(study, dashboard["project"], entity).save().url)
    except (wandb.errors.Error, OSError, ValueError) as error:
        raise UserError(
            f"the runs are uploaded, but wandb refused the workspace: {' '.join(str(error).split())}"
        ) from error
