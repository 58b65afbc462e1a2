"""A study on the cluster that `run.sh` has started: `python study_on_slurm.py FOLDER`."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

#: What a job may take of a small machine.
SMALL = ("hydra.launcher.cpus_per_task=1", "hydra.launcher.mem_gb=null", "hydra.launcher.timeout_min=30")
NO_GPU = "hydra.launcher.gpus_per_node=null"
PATIENCE = 600


def command(study: Path, launcher: str, *more: str) -> list[str]:
    program = [sys.executable, "-m", "fer_xai", "train", "-m", "study=smoke", f"hydra/launcher={launcher}"]
    return [*program, NO_GPU, *SMALL, f"hydra.sweep.dir={study}", *more]


def statuses(study: Path) -> list[str]:
    told = subprocess.run(
        [sys.executable, "-m", "fer_xai", "status", str(study), "--json"], capture_output=True, text=True, check=False
    )
    return [run["status"] for run in json.loads(told.stdout)["runs"]] if told.returncode == 0 else []


def check(holds: bool, what: str) -> None:
    print(f"{'ok' if holds else 'FAILED'}: {what}", flush=True)
    if not holds:
        sys.exit(1)


def in_training(study: Path) -> str | None:
    """The job whose run has a checkpoint and no result yet."""
    listed = subprocess.run(["squeue", "-h", "-t", "R", "-o", "%i"], capture_output=True, text=True, check=True).stdout
    return listed.split()[0] if listed.split() and list(study.glob("trained/*/*.ckpt")) else None


def killed(study: Path) -> None:
    """An array of four runs, of which one is killed, and the command with it: the next command completes the study."""
    more = ("recipe.max_epochs=40", "recipe.patience=null")
    sweep = subprocess.Popen(command(study, "submitit_slurm_gpu", *more))
    until = time.monotonic() + PATIENCE
    while (job := in_training(study)) is None and sweep.poll() is None and time.monotonic() < until:
        time.sleep(0.1)
    check(job is not None, f"an array of jobs is at work, {job} among them")
    subprocess.run(["scancel", "--signal=KILL", "--full", str(job)], check=True)
    # The command dies as well; its other jobs go on, and the next command shares the work with them.
    sweep.kill()
    sweep.wait()
    print(f"killed; left: {', '.join(statuses(study))}", flush=True)
    kept = {path: path.stat().st_mtime_ns for path in study.glob("runs/*/run.json")}
    check(
        subprocess.run(command(study, "submitit_slurm_gpu", *more), check=False).returncode == 0,
        "the next command ends well",
    )
    check(statuses(study) == ["complete"] * 4, "all runs are complete")
    check(all(path.stat().st_mtime_ns == then for path, then in kept.items()), "no run was done twice")


def preempted(study: Path) -> None:
    """A job that the cluster tells to go is queued again, and goes on from its checkpoint without another command."""
    more = ("model=songnet", "fold=0", "recipe.max_epochs=80", "recipe.patience=null")
    sweep = subprocess.Popen(command(study, "submitit_slurm_gpu", *more))
    until = time.monotonic() + PATIENCE
    while (job := in_training(study)) is None and sweep.poll() is None and time.monotonic() < until:
        time.sleep(0.1)
    check(job is not None, f"job {job} is at work")
    # What SLURM does some time before a job's end or its preemption: its steps get the signal that submitit asks for.
    subprocess.run(["scancel", "--signal=USR2", str(job)], check=True)
    check(sweep.wait(timeout=PATIENCE) == 0, "the command ends well")
    check(statuses(study) == ["complete"], "the run is complete")
    (log,) = study.glob("runs/*/log.txt")
    check(log.read_text().count("first weights") == 2, "the run was begun, and taken up once")


def two_tasks(study: Path) -> None:
    """One run of two tasks: one folder, one record, the log of the first."""
    more = ("trainer=ddp", "trainer.devices=2", "trainer.accelerator=cpu", "model=songnet", "fold=0")
    done = subprocess.run(command(study, "submitit_slurm_ddp", *more), check=False)
    check(done.returncode == 0, "a run of two tasks ends well")
    check(statuses(study) == ["complete"], "it is complete")
    (log,) = study.glob("runs/*/log.txt")
    check(log.read_text().count("first weights") == 1, "one process of the two has written the log")
    check((study / "report" / "index.html").exists(), "the study is analysed")


def main() -> None:
    work = Path(sys.argv[1])
    os.environ["FER_XAI_CACHE"] = str(work / "cache")
    os.environ["OMP_NUM_THREADS"] = "1"
    two_tasks(work / "two")
    killed(work / "array")
    preempted(work / "preempted")


main()
