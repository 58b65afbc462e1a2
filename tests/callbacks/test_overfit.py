"""A few images are learnt, or it is said that they are not."""

import functools

import numpy as np
import pandas as pd
import pytest
import pytorch_lightning as pl
import torch
from torch import nn

from fer_xai.callbacks.overfit import Overfit
from fer_xai.data.datamodule import FacesDataModule
from fer_xai.data.face_table import no_rows
from fer_xai.data.preparation.prepared_faces import PreparedFaces
from fer_xai.data.splits.base import Parts
from fer_xai.errors import UserError
from fer_xai.expressions import EXPRESSIONS
from fer_xai.models.module import ExpressionModule
from fer_xai.models.network import Network

SIDE = 8


def faces(different: bool) -> PreparedFaces:
    """Six classes of five pictures each; all pictures are the same where they are not different."""
    rng = np.random.default_rng(0)
    crops = rng.integers(0, 256, (30, SIDE, SIDE, 3), dtype=np.uint8)
    if not different:
        crops[:] = crops[0]
    names = [f"{number}.png" for number in range(30)]
    frame = pd.DataFrame({"image": names, "dataset": "made up", "subject": names, "expression": EXPRESSIONS * 5})
    return PreparedFaces(frame, crops, np.zeros((30, 68, 2), np.float32), no_rows(), "", EXPRESSIONS)


def trained(different: bool, epochs: int) -> tuple[Overfit, pl.Trainer, FacesDataModule]:
    torch.manual_seed(0)
    network = Network(nn.Flatten(), nn.Linear(3 * SIDE * SIDE, 6))
    module = ExpressionModule(network, SIDE, functools.partial(torch.optim.Adam, lr=0.02))
    data = FacesDataModule(faces(different), Parts(np.arange(24), np.arange(0), np.arange(24, 30)), batch_size=4)
    callback = Overfit(images=2)
    quiet = {
        "logger": False,
        "enable_checkpointing": False,
        "enable_progress_bar": False,
        "enable_model_summary": False,
    }
    trainer = pl.Trainer(accelerator="cpu", max_epochs=epochs, callbacks=[callback], **quiet)
    trainer.fit(module, datamodule=data)
    return callback, trainer, data


def test_images_that_differ_are_learnt_and_training_ends(capsys):
    callback, trainer, data = trained(different=True, epochs=60)
    assert data.parts.train.tolist() == list(range(12))
    assert (callback.learnt, callback.of) == (12, 12)
    assert trainer.current_epoch < 60
    assert f"all 12 images are learnt, after {trainer.current_epoch} epochs" in capsys.readouterr().err


def test_the_same_image_under_every_name_is_not_learnt(capsys):
    callback, _, _ = trained(different=False, epochs=3)
    assert (callback.learnt, callback.of) == (2, 12)
    assert "only 2 of 12 images are learnt after 3 epochs" in capsys.readouterr().err


def test_no_image_is_refused():
    with pytest.raises(UserError, match=r"callbacks.overfit.images=0: at least 1"):
        Overfit(images=0)
