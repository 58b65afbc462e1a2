"""The share of a mask that no score counts, beside arithmetic."""

import numpy as np
import pytest
from helpers.bands import bands

from fer_xai.analysis.unseen_pixels import unseen_table
from fer_xai.expressions import EXPRESSIONS
from fer_xai.face.canonical import FRAME_SHAPE
from fer_xai.results.pool import GlobalMaps
from fer_xai.results.study import Network
from fer_xai.scoring.pooled_maps import PooledMaps, PooledRuns


def test_the_share_is_that_of_the_mask() -> None:
    reference, shape = bands(), (6, *FRAME_SHAPE)
    count = np.full(shape, 10.0)
    mask = reference.mask("anger")
    rows = np.flatnonzero(mask.any(1))
    # Four of ten images show the upper half of the mask of anger; five, which is half, show the rest of the frame.
    count[0] = 5.0
    count[0, : rows[len(rows) // 2]] = 4.0
    count[1] = 0.0
    images = np.full(6, 10)
    maps = GlobalMaps(EXPRESSIONS, np.zeros(shape), count, images, images)
    pool = PooledRuns(Network("net", "none", "net", ()), (), None, None)
    found = unseen_table(PooledMaps("gradcam", EXPRESSIONS, (pool,), (maps,), 0), [reference]).set_index("expression")
    expected = mask[: rows[len(rows) // 2]].sum() / mask.sum()
    assert 0.3 < expected < 0.7
    assert found.loc["anger", "share"] == pytest.approx(expected)
    assert found.loc["anger", "frame"] == pytest.approx(rows[len(rows) // 2] / FRAME_SHAPE[0])
    assert found.loc["fear", "share"] == 0
    assert "disgust" not in found.index  # there is no map of it
