"""What is special about single readers: frames, angles, forms of copies, labels that are wrong."""

from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest
from helpers.layouts import LAYOUTS, write
from helpers.layouts.wild import fer2013_csv

from fer_xai.data.face_table import count_reasons
from fer_xai.data.sources.names import read_name
from fer_xai.data.sources.published.affectnet import AffectNetReader
from fer_xai.data.sources.published.affwild2 import AffWild2Reader
from fer_xai.data.sources.published.bu4dfe import BU4DFEReader
from fer_xai.data.sources.published.ckplus import CKPlusReader
from fer_xai.data.sources.published.disfa import DISFAReader
from fer_xai.data.sources.published.expw import ExpWReader
from fer_xai.data.sources.published.fega import FEGAReader
from fer_xai.data.sources.published.fer2013 import FER2013Reader
from fer_xai.data.sources.published.ferplus import FERPlusReader
from fer_xai.data.sources.published.kdef import KDEFReader
from fer_xai.data.sources.published.mug import MUGReader
from fer_xai.data.sources.published.oulu_casia import OuluCASIAReader
from fer_xai.data.sources.published.rafau import RAFAUReader
from fer_xai.data.sources.published.rafd import RaFDReader
from fer_xai.data.sources.published.rafdb import RAFDBReader
from fer_xai.errors import UserError
from fer_xai.expressions import EXPRESSIONS


def put(root: Path, *names: str, content: bytes = b"x") -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return root


# --- CK+ -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "frames"),
    [
        ({}, [8, 9, 10]),
        ({"frames": 1}, [10]),
        ({"frames": 2, "apex": "middle"}, [5, 6]),
        ({"frames": 99}, list(range(1, 11))),
    ],
)
def test_ckplus_frames_of_each_sequence(settings: dict, frames: list[int], tmp_path: Path) -> None:
    table = CKPlusReader(str(write(LAYOUTS["ckplus"], tmp_path)), **settings).read()
    found = table.frame.groupby(["subject", "sequence"])["frame"].apply(sorted)
    assert found.tolist() == [frames] * 18


def test_ckplus_first_frames_are_neutral_where_wanted(tmp_path: Path) -> None:
    root = str(write(LAYOUTS["ckplus"], tmp_path))
    table = CKPlusReader(root, neutral_frames=2, expressions=[*EXPRESSIONS, "neutral"]).read()
    neutral = table.frame[table.frame["expression"] == "neutral"]
    # 18 sequences of expressions of the study; the one of contempt has 4 frames, and its apex takes the last three.
    assert sorted(neutral["frame"]) == [1] * 19 + [2] * 18
    assert len(table) == 18 * 3 + 37


def test_ckplus_labels_may_be_words_and_lie_beside_the_images(tmp_path: Path) -> None:
    put(tmp_path / "images", "S001/001/S001_001_00000001.png")
    put(tmp_path / "Emotion_labels" / "Emotion", "S001/001/S001_001_00000001_emotion.txt", content=b" Happy\r\n")
    table = CKPlusReader(str(tmp_path / "images")).read()
    assert table.frame["expression"].tolist() == ["happiness"]
    assert any("labels were found beside" in note for note in table.notes)


def test_ckplus_wrong_labels_are_one_line(tmp_path: Path) -> None:
    put(tmp_path, "S001/001/S001_001_00000001.png")
    with pytest.raises(UserError, match=r"holds images but no labels of CK\+"):
        CKPlusReader(str(tmp_path)).read()
    label = "Emotion/S001/001/S001_001_00000001_emotion.txt"
    put(tmp_path, label, content=b"9.0000000e+00")
    message = (
        r"S001_001_00000001_emotion\.txt: unknown expression word '9'.*data\.words=\{9:EXPRESSION\} says what it means"
    )
    with pytest.raises(UserError, match=message):
        CKPlusReader(str(tmp_path)).read()
    assert len(CKPlusReader(str(tmp_path), words={9: "anger"}).read()) == 1


