"""Data sets of photographs from the web: people unknown, an official split."""

import io

import numpy as np

from fer_xai.expressions import EXPRESSIONS
from helpers.layouts.layout import Layout, Shown

#: Numbers of RAF-DB, in the order of EXPRESSIONS.
_RAFDB = (6, 3, 2, 4, 5, 1)
#: Numbers of AffectNet, likewise.
_AFFECTNET = (6, 5, 4, 1, 2, 3)


def fer2013_folders() -> Layout:
    """Twice two pictures of each expression to train, one for each of the other parts."""
    words = ("angry", "disgust", "fear", "happy", "sad", "surprise")
    shown, unused = [], ["train/neutral/Training_99.jpg"]
    for word, expression in zip(words, EXPRESSIONS, strict=True):
        for i in range(4):
            shown.append(Shown(f"train/{word}/Training_{i}{word}.jpg", expression, "", {"usage": "train"}))
        shown.append(Shown(f"test/{word}/PublicTest_1{word}.jpg", expression, "", {"usage": "validation"}))
        shown.append(Shown(f"test/{word}/PrivateTest_2{word}.jpg", expression, "", {"usage": "test"}))
    left_out = {"expression not in the study": 1}
    return Layout("fer2013 folders", shown, {}, [], unused, left_out, cropped=True)


def fer2013_csv(pictures: np.ndarray, header: str = "emotion,pixels,Usage", break_row: int | None = None) -> bytes:
    """A csv file of pictures (n, 48, 48): emotions 0 to 6 in turn; five of eight rows are for training."""
    lines = [header]
    names = [name.strip().lower() for name in header.split(",")]
    usages = ["Training"] * 5 + ["PublicTest"] + ["PrivateTest"] * 2
    for i, picture in enumerate(pictures):
        pixels = picture.ravel()[: 100 if i == break_row else None]
        cells = {"emotion": str(i % 7), "pixels": " ".join(map(str, pixels)), "usage": usages[i % 8]}
        lines.append(",".join(cells[name] for name in names))
    return ("\n".join(lines) + "\n").encode()


def ferplus() -> Layout:
    """Votes beside the pictures: two of each expression to train, one for each of the other parts; what is left out."""
    lines = ["Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF"]
    names = lines[0].split(",")[2:]
    shown, unused = [], []
    parts = (("Training", "FER2013Train", "train"),) * 2
    parts += (("PublicTest", "FER2013Valid", "validation"), ("PrivateTest", "FER2013Test", "test"))

    def add(folder: str, usage: str, **votes: int) -> str:
        name = f"fer{len(lines) - 1:07d}.png"
        lines.append(",".join([usage, name, *(str(votes.get(word, 0)) for word in names)]))
        return f"{folder}/{name}"

    for expression in EXPRESSIONS:
        for usage, folder, part in parts:
            told = {"usage": part, "agreement": 0.7, f"votes_{expression}": 7, "votes_neutral": 3}
            shown.append(Shown(add(folder, usage, **{expression: 7, "neutral": 3}), expression, "", told))
    folder = "FER2013Train"
    unused += [add(folder, "Training", **votes) for votes in ({"neutral": 9, "anger": 1}, {"unknown": 6, "fear": 4})]
    unused += [add(folder, "Training", anger=5, fear=5), f"{folder}/fer0099999.png"]
    add(folder, "Training", anger=10)
    # Without a name, since it is no face.
    lines.append("Training,,0,0,0,0,0,0,0,0,0,10")
    left_out = {
        "expression not in the study": 1,
        "most votes for no expression": 1,
        "highest rating is shared": 1,
        "image without a label": 1,
        "label without an image": 1,
    }
    files = {"fer2013new.csv": "\n".join(lines).encode()}
    return Layout("ferplus", shown, files, [], unused, left_out, cropped=True)


def rafdb() -> Layout:
    """As published: two aligned pictures of each expression and the photographs that they were cut from."""
    shown, originals, lines, number = [], [], ["train_00098.jpg 7"], 0
    for expression, code in zip(EXPRESSIONS, _RAFDB, strict=True):
        for part in ("train", "test"):
            number += 1
            digits = f"{number:05d}" if part == "train" else f"{number:04d}"
            path = f"basic/Image/aligned/{part}_{digits}_aligned.jpg"
            shown.append(Shown(path, expression, "", {"usage": part}))
            originals.append(f"basic/Image/original/{part}_{digits}.jpg")
            lines.append(f"{part}_{digits}.jpg {code}")
    lines.append("train_99999.jpg 4")
    files = {
        "basic/EmoLabel/list_patition_label.txt": "\n".join(lines).encode(),
        "basic/Annotation/manual/train_00001_manu_attri.txt": b"1\n2\n",
    }
    unused = ["basic/Image/aligned/train_00098_aligned.jpg", "basic/Image/aligned/train_00097_aligned.jpg"]
    left_out = {"expression not in the study": 1, "image without a label": 1, "label without an image": 1}
    return Layout("rafdb", shown, files, originals, unused, left_out, "basic", cropped=True)


