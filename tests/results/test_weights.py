"""Two weights' files of one name are one pretraining only if they were made in the same way."""

import pytest

from fer_xai.errors import UserError
from fer_xai.results.paths import StudyPaths
from fer_xai.results.run import RunRecord, write_run
from fer_xai.results.study import read_study


def write(root, *weights):
    for fold, item in enumerate(weights):
        record = RunRecord(
            f"run{fold}", "complete", "songnet", pretrained="faces", fold=fold, seed=0, explainers=["gradcam"]
        )
        record.weights.update(item)
        paths = StudyPaths(root).run(record.name)
        paths.dir.mkdir(parents=True)
        write_run(paths, record)
    return root


def test_files_of_one_name_with_other_tensors_do_not_mix(tmp_path):
    with pytest.raises(UserError, match=r"differ in weights of songnet \(faces\)"):
        read_study(write(tmp_path, {"sha256": "a"}, {"sha256": "b"}))


def test_files_made_alike_for_each_fold_are_one_pretraining(tmp_path):
    study = read_study(write(tmp_path, {"sha256": "a", "lineage": "x"}, {"sha256": "b", "lineage": "x"}))
    assert len(study.networks) == 1