def test_ckplus_and_its_derivative_in_one_folder_are_told_apart(tmp_path: Path) -> None:
    write(LAYOUTS["ckplus"], tmp_path)
    write(LAYOUTS["ckplus48"], tmp_path)
    table = CKPlusReader(str(tmp_path)).read()
    assert len(table) == 54
    assert count_reasons(table.left_out)["lies in a folder named by an expression"] == 37


# --- BU-4DFE, KDEF, RaFD ---------------------------------------------------------------------------------------------


def test_bu4dfe_frames_are_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    put(tmp_path, *(f"f001/HAPPY/frames/{frame}.png" for frame in range(1, 12)))
    put(tmp_path, "f001/HAPPY/frames/6.jpg")
    table = BU4DFEReader(str(tmp_path), frames=3).read()
    assert table.frame["frame"].tolist() == [5, 6, 7]
    assert table.frame["subject"].tolist() == ["F001"] * 3
    assert table.left_out["reason"].tolist() == ["another file of the same image: f001/HAPPY/frames/6.png"]
    assert BU4DFEReader(str(tmp_path), apex="last").read().frame["frame"].tolist() == [11]


def test_kdef_angles(tmp_path: Path) -> None:
    root = str(write(LAYOUTS["kdef"], tmp_path))
    assert len(KDEFReader(root, angles=["S", "hl"]).read()) == 48
    everything = KDEFReader(root, angles=None).read()
    assert len(everything) == 120
    assert Counter(everything.frame["angle"]) == dict.fromkeys(("FL", "FR", "HL", "HR", "S"), 24)
    with pytest.raises(UserError, match=r"data\.angles=\['X'\]: choose among FL, HL, S, HR, FR, or null"):
        KDEFReader(root, angles=["X"])


def test_rafd_angles_may_be_written_as_in_the_names(tmp_path: Path) -> None:
    root = str(write(LAYOUTS["rafd"], tmp_path))
    assert len(RaFDReader(root, angles=["045", 90, 0]).read()) == 36 + 12 + 12
    assert len(RaFDReader(root, angles=None).read()) == 36 + 48
    for wrong in ([30], ["S"], []):
        with pytest.raises(UserError, match=r"data\.angles=.*choose among 0, 45, 90, 135, 180"):
            RaFDReader(root, angles=wrong)


def test_settings_that_mean_nothing_are_refused() -> None:
    with pytest.raises(UserError, match=r"data\.frames=0: at least 1"):
        CKPlusReader(frames=0)
    with pytest.raises(UserError, match=r"data\.apex=first: choose last or middle"):
        BU4DFEReader(apex="first")
    with pytest.raises(UserError, match=r"data\.neutral_frames=-1"):
        CKPlusReader(neutral_frames=-1)


# --- names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "word", "subject"),
    [
        ("AD_anger_3045_p.jpg", "anger", "AD"),
        ("ad-Anger (3).JPG", "Anger", "AD"),
        ("01_F_25_happy_2.png", "happy", "01_F_25"),
        ("anger_S01_2.png", "anger", "S01"),
        ("anger_2.png", "anger", ""),
        ("S01/anger_2.png", "anger", "S01"),
        ("S01/anger/2.png", "anger", "S01"),
        ("anger/S01/2.png", "anger", "S01"),
        ("anger/S01_2.png", "anger", "S01"),
        ("anger/2.png", "anger", ""),
        ("SA_fear_1.jpg", "fear", "SA"),
        ("Zoë_sad.jpg", "sad", "ZOË"),
    ],
)
def test_names_with_a_person_and_a_word(path: str, word: str, subject: str) -> None:
    named = read_name(path)
    assert named is not None
    assert (named.word, named.subject) == (word, subject)


def test_fega_names_that_tell_no_person_are_left_out_not_guessed(tmp_path: Path) -> None:
    put(tmp_path, "S01_anger_1.jpg", "anger_7.jpg", "holiday.jpg")
    table = FEGAReader(str(tmp_path)).read()
    assert table.frame["subject"].tolist() == ["S01"]
    assert count_reasons(table.left_out) == {"the name tells no person": 1, "the name tells no expression": 1}


