"""What is said of settings that differ, and of pictures that two studies share."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from helpers.small_study import write_study

from fer_xai.analysis.studies.same_pictures import shared_pictures
from fer_xai.analysis.studies.settings import setting_differences
from fer_xai.analysis.studies.two_studies import OneStudy, TwoStudies, read_two
from fer_xai.errors import UserError
from fer_xai.results.study import Run, read_results
from fer_xai.results.submission.pack import opened, submit


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    root = tmp_path_factory.mktemp("two")
    return [write_study(root / "ours", 1, fresh=5), write_study(root / "theirs", 2, fresh=3)]


def told(one: OneStudy, **changes: Any) -> OneStudy:
    runs = tuple(Run(replace(run.record, **changes), run.paths) for run in one.study.runs)
    return replace(one, study=replace(one.study, runs=runs))


def two(paths: list[Path]) -> TwoStudies:
    return TwoStudies(*(OneStudy(path.name, read_results(path), None) for path in paths))


def test_settings_that_differ_are_named_and_others_are_not(folders: list[Path]):
    ours, theirs = two(folders).both
    first = {"training": {"classes": "anger, fear", "lr": 0.1}, "network a": {"layer": "x"}, "recipe": "paper"}
    second = {"training": {"classes": "anger", "lr": 0.1}, "explainer lime": {"samples": 9}, "recipe": "paper"}
    data = {"preparation": {"prepare": {"crop_size": 224, "margin": 0.06}}, "names": ["faces"]}
    other = {"preparation": {"prepare": {"crop_size": 112, "margin": 0.06}}, "names": ["faces"]}
    pair = TwoStudies(told(ours, settings=first, data=data), told(theirs, settings=second, data=other))
    rows = {tuple(row) for row in setting_differences(pair).to_numpy().tolist()}
    assert rows == {
        ("training", "classes", "anger, fear", "anger"),
        ("data", "prepare.crop_size", "224", "112"),
    }


def test_pictures_of_two_folders_are_counted(folders: list[Path]):
    number, said = shared_pictures(two(folders), None)
    # Five are of the first study alone; three of these are the second's own.
    assert number == 7
    assert said[0].startswith("7 pictures are in both studies, of 12 and 12")


def test_pictures_of_archives_are_counted_under_one_secret_alone(folders: list[Path], tmp_path: Path):
    secrets = {"a": "between us", "b": "between us", "c": "of others", "d": None}
    paths = {
        name: submit(folders[number % 2], tmp_path / f"{name}.zip", secret).path
        for number, (name, secret) in enumerate(secrets.items())
    }

    def shared(first: Path, second: Path, secret: str | None = None) -> int | None:
        with opened(first) as one, opened(second) as other:
            return shared_pictures(read_two([(first, *one), (second, *other)]), secret)[0]

    assert shared(paths["a"], paths["b"]) == 7
    assert shared(folders[0], paths["b"], "between us") == 7
    assert shared(folders[0], paths["b"]) is None
    assert shared(paths["c"], paths["b"]) is None
    assert shared(paths["d"], folders[0], "between us") is None
    with pytest.raises(UserError, match="was made with another one"):
        shared(folders[0], paths["b"], "between you")


def test_the_same_data_and_networks_are_told(folders: list[Path]):
    ours, theirs = two(folders).both
    number, said = shared_pictures(TwoStudies(ours, replace(ours, name="again")), None)
    assert number is None
    assert "the same prepared data" in said[0]
    assert said[1].startswith("1 trained network is the same in both")
    _, said = shared_pictures(TwoStudies(told(ours, data={"names": ["faces"]}), replace(theirs, manifest={})), None)
    assert said == [
        "Pictures may be in both: both name the data faces. Archives that were made with one --secret tell "
        "(secret=WORDS). Intervals of differences take the people of the two studies to be independent."
    ]
