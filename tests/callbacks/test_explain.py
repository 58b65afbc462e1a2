"""Explaining and averaging, on made-up faces whose answer is arithmetic."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import pytorch_lightning as pl
import torch
from torch import nn

from fer_xai.callbacks.context import RunContext
from fer_xai.callbacks.explain import Explain, local_heatmaps, select
from fer_xai.callbacks.predictions import Predictions
from fer_xai.data.datamodule import FacesDataset
from fer_xai.data.prepare import PreparedFaces
from fer_xai.data.table import no_rows
from fer_xai.expressions import EXPRESSIONS
from fer_xai.face.canonical import CANONICAL_POINTS
from fer_xai.models.module import ExpressionModule
from fer_xai.models.network import Network
from fer_xai.results.paths import RunPaths

SIZE = 56


def made_up_faces(people: int = 12) -> PreparedFaces:
    """One face per person and expression; the crop's brightness is the number of the expression."""
    rows = [(f"{p}_{e}", f"p{p}", e) for p in range(people) for e in EXPRESSIONS]
    frame = pd.DataFrame(rows, columns=["image", "subject", "expression"]).assign(path="", dataset="made_up")
    labels = frame["expression"].map(EXPRESSIONS.index).to_numpy()
    crops = np.broadcast_to((labels * 40).astype(np.uint8)[:, None, None, None], (len(frame), SIZE, SIZE, 3)).copy()
    # The canonical face squeezed into the square crop.
    points = CANONICAL_POINTS[:68] * (np.array([SIZE - 1, SIZE - 1]) / np.array([223, 274])) * 0.98
    landmarks = np.broadcast_to(points.astype(np.float32), (len(frame), 68, 2)).copy()
    return PreparedFaces(frame, crops, landmarks, no_rows(), "0" * 64, EXPRESSIONS)


class Brightness(nn.Module):
    """Logits that name the expression whose number the brightness is."""

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        level = maps.mean(dim=(1, 2, 3)) * 255 / 40
        return -((level[:, None] - torch.arange(6)) ** 2)


class ClassNumber:
    """Explains every pixel by the number of the class, minus two."""

    local_scale = "none"
    positive = True

    def explain(self, network, layer, question):
        return (question.classes.float() - 2)[:, None, None].expand(-1, 7, 7)


@pytest.fixture
def module() -> ExpressionModule:
    network = Network(nn.Identity(), Brightness())
    network.register_parameter("unused", nn.Parameter(torch.zeros(1)))
    return ExpressionModule(network, input_size=SIZE, optimizer=torch.optim.SGD)


def context_for(faces: PreparedFaces, tmp_path: Path) -> RunContext:
    return RunContext("run", "study", "net", "none", 1, "t", "r", RunPaths(tmp_path), tmp_path / "t", faces, {})


def run_test(faces: PreparedFaces, module: ExpressionModule, context: RunContext, explain: Explain) -> RunContext:
    trainer = pl.Trainer(
        accelerator="cpu",
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=[Predictions(context), explain],
    )
    rows = np.arange(len(faces))
    trainer.test(module, torch.utils.data.DataLoader(FacesDataset(faces, rows), batch_size=7), verbose=False)
    return context


def test_global_heatmap_of_constant_maps_is_the_constant(module, tmp_path):
    faces = made_up_faces()
    context = context_for(faces, tmp_path)
    explain = Explain(
        {"number": ClassNumber()}, "features", context, images_per_expression=8, batch_size=5, replicates=9
    )
    run_test(faces, module, context, explain)
    assert context.images == dict.fromkeys(EXPRESSIONS, 8)
    maps = context.heatmaps.sel(explainer="number")
    for number, expression in enumerate(EXPRESSIONS):
        one = maps.sel(expression=expression)
        valid = one["count"].values > 0
        assert valid.mean() > 0.9
        assert set(np.unique(one["count"].values)) <= {0, 8}
        np.testing.assert_allclose(one["mean"].values[valid], max(number - 2, 0), atol=1e-6)
        np.testing.assert_allclose(one["std"].values[valid], 0, atol=1e-5)
    assert context.replicates["mean"].sizes["replicate"] == 9


def test_predictions_are_those_of_the_network_in_the_order_of_the_data(module, tmp_path):
    faces = made_up_faces(3)
    context = context_for(faces, tmp_path)
    trainer = pl.Trainer(accelerator="cpu", logger=False, enable_progress_bar=False, callbacks=[Predictions(context)])
    twice = np.concatenate([np.arange(len(faces)), [0]])  # as a sampler that fills its last batch would
    trainer.test(module, torch.utils.data.DataLoader(FacesDataset(faces, twice), batch_size=4), verbose=False)
    table = context.predictions
    assert table["image"].tolist() == faces.frame["image"].tolist()
    assert (table["true"] == table["predicted"]).all()
    assert set(table["fold"]) == {1}
    np.testing.assert_allclose(table[[f"p_{e}" for e in EXPRESSIONS]].sum(axis=1), 1, atol=1e-6)


def test_mean_face_needs_ten_people(module, tmp_path):
    few, many = made_up_faces(9), made_up_faces(10)
    for faces, there in ((few, False), (many, True)):
        context = context_for(faces, tmp_path)
        run_test(faces, module, context, Explain({"number": ClassNumber()}, "features", context, replicates=1))
        assert ("mean_face" in context.heatmaps) is there
    face = context.heatmaps["mean_face"]
    assert face.shape == (275, 224, 3)
    # The mean brightness of the six expressions: (0 + 40 + ... + 200) / 6 / 255.
    assert float(face[100, 112, 0]) == pytest.approx(100 / 255, abs=1e-5)


def test_selection_takes_predicted_classes_at_most_so_many_whatever_the_order():
    table = pd.DataFrame({"image": [f"i{n}" for n in range(30)], "predicted": ["anger"] * 25 + ["fear"] * 5})
    chosen = select(table, 10, seed=3)
    assert chosen["predicted"].value_counts().to_dict() == {"anger": 10, "fear": 5}
    shuffled = select(table.sample(frac=1, random_state=1), 10, seed=3)
    assert set(shuffled["image"]) == set(chosen["image"])
    assert set(select(table, 10, seed=4)["image"]) != set(chosen["image"])


def test_local_heatmap_steps_come_in_order(module):
    """Raw -1 at class 1: the ReLU makes it zero; class 4: 2 everywhere, by mass 1 / pixels."""
    explainer = ClassNumber()
    explainer.local_scale = "mass"
    crops = torch.zeros(2, 3, SIZE, SIZE, dtype=torch.uint8)
    maps = local_heatmaps(explainer, module, "features", crops, torch.tensor([1, 4]))
    assert maps.shape == (2, SIZE, SIZE)
    torch.testing.assert_close(maps[0], torch.zeros(SIZE, SIZE))
    torch.testing.assert_close(maps[1], torch.full((SIZE, SIZE), 1 / SIZE**2))
    explainer.positive, explainer.local_scale = False, "none"
    assert local_heatmaps(explainer, module, "features", crops, torch.tensor([1, 4]))[0].unique().tolist() == [-1]