def test_fega_names_by_a_pattern(tmp_path: Path) -> None:
    put(tmp_path, "p7-HA-x.jpg", "p8-AN-y.jpg", "other.jpg")
    pattern = r"(?P<subject>p\d)-(?P<expression>[a-z]{2})-"
    table = FEGAReader(str(tmp_path), pattern=pattern).read()
    assert table.frame[["subject", "expression"]].to_numpy().tolist() == [["P7", "happiness"], ["P8", "anger"]]
    assert count_reasons(table.left_out) == {"data.pattern does not match": 1}
    with pytest.raises(UserError, match="needs the groups"):
        FEGAReader(str(tmp_path), pattern="x")
    with pytest.raises(UserError, match="no regular expression"):
        FEGAReader(str(tmp_path), pattern="(")


# --- FER2013 ---------------------------------------------------------------------------------------------------------

PICTURES = np.random.default_rng(0).integers(0, 256, (16, 48, 48), dtype=np.uint8)
FER2013 = ("anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral")
PARTS = ["train"] * 5 + ["validation"] + ["test"] * 2


@pytest.mark.parametrize("header", ["emotion,pixels,Usage", "emotion, Usage, pixels"])
def test_fer2013_rows_become_pictures_pixel_by_pixel(header: str, tmp_path: Path) -> None:
    put(tmp_path / "data", "archive/fer2013.csv", content=fer2013_csv(PICTURES, header, break_row=3))
    put(tmp_path / "data", "archive/train.csv", content=fer2013_csv(PICTURES[:2]))
    reader = FER2013Reader(str(tmp_path / "data"), cache_dir=str(tmp_path / "cache"))
    table = reader.read()
    rows = [i for i in range(16) if i != 3 and i % 7 != 6]
    assert table.frame["image"].tolist() == [f"{i + 2:06d}.png" for i in rows]
    assert table.frame["expression"].tolist() == [FER2013[i % 7] for i in rows]
    assert table.frame["usage"].tolist() == [PARTS[i % 8] for i in rows]
    assert table.frame["cropped"].all()
    for path, i in zip(table.frame["path"], rows, strict=True):
        np.testing.assert_array_equal(cv2.imread(path, cv2.IMREAD_UNCHANGED), PICTURES[i])
    assert count_reasons(table.left_out) == {"not 48 x 48 pixels from 0 to 255": 1, "expression not in the study": 2}
    assert any("other csv files were not: train.csv" in note for note in table.notes)


def test_fer2013_pictures_are_written_once_and_whole(tmp_path: Path) -> None:
    file = put(tmp_path / "data", "fer2013.csv", content=fer2013_csv(PICTURES)) / "fer2013.csv"
    cache = tmp_path / "cache"
    first = FER2013Reader(str(file), cache_dir=str(cache)).read().frame
    changed = {path: Path(path).stat().st_mtime_ns for path in first["path"]}
    folder = Path(first["path"][0]).parent
    # What a killed process leaves is not taken for whole.
    folder.rename(folder.with_name(f"{folder.name}.part"))
    (folder.with_name(f"{folder.name}.part") / "000002.png").write_bytes(b"half")
    again = FER2013Reader(str(file), cache_dir=str(cache)).read().frame
    assert again.equals(first)
    assert cv2.imread(again["path"][0]) is not None
    assert not list(folder.parent.glob("*.part"))
    written = {path: Path(path).stat().st_mtime_ns for path in again["path"]}
    assert written != changed
    moved = file.rename(tmp_path / "elsewhere.csv")
    last = FER2013Reader(str(moved), cache_dir=str(cache)).read().frame
    assert {path: Path(path).stat().st_mtime_ns for path in last["path"]} == written


