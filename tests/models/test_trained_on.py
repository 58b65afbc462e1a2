import json

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import save_file

from fer_xai.errors import UserError
from fer_xai.models.pretrained_weights import load_weights
from fer_xai.models.songnet import SongNet
from fer_xai.models.trained_on import TrainedOn, read_trained_on, refuse_overlap

FRAME = pd.DataFrame(
    {
        "content": ["c0", "c1", "c2", "c3", "c4"],
        "dataset": ["a", "a", "a", "b", "b"],
        "subject": ["1", "1", "2", "1", ""],
    }
)


def seen_rows(*rows):
    return TrainedOn.of(FRAME.iloc[list(rows)], "line")


def rows(*numbers):
    return np.array(numbers, dtype=np.int64)


@pytest.mark.parametrize(
    ("seen", "test", "expected"),
    [
        ((0,), (1,), (0, 1)),  # another image of the same person
        ((4,), (4,), (1, 0)),  # the same image, of nobody known
        ((0,), (3,), (0, 0)),  # the same subject's name in another data set
        ((0, 2), (0, 1, 2), (2, 2)),
    ],
)
def test_overlap_counts_images_by_content_and_people_by_data_set(seen, test, expected):
    assert seen_rows(*seen).overlap(FRAME, rows(*test)) == expected


@pytest.mark.parametrize("seen", [(1,), (0,)])
def test_a_tested_person_or_image_ends_the_run(seen):
    with pytest.raises(UserError, match=r"1 people of test fold 2 .* fold=2") as error:
        refuse_overlap(seen_rows(*seen), "x.safetensors", FRAME, rows(0), (rows(2), rows(3)), fold=2)
    assert "\n" not in str(error.value)


def test_overlap_with_other_parts_is_told_and_no_mistake():
    note = refuse_overlap(seen_rows(0, 2), "x", FRAME, rows(3), (rows(0, 1), rows(2)), fold=0)
    assert "2 images and 2 people that are not tested" in note
    assert refuse_overlap(None, "x", FRAME, rows(0), (rows(1),), fold=0) == ""


def test_what_was_seen_travels_inside_the_file_and_is_handed_on(tmp_path):
    path = tmp_path / "identity.safetensors"
    network = SongNet(input_size=32)
    save_file(network.state_dict(), path, metadata=seen_rows(0, 4).metadata())
    provenance = load_weights(SongNet(input_size=32), str(path), tag=None)
    assert provenance.seen == seen_rows(0, 4)
    later = TrainedOn.of(FRAME.iloc[[3]], "later", provenance.seen)
    assert later.contents == {"c0", "c3", "c4"}
    assert later.people == {("a", "1"), ("b", "1")}
    facts = provenance.facts()
    assert (facts["name"], facts["trained_on_images"], facts["lineage"]) == ("identity", 2, "line")
    assert facts["sha256"] in provenance.summary()


def test_other_files_say_nothing(tmp_path):
    save_file({"x": torch.zeros(1)}, tmp_path / "x.safetensors")
    assert read_trained_on(tmp_path / "x.safetensors") is None
    assert read_trained_on(tmp_path / "x.pt") is None


@pytest.mark.parametrize("text", ["{", "[]", json.dumps({"contents": []})])
def test_damaged_metadata_are_one_line(tmp_path, text):
    save_file({"x": torch.zeros(1)}, tmp_path / "x.safetensors", metadata={"fer_xai": text})
    with pytest.raises(UserError, match="cannot be read"):
        read_trained_on(tmp_path / "x.safetensors")
