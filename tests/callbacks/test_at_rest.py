"""What a batch shows at rest: photographs by their neutral image, drawn faces drawn again."""

import numpy as np
import pytest
import torch
from helpers.made_up_faces import made_up_table, write_pictures

from fer_xai.callbacks.at_rest import pictures_at_rest
from fer_xai.data.configured_faces import with_neutral
from fer_xai.data.datamodule import FacesDataset
from fer_xai.data.face_table import FaceTable
from fer_xai.data.preparation.crop import cut, face_square
from fer_xai.data.preparation.prepare import prepare
from fer_xai.data.preparation.prepared_faces import PreparedFaces
from fer_xai.face.landmarks import GivenFinder
from fer_xai.face.warp import CanonicalWarp
from fer_xai.synthetic.interventions import Interventions
from fer_xai.synthetic.picture_plan import Picture
from fer_xai.synthetic.source import SyntheticSource

SIZE = 96


def batch_of(faces: PreparedFaces, rows: list[int]) -> dict[str, torch.Tensor]:
    items = FacesDataset(faces, np.array(rows))
    return torch.utils.data.default_collate([items[i] for i in range(len(rows))])


@pytest.fixture(scope="module")
def drawn(tmp_path_factory) -> tuple[PreparedFaces, Interventions]:
    cache = tmp_path_factory.mktemp("cache")
    table = SyntheticSource(subjects=1, per_expression=1, cache_dir=str(cache), workers=1).read()
    faces = prepare(table, GivenFinder(), cache, crop_size=SIZE, workers=1)
    return faces, Interventions(faces, cache, 1)


def test_a_drawn_face_at_rest_is_the_same_picture_without_its_expression(drawn):
    """The same person, scene and noise, in the crop of the full face."""
    faces, interventions = drawn
    at_rest = pictures_at_rest(faces, interventions, batch_of(faces, [0, 5]), CanonicalWarp(), lambda crops: crops)
    assert at_rest is not None
    for picture, row in zip(at_rest(), (0, 5), strict=True):
        planned = Picture(0, 0, row)
        square = face_square(planned.landmarks(256), 0.06, align=True)
        expected = cut(planned.draw(256, shown=()).image, square, SIZE)
        # The square is computed anew here, to the last bits.
        np.testing.assert_allclose(picture.permute(1, 2, 0).numpy(), expected, atol=1)
        assert (picture.permute(1, 2, 0).numpy() == expected).mean() > 0.999
        assert not np.array_equal(expected, faces.crops[row])
    assert at_rest() is at_rest()


def test_a_photograph_shows_the_neutral_image_of_its_person(tmp_path):
    """With the same landmarks nothing has to be carried; the brightness differs by a factor, or not at all."""
    table = made_up_table(tmp_path, people=2)
    write_pictures(tmp_path, ["p0_neutral.png"])
    row = table.frame.iloc[[0]].assign(image="n", path=str(tmp_path / "p0_neutral.png"), expression="neutral")
    neutral = FaceTable(row.reset_index(drop=True), table.landmarks[:1])
    settings = {"crop_size": SIZE, "workers": 1}
    faces = prepare(table, GivenFinder(), tmp_path / "cache", **settings)
    faces = with_neutral(faces, neutral, GivenFinder(), tmp_path / "cache", **settings)
    at_rest = pictures_at_rest(faces, None, batch_of(faces, [0, 11]), CanonicalWarp(), lambda crops: crops / 255)
    assert at_rest is not None
    known, unknown = at_rest()
    assert unknown.isnan().all()
    ratio = known.permute(1, 2, 0).numpy() * 255 / np.maximum(faces.neutral.crops[0], 1e-3)
    inside = (faces.neutral.crops[0] > 20) & (known.permute(1, 2, 0).numpy() < 1)
    assert np.ptp(ratio[inside]) < 1e-3


def test_faces_without_any_have_nothing_to_show(tmp_path):
    faces = prepare(made_up_table(tmp_path, people=1), GivenFinder(), tmp_path / "cache", crop_size=SIZE, workers=1)
    assert pictures_at_rest(faces, None, batch_of(faces, [0]), CanonicalWarp(), lambda crops: crops) is None