def test_fer2013_mistakes_are_one_line(tmp_path: Path) -> None:
    file = put(tmp_path, "fer2013.csv", content=fer2013_csv(PICTURES).replace(b"\n1,", b"\n8,", 1)) / "fer2013.csv"
    cache = str(tmp_path / "cache")
    with pytest.raises(UserError, match=r"fer2013\.csv, row 3: unknown expression word '8'"):
        FER2013Reader(str(file), cache_dir=cache).read()
    file.write_bytes(fer2013_csv(PICTURES).replace(b"pixels", b"values"))
    with pytest.raises(UserError, match="no column 'pixels'"):
        FER2013Reader(str(file), cache_dir=cache).read()
    blocked = put(tmp_path, "file") / "file"
    file.write_bytes(fer2013_csv(PICTURES))
    with pytest.raises(UserError, match="cannot write into the cache folder"):
        FER2013Reader(str(file), cache_dir=str(blocked / "cache")).read()


# --- RAF-DB, AffectNet -----------------------------------------------------------------------------------------------


def test_rafdb_photographs_in_place_of_aligned_faces(tmp_path: Path) -> None:
    root = write(LAYOUTS["rafdb"], tmp_path)
    table = RAFDBReader(str(root), aligned=False).read()
    assert len(table) == 12
    assert not table.frame["cropped"].any()
    assert all("/original/" in path for path in table.frame["path"])
    for path in root.rglob("*_aligned.jpg"):
        path.unlink()
    left = RAFDBReader(str(root)).read()
    assert left.frame["path"].tolist() == table.frame["path"].tolist()
    assert not left.frame["cropped"].any()
    assert any("photographs are taken" in note for note in left.notes)


def test_rafdb_lists_may_be_spelt_otherwise_and_may_not_contradict_themselves(tmp_path: Path) -> None:
    put(tmp_path, "aligned/train_00001_aligned.jpg", "aligned/train_00002_aligned.jpg")
    lines = b"train_00001.jpg 5\r\ntrain_00002.jpg  6 \r\nodd\r\n"
    put(tmp_path, "EmoLabel/list_partition_label.txt", content=lines)
    table = RAFDBReader(str(tmp_path)).read()
    assert table.frame["expression"].tolist() == ["sadness", "anger"]
    assert count_reasons(table.left_out) == {"no image and label in the list": 1}
    put(tmp_path, "EmoLabel/list_partition_label.txt", content=lines + b"train_00001.jpg 4\n")
    with pytest.raises(UserError, match=r"label\.txt, row 4: train_00001\.jpg has another label than before"):
        RAFDBReader(str(tmp_path)).read()
    put(tmp_path, "EmoLabel/list_partition_label.txt", content=b"train_00001.jpg 8\ntrain_00002.jpg 1\n")
    with pytest.raises(UserError, match=r"label\.txt, row 1: unknown expression word '8'"):
        RAFDBReader(str(tmp_path)).read()


def test_affectnet_labels_may_be_numbers(tmp_path: Path) -> None:
    for number, label in enumerate((np.array(6), np.array(["3"]), np.array(1.0))):
        put(tmp_path, f"val_set/images/{number}.jpg")
        (tmp_path / "val_set" / "annotations").mkdir(exist_ok=True)
        np.save(tmp_path / "val_set" / "annotations" / f"{number}_exp.npy", label)
    table = AffectNetReader(str(tmp_path / "val_set")).read()
    assert table.frame["expression"].tolist() == ["anger", "surprise", "happiness"]
    assert table.frame["usage"].tolist() == ["test"] * 3
    np.save(tmp_path / "val_set" / "annotations" / "1_exp.npy", np.array(15))
    with pytest.raises(UserError, match=r"1_exp\.npy: unknown expression word '15'"):
        AffectNetReader(str(tmp_path)).read()


def test_affectnet_image_in_two_formats_is_taken_once(tmp_path: Path) -> None:
    put(tmp_path, "train_set/images/0.jpg", "train_set/images/0.png")
    (tmp_path / "train_set" / "annotations").mkdir()
    np.save(tmp_path / "train_set" / "annotations" / "0_exp.npy", np.array("1"))
    table = AffectNetReader(str(tmp_path)).read()
    assert table.frame["image"].tolist() == ["train_set/images/0.png"]
    assert count_reasons(table.left_out) == {"another file of the same image": 1}


