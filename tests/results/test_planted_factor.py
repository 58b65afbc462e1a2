"""Runs that differ in the rate of a planted cue are rows of their own in one study."""

from pathlib import Path

import pytest
from helpers.planted_runs import planted
from omegaconf import OmegaConf

from fer_xai.analysis.network_order import in_paper_order
from fer_xai.errors import UserError
from fer_xai.results.compatible import refuse_incompatible
from fer_xai.results.paths import RunPaths, StudyPaths
from fer_xai.results.run import RunRecord
from fer_xai.results.study import Run, Study
from fer_xai.run.record import planted_cue


def record(name: str, network: str, rate: float | None, **settings) -> RunRecord:
    cue = {} if rate is None else planted(rate)
    return RunRecord(name, "complete", network, "none", 0, 0, explainers=["gradcam"], planted=cue, settings=settings)


def test_each_rate_is_a_row_and_stands_beside_the_others_of_its_network():
    records = [record("a", "weinet", 1.0), record("b", "weinet", 0.2), record("c", "songnet", 0.2)]
    study = Study(StudyPaths(Path()), tuple(Run(one, RunPaths(Path(one.name))) for one in records))
    rows = {network.label: [run.record.name for run in network.runs] for network in in_paper_order(study.networks)}
    assert rows == {"weinet [mark 0.2]": ["b"], "weinet [mark 1]": ["a"], "songnet [mark 0.2]": ["c"]} or list(
        rows.values()
    ) == [["c"], ["b"], ["a"]]
    assert {network.architecture for network in study.networks} == {"weinet", "songnet"}


def test_rates_fill_places_of_their_own():
    refuse_incompatible([record("a", "weinet", 1.0), record("b", "weinet", 0.2)], Path("s"))
    with pytest.raises(UserError, match="of the same network"):
        refuse_incompatible([record("a", "weinet", 0.2), record("b", "weinet", 0.2)], Path("s"))


def test_all_else_of_the_cue_has_to_be_alike():
    one, other = ({"planted cue": {"data.cue": "mark", "data.cue_base_rate": rate}} for rate in (0.1, 0.2))
    with pytest.raises(UserError, match=r"differ in data\.cue_base_rate \(0\.1 and 0\.2\)"):
        refuse_incompatible([record("a", "weinet", 1.0, **one), record("b", "weinet", 1.0, **other)], Path("s"))


def test_cue_is_read_from_one_data_set_or_from_one_among_several():
    own = {"cue": "mark", "cue_expression": "anger", "cue_rate": "${.cue_base_rate}", "cue_base_rate": 0.2}
    expected = planted(0.2)
    assert planted_cue(OmegaConf.create(own)) == expected
    assert planted_cue(OmegaConf.create({"sources": {"synthetic": own, "jaffe": {"root": "x"}}})) == expected
    assert planted_cue(OmegaConf.create(own | {"cue": None})) == {}
    assert planted_cue(OmegaConf.create({"root": "x"})) == {}
    assert planted_cue(OmegaConf.create(own | {"cue_rate": "often"})) == {}