def rafdb_csv() -> Layout:
    """Aligned pictures in numbered folders with lists of labels beside."""
    shown, lists = [], {"train": ["image,label"], "test": ["image,label"]}
    for i, (expression, code) in enumerate(zip(EXPRESSIONS, _RAFDB, strict=True), 1):
        for part in ("train", "test"):
            name = f"{part}_{i:04d}_aligned.jpg"
            shown.append(Shown(f"DATASET/{part}/{code}/{name}", expression, "", {"usage": part}))
            lists[part].append(f"{name},{code}")
    files = {f"{part}_labels.csv": "\r\n".join(lines).encode("utf-8-sig") for part, lines in lists.items()}
    return Layout("rafdb csv", shown, files, cropped=True)


def rafdb_folders() -> Layout:
    """The same without the lists."""
    layout = rafdb_csv()
    return Layout("rafdb folders", layout.shown, inner="DATASET", cropped=True)


def affectnet() -> Layout:
    """As published, with expressions that are not in the study, a picture and a label alone, and a broken label."""
    shown, files, unused, number = [], {}, [], 0
    for part, usage, copies in (("train_set", "train", 2), ("val_set", "test", 1)):
        for expression, code in [*zip(EXPRESSIONS, _AFFECTNET, strict=True), ("", 0), ("", 7), ("", 9)] * copies:
            path = f"{part}/images/{number}.jpg"
            files[f"{part}/annotations/{number}_exp.npy"] = _npy(str(code))
            files[f"{part}/annotations/{number}_aro.npy"] = _npy("0.1")
            if expression:
                shown.append(Shown(path, expression, "", {"usage": usage}))
            else:
                unused.append(path)
            number += 1
    unused += ["train_set/images/990.jpg", "train_set/images/991.jpg"]
    files["train_set/annotations/991_exp.npy"] = b"broken"
    files["val_set/annotations/992_exp.npy"] = _npy("1")
    left_out = {
        "expression not in the study": 9,
        "image without a label": 1,
        "label without an image": 1,
        "label file cannot be read": 1,
    }
    return Layout("affectnet", shown, files, [], unused, left_out, cropped=True)


def affectnet_folders() -> Layout:
    """A folder for each expression, as others have handed it on."""
    words = ("Anger", "disgust", "fear", "happy", "sad", "surprise")
    shown = [
        Shown(f"AffectNet/{part}/{word}/image{i:07d}{part}{word}.jpg", e, "", {"usage": usage})
        for part, usage in (("train", "train"), ("val", "test"))
        for word, e in zip(words, EXPRESSIONS, strict=True)
        for i in range(2)
    ]
    unused = ["AffectNet/val/neutral/image0000099.jpg", "AffectNet/train/contempt/image0000098.jpg"]
    left_out = {"expression not in the study": 2}
    return Layout("affectnet folders", shown, {}, [], unused, left_out, "AffectNet", cropped=True)


def affwild2() -> Layout:
    """A film to train and one for validation, with 30 labelled frames for each that counts, and what is left out."""
    header, shown, files, passed, unused = "Neutral,Anger,Disgust,Fear,Happiness,Sadness,Surprise,Other", [], {}, [], []
    numbers = dict(zip(EXPRESSIONS, range(1, 7), strict=True))
    for film, part, usage in (("1-30-1280x720", "Train_Set", "train"), ("video92_left", "Validation_Set", "test")):
        # A frame without a label comes first, so that places are told from numbers of labels.
        labels = [-1, *(numbers[word] for word in EXPRESSIONS for _ in range(30)), 0, *[0] * 29, 7, *[7] * 29]
        for frame in range(2, len(labels) + 1, 10):
            path = f"cropped_aligned/{film}/{frame:05d}.jpg"
            place = (frame - 2) // 30
            if (frame - 2) % 30:
                passed.append(path)
            elif place < 6:
                shown.append(Shown(path, EXPRESSIONS[place], film.upper(), {"usage": usage, "frame": frame}))
            else:
                unused.append(path)
        lines = "\n".join([header, *map(str, labels)])
        files[f"Annotations/EXPR_Recognition_Challenge/{part}/{film}.txt"] = lines.encode()
        files[f"Annotations/AU_Detection_Challenge/{part}/{film}.txt"] = b"AU1,AU2\n0,1\n"
    files["Annotations/EXPR_Recognition_Challenge/Train_Set/gone.txt"] = f"{header}\n1\n".encode()
    unused.append("cropped_aligned/unknown/00001.jpg")
    left_out = {
        "expression not in the study": 2,
        "none of the expressions": 2,
        "labels without frames": 1,
        "frames without labels": 1,
    }
    return Layout("affwild2", shown, files, passed, unused, left_out, cropped=True)


