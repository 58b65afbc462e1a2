import pandas as pd

from fer_xai.data.advice import cropping_advice, cut_off_faces


def test_advice_names_the_data_sets_that_seem_to_be_cut_out_already() -> None:
    frame = pd.DataFrame(
        {
            "dataset": ["a"] * 3 + ["b"] * 3 + ["c"] * 3,
            "inside": [0.7, 0.81, 1.0, 0.8, 0.95, 0.9, 0.5, 0.5, 0.5],
            "cropped": [False] * 6 + [True] * 3,
        }
    )
    (sentence,) = cropping_advice(frame, {"a": "data.sources.mine", "b": "data.sources.b"})
    assert "half of the crops of a lie inside their pictures by 81 % or less" in sentence
    assert "set data.sources.mine.cropped=true" in sentence
    (alone,) = cropping_advice(frame[frame["dataset"] == "a"].drop(columns="cropped"))
    assert alone.endswith("set data.cropped=true")
    assert cropping_advice(frame[frame["dataset"] == "c"]) == ()


def test_faces_that_are_cut_off_are_counted() -> None:
    assert cut_off_faces(pd.DataFrame({"outside": [0.0, 0.0]})) == ""
    assert cut_off_faces(pd.DataFrame({"outside": [0.0, 3.0, 1.0]})).startswith("2 of 3 faces have landmarks outside")