def test_affectnet_objects_in_label_files_are_not_run(tmp_path: Path) -> None:
    put(tmp_path, "train_set/images/0.jpg", "train_set/images/1.jpg")
    (tmp_path / "train_set" / "annotations").mkdir()
    np.save(tmp_path / "train_set" / "annotations" / "0_exp.npy", np.array([{}], dtype=object), allow_pickle=True)
    np.save(tmp_path / "train_set" / "annotations" / "1_exp.npy", np.array("1"))
    table = AffectNetReader(str(tmp_path)).read()
    assert table.frame["image"].tolist() == ["train_set/images/1.jpg"]
    assert count_reasons(table.left_out) == {"label file cannot be read": 1}


# --- FER+ ------------------------------------------------------------------------------------------------------------


def ferplus_csv(root: Path, votes: list[dict[str, int]], pictures: int | None = None) -> Path:
    """`fer2013.csv` whose own labels are anger, disgust, fear ... in turn, and the votes beside it."""
    names = ["neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt", "unknown", "NF"]
    lines = [f"Usage,Image name,{','.join(names)}"]
    lines += [f"Training,fer{i:07d}.png,{','.join(str(v.get(n, 0)) for n in names)}" for i, v in enumerate(votes)]
    number = len(votes) if pictures is None else pictures
    drawn = np.arange(number, dtype=np.uint8)[:, None, None] + np.zeros((1, 48, 48), np.uint8)
    put(root, "fer2013.csv", content=fer2013_csv(drawn))
    return put(root, "fer2013new.csv", content="\n".join(lines).encode())


def test_ferplus_votes_follow_the_rows_of_fer2013(tmp_path: Path) -> None:
    votes = [{"fear": 10}, {"NF": 10}, {"happiness": 6, "neutral": 4}, {"sadness": 4, "anger": 4, "unknown": 2}]
    root = ferplus_csv(tmp_path / "data", votes)
    settings = {"root": str(root), "cache_dir": str(tmp_path / "cache")}
    table = FERPlusReader(**settings).read()
    assert table.frame["expression"].tolist() == ["fear", "happiness"]
    assert table.frame["agreement"].tolist() == [1.0, 0.6]
    assert table.frame["votes_neutral"].tolist() == [0, 4]
    assert [int(cv2.imread(path)[0, 0, 0]) for path in table.frame["path"]] == [0, 2]
    assert count_reasons(table.left_out) == {"most votes for no expression": 1, "highest rating is shared": 1}
    sure = FERPlusReader(min_rating=7, **settings).read()
    assert sure.frame["expression"].tolist() == ["fear"]
    of_file = FERPlusReader(str(root / "fer2013new.csv"), settings["cache_dir"]).read()
    assert of_file.frame["expression"].tolist() == ["fear", "happiness"]


def test_ferplus_votes_about_other_pictures_are_one_line(tmp_path: Path) -> None:
    root = ferplus_csv(tmp_path / "data", [{"fear": 10}] * 3, pictures=4)
    with pytest.raises(UserError, match=r"fer2013\.csv has 4 rows and .*fer2013new\.csv 3: .* row by row"):
        FERPlusReader(str(root), str(tmp_path / "cache")).read()
    put(root, "fer2013new.csv", content=b"Usage,Image name,neutral\nTraining,a.png,1\n")
    with pytest.raises(UserError, match=r"fer2013new\.csv has no column 'happiness'"):
        FERPlusReader(str(root), str(tmp_path / "cache")).read()


# --- Oulu-CASIA ------------------------------------------------------------------------------------------------------


