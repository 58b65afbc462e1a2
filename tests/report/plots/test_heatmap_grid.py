"""The face below global heatmaps."""

import numpy as np

from fer_xai.report.plots.heatmap_grid import _grey


def test_where_no_face_is_known_the_ground_is_as_without_any_face() -> None:
    face = np.full((8, 6, 3), 0.25)
    face[:4] = np.nan
    grey = _grey(face, (4, 3))
    np.testing.assert_allclose(grey[:2], _grey(None, (4, 3))[:2])
    np.testing.assert_allclose(grey[2:], 0.25)
