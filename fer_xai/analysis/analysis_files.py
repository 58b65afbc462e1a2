"""The files of `analysis/`: written here, and read here for the report."""

import itertools
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from fer_xai.analysis.outputs import COUNTED, OPTIONAL_TABLES, TABLES, Analysis, labelled
from fer_xai.analysis.similarity.cluster_tables import ALL
from fer_xai.analysis.similarity.map_correlations import Similarity
from fer_xai.analysis.words.latex import accuracy_to_latex, to_latex
from fer_xai.analysis.words.summary import Summary
from fer_xai.analysis.words.tables import BELOW, to_markdown
from fer_xai.errors import UserError
from fer_xai.expressions import SYNONYMS
from fer_xai.face.masks import Reference
from fer_xai.files import file_name, read_json, write_csv, write_json, write_netcdf, write_text
from fer_xai.results.heatmap_files import read_dataset
from fer_xai.scoring.intervals import interval
from fer_xai.scoring.score_tables import number_of_people

#: Version of the layout of `analysis/`.
SCHEMA = 5

#: Where maps differ, pixel by pixel.
DIFFERENCE_MAPS = "map_differences.nc"

_KINDS = dict.fromkeys(COUNTED, "Int64") | dict.fromkeys(
    (BELOW, "competing_thresholds", "of_others", "chosen", "higher_is_better"), "boolean"
)


def write_analysis(folder: Path, analysis: Analysis, summary: Summary, references: Sequence[Reference]) -> None:
    """Write every file of `analysis/` into `folder`."""
    for name in (*TABLES, *OPTIONAL_TABLES):
        frame = getattr(analysis, name)
        if name in OPTIONAL_TABLES and frame.empty:
            continue
        if "label" in frame and BELOW not in frame and name != "means":
            frame = frame.assign(**{BELOW: frame["label"].map(analysis.below).astype("boolean")})
        write_csv(folder / f"{name}.csv", frame.drop(columns=["label", "whole"], errors="ignore"))
    for name, table in analysis.tables.items():
        write_csv(folder / f"{name}.csv", table.frame)
        write_text(folder / f"{name}.md", to_markdown(table))
        write_text(folder / f"{name}.tex", to_latex(table, name))
    accuracies = accuracy_to_latex(analysis.accuracy, analysis.labels, analysis.facts["expressions"])
    if accuracies:
        write_text(folder / "accuracy.tex", accuracies)
    pairs = []
    for number, item in enumerate(analysis.similarity):
        suffix = f"_{file_name(item.explainer)}" if number else ""
        for name, similarity in item.networks.items():
            stem = f"similarity{suffix}/{file_name(name)}" if name else f"similarity_pairs{suffix}"
            _write_matrix(folder / f"{stem}.csv", similarity)
            pairs.append(_long(similarity).assign(expression=name or ALL, explainer=item.explainer))
        for name, similarity in item.folds.items():
            _write_matrix(folder / f"similarity_folds{suffix}/{file_name(name)}.csv", similarity)
    ncc = pd.concat(pairs, ignore_index=True)[_NCC]
    write_csv(
        folder / "map_correlations.csv",
        ncc.assign(**{BELOW: [_either(analysis, *two) for two in ncc[["a", "b"]].to_numpy()]}),
    )
    write_netcdf(folder / "references.nc", _reference_set(references))
    if analysis.difference_maps is not None:
        packed: dict[str, dict[str, Any]]
        packed = {str(name): {"zlib": True, "complevel": 4} for name in analysis.difference_maps}
        write_netcdf(folder / DIFFERENCE_MAPS, analysis.difference_maps, packed)
    content = {
        "schema": SCHEMA,
        **analysis.facts,
        **summary.content,
        "answers_in_short": [asdict(answer) for answer in summary.answers],
        "lead": summary.lead,
        "sentences": summary.sentences,
    }
    write_json(folder / "summary.json", content)


def read_analysis(folder: Path) -> Analysis:
    """Read what `write_analysis` wrote, but for the similarities (see `read_matrix`).

    Raises:
        UserError: the study has not been analysed, or by another version.
    """
    if not (folder / "summary.json").exists():
        raise UserError(f"{folder} has no summary.json: analyse the study first (fer-xai analyze study_dir=...)")
    content = read_json(folder / "summary.json")
    if content.get("schema") != SCHEMA:
        raise UserError(f"{folder} was written by another version of fer_xai: analyse the study again")
    labels = {(network, pretrained): label for network, pretrained, label in content["labels"]}
    frames = {}
    for name in (*TABLES, *(name for name in OPTIONAL_TABLES if (folder / f"{name}.csv").exists())):
        words = dict.fromkeys(("network", "pretrained", "expression", "factor", "reason", "remark"), str)
        frame = pd.read_csv(folder / f"{name}.csv", dtype=words, keep_default_na=False, na_values=[""])  # type: ignore[arg-type]
        frame = frame.astype({key: kind for key, kind in _KINDS.items() if key in frame})
        frames[name] = labelled(frame, labels) if "network" in frame else frame
    return Analysis(content, **frames)  # type: ignore[arg-type]


