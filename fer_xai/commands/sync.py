"""`fer-xai sync`: upload what wandb kept on this machine, and make the study's workspace."""

import subprocess
import sys
from pathlib import Path
from typing import Any

from fer_xai.commands.plain import PlainParser
from fer_xai.errors import UserError


def main(arguments: list[str]) -> int:
    """Upload the runs of a study that are not uploaded yet.

    Returns:
        Exit status: 1 if a run could not be uploaded.

    Raises:
        UserError: no study, nothing of wandb in it, or not logged in.
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
    waiting = [path for path in runs if not any(path.glob("*.synced"))]
    failed = [path.name for path in waiting if not _upload(path)]
    print(f"{len(waiting) - len(failed)} runs uploaded, {len(runs) - len(waiting)} were before")
    if failed:
        print(f"fer-xai: not uploaded, and kept: {', '.join(failed)}", file=sys.stderr)
        return 1
    if study.dashboard.exists():
        print(f"workspace: {_make_workspace(study)}")
    return 0


def _logged_in() -> bool:
    import wandb

    return bool(wandb.api.api_key)


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

    from fer_xai.report.dashboard import study_workspace
    from fer_xai.results.files import read_json

    told = read_json(study.dashboard)
    try:
        entity = told["entity"] or wandb.Api().default_entity
        return str(study_workspace(study, told["project"], entity).save().url)
    except (wandb.errors.Error, OSError, ValueError) as error:
        raise UserError(
            f"the runs are uploaded, but wandb refused the workspace: {' '.join(str(error).split())}"
        ) from error