def test_mug_takes_the_middle_of_films_and_begins_at_rest(tmp_path: Path) -> None:
    root = str(write(LAYOUTS["mug"], tmp_path))
    last = MUGReader(root, frames=1, apex="last").read().frame
    assert len(last) == len(LAYOUTS["mug"].shown) // 3
    assert set(last["frame"]) == set(range(14, 20))
    kept = MUGReader(root, keep_rest=True).read()
    assert len(kept) == len(LAYOUTS["mug"].shown)
    assert kept.neutral is not None
    # The first frame of each film, and the middle of the films at rest.
    assert len(kept.neutral.frame) == 3 * 6 * 2 + 3
    with_neutral = MUGReader(root, expressions=(*EXPRESSIONS, "neutral")).read().frame
    assert with_neutral.loc[with_neutral["expression"].eq("neutral"), "frame"].tolist() == [4, 4, 4]


def test_oulu_casia_films_are_chosen(tmp_path: Path) -> None:
    root = str(write(LAYOUTS["oulu_casia"], tmp_path))
    dark = OuluCASIAReader(root, illumination="Dark").read()
    assert dark.frame["image"].str.startswith("VL/Dark/").all()
    assert len(dark) == 3
    inner = OuluCASIAReader(f"{root}/OriginalImg/VL/Strong").read()
    assert len(inner) == len(LAYOUTS["oulu_casia"].shown)
    with pytest.raises(UserError, match=r"no image of data\.spectrum=NI data\.illumination=Weak"):
        OuluCASIAReader(root, spectrum="NI", illumination="Weak").read()
    with pytest.raises(UserError, match=r"data\.illumination=bright: choose Strong, Weak or Dark"):
        OuluCASIAReader(root, illumination="bright")


def test_oulu_casia_begins_at_rest(tmp_path: Path) -> None:
    root = str(write(LAYOUTS["oulu_casia"], tmp_path))
    table = OuluCASIAReader(root, frames=1, neutral_frames=2, expressions=[*EXPRESSIONS, "neutral"]).read()
    neutral = table.frame[table.frame["expression"] == "neutral"]
    assert sorted(neutral["frame"]) == [0] * 18 + [1] * 18
    kept = OuluCASIAReader(root, keep_rest=True).read()
    assert set(kept.neutral.frame["frame"]) == {0}
    assert len(kept) == len(LAYOUTS["oulu_casia"].shown)


# --- ExpW ------------------------------------------------------------------------------------------------------------


def expw(root: Path, *lines: str) -> Path:
    """A photograph of 100 x 60 whose red is the column and whose green is the row."""
    picture = np.zeros((60, 100, 3), np.uint8)
    picture[..., 2], picture[..., 1] = np.arange(100), np.arange(60)[:, None]
    put(root, "image/origin/two faces.png", content=cv2.imencode(".png", picture)[1].tobytes())
    put(root, "image/origin/other.png", content=b"no picture")
    return put(root, "label/label.lst", content="\n".join(lines).encode())


def test_expw_faces_are_cut_out_by_their_boxes(tmp_path: Path) -> None:
    """Top, left, right, bottom; the margin is 40 % of the longer side, cut off at the edges."""
    root = expw(
        tmp_path / "data",
        *("two faces.png 0 20 30 40 30 60.5 3", "two faces.png 1 0 80 100 10 20 0", "two faces.png 2 5 50 50 9 9 1"),
        *("other.png 0 1 1 9 9 50 2", "nowhere.jpg 0 1 1 9 9 50 4", "two faces.png broken", ""),
    )
    table = ExpWReader(str(root), str(tmp_path / "cache")).read()
    rows = {row["image"]: row for row in table.frame.to_dict("records")}
    assert {name: row["expression"] for name, row in rows.items()} == {
        "two faces_0.png": "happiness",
        "two faces_1.png": "anger",
    }
    assert rows["two faces_0.png"]["confidence"] == 60.5
    for name, (top, left, height, width) in {
        "two faces_0.png": (16, 26, 18, 18),
        "two faces_1.png": (0, 72, 18, 28),
    }.items():
        cut = cv2.imread(rows[name]["path"])
        assert cut.shape == (height, width, 3)
        assert (cut[0, 0, 2], cut[0, 0, 1]) == (left, top)
    assert count_reasons(table.left_out) == {
        "the box holds no picture": 2,
        "label without an image": 1,
        "no image, box and label in the list": 1,
    }
    sure = ExpWReader(str(root), str(tmp_path / "cache"), min_confidence=50).read()
    assert sure.frame["image"].tolist() == ["two faces_0.png"]


