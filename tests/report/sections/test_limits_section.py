"""Limits of a study's networks that were trained elsewhere."""

from dataclasses import replace

from helpers.made_up_study import made_up_study

from fer_xai.report.sections.limits import content
from fer_xai.results.study import read_study


def test_networks_that_were_trained_elsewhere_are_told_of_once(tmp_path):
    study = read_study(made_up_study(tmp_path, subjects=2, replicates=0, folds=2))
    assert content(study, None).facts["elsewhere"] == []
    told = {"trained_elsewhere": "net was trained elsewhere", "class_order": "net: the class order looks wrong"}
    runs = [replace(run, record=replace(run.record, weights=told)) for run in study.complete]
    facts = content(replace(study, runs=tuple(runs)), None).facts
    assert facts["elsewhere"] == ["net: the class order looks wrong", "net was trained elsewhere"]
