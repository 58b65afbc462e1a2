"""Studies that the command has made or imported."""

from pathlib import Path

import numpy as np
import xarray as xr

from fer_xai.errors import UserError
from fer_xai.library.heatmaps import Heatmaps
from fer_xai.nearest import nearest
from fer_xai.results import study as studies
from fer_xai.results.heatmap_files import build_heatmaps
from fer_xai.results.pool import pool_heatmaps, pool_replicates, replicate_count


def read_study(folder: str | Path) -> studies.Study:
    """Read a study's runs; nothing is computed, and no torch is needed.

    Args:
        folder: of the study, such as `multirun/demo`.

    Returns:
        Its `networks`, `explainers`, `expressions`, `folds`, and each run's record. Its tables are `analysis/*.csv`.

    Raises:
        UserError: it is no study, or none of its runs is complete.

    Examples:
        >>> import fer_xai, tempfile
        >>> from pathlib import Path
        >>> import numpy as np
        >>> folder = tempfile.TemporaryDirectory()
        >>> for word in ("anger", "fear"):
        ...     np.save(Path(folder.name) / f"net_{word}.npy", np.random.default_rng(0).random((275, 224)))
        >>> from fer_xai.results.importing.study_of_maps import import_heatmaps
        >>> report = import_heatmaps(Path(folder.name), "{network}_{expression}.npy", Path(folder.name) / "study")
        >>> study = fer_xai.read_study(report.out)
        >>> [network.label for network in study.networks], study.expressions
        (['net'], ('anger', 'disgust', 'fear', 'happiness', 'sadness', 'surprise'))
        >>> fer_xai.study_heatmaps(study, "net").map_of("fear").shape
        (275, 224)
    """
    return studies.read_results(Path(folder))


def study_heatmaps(study: studies.Study, network: str) -> Heatmaps:
    """The global heatmaps of one network of a study over all its runs, as `score` and `compare_maps` take them.

    Args:
        study: from `read_study`.
        network: its label, one of `[network.label for network in study.networks]`.

    Raises:
        UserError: no such network, or a file is damaged.
    """
    labels = [one.label for one in study.networks]
    if network not in labels:
        near = nearest(network, labels, most=1)
        meant = f"; did you mean {near[0]}?" if near else ""
        raise UserError(f"the study has no network {network}{meant} (networks: {', '.join(labels)})")
    runs = study.networks[labels.index(network)].runs
    explainers = [name for name in study.explainers if any(name in run.record.explainers for run in runs)]
    pooled = {name: pool_heatmaps(runs, name, study.expressions) for name in explainers}
    means = build_heatmaps(
        {
            name: {
                "mean": maps.mean,
                "std": np.full_like(maps.mean, np.nan),
                "count": maps.count,
                "images": maps.images,
                "people": maps.people,
            }
            for name, maps in pooled.items()
        },
        expressions=study.expressions,
    )
    number = replicate_count(runs)
    if not number:
        return Heatmaps(means)
    drawn = np.stack([pool_replicates(runs, name, study.expressions, slice(0, number)) for name in explainers], axis=1)
    dims = ("replicate", "explainer", "expression", "y2", "x2")
    names = {"explainer": explainers, "expression": list(study.expressions)}
    return Heatmaps(means, xr.Dataset({"mean": (dims, drawn)}, coords=names))
