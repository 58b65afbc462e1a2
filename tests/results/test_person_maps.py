"""Maps of single people: kept, read back, and put together."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from fer_xai.errors import UserError
from fer_xai.metrics.person_sums import PersonSums
from fer_xai.metrics.resolution import quarter_shape
from fer_xai.results.person_maps import KEYS, PersonMaps, build_people, pooled_people, read_people, write_people

ROWS = pd.DataFrame(
    [
        ("fear", "d/ann", "right"),
        ("fear", "d/ann", "wrong"),
        ("fear", "d/bob", "right"),
        ("surprise", "i7.png", "right"),
    ],
    columns=list(KEYS),
)


def sums_of(maps: torch.Tensor, valid: torch.Tensor, rows: list[int]) -> PersonSums:
    sums = PersonSums(len(ROWS), (maps.shape[-2], maps.shape[-1]))
    # In two batches, for the second one must not replace the first.
    sums.update(maps[:2], valid[:2], rows[:2])
    sums.update(maps[2:], valid[2:], rows[2:])
    return sums


def written(path: Path, **sums: PersonSums) -> Path:
    write_people(path, build_people({name: vars(item) for name, item in sums.items()}, ROWS))
    return path


def test_a_value_is_the_mean_over_valid_pixels_of_a_block_and_over_images() -> None:
    maps = torch.arange(3 * 9 * 8, dtype=torch.float32).view(3, 9, 8)
    valid = torch.ones(3, 9, 8, dtype=torch.bool)
    valid[0, :4, :4] = False
    valid[0, 0, 0] = True
    found = sums_of(maps, valid, [2, 0, 2])
    assert quarter_shape((9, 8)) == (3, 2) == found.sums.shape[1:]
    both = torch.cat([maps[0, :1, :1].flatten(), maps[2, :4, :4].flatten()])
    assert found.sums[2, 0, 0] / found.counts[2, 0, 0] == pytest.approx(float(both.double().mean()))
    # The last row of blocks has one row of pixels.
    assert found.counts[2, :, 1].tolist() == [32, 32, 8]
    assert found.sums[0, 2, 1] == float(maps[1, 8, 4:].sum())
    assert found.images.tolist() == [1, 0, 2, 0]


def test_faint_maps_are_read_as_they_were(tmp_path: Path) -> None:
    """Half precision ends at 6e-8, and maps may be fainter: each is kept by its own scale."""
    maps = (
        torch.rand(4, 9, 8, generator=torch.Generator().manual_seed(0)).double()
        * 10.0 ** -torch.arange(3, 15, 3)[:, None, None].double()
    )
    everywhere = torch.ones(4, 9, 8, dtype=torch.bool)
    sums = sums_of(maps, everywhere, [0, 1, 2, 3])
    path = written(tmp_path / "people.nc", gradcam=sums)
    found = read_people(path, "gradcam", "fear")
    assert found is not None
    assert found.people == ["d/ann", "d/ann", "d/bob"]
    assert found.rows["answer"].tolist() == ["right", "wrong", "right"]
    expected = sums.sums / sums.counts
    for own, true in zip(found.mean, expected, strict=False):
        np.testing.assert_allclose(own, true, atol=abs(true).max() * 2**-11)
    np.testing.assert_array_equal(found.count, sums.counts[:3])


def test_what_is_not_there(tmp_path: Path) -> None:
    maps, valid = torch.ones(3, 9, 8), torch.ones(3, 9, 8, dtype=torch.bool)
    valid[:, :4] = False
    path = written(tmp_path / "people.nc", gradcam=sums_of(maps, valid, [0, 0, 3]))
    assert read_people(path, "lime", "fear") is None
    found = read_people(path, "gradcam", "fear")
    assert found is not None
    # Nobody else has an image of fear.
    assert found.people == ["d/ann"]
    assert np.isnan(found.mean[0, 0]).all()
    assert (found.mean[0, 1:] == 1).all()
    none = read_people(path, "gradcam", "anger")
    assert none is not None
    assert len(none) == 0
    path.write_bytes(b"nothing")
    with pytest.raises(UserError, match=r"cannot read .*people\.nc: .*; delete its run's folder"):
        read_people(path, "gradcam", "fear")


def test_no_file_without_an_image(tmp_path: Path) -> None:
    empty = PersonSums(0, (9, 8))
    write_people(tmp_path / "people.nc", build_people({"gradcam": vars(empty)}, ROWS.iloc[:0]))
    assert not (tmp_path / "people.nc").exists()


def test_runs_are_put_together_image_by_image() -> None:
    def part(names: list[str], values: list[float], images: list[int]) -> PersonMaps:
        mean = np.array(values, dtype=np.float32)[:, None, None] * np.ones((1, 2, 2), np.float32)
        count = np.array(images, dtype=np.float32)[:, None, None] * np.full((1, 2, 2), 16, np.float32)
        count[0, 0, 0] = 0
        mean[0, 0, 0] = np.nan
        return PersonMaps(pd.DataFrame({"person": names, "answer": "right"}), mean, count, np.array(images))

    found = pooled_people([part(["b", "a"], [1, 5], [1, 2]), part(["c", "b"], [7, 4], [1, 3])])
    assert found is not None
    assert found.people == ["a", "b", "c"]
    assert found.images.tolist() == [2, 4, 1]
    np.testing.assert_allclose(found.mean[:, 1, 1], [5, (1 + 3 * 4) / 4, 7])
    # The first run knows nothing of that pixel of b, and nobody of that of c.
    np.testing.assert_allclose(found.mean[:, 0, 0], [5, 4, np.nan])
    assert pooled_people([]) is None
