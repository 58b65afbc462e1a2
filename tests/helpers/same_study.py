"""Whether two studies say the same, and whether one has left anything about."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import torch
import xarray as xr

#: What may differ between a study and its repetition: times, and stamps of checkpoints, which hold their own path.
TIMES = {"started", "finished", "timings", "seconds", "created", "since", "where", "stamp", "jobs", "job", "seal"}


def strays(study: Path) -> list[str]:
    """Temporary files and claims in a study where nobody works."""
    known = (".lock", "running.json")
    return sorted(
        path.relative_to(study).as_posix()
        for path in study.rglob("*")
        if path.name in known or path.name.startswith(".") or path.suffix in {".part", ".tmp"}
    )


def timeless(content: Any) -> Any:
    """JSON without times, and without stamps of files that hold times."""
    if isinstance(content, dict):
        left = {key: value for key, value in content.items() if key not in TIMES}
        return {key: timeless(value) for key, value in left.items() if key != "artefacts"}
    return [timeless(value) for value in content] if isinstance(content, list) else content


def contents(study: Path) -> dict[str, Any]:
    """Everything that a study says, by file: arrays and tables whole, JSON without times."""
    found: dict[str, Any] = {}
    for path in sorted(item for item in study.rglob("*") if item.is_file()):
        name = path.relative_to(study).as_posix()
        if path.suffix == ".nc":
            with xr.open_dataset(path, engine="h5netcdf") as dataset:
                found[name] = dataset.load()
        elif path.suffix == ".csv":
            found[name] = pd.read_csv(path)
        elif path.suffix == ".json" and path.name != "source.json":
            found[name] = timeless(json.loads(path.read_text(encoding="utf-8")))
        elif path.suffix == ".ckpt":
            weights = torch.load(path, map_location="cpu", weights_only=True)["state_dict"]
            found[name] = {key: value.numpy().tobytes() for key, value in weights.items()}
        elif path.suffix in {".txt", ".html", ".svg", ".png", ".yaml"} or path.name == "source.json":
            found[name] = None
        else:
            found[name] = path.read_bytes()
    return found


def assert_same(left: Path, right: Path) -> None:
    """Two studies have the same files, with the same arrays and tables bit for bit, times aside."""
    one, other = contents(left), contents(right)
    assert one.keys() == other.keys()
    for name, said in one.items():
        if isinstance(said, xr.Dataset):
            attributes = {key: value for key, value in said.attrs.items() if key not in TIMES}
            xr.testing.assert_identical(said.drop_attrs().assign_attrs(attributes), _bare(other[name]))
        elif isinstance(said, pd.DataFrame):
            pd.testing.assert_frame_equal(said, other[name], rtol=0, atol=0, obj=name)
        else:
            assert said == other[name], name


def _bare(dataset: xr.Dataset) -> xr.Dataset:
    return dataset.drop_attrs().assign_attrs({k: v for k, v in dataset.attrs.items() if k not in TIMES})
