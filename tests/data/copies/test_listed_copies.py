"""Faces that are the same as listed images, or nearly so."""

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from fer_xai.data.copies.listed_copies import copies_of_listed
from fer_xai.data.preparation.prepared_faces import PreparedFaces
from fer_xai.data.preparation.records import Crops
from fer_xai.errors import UserError
from fer_xai.expressions import EXPRESSIONS
from fer_xai.synthetic.face import draw_face
from fer_xai.synthetic.identity import draw_identity
from fer_xai.synthetic.scene import draw_scene


def content(path: Path | str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


@pytest.fixture
def faces(tmp_path: Path) -> PreparedFaces:
    """Six people at rest."""
    paths = [tmp_path / "tested" / f"{number}.png" for number in range(6)]
    paths[0].parent.mkdir()
    for number, path in enumerate(paths):
        Image.fromarray(draw_face(draw_identity(0, number), {}, draw_scene(0, number, 0), 96).image).save(path)
    frame = pd.DataFrame({"path": [str(path) for path in paths], "content": [content(path) for path in paths]})
    frame = frame.assign(image=[path.name for path in paths], dataset="d", subject="", expression="anger")
    none = np.zeros(6, dtype=np.int64)
    crops = Crops(tmp_path / "crops.bin", none, none, 64)
    return PreparedFaces(frame, crops, np.zeros((6, 68, 2)), pd.DataFrame(), "", EXPRESSIONS)


def test_the_same_files_and_pictures_encoded_anew_are_found(faces, tmp_path):
    """By content alone, as a file beside the list, and as a smaller JPEG; a stranger is not found."""
    own = faces.frame["path"]
    (tmp_path / "seen").mkdir()
    (tmp_path / "seen" / "same.png").write_bytes(Path(own[1]).read_bytes())
    Image.open(own[2]).resize((64, 64)).save(tmp_path / "seen" / "small.jpg", quality=80)
    stranger = draw_face(draw_identity(9, 3), {}, draw_scene(9, 3, 0), 96).image
    Image.fromarray(stranger).save(tmp_path / "seen" / "stranger.png")
    rows = [("gone.png", faces.frame["content"][4]), ("same.png", ""), ("small.jpg", ""), ("stranger.png", "")]
    rows.append(("nowhere.png", ""))
    pd.DataFrame(rows, columns=["image", "content"]).to_csv(tmp_path / "seen" / "list.csv", index=False)
    found = copies_of_listed(tmp_path / "seen" / "list.csv", "model.trained_on", faces, workers=1)
    assert found.rows.tolist() == [1, 2, 4]
    assert (found.listed, found.looked_at) == (5, 4)


def test_a_list_of_other_images_finds_none(faces, tmp_path):
    stranger = draw_face(draw_identity(9, 3), {}, draw_scene(9, 3, 0), 96).image
    Image.fromarray(stranger).save(tmp_path / "stranger.png")
    (tmp_path / "list.csv").write_text("image\nstranger.png\n")
    assert copies_of_listed(tmp_path / "list.csv", "model.trained_on", faces, workers=1).rows.tolist() == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("image\na.png\nb.png\n", r"model\.trained_on=.*list\.csv: none of its 2 images is here"),
        ("file\na.png\n", r"has no column 'image'"),
    ],
)
def test_a_list_that_tells_nothing_is_one_line(faces, tmp_path, text, message):
    (tmp_path / "list.csv").write_text(text)
    with pytest.raises(UserError, match=message):
        copies_of_listed(tmp_path / "list.csv", "model.trained_on", faces, workers=1)
