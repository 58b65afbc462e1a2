"""Files of arrays that somebody else wrote: none of them has another file of this machine read."""

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from fer_xai.errors import UserError
from fer_xai.results.heatmap_files import read_dataset, read_expressions, read_maps, read_mean_face, replicates_in
from fer_xai.results.person_maps import read_people

READERS: dict[str, Callable[[Path], object]] = {
    "dataset": read_dataset,
    "maps": lambda path: read_maps(path, ["mean"], "gradcam", ["fear"]),
    "replicates": replicates_in,
    "expressions": read_expressions,
    "mean face": read_mean_face,
    "people": lambda path: read_people(path, "gradcam", "fear"),
}


def link(file: h5py.File, secret: Path) -> None:
    file["mean"] = h5py.ExternalLink(str(secret), "/secret")


def soft_link(file: h5py.File, _: Path) -> None:
    file["mean"] = h5py.SoftLink("/std")


def stored_outside(file: h5py.File, secret: Path) -> None:
    file.create_dataset("mean", (4,), np.uint8, external=[(str(secret), 0, 4)])


def made_of_others(file: h5py.File, secret: Path) -> None:
    layout = h5py.VirtualLayout((4,), np.uint8)
    layout[:] = h5py.VirtualSource(str(secret), "secret", (4,))
    file.create_virtual_dataset("mean", layout)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("lead", [link, soft_link, stored_outside, made_of_others], ids=lambda lead: lead.__name__)
def test_an_array_that_lies_elsewhere_is_refused(tmp_path: Path, lead: Callable, reader: str) -> None:
    secret = tmp_path / "secret.h5"
    with h5py.File(secret, "w") as file:
        file["secret"] = np.arange(4, dtype=np.uint8)
    path = tmp_path / "heatmaps.nc"
    with h5py.File(path, "w") as file:
        for name, words in (("explainer", ["gradcam"]), ("expression", ["fear"])):
            file.create_dataset(name, data=words, dtype=h5py.string_dtype())
        file["std"] = np.zeros(4)
        lead(file, secret)
    with pytest.raises(UserError, match=r"heatmaps\.nc: its array 'mean' is a link, or lies in another file"):
        READERS[reader](path)


@pytest.mark.parametrize("reader", ["maps", "expressions", "people"])
def test_numbers_where_words_belong_are_one_line(tmp_path: Path, reader: str) -> None:
    path = tmp_path / "heatmaps.nc"
    with h5py.File(path, "w") as file:
        for name in ("explainer", "expression", "mean"):
            file[name] = np.arange(3)
    with pytest.raises(UserError, match=r"cannot read .*heatmaps\.nc"):
        READERS[reader](path)
