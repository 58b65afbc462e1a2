"""One process of a distributed run: it does its share, and ends when the process that started it is gone."""

import os
import sys
from pathlib import Path

from omegaconf import DictConfig, OmegaConf

from fer_xai.config.schema import register
from fer_xai.errors import UserError
from fer_xai.parallel import end_with
from fer_xai.run.log_file import quiet_terminal
from fer_xai.run.processes import ERRORS_VARIABLE, PARENT_VARIABLE
from fer_xai.run.train import train_rank


def main(config: str) -> None:
    """One process of a run: `python -m fer_xai.run.worker CONFIG`, started by `run_ranks`."""
    # Nobody would hold the claim any longer.
    end_with(int(os.environ[PARENT_VARIABLE]), Path(os.environ[ERRORS_VARIABLE]))
    register()
    quiet_terminal()
    try:
        train_rank(DictConfig(OmegaConf.load(config)))
    except BaseException as error:
        kind = "mistake" if isinstance(error, UserError) else "failure"
        text = str(error) if kind == "mistake" else f"{type(error).__name__}: {error}"
        Path(os.environ[ERRORS_VARIABLE], f"{os.environ['RANK']}.error").write_text(f"{kind}\n{text}", encoding="utf-8")
        raise


if __name__ == "__main__":
    main(sys.argv[1])