def test_expw_in_another_layout_is_one_line(tmp_path: Path) -> None:
    root = expw(tmp_path, "nowhere.jpg 0 1 1 9 9 50 4")
    with pytest.raises(UserError, match=r"none of the images that .*label\.lst names is there, e\.g\. nowhere\.jpg"):
        ExpWReader(str(root), str(tmp_path / "cache")).read()
    (root / "label" / "label.lst").unlink()
    with pytest.raises(UserError, match=r"data\.root=.* holds 2 images, .* but expw is image/origin"):
        ExpWReader(str(root), str(tmp_path / "cache")).read()
    with pytest.raises(UserError, match=r"data\.root must be set to the folder of expw"):
        ExpWReader().read()


def test_expw_label_that_means_nothing_is_one_line(tmp_path: Path) -> None:
    root = expw(tmp_path, "two faces.png 0 20 30 40 30 60.5 8")
    with pytest.raises(UserError, match=r"label\.lst, row 1: unknown expression word '8'"):
        ExpWReader(str(root), str(tmp_path / "cache")).read()


# --- Aff-Wild2 -------------------------------------------------------------------------------------------------------


def test_affwild2_numbers_of_frames_begin_at_one(tmp_path: Path) -> None:
    lists = "EXPR_Recognition_Challenge/Train_Set"
    put(tmp_path, *(f"cropped_aligned/film/{frame:05d}.jpg" for frame in (1, 2, 4)))
    put(tmp_path, f"{lists}/film.txt", content=b"Neutral,Anger,Disgust,Fear\n1\n2\n3\n-1\n3")
    table = AffWild2Reader(str(tmp_path), every=1).read()
    assert table.frame[["frame", "expression"]].to_numpy().tolist() == [[1, "anger"], [2, "disgust"]]
    assert any("2 of them are not there" in note for note in table.notes)
    put(tmp_path, f"{lists}/film.txt", content=b"Neutral,Anger\n1\n5\n")
    with pytest.raises(UserError, match=r"film\.txt, row 3: 5 is no number of Neutral, Anger"):
        AffWild2Reader(str(tmp_path), every=1).read()
    put(tmp_path, f"{lists}/film.txt", content=b"Neutral,Anger\nangry\n")
    with pytest.raises(UserError, match=r"film\.txt, row 2: 'angry' is no number"):
        AffWild2Reader(str(tmp_path)).read()
    with pytest.raises(UserError, match=r"data\.every=0"):
        AffWild2Reader(str(tmp_path), every=0)


# --- DISFA and RAF-AU ------------------------------------------------------------------------------------------------


def disfa(root: Path, frames: dict[int, dict[int, int]], units: tuple[int, ...] = (1, 4, 6, 12, 15, 25)) -> Path:
    """A film of one person, of these frames: unit -> intensity."""
    for unit in units:
        lines = "".join(f"{frame},{shown.get(unit, 0)}\n" for frame, shown in frames.items())
        put(root, f"ActionUnit_Labels/SN001/SN001_au{unit}.txt", content=lines.encode())
    return put(root, *(f"SN001/{frame}.png" for frame in frames))


SMILE = {6: 3, 12: 3, 25: 2}


def test_disfa_every_so_many_th_frame_is_looked_at(tmp_path: Path) -> None:
    """Frames 1, 3, 5 ...: two smiles, one unit alone, rest."""
    root = disfa(tmp_path, {1: SMILE, 2: SMILE, 3: SMILE, 4: {12: 5}, 5: {12: 5}, 6: {12: 5}, 7: {}})
    table = DISFAReader(str(root), every=2).read()
    assert table.frame[["frame", "expression"]].to_numpy().tolist() == [[1, "happiness"], [3, "happiness"]]
    # (3 + 3 + 2 * 0.75) / (|3, 3, 2| * |1, 1, 0.75|)
    assert table.frame["fit"].tolist() == pytest.approx([7.5 / (22 * 2.5625) ** 0.5] * 2)
    assert count_reasons(table.left_out) == {
        "fits no prototype of an expression": 1,
        "expression not in the study": 1,
    }


