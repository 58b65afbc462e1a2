"""Maps read from files."""

from pathlib import Path

import numpy as np
import pytest

from fer_xai.face.map_files import UnreadableMapError, read_map


@pytest.mark.parametrize(
    "text", ["0,0.5,1\n-1,2,3\n", "0;0,5;1\n-1;2;3\n", "0\t0.5\t1\n-1\t2\t3\n", "0 0.5 1\n-1 2 3\n"]
)
def test_a_table_of_numbers_is_a_map(tmp_path: Path, text: str):
    (tmp_path / "map.csv").write_text(text)
    np.testing.assert_array_equal(read_map(tmp_path / "map.csv").values, [[0, 0.5, 1], [-1, 2, 3]])


def test_a_table_of_words_is_none(tmp_path: Path):
    (tmp_path / "map.csv").write_text("a,b\n1,2\n")
    with pytest.raises(UnreadableMapError, match="cannot be read as a table of numbers"):
        read_map(tmp_path / "map.csv")


def test_unknown_pixels_are_read_where_they_may_be(tmp_path: Path):
    np.save(tmp_path / "map.npy", np.array([[np.nan, 1.0]]))
    np.testing.assert_array_equal(read_map(tmp_path / "map.npy", unknown=True).values, [[np.nan, 1.0]])
    with pytest.raises(UnreadableMapError, match="1 of 2 values NaN or infinite"):
        read_map(tmp_path / "map.npy")
    np.save(tmp_path / "map.npy", np.array([[np.inf, 1.0]]))
    with pytest.raises(UnreadableMapError, match="1 of 2 values infinite"):
        read_map(tmp_path / "map.npy", unknown=True)