#: Action units of each expression's prototype that DISFA tells.
_UNITS = ({4, 5, 25}, {6, 9, 17}, {1, 4, 20, 25}, {6, 12, 25}, {1, 4, 15, 17}, {1, 2, 5, 26})

#: And of those that RAF-AU tells.
_PROTOTYPES = ({4, 5, 7, 23}, {4, 6, 9, 10, 17}, {1, 4, 5, 20, 25}, {6, 12}, {1, 4, 15, 17}, {1, 2, 5, 26})


def disfa() -> Layout:
    """Two people: for each expression a stretch of five frames with its apex in the middle, with rest between."""
    units = (1, 2, 4, 5, 6, 9, 12, 15, 17, 20, 25, 26)
    shown, files, passed, unused = [], {}, [], []
    for person in ("SN001", "SN032"):
        rows: list[dict[int, int]] = []
        for place, shows in enumerate(_UNITS):
            rows += [{}, *(dict.fromkeys(shows, level) for level in (2, 3, 4, 3, 2))]
            apex = f"Video_LeftCamera/LeftVideo{person}_comp/{len(rows) - 2:05d}.jpg"
            shown.append(Shown(apex, EXPRESSIONS[place], person, {"frame": len(rows) - 2}))
        rows += [{}, {12: 5}, dict.fromkeys(_UNITS[3], 1)]
        for unit in units:
            lines = "".join(f"{frame},{row.get(unit, 0)}\r\n" for frame, row in enumerate(rows, 1))
            files[f"ActionUnit_Labels/{person}/{person}_au{unit}.txt"] = lines.encode()
        names = [f"Video_LeftCamera/LeftVideo{person}_comp/{frame:05d}.jpg" for frame in range(1, len(rows) + 1)]
        apexes = {item.path for item in shown}
        # Frames at rest are no class, and of the last two one has a unit alone and one traces.
        unused += [name for name, row in zip(names, rows, strict=True) if not row] + names[-2:]
        passed += [name for name in names if name not in apexes and name not in unused]
        passed.append(f"Video_RightCamera/RightVideo{person}_comp/00004.jpg")
    unused.append("Video_LeftCamera/LeftVideoSN099_comp/00001.jpg")
    left_out = {
        "expression not in the study": 14,
        "fits no prototype of an expression": 2,
        "no action unit is as strong as data.least": 2,
        "frames without labels": 1,
    }
    return Layout("disfa", shown, files, passed, unused, left_out)


def rafau() -> Layout:
    """Two faces of each expression's units, one of them lopsided; what shows none, one unit, or is not there."""
    shown, lines = [], []
    for number in range(12):
        units = [f"{'L' if number > 5 else ''}{unit}" for unit in sorted(_PROTOTYPES[number % 6])]
        shown.append(Shown(f"RAF-AU/aligned/{number + 1:04d}_aligned.jpg", EXPRESSIONS[number % 6]))
        lines.append(f"{number + 1:04d}.jpg {'+'.join(units)} \n")
    lines += ["0013.jpg null\n", "0014.jpg 12\n", "0015.jpg 12\n", "\n"]
    unused = [f"RAF-AU/aligned/{number}_aligned.jpg" for number in ("0013", "0014", "0099")]
    left_out = {
        "shows no action unit of an expression": 1,
        "fits no prototype of an expression": 1,
        "label without an image": 1,
        "image without a label": 1,
    }
    files = {"RAF-AU/RAFAU_label.txt": "".join(lines).encode(), "RAF-AU/RAFAU_landmark.txt": b"0001.jpg 1 2\n"}
    return Layout("rafau", shown, files, [], unused, left_out, "RAF-AU", cropped=True)


def _npy(text: str) -> bytes:
    """A file as numpy saves it: a piece of text without dimensions, as AffectNet has it."""
    stream = io.BytesIO()
    np.save(stream, np.array(text))
    return stream.getvalue()
