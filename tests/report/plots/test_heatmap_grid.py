"""The face below global heatmaps."""

import numpy as np

import fer_xai
from fer_xai.report.plots.heatmap_grid import _grey, in_lines
from fer_xai.report.plots.slivers import without_slivers


def test_where_no_face_is_known_the_ground_is_as_without_any_face() -> None:
    face = np.full((8, 6, 3), 0.25)
    face[:4] = np.nan
    grey = _grey(face, (4, 3))
    np.testing.assert_allclose(grey[:2], _grey(None, (4, 3))[:2])
    np.testing.assert_allclose(grey[2:], 0.25)


def test_thin_lines_are_filled_from_beside_and_wide_parts_are_not() -> None:
    values = np.tile(np.arange(20.0), (20, 1))
    known = np.ones((20, 20), dtype=bool)
    known[np.arange(12), 19 - np.arange(12)] = False
    known[14:20, 0:5] = False
    filled, drawn = without_slivers(np.where(known, values, np.nan), known)
    unknown = np.zeros_like(known)
    unknown[14:20, 0:5] = True
    np.testing.assert_array_equal(~drawn, unknown)
    assert np.isnan(filled[unknown]).all()
    assert np.abs(filled - values)[~unknown].max() <= 1


def test_a_face_has_no_line_where_a_flat_triangle_was_left_out() -> None:
    """The triangle from the brow's outer end upwards is nearly flat in the crops of drawn faces."""
    face = fer_xai.draw_face("happiness", subject=3)
    warped, valid = fer_xai.warp(face.image[None], face.landmarks[None])
    seen = np.asarray(valid)[0]
    assert not seen.all()
    assert without_slivers(np.asarray(warped)[0], seen)[1].all()


def test_long_names_are_broken_and_whole() -> None:
    name = "efficientnetv2 (identity-0f3a99c1d2) [to observers 0.5]"
    assert in_lines(name).replace("\n", " ") == name
    assert max(map(len, in_lines(name).splitlines())) <= 24
    assert in_lines("vgg16") == "vgg16"
    assert len(in_lines("word " * 60).splitlines()) == 4