def read_matrix(folder: Path, analysis: Analysis, expression: str, explainer: str, folds: bool = False) -> pd.DataFrame:
    """Distances between networks (or folds) for one expression, with the empty name between all pairs; may be empty."""
    suffix = "" if explainer == analysis.facts["explainers"][0] else f"_{file_name(explainer)}"
    stem = (
        f"similarity{'_folds' if folds else ''}{suffix}/{file_name(expression)}"
        if expression
        else f"similarity_pairs{suffix}"
    )
    path = folder / f"{stem}.csv"
    return pd.read_csv(path, index_col=0) if path.exists() else pd.DataFrame()


def read_references(folder: Path) -> dict[str, dict[str, np.ndarray]]:
    """Masks (y, x) bool by reference and expression, as they were compared with; without what a reference lacks."""
    with read_dataset(folder / "references.nc") as dataset:
        return {
            str(name): {
                str(word): dataset["mask"].sel(reference=name, expression=word).values.astype(bool)
                for word in dataset["expression"].values
                if bool(dataset["has"].sel(reference=name, expression=word))
            }
            for name in dataset["reference"].values
        }


def read_continuous_references(folder: Path) -> dict[str, dict[str, np.ndarray]]:
    """Maps (y, x) in [0, 1] of references that are more than a mask, by reference and expression; NaN: not known."""
    with read_dataset(folder / "references.nc") as dataset:
        has, weights, signed = (dataset[key].load() for key in ("has", "weights", "signed"))
    found: dict[str, dict[str, np.ndarray]] = {}
    for name, word in itertools.product(map(str, has["reference"].values), map(str, has["expression"].values)):
        place = {"reference": name, "expression": word}
        if not bool(has.sel(place)):
            continue
        own = np.where(np.isfinite(signed.sel(place).values), weights.sel(place).values, np.nan)
        if len(np.unique(own[np.isfinite(own)])) > 2:
            found.setdefault(name, {})[word] = own
    return found


def read_difference_maps(folder: Path) -> tuple[np.ndarray, np.ndarray] | None:
    """Differences and family-wise p (map, y4, x4) of `map_differences.csv`; None where nothing was compared."""
    if not (folder / DIFFERENCE_MAPS).exists():
        return None
    with read_dataset(folder / DIFFERENCE_MAPS) as dataset:
        return dataset["difference"].values, dataset["p"].values


_NCC = ["explainer", "expression", "a", "b", "ncc", "low", "high", "pixels"]


def _write_matrix(path: Path, similarity: Similarity) -> None:
    frame = pd.DataFrame(similarity.distances, columns=list(similarity.labels))
    frame.insert(0, "network", list(similarity.labels))
    write_csv(path, frame)


def _long(similarity: Similarity) -> pd.DataFrame:
    rows = []
    for i, j in zip(*np.triu_indices(len(similarity.labels), 1), strict=True):
        value = float(similarity.ncc[i, j])
        people = number_of_people([similarity.people[[i, j]]])
        own = similarity.resampled.each(lambda figures, i=i, j=j: figures[:, i, j])  # type: ignore[misc]
        of = interval(value, own, (-1.0, 1.0), people)
        rows.append((similarity.labels[i], similarity.labels[j], value, of.low, of.high, similarity.pixels))
    return pd.DataFrame(rows, columns=["a", "b", "ncc", "low", "high", "pixels"])


def _either(analysis: Analysis, a: str, b: str) -> bool:
    """Whether one of two networks is below the floor."""
    return analysis.marked(a) != a or analysis.marked(b) != b


def _reference_set(references: Sequence[Reference]) -> xr.Dataset:
    """What was compared with: `has` says which expressions each reference has; `signed` is NaN where it is unknown."""
    expressions = [name for name in SYNONYMS if any(name in reference for reference in references)]
    shape = len(references), len(expressions), *references[0].frame
    weights, signed = np.zeros(shape, dtype=np.float32), np.full(shape, np.nan, dtype=np.float32)
    mask, has = np.zeros(shape, dtype=np.uint8), np.zeros(shape[:2], dtype=np.uint8)
    for place in itertools.product(range(len(references)), range(len(expressions))):
        reference, expression = references[place[0]], expressions[place[1]]
        if expression in reference:
            weights[place], signed[place] = reference.weights_of(expression), reference.signed_of(expression)
            mask[place], has[place] = reference.mask(expression), 1
    dims = ("reference", "expression", "y", "x")
    return xr.Dataset(
        {"weights": (dims, weights), "signed": (dims, signed), "mask": (dims, mask), "has": (dims[:2], has)},
        coords={"reference": [item.name for item in references], "expression": expressions},
    )
