"""Cells of tables in words."""

import math

from fer_xai.analysis.words.tables import TWO_THRESHOLDS, Cell


def test_a_cell_has_its_interval_and_its_remark() -> None:
    assert Cell(0.2694, 0.25, 0.29, remark=TWO_THRESHOLDS).text() == "0.269 [0.250, 0.290] (two thresholds)"
    assert Cell(0.2694).text(2) == "0.27"
    assert Cell(math.nan, remark=TWO_THRESHOLDS).text() == "n/a"
