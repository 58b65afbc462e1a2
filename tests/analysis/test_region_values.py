"""Values of face regions over the runs of a study."""

import numpy as np
import pandas as pd
import pytest

from fer_xai.analysis.region_values import regions_table
from fer_xai.errors import UserError
from fer_xai.results.paths import RunPaths
from fer_xai.results.run import RunRecord
from fer_xai.results.study import Network, Run


def run(folder, people, offset, fold):
    folder.mkdir()
    rows = [
        ("region_shap", f"i{p}", p, expression, region, sign * p + offset)
        for p in people
        for expression in ("fear", "anger")
        for region, sign in (("mouth", 1.0), ("eyes", -1.0))
    ]
    columns = ["explainer", "image", "group", "expression", "region", "value"]
    pd.DataFrame(rows, columns=columns).to_csv(folder / "regions.csv", index=False)
    return Run(RunRecord(folder.name, "complete", "net", "none", fold, 0), RunPaths(folder))


def test_mean_over_the_images_of_all_folds_with_sign(tmp_path):
    runs = (run(tmp_path / "a", [1, 2], 0.0, 0), run(tmp_path / "b", [3, 4, 5], 0.0, 1))
    table = regions_table([Network("net", "none", "net", runs)], ("anger", "fear"), replicates=100)
    told = table.set_index(["expression", "region"])
    assert told.loc[("fear", "mouth"), "value"] == pytest.approx(3)
    assert told.loc[("anger", "eyes"), "value"] == pytest.approx(-3)
    assert told.loc[("fear", "mouth"), "n"] == 5
    assert told.loc[("", "mouth"), "value"] == pytest.approx(3)
    assert told.loc[("fear", "mouth"), "low"] < 3 < told.loc[("fear", "mouth"), "high"]
    assert list(dict.fromkeys(table["region"])) == ["mouth", "eyes"]


def test_values_that_are_not_known_are_left_out(tmp_path):
    one = run(tmp_path / "a", [1, 2], 0.0, 0)
    frame = pd.read_csv(one.paths.regions)
    frame.loc[frame["image"].eq("i2"), "value"] = np.nan
    frame.to_csv(one.paths.regions, index=False)
    table = regions_table([Network("net", "none", "net", (one,))], ("fear",), replicates=5)
    assert table.set_index(["expression", "region"]).loc[("fear", "mouth"), ["value", "n"]].tolist() == [1, 1]


def test_study_without_regions_has_no_table_and_damaged_files_are_told(tmp_path):
    nothing = Run(RunRecord("r", "complete", "net"), RunPaths(tmp_path))
    assert regions_table([Network("net", "none", "net", (nothing,))], ("fear",)).empty
    (tmp_path / "regions.csv").write_text("region\nmouth\n")
    with pytest.raises(UserError, match=r"cannot read .*regions\.csv"):
        regions_table([Network("net", "none", "net", (nothing,))], ("fear",))
