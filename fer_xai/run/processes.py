"""Runs over several processes: who starts them, and how they agree on what to do.

A run that wants several processes has them started by torch's own launcher from its resolved config, each in a Python
of its own. So it makes no difference whether the run came alone, in a sweep, or from another process of a launcher.
Where a cluster has already started the processes (SLURM tasks, torchrun), they are taken as they are.
"""

import functools
import itertools
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path

import torch
from omegaconf import DictConfig, OmegaConf
from pytorch_lightning.plugins.environments import SLURMEnvironment

from fer_xai.errors import UserError

PARENT_VARIABLE, ERRORS_VARIABLE = "FER_XAI_PARENT", "FER_XAI_RANK_ERRORS"
#: How long processes wait for the first one, which may wait for another run.
_PATIENCE = timedelta(days=7)
_TURNS = itertools.count()


def device_count(cfg: DictConfig) -> int:
    """Devices of one machine that the trainer is told to use, at least 1."""
    devices, accelerator = cfg.trainer.devices, cfg.trainer.accelerator
    if OmegaConf.is_list(devices):
        return max(1, len(devices))
    if str(devices) in {"auto", "-1"}:
        return max(1, torch.cuda.device_count()) if accelerator in {"auto", "gpu", "cuda"} else 1
    try:
        return max(1, int(devices))
    except (TypeError, ValueError):
        said = "null" if devices is None else devices
        raise UserError(f"trainer.devices={said}: give a number of devices, a list of them, or auto") from None


def ranks_wanted(cfg: DictConfig) -> int:
    """Processes that the run wants altogether."""
    return device_count(cfg) * int(cfg.trainer.num_nodes)


def device_words(cfg: DictConfig) -> str:
    """What the run works on, for people who look how a study stands."""
    gpu = cfg.trainer.accelerator != "cpu" and torch.cuda.is_available()
    return f"{ranks_wanted(cfg)} x {torch.cuda.get_device_name() if gpu else 'CPU'}"


def started_as_rank() -> bool:
    """Whether somebody else (torchrun, SLURM) has started this process as one of several."""
    return _by_torchrun() or _by_slurm()


def is_leading() -> bool:
    """Whether this process writes and tells: it is alone, or the first of several."""
    return not started_as_rank() or _place()[0] == 0


def _by_torchrun() -> bool:
    return int(os.environ.get("WORLD_SIZE", "1")) > 1 and "RANK" in os.environ


def _by_slurm() -> bool:
    return SLURMEnvironment.detect() and int(os.environ.get("SLURM_NTASKS", "1")) > 1


@contextmanager
def claimed_by_all(claim: Callable[[], AbstractContextManager[bool]]) -> Iterator[bool]:
    """Let the first of several processes claim the run and tell the others; by itself, a process claims.

    Args:
        claim: claims the run: see `claimed`.

    Yields:
        Whether the run is ours.
    """
    if not started_as_rank():
        with claim() as ours:
            yield ours
        return
    rank, world, _, _ = _place()
    # All processes of a run claim in the same order: first the run, then its network.
    store, turn = _store(), next(_TURNS)
    answer, told = f"fer_xai/{turn}/ours", f"fer_xai/{turn}/told"
    if rank:
        ours = store.get(answer) == b"yes"
        store.add(told, 1)
        yield ours
        return
    with claim() as ours:
        store.set(answer, "yes" if ours else "no")
        while store.add(told, 0) < world - 1:
            time.sleep(0.05)
        yield ours


@functools.cache
def _store() -> torch.distributed.TCPStore:
    """What the processes of this run tell each other through, as long as they live."""
    rank, world, address, port = _place()
    hosted = os.environ.get("TORCHELASTIC_USE_AGENT_STORE") == "True"
    if not hosted:
        # A port of its own beside the one that training uses. SLURM's follow from the job's number, and the next job
        # may be on the same node.
        port += 1 if _by_torchrun() else 10_000
    here = rank == 0 and not hosted
    return torch.distributed.TCPStore(address, port, world, here, timeout=_PATIENCE, wait_for_workers=False)


def _place() -> tuple[int, int, str, int]:
    """Rank, number of processes, address and port of the first one."""
    if _by_torchrun():
        env = os.environ
        return int(env["RANK"]), int(env["WORLD_SIZE"]), env["MASTER_ADDR"], int(env["MASTER_PORT"])
    slurm = SLURMEnvironment()
    return slurm.global_rank(), slurm.world_size(), slurm.main_address, slurm.main_port


def run_ranks(cfg: DictConfig) -> None:
    """Start the processes of a run on this machine and wait for them.

    Args:
        cfg: composed `train` config of a run that has been claimed.

    Raises:
        UserError: a mistake that one of them found, or a run over several machines that nobody has started there.
        RuntimeError: one of them failed.
    """
    if int(cfg.trainer.num_nodes) > 1:
        raise UserError(
            f"trainer.num_nodes={cfg.trainer.num_nodes}: start the run on every machine, by SLURM (tasks per node = "
            "devices; hydra/launcher=submitit_slurm_ddp) or by torchrun"
        )
    with tempfile.TemporaryDirectory(prefix="fer_xai-") as folder:
        config = Path(folder, "config.yaml")
        resolved = OmegaConf.create(OmegaConf.to_container(cfg, resolve=True))
        # The record tells what the recipe takes from the network from what is said of all.
        resolved.recipe = OmegaConf.to_container(cfg.recipe, resolve=False)
        OmegaConf.save(resolved, config)
        # Left to itself, torch's launcher makes a folder of its own, which it does not remove.
        where = ["--standalone", f"--nproc-per-node={device_count(cfg)}", f"--log-dir={folder}/torch"]
        launcher = ["-m", "torch.distributed.run", *where]
        command = [sys.executable, *launcher, "-m", "fer_xai.run.worker", str(config)]
        environment = _environment(folder, device_count(cfg))
        done = subprocess.run(command, env=environment, check=False, stderr=subprocess.PIPE, text=True)
        if done.returncode:
            raise _first_error(Path(folder)) or RuntimeError(_last_line(done.stderr, done.returncode))


def _environment(folder: str, devices: int) -> dict[str, str]:
    # What an earlier run of this process told its own ranks must not reach these.
    stale = {
        "LOCAL_RANK",
        "RANK",
        "WORLD_SIZE",
        "MASTER_ADDR",
        "MASTER_PORT",
        "NODE_RANK",
        "GROUP_RANK",
        "PL_GLOBAL_SEED",
    }
    kept = {key: value for key, value in os.environ.items() if key not in stale}
    threads = str(max(1, torch.get_num_threads() // devices))
    return {"OMP_NUM_THREADS": threads, **kept, PARENT_VARIABLE: str(os.getpid()), ERRORS_VARIABLE: folder}


def _first_error(folder: Path) -> Exception | None:
    """What the process said that failed first."""
    told = sorted(folder.glob("*.error"), key=lambda path: path.stat().st_mtime_ns)
    if not told:
        return None
    kind, _, text = told[0].read_text(encoding="utf-8").partition("\n")
    return UserError(text) if kind == "mistake" else RuntimeError(text)


def _last_line(text: str, status: int) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else f"a process of the run ended with status {status}"
