"""Checks arrays that somebody else has made, before anything is read from them."""

from pathlib import Path

import h5py

from fer_xai.errors import UserError
from fer_xai.face.canonical import FRAME_SHAPE
from fer_xai.files import lies_elsewhere

_HALF = tuple((side + 1) // 2 for side in FRAME_SHAPE)
#: Sides of the two kinds of frame.
_SIDES = {"y": FRAME_SHAPE[0], "x": FRAME_SHAPE[1], "y2": _HALF[0], "x2": _HALF[1]}
#: The longest that an axis may be: a file of a few bytes can claim arrays of any size.
_LONGEST = {"replicate": 20_000, "explainer": 200, "expression": 100, "side": 2} | _SIDES
#: The variables of a submission's files and their axes; no mean face is among them.
_OF_MAPS = ("explainer", "expression", "y", "x")
_OF_NUMBERS = _OF_MAPS[:2]
AXES: dict[str, dict[str, tuple[str, ...]]] = {
    "heatmaps.nc": {
        **dict.fromkeys(("mean", "std", "count"), _OF_MAPS),
        **dict.fromkeys(("images", "people", "empty", "not_finite", "without_rest"), _OF_NUMBERS),
        "grid": (*_OF_NUMBERS, "side"),
    },
    "replicates.nc": dict.fromkeys(("mean", "count"), ("replicate", "explainer", "expression", "y2", "x2")),
}
#: Kinds of numbers: signed, unsigned, floating.
_NUMBERS = "iuf"


def check_arrays(path: Path, where: str) -> None:
    """Refuse a file of arrays that holds anything but plain arrays of the sizes that such a file has.

    A file of HDF5 may hold links to other files of the reader's disk, and arrays that lie in these.

    Args:
        path: named as in `AXES`.
        where: what to call it in a message.

    Raises:
        UserError: naming the array, and what is wrong.
    """
    axes = AXES[path.name]
    try:
        with h5py.File(path) as file:
            for name in file:
                if name not in axes and name not in _LONGEST:
                    raise UserError(f"{where}: {name[:60]!r} is no array of such a file")
                if lies_elsewhere(file, name):
                    raise UserError(f"{where}: {name!r} is a link, or lies in another file")
                item = file[name]
                if not isinstance(item, h5py.Dataset):
                    raise UserError(f"{where}: {name!r} is no array")
                if name in axes and not _fits(item, axes[name], file):
                    raise UserError(f"{where}: {name!r} is {item.dtype} of shape {item.shape}: no array of such a file")
    except (OSError, KeyError, ValueError, RuntimeError) as error:
        raise UserError(f"{where} cannot be read: {error}") from error


def _fits(item: h5py.Dataset, axes: tuple[str, ...], file: h5py.File) -> bool:
    """Whether an array is of numbers, and as long as its axes' names, or the frame, say."""
    lengths = [_SIDES.get(axis) or (len(file[axis]) if file[axis].shape else 0) for axis in axes if axis != "side"]
    # Rows and columns of the explainers' own maps.
    lengths += [2] if axes[-1] == "side" else []
    longest = all(side <= _LONGEST[axis] for side, axis in zip(lengths, axes, strict=True))
    return item.dtype.kind in _NUMBERS and item.shape == tuple(lengths) and longest
