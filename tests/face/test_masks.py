import os
from pathlib import Path

import cv2
import hydra
import numpy as np
import pytest
from omegaconf import OmegaConf

from fer_xai.errors import UserError
from fer_xai.expressions import EXPRESSIONS
from fer_xai.face.half_maximum import half_of_maximum
from fer_xai.face.masks import ActionUnitReference, ImagesReference, PolygonReference, Reference
from fer_xai.face.polygons import fill, outline_points

CONFIGS = sorted(
    path
    for path in (Path(__file__).parents[2] / "conf" / "reference").glob("*.yaml")
    if "fer_xai.face.masks." in path.read_text(encoding="utf-8")
)
FACE_PARTS = {"brows", "forehead", "eyes", "nose", "cheeks", "mouth", "chin", "temples"}


def build(name: str, **overrides: object) -> Reference:
    node = OmegaConf.load(next(path for path in CONFIGS if path.stem == name))
    return hydra.utils.instantiate(OmegaConf.merge(node, overrides))


def write_pictures(folder: Path, shape: tuple[int, int] = (275, 224)) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    pictures = {e: rng.integers(0, 256, shape).astype(np.uint8) for e in EXPRESSIONS}
    for expression, picture in pictures.items():
        cv2.imwrite(str(folder / f"{expression}.png"), picture)
    return pictures


def for_all(entry: object) -> dict:
    return {expression: entry for expression in EXPRESSIONS}  # noqa: C420 - equal entries, none of them changed


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_shipped_reference_builds(path: Path, tmp_path: Path) -> None:
    write_pictures(tmp_path)
    overrides = {"root": str(tmp_path)} if path.stem == "images" else {}
    reference = build(path.stem, **overrides)
    assert reference.expressions == EXPRESSIONS
    for expression in EXPRESSIONS:
        weights = reference.weights_of(expression)
        assert weights.shape == (275, 224)
        assert weights.dtype == np.float32
        assert (weights.min(), weights.max()) == (0, 1)
        mask = reference.mask(expression)
        assert mask.any()
        assert not mask.all()
        assert {part for region in reference.regions[expression] for part in region.covers} <= FACE_PARTS
        assert expression in reference


@pytest.mark.skipif("FER_XAI_SHARED" not in os.environ, reason="FER_XAI_SHARED (published reference data) is not set")
def test_no_pixel_differs_from_the_published_masks() -> None:
    reference = build("friesen_ekman")
    for expression in EXPRESSIONS:
        path = Path(os.environ["FER_XAI_SHARED"]) / "published" / "masks" / f"{expression.capitalize()}_gt.png"
        published = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) > 127
        assert (reference.mask(expression) != published).sum() == 0, expression


def test_friesen_and_ekman_cover_what_they_are_known_to_cover() -> None:
    reference = build("friesen_ekman")
    shares = [round(100 * reference.mask(e).mean()) for e in EXPRESSIONS]
    assert shares == [25, 23, 30, 21, 31, 24]
    covered = {e: {part for region in reference.regions[e] for part in region.covers} for e in EXPRESSIONS}
    assert "forehead" in covered["surprise"]
    assert "forehead" not in covered["happiness"] | covered["disgust"]
    assert covered["disgust"] == {"nose", "mouth", "cheeks", "eyes"}


def test_action_units_lie_where_their_names_say() -> None:
    reference = build("facs_units")
    happiness, surprise = reference.weights_of("happiness"), reference.weights_of("surprise")
    assert happiness[200, 70] == 1, "the corner of the mouth"
    assert happiness[30, 110] == 0, "the forehead"
    assert surprise[30, 110] == 1
    assert surprise[245, 112] == 1, "the chin"
    for expression in EXPRESSIONS:
        mask = reference.mask(expression)
        overlap = (mask & mask[:, ::-1]).sum() / mask.sum()
        assert overlap > 0.85, f"{expression} is as good as symmetric"


def test_units_add_up_and_are_cut_at_half() -> None:
    square = [[86, {"x": 88, "y": 86}, 89, {"x": 86, "y": 89}]]
    lower = [[1, 17, 89, 87]]
    units = {
        1: {"name": "all", "covers": "chin", "outlines": square},
        2: {"name": "low", "covers": [], "outlines": lower},
    }
    expressions = for_all({1: 0.3, 2: 0.6}) | {"fear": {1: 0.7, 2: 0.7}}
    reference = ActionUnitReference("test", units, expressions)
    assert reference.weights_of("anger")[10, 100] == np.float32(0.3)
    assert reference.weights_of("anger")[250, 100] == np.float32(0.9)
    assert reference.weights_of("fear")[250, 100] == 1
    assert not reference.mask("anger")[10, 100], "0.3 is less than half of 0.9"
    assert reference.mask("fear")[10, 100]
    assert [region.weight for region in reference.regions["fear"]] == [0.7, 0.7]


def test_half_of_maximum() -> None:
    weights = np.array([[[0.0, 0.25, 0.5]], [[0.0, 0.0, 0.0]]])
    expected = [[[False, True, True]], [[False, False, False]]]
    assert half_of_maximum(weights).tolist() == expected


@pytest.mark.parametrize("frame", [(550, 448), (138, 112), (110, 90)])
def test_other_frame_sizes_follow_in_proportion(frame: tuple[int, int]) -> None:
    small, full = build("friesen_ekman", frame=list(frame)), build("friesen_ekman")
    assert small.frame == frame
    for expression in EXPRESSIONS:
        scaled = cv2.resize(full.weights_of(expression), frame[::-1], interpolation=cv2.INTER_AREA) >= 0.5
        same = (scaled == small.mask(expression)).mean()
        assert same > 0.95, expression


