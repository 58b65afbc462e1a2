"""Labels as people gave them, by arithmetic, from the table to the loss."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from helpers.made_up_faces import made_up_table

from fer_xai.data.datamodule import FacesDataModule, FacesDataset
from fer_xai.data.preparation.prepare import prepare
from fer_xai.data.preparation.prepared_faces import PreparedFaces
from fer_xai.data.soft_labels import soft_labels, soft_labels_hash
from fer_xai.data.splits.kfold import KFold
from fer_xai.errors import UserError
from fer_xai.expressions import EXPRESSIONS
from fer_xai.face.landmarks import GivenFinder
from fer_xai.models.module import ExpressionModule
from fer_xai.models.songnet import SongNet


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> PreparedFaces:
    folder = tmp_path_factory.mktemp("faces")
    return prepare(made_up_table(folder, people=3), GivenFinder(), folder, crop_size=48, workers=1)


def voted(faces: PreparedFaces, votes: object = None) -> PreparedFaces:
    """Seven of ten for the label, three for neutral or surprise, in turn."""
    columns = {f"votes_{name}": np.where(faces.labels == i, 7, 0) for i, name in enumerate(EXPRESSIONS)}
    columns["votes_surprise"] = columns["votes_surprise"] + np.where(np.arange(len(faces)) % 2, 3, 0)
    columns["votes_neutral"] = np.where(np.arange(len(faces)) % 2, 0, 3)
    return replace(faces, frame=faces.frame.assign(**columns))


def test_shares_are_of_the_votes_for_the_studys_expressions(plain: PreparedFaces) -> None:
    shares = soft_labels(voted(plain))
    assert shares.dtype == np.float32
    assert shares.sum(axis=1) == pytest.approx(1)
    for row, label in enumerate(plain.labels):
        # Votes for neutral are not of the study: the rest is all there is.
        expected = np.zeros(6)
        expected[label] = 0.7 if row % 2 else 1
        expected[5] += 0.3 if row % 2 else 0
        assert shares[row] == pytest.approx(expected)


def test_what_has_no_votes_counts_for_its_expression_alone(plain: PreparedFaces) -> None:
    faces = voted(plain)
    frame = faces.frame.astype({f"votes_{name}": object for name in EXPRESSIONS})
    frame.loc[0, [f"votes_{name}" for name in EXPRESSIONS]] = np.nan
    frame.loc[1, [f"votes_{name}" for name in EXPRESSIONS]] = ""
    shares = soft_labels(replace(faces, frame=frame))
    assert (shares[:2] == np.eye(6)[plain.labels[:2]]).all()
    assert (shares[2:] == soft_labels(faces)[2:]).all()


def test_votes_that_are_missing_or_none_are_one_line(plain: PreparedFaces) -> None:
    with pytest.raises(UserError, match=r"no column votes_anger \(votes that are there: none\); data=ferplus"):
        soft_labels(plain)
    with pytest.raises(UserError, match=r"no column votes_fear .*votes_anger"):
        soft_labels(replace(plain, frame=voted(plain).frame.drop(columns="votes_fear")))
    with pytest.raises(UserError, match="have to be numbers"):
        soft_labels(replace(plain, frame=voted(plain).frame.assign(votes_fear="many")))
    with pytest.raises(UserError, match="negative"):
        soft_labels(replace(plain, frame=voted(plain).frame.assign(votes_fear=-1)))


def test_other_votes_are_another_training(plain: PreparedFaces) -> None:
    other = voted(plain).frame.assign(votes_fear=2)
    assert soft_labels_hash(voted(plain)) != soft_labels_hash(replace(plain, frame=other))
    doubled = {f"votes_{name}": 2 * voted(plain).frame[f"votes_{name}"] for name in EXPRESSIONS}
    assert soft_labels_hash(voted(plain)) == soft_labels_hash(replace(plain, frame=plain.frame.assign(**doubled)))


def test_training_images_alone_bring_shares(plain: PreparedFaces) -> None:
    soft = soft_labels(voted(plain))
    data = FacesDataModule(plain, KFold(3, 0.5).parts(plain.frame, 0), batch_size=4, soft=soft)
    for batch in data.train_dataloader():
        assert (batch["shares"].numpy() == soft[batch["index"].numpy()]).all()
    for loader in (data.val_dataloader(), data.test_dataloader()):
        assert "shares" not in next(iter(loader))
    assert "shares" not in FacesDataset(plain, np.arange(2))[0]


@pytest.mark.parametrize("weighted", [False, True])
def test_loss_is_the_mean_over_the_shares(monkeypatch: pytest.MonkeyPatch, weighted: bool) -> None:
    torch.manual_seed(0)
    weights = torch.arange(1.0, 7.0) if weighted else None
    module = ExpressionModule(SongNet(20), input_size=20, optimizer=torch.optim.SGD, class_weights=weights)
    monkeypatch.setattr(module, "log", lambda *args, **options: None)
    logits = torch.randn(4, 6)
    monkeypatch.setattr(module, "_fast", lambda crops: logits)
    labels, shares = torch.tensor([0, 1, 2, 3]), torch.rand(4, 6).softmax(dim=1)
    batch = {"image": torch.zeros(4, 3, 20, 20, dtype=torch.uint8), "label": labels, "index": torch.arange(4)}
    hard = module.training_step(batch, 1)
    assert hard == pytest.approx(float(F.cross_entropy(logits, labels, weight=weights)))
    soft = module.training_step(batch | {"shares": shares}, 1)
    of_class = shares * (1 if weights is None else weights)
    assert soft == pytest.approx(float(-(of_class * logits.log_softmax(dim=1)).sum(dim=1).mean()))
    if not weighted:
        assert module.training_step(batch | {"shares": torch.eye(6)[labels]}, 1) == pytest.approx(float(hard))
