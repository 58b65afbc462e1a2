"""Posed data sets."""

from itertools import product

from fer_xai.expressions import EXPRESSIONS
from helpers.layouts.layout import Layout, Shown

#: Numbers of CK+, in the order of EXPRESSIONS.
_CKPLUS = (1, 3, 4, 5, 6, 7)
_WORDS = ("anger", "disgust", "fear", "joy", "sadness", "surprise")
_CODES = ("AN", "DI", "FE", "HA", "SA", "SU")
_KDEF = ("AF", "AN", "DI", "HA", "SA", "SU")
_KDEF_MEANS = ("fear", "anger", "disgust", "happiness", "sadness", "surprise")


def ckplus() -> Layout:
    """Three people, a sequence of ten frames for each expression; one sequence each of contempt and without a label."""
    shown, files, passed = [], {}, []
    for person in ("S005", "S010", "S506"):
        for number, (expression, code) in enumerate(zip(EXPRESSIONS, _CKPLUS, strict=True), 1):
            name = f"{person}/{number:03d}/{person}_{number:03d}"
            frames = [f"cohn-kanade-images/{name}_{frame:08d}.png" for frame in range(1, 11)]
            passed += frames[:7]
            shown += [Shown(f, expression, person, {"frame": 8 + i}) for i, f in enumerate(frames[7:])]
            files[f"Emotion/{name}_00000010_emotion.txt"] = f"   {code}.0000000e+00\n".encode()
            files[f"FACS/{name}_00000010_facs.txt"] = b"   1.2000000e+01   0.0000000e+00\n"
            files[f"Landmarks/{name}_00000010_landmarks.txt"] = b"   2.1290e+02   2.0750e+02\n"
    unused = [f"cohn-kanade-images/S005/007/S005_007_{frame:08d}.png" for frame in range(1, 5)]
    unused += [f"cohn-kanade-images/S010/007/S010_007_{frame:08d}.png" for frame in range(1, 5)]
    files["Emotion/S010/007/S010_007_00000004_emotion.txt"] = b"   2.0000000e+00\n"
    files["Emotion/S999/001/S999_001_00000012_emotion.txt"] = b"   5.0000000e+00\n"
    files["Emotion/S010/008/S010_008_00000003_emotion.txt"] = b"\n"
    return Layout(
        "ckplus",
        shown,
        files,
        passed,
        unused,
        {
            "sequence without a label": 1,
            "expression not in the study": 3,
            "label without images": 1,
            "label file is empty": 1,
        },
        "cohn-kanade-images",
    )


def ckplus48() -> Layout:
    """Two people, three frames of each expression, and contempt."""
    words = dict(zip(EXPRESSIONS, ("anger", "disgust", "fear", "happy", "sadness", "surprise"), strict=True))
    shown = [
        Shown(f"CK+48/{words[e]}/{p}_{n:03d}_{frame:08d}.png", e, p, {"frame": frame})
        for p in ("S010", "S503")
        for n, e in enumerate(EXPRESSIONS, 2)
        for frame in (14, 15, 16)
    ]
    return Layout(
        "ckplus48",
        shown,
        unused=["CK+48/contempt/S138_008_00000007.png"],
        left_out={"expression not in the study": 1},
        inner="CK+48",
        cropped=True,
    )


def jaffe() -> Layout:
    """Two women, three takes, neutral too."""
    shown, unused, number = [], [], 0
    for person, (code, expression) in product(("KA", "YM"), (*zip(_CODES, EXPRESSIONS, strict=True), ("NE", ""))):
        for take in (1, 2, 3):
            number += 1
            path = f"jaffe/{person}.{code}{take}.{number}.tiff"
            if expression:
                shown.append(Shown(path, expression, person, {"take": str(take)}))
            else:
                unused.append(path)
    files = {"jaffe/README_FIRST.txt": b"text", "jaffe/semantic_ratings.txt": b"# HAP SAD PIC\n1 2.9 2.5 KA-NE1\n"}
    return Layout("jaffe", shown, files, [], unused, {"expression not in the study": 6}, "jaffe")


