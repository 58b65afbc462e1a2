"""What explainers and their tests may know of faces beside those that are explained."""

import numpy as np
import pandas as pd
import pytest
import torch
from helpers.testing_run import Brightness, context_for, made_up_faces
from torch import nn

from fer_xai.callbacks.questions import Questions
from fer_xai.data.splits.base import Parts
from fer_xai.face.warp import CanonicalWarp
from fer_xai.models.module import ExpressionModule
from fer_xai.models.network import Network

TRAINED, VALIDATED, TESTED = np.arange(0, 36), np.arange(36, 48), np.arange(48, 72)


@pytest.fixture
def ask(tmp_path):
    """The question about two tested faces, for parts of the split."""
    faces = made_up_faces(12)
    module = ExpressionModule(Network(nn.Identity(), Brightness()), input_size=56, optimizer=torch.optim.SGD)
    chosen = pd.DataFrame({"explained": ["fear", "anger"], "against": ["", ""]}, index=TESTED[:2])

    def about(train, val):
        context = context_for(faces, tmp_path)
        context.parts = Parts(train, val, TESTED)
        (pair,) = Questions(context, CanonicalWarp(), 8).about(chosen, module)
        return pair[1]

    return about, faces


def test_training_and_calibration_are_faces_of_their_parts_and_what_they_show(ask):
    about, faces = ask
    question = about(TRAINED, VALIDATED)
    for part, rows in (("training", TRAINED), ("calibration", VALIDATED)):
        some = getattr(question, part)(10)
        assert len(some) == 10
        assert set(some.rows) <= set(rows.tolist())
        assert some.classes.tolist() == faces.labels[some.rows].tolist()
        # Those that were asked for before, with all that was computed of them.
        assert getattr(question.one(1), part)(10) is some
    assert len(question.training(1000)) == len(TRAINED)


def test_without_validation_faces_of_the_training_calibrate_and_without_both_none(ask):
    about, _ = ask
    nobody = np.zeros(0, dtype=np.int64)
    alone = about(TRAINED, nobody)
    assert set(alone.calibration(5).rows) <= set(TRAINED.tolist())
    assert about(nobody, VALIDATED).training is None
    assert about(nobody, nobody).calibration is None