def test_corners_of_outlines() -> None:
    outline = [1, {"x": 19, "y": 74}, {"mid": [5, 49]}, 89]
    assert outline_points(outline, "here").tolist() == [[16, 90], [50, 0], [55, 198], [224, 275]]
    assert outline_points(outline, "here", (550, 112))[1].tolist() == [25, 0]
    for wrong in (90, 0, "19", {"x": 19}, {"x": 19, "y": 90}, {"mid": [1]}, {"mid": 5}, None):
        with pytest.raises(UserError, match="here"):
            outline_points([1, 2, wrong], "here")
    with pytest.raises(UserError, match="at least three corners"):
        outline_points([1, 2], "here")


def test_filled_outlines_hold_their_edges() -> None:
    filled = fill(np.array([[1, 1], [4, 1], [4, 3], [1, 3]], dtype=float), (5, 7))
    expected = np.zeros((5, 7), dtype=bool)
    expected[1:4, 1:5] = True
    np.testing.assert_array_equal(filled, expected)


def test_pictures_become_weights(tmp_path: Path) -> None:
    pictures = write_pictures(tmp_path)
    (tmp_path / "notes.png").write_bytes(b"not looked at")
    (tmp_path / "happiness.png").rename(tmp_path / "03_Happy-map.png")
    reference = ImagesReference(tmp_path)
    assert reference.name == tmp_path.name
    np.testing.assert_allclose(reference.weights_of("happiness"), pictures["happiness"] / 255, atol=1e-7)
    sixteen_bits = (pictures["fear"].astype(np.uint16) * 257).astype(np.uint16)
    cv2.imwrite(str(tmp_path / "fear.png"), sixteen_bits)
    np.testing.assert_array_equal(ImagesReference(tmp_path).weights_of("fear"), reference.weights_of("fear"))


def test_pictures_of_other_sizes_are_scaled(tmp_path: Path) -> None:
    write_pictures(tmp_path, (550, 448))
    assert ImagesReference(tmp_path, "people").weights_of("anger").shape == (275, 224)
    assert ImagesReference(tmp_path, frame=(1100, 896)).weights_of("anger").max() <= 1
    with pytest.raises(UserError, match="550 x 448"):
        ImagesReference(tmp_path, frame=(224, 275))


def test_mistakes_with_pictures_are_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"reference\.images\.root=FOLDER"):
        ImagesReference(None)
    with pytest.raises(UserError, match="no folder"):
        ImagesReference(tmp_path / "nowhere")
    write_pictures(tmp_path)
    (tmp_path / "anger.png").rename(tmp_path / "angry_faces.png")
    cv2.imwrite(str(tmp_path / "angry2.png"), np.zeros((275, 224), np.uint8))
    with pytest.raises(UserError, match="two reference pictures for anger"):
        ImagesReference(tmp_path)
    (tmp_path / "angry2.png").unlink()
    (tmp_path / "sadness.png").write_bytes(b"broken")
    with pytest.raises(UserError, match=r"sadness\.png cannot be read"):
        ImagesReference(tmp_path)
    for path in tmp_path.iterdir():
        path.unlink()
    with pytest.raises(UserError, match="no reference picture in"):
        ImagesReference(tmp_path)


def test_expressions_may_be_missing_or_others(tmp_path: Path) -> None:
    write_pictures(tmp_path)
    (tmp_path / "sadness.png").rename(tmp_path / "neutral.png")
    pictures = ImagesReference(tmp_path)
    assert pictures.expressions == ("anger", "disgust", "fear", "happiness", "surprise", "neutral")
    assert "sadness" not in pictures
    assert "neutral" in pictures
    drawn = PolygonReference(
        "two", {"chin": {"covers": "chin", "outline": [7, 9, 11]}}, {"sad": ["chin"], "joy": ["chin"]}
    )
    assert drawn.expressions == tuple(drawn.regions) == ("happiness", "sadness")
    assert drawn.known_of("sad").all()
    assert drawn.observers_of("sad") is None
    np.testing.assert_array_equal(drawn.signed_of("sad"), drawn.weights_of("sad"))
    with pytest.raises(UserError, match="has nothing for fear, only for happiness, sadness"):
        drawn.mask("fear")
    with pytest.raises(UserError, match="a map for no expression"):
        Reference("mine", {})


def test_mistakes_in_a_reference_are_told() -> None:
    regions = {"chin": {"covers": "chin", "outline": [7, 9, 11]}}
    masks = for_all(["chin"])
    assert PolygonReference("mine", regions, masks).mask("happy").any(), "synonyms of expressions are understood"
    with pytest.raises(UserError, match=r"masks\.fear names region 'beard'"):
        PolygonReference("mine", regions, masks | {"fear": ["beard"]})
    with pytest.raises(UserError, match="nothing for fear, sadness"):
        PolygonReference("mine", regions, masks | {"fear": [], "sadness": []})
    with pytest.raises(UserError, match=r"needs 'covers' and 'outline'"):
        PolygonReference("mine", {"chin": {"outline": [7, 9, 11]}}, masks)
    units = {9: {"name": "nose", "covers": "nose", "outlines": [[7, 9, 11]]}}
    with pytest.raises(UserError, match="uses AU 10"):
        ActionUnitReference("mine", units, for_all({10: 1.0}))
    with pytest.raises(UserError, match="weighs 2"):
        ActionUnitReference("mine", units, for_all({9: 2}))
    reference = PolygonReference("mine", regions, masks)
    with pytest.raises(UserError, match="has nothing for neutral"):
        reference.weights_of("neutral")
    assert "neutral" not in reference
    with pytest.raises(UserError, match="values from 0 to 1"):
        Reference("mine", np.full((6, 5, 4), 2.0))