def bu4dfe() -> Layout:
    """Three people, sequences of 9 to 14 frames, of which the middle one counts, with meshes beside."""
    shown, files, passed = [], {}, []
    words = ("Angry", "Disgust", "Fear", "Happy", "Sad", "Surprise")
    for p, person in enumerate(("F001", "F058", "M043")):
        for e, (word, expression) in enumerate(zip(words, EXPRESSIONS, strict=True)):
            length = 9 + (p + e) % 6
            frames = [f"BU4DFE/{person}/{word}/{frame:03d}.jpg" for frame in range(length)]
            middle = length // 2
            shown.append(Shown(frames.pop(middle), expression, person, {"frame": middle}))
            passed += frames
            files[f"BU4DFE/{person}/{word}/000.wrl"] = b"mesh"
    return Layout("bu4dfe", shown, files, passed, inner="BU4DFE")


def wsefep() -> Layout:
    """Three people; one is called by letters that are a code elsewhere."""
    shown = [
        Shown(f"WSEFEP/{p}_{w}_{3045 + 7 * i + j}_p.jpg", e, p)
        for i, p in enumerate(("AD", "SA", "MK1"))
        for j, (w, e) in enumerate(zip(_WORDS, EXPRESSIONS, strict=True))
    ]
    unused = ["WSEFEP/AD_neutral_3001_p.jpg", "WSEFEP/SA_neutral_3002_p.jpg"]
    return Layout("wsefep", shown, {}, [], unused, {"expression not in the study": 2}, "WSEFEP")


def fega() -> Layout:
    """Three people, two pictures of each expression."""
    shown = [
        Shown(f"FEGA/{p}_{w}_{n}.jpg", e, p)
        for p in ("S01", "S02", "S51")
        for w, e in zip(_WORDS, EXPRESSIONS, strict=True)
        for n in (1, 2)
    ]
    return Layout("fega", shown, {}, [], ["FEGA/S01_neutral_1.jpg"], {"expression not in the study": 1}, "FEGA")


def kdef() -> Layout:
    """Two people, two sessions, five angles; a name that tells nothing, and an averaged face."""
    shown, unused = [], ["KDEF_and_AKDEF/KDEF/AF31/AF31V.JPG", "KDEF_and_AKDEF/AKDEF/average_fear.JPG"]
    for session, person, (code, e) in product("AB", ("F01", "M35"), zip(_KDEF, _KDEF_MEANS, strict=True)):
        folder = f"KDEF_and_AKDEF/KDEF/{session}{person}/{session}{person}{code}"
        shown.append(Shown(f"{folder}S.JPG", e, person, {"angle": "S", "session": session, "sex": person[0]}))
        unused += [f"{folder}{angle}.JPG" for angle in ("FL", "FR", "HL", "HR")]
    left_out = {"angle not in data.angles": 4 * 24, "the name is not of this data set's form": 2}
    return Layout("kdef", shown, {}, [], unused, left_out, "KDEF_and_AKDEF/KDEF")


def faces() -> Layout:
    """Three people, one of each age, two takes; neutral, too, and no surprise."""
    shown, unused = [], []
    people = (
        ("004", "o", "m", "old", "male"),
        ("140", "y", "f", "young", "female"),
        ("168", "m", "f", "middle", "female"),
    )
    for (number, age, sex, old, whose), take in product(people, "ab"):
        for code, e in zip("adfhs", EXPRESSIONS[:5], strict=True):
            told = {"age": old, "sex": whose, "take": take}
            shown.append(Shown(f"FACES/{number}_{age}_{sex}_{code}_{take}.jpg", e, number, told))
        unused.append(f"FACES/{number}_{age}_{sex}_n_{take}.jpg")
    return Layout("faces", shown, {}, [], unused, {"expression not in the study": 6}, "FACES")