def test_disfa_threshold_and_strength(tmp_path: Path) -> None:
    """The cosine of 6 + 12 with happiness (6, 12, and three quarters of 25) is sqrt(2 / 2.5625)."""
    root = str(disfa(tmp_path, {1: {6: 2, 12: 2}, 2: {}, 3: {6: 1, 12: 1}}))
    table = DISFAReader(root).read()
    assert table.frame["fit"].tolist() == pytest.approx([(2 / 2.5625) ** 0.5])
    assert count_reasons(table.left_out)["no action unit is as strong as data.least"] == 1
    assert DISFAReader(root, least=1).read().frame["frame"].tolist() == [1, 3]
    with pytest.raises(UserError, match=r"fits no prototype"):
        DISFAReader(root, fit=0.9).read()


def test_disfa_frames_that_fit_two_expressions_are_left_out(tmp_path: Path) -> None:
    """Raised and lowered brows with open lips, in which fear and sadness have their part."""
    root = str(disfa(tmp_path, {1: SMILE, 2: {1: 3, 4: 3, 15: 1, 25: 2}}))
    assert count_reasons(DISFAReader(root, fit=0.5).read().left_out) == {"fits several prototypes of expressions": 1}


def test_disfa_frames_lie_elsewhere_by_another_number_for_two_cameras(tmp_path: Path) -> None:
    root = disfa(tmp_path / "labels", {1: SMILE, 2: {}})
    for path in (root / "SN001").iterdir():
        path.unlink()
    for camera in ("Left", "Right"):
        put(tmp_path / "brightness", *(f"{camera}/SN001/frame_{number}.jpg" for number in (0, 1)))
    settings = {"frames": str(tmp_path / "brightness"), "first": 0}
    assert DISFAReader(str(root), **settings).read().frame["path"].tolist() == [
        str(tmp_path / "brightness" / "Left" / "SN001" / "frame_0.jpg")
    ]
    right = DISFAReader(str(root), camera="right", **settings).read()
    assert right.frame["path"].str.contains("/Right/").all()
    with pytest.raises(UserError, match=r"data\.frames=.*nowhere is no folder; it holds the frames as pictures"):
        DISFAReader(str(root), frames=str(tmp_path / "nowhere")).read()
    with pytest.raises(UserError, match=r"data\.root=.* holds no image .* but disfa is .* labels without frames"):
        DISFAReader(str(root)).read()


def test_disfa_and_rafau_bad_files_and_settings_are_one_line(tmp_path: Path) -> None:
    root = disfa(tmp_path / "disfa", {1: SMILE})
    put(root, "ActionUnit_Labels/SN001/SN001_au1.txt", content=b"1,0\n2,7\n")
    with pytest.raises(UserError, match=r"SN001_au1\.txt, row 2: '2,7' is no frame and intensity, like 1,0"):
        DISFAReader(str(root)).read()
    for settings, message in (
        ({"every": 0}, r"data\.every=0"),
        ({"fit": 0}, r"data\.fit=0: it is a cosine"),
        ({"camera": "top"}, r"data\.camera=top: choose left or right"),
        ({"least": 6}, r"data\.least=6"),
    ):
        with pytest.raises(UserError, match=message):
            DISFAReader(**settings)
    put(tmp_path / "rafau", "aligned/0001_aligned.jpg")
    put(tmp_path / "rafau", "RAFAU_label.txt", content=b"0001.jpg 6+x\n")
    with pytest.raises(UserError, match=r"RAFAU_label\.txt, row 1: '0001\.jpg 6\+x' is no image with action units"):
        RAFAUReader(str(tmp_path / "rafau")).read()
    with pytest.raises(UserError, match=r"data\.fit=2"):
        RAFAUReader(fit=2)
