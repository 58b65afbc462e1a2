"""All numbers behind the figures in one archive, for a paper's supplement."""

import tempfile
import zipfile
from pathlib import Path

import numpy as np
import xarray as xr

from fer_xai.analysis.outputs import Analysis
from fer_xai.files import write_netcdf, write_with
from fer_xai.results.pool import pool_heatmaps
from fer_xai.results.study import Study

#: The archive's name for the maps that the heatmaps' figures show.
MAPS = "global_heatmaps.nc"

#: What of `analysis/` holds numbers.
_ENDINGS = {".csv", ".json", ".nc"}
# Equal data make an equal archive.
_NO_DATE = (1980, 1, 1, 0, 0, 0)


def write_data(path: Path, study: Study, analysis: Analysis) -> None:
    """Write the archive: every table and array of `analysis/`, and the global heatmaps over all folds and seeds.

    Args:
        path: of the archive.
        study: its runs.
        analysis: of it.

    Raises:
        UserError: a file that cannot be read or written.
    """
    tables = sorted(file for file in study.paths.analysis.rglob("*") if file.suffix in _ENDINGS)
    with tempfile.TemporaryDirectory() as folder:
        maps = Path(folder) / MAPS
        write_netcdf(maps, global_maps(study, analysis), {"mean": {"zlib": True, "complevel": 4, "shuffle": True}})
        files = {str(file.relative_to(study.paths.analysis)): file for file in tables} | {MAPS: maps}
        write_with(path, lambda temporary: _pack(temporary, files))


def global_maps(study: Study, analysis: Analysis) -> xr.Dataset:
    """The maps of all networks by all explainers.

    Returns:
        `mean` (explainer, network, expression, y, x) float32, NaN where under half of the images show a pixel or a
        network was not explained; `images` (explainer, network, expression).
    """
    explainers, expressions = list(analysis.facts["explainers"]), list(analysis.facts["expressions"])
    networks = {network.label: network for network in study.networks}
    means, images = [], []
    for explainer in explainers:
        for label in analysis.labels:
            runs = [run for run in networks[label].runs if explainer in run.record.explainers]
            pooled = pool_heatmaps(runs, explainer, expressions) if runs else None
            means.append(None if pooled is None else np.where(pooled.valid, pooled.mean, np.nan).astype(np.float32))
            images.append(np.zeros(len(expressions), dtype=np.int64) if pooled is None else pooled.images)
    shape = next(mean.shape for mean in means if mean is not None)
    stack = np.stack([np.full(shape, np.nan, dtype=np.float32) if mean is None else mean for mean in means])
    dims = ("explainer", "network", "expression", "y", "x")
    sizes = (len(explainers), len(analysis.labels))
    return xr.Dataset(
        {
            "mean": (dims, stack.reshape(*sizes, *shape)),
            "images": (dims[:3], np.stack(images).reshape(*sizes, len(expressions))),
        },
        coords={"explainer": explainers, "network": list(analysis.labels), "expression": expressions},
    )


def _pack(path: Path, files: dict[str, Path]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, file in files.items():
            entry = zipfile.ZipInfo(name, _NO_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, file.read_bytes())