def oulu_casia() -> Layout:
    """Three people in strong light, sequences of 9 to 14 frames of which the last three count; other films beside."""
    shown, passed = [], []
    for p, person in enumerate(("P001", "P012", "P080")):
        for e, expression in enumerate(EXPRESSIONS):
            place, length = f"{person}/{expression.capitalize()}", 9 + (p + e) % 6
            frames = [f"OriginalImg/VL/Strong/{place}/{frame:03d}.jpeg" for frame in range(length)]
            passed += frames[:-3]
            shown += [Shown(f, expression, person, {"frame": length - 3 + i}) for i, f in enumerate(frames[-3:])]
        passed += [f"OriginalImg/{film}/{person}/Anger/000.jpeg" for film in ("VL/Dark", "NI/Strong")]
    return Layout("oulu_casia", shown, {}, passed, inner="OriginalImg")


def mug() -> Layout:
    """Three people, films of 15 to 20 frames of which the three in the middle count; one has a session's folder."""
    shown, passed, unused = [], [], []
    for p, person in enumerate(("001", "032", "084/session0")):
        for e, expression in enumerate(EXPRESSIONS):
            for take in ("take000", "take001"):
                length = 15 + (p + e) % 6
                frames = [f"subjects3/{person}/{expression}/{take}/img_{frame:04d}.jpg" for frame in range(length)]
                first = (length - 2) // 2
                middle = frames[first : first + 3]
                passed += [frame for frame in frames if frame not in middle]
                shown += [Shown(f, expression, person[:3], {"frame": first + i}) for i, f in enumerate(middle)]
        neutral = [f"subjects3/{person}/neutral/take000/img_{frame:04d}.jpg" for frame in range(9)]
        passed += [frame for frame in neutral if frame != neutral[4]]
        unused.append(neutral[4])
    return Layout("mug", shown, {}, passed, unused, {"expression not in the study": 3}, "subjects3")


def rafd() -> Layout:
    """Two people, three directions of gaze, five angles (one gaze each); neutral and contemptuous, too."""
    words = ("angry", "disgusted", "fearful", "happy", "sad", "surprised")
    shown, unused = [], []
    for who, subject in (("01_Caucasian_female", "01"), ("70_Moroccan_male", "70")):
        for w, e in zip(words, EXPRESSIONS, strict=True):
            for gaze in ("frontal", "left", "right"):
                told = {"angle": 90, "gaze": gaze, "sex": who.split("_")[2], "group": who.split("_")[1].lower()}
                shown.append(Shown(f"RaFD/Rafd090_{who}_{w}_{gaze}.jpg", e, subject, told))
            unused += [f"RaFD/Rafd{angle}_{who}_{w}_frontal.jpg" for angle in ("000", "045", "135", "180")]
        unused += [f"RaFD/Rafd090_{who}_{w}_frontal.jpg" for w in ("neutral", "contemptuous")]
    left_out = {"angle not in data.angles": 48, "expression not in the study": 4}
    return Layout("rafd", shown, {}, [], unused, left_out, "RaFD")


def adfes() -> Layout:
    """Two people at the apex of the six expressions and of three others, and at rest; a film."""
    words = dict(zip(EXPRESSIONS, ("Anger", "Disgust", "Fear", "Joy", "Sad", "Surprise"), strict=True))
    shown = [Shown(f"ADFES/{p}-{words[e]}-Apex.jpg", e, p) for p in ("F01", "M12") for e in EXPRESSIONS]
    unused = [f"ADFES/{p}-{word}.jpg" for p in ("F01", "M12") for word in ("Contempt-Apex", "Neutral")]
    unused += ["ADFES/F01-Pride-Apex.jpg", "ADFES/M12-Embarrass-Apex.jpg", "ADFES/F01-Anger-Away.jpg"]
    files = {"ADFES/F01-Anger-Face Forward.mpeg": b"film"}
    left_out = {"expression not in the study": 6, "the name is not of this data set's form": 1}
    return Layout("adfes", shown, files, [], unused, left_out, "ADFES")
