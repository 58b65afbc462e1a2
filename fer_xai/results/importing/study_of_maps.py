"""Making a study out of a folder of heatmaps that were made elsewhere."""

import hashlib
import re
import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from fer_xai.config.fingerprint import IN_NAME
from fer_xai.errors import UserError
from fer_xai.expressions import EXPRESSIONS
from fer_xai.face.canonical import FRAME_SHAPE
from fer_xai.face.map_files import SUFFIXES, HeatmapFile, UnreadableMapError, read_map
from fer_xai.files import as_user_error
from fer_xai.results.heatmap_files import UNKNOWN_IMAGES, build_heatmaps, build_replicates
from fer_xai.results.importing.factors import Factors, read_factors
from fer_xai.results.importing.pattern import FilePattern, Match
from fer_xai.results.paths import StudyPaths
from fer_xai.results.run import RunRecord, read_run, write_run
from fer_xai.results.run_status import Status

#: Name of the explainer where the pattern does not give one, and of the network likewise.
UNNAMED_EXPLAINER, UNNAMED_NETWORK = "imported", "all"

#: What every imported run says of itself.
NOTE = (
    "Imported maps carry no numbers of images: folds are pooled with equal weight, every pixel counts as valid, "
    "and there are no bootstrap replicates, so there are no intervals."
)

#: A run's place in a study: network, pretraining, fold, seed.
Place = tuple[str, str, int | None, int | None]
# Heatmaps by explainer and expression.
_Maps = dict[str, dict[str, np.ndarray]]


@dataclass(frozen=True)
class ImportReport:
    """What an import did.

    Attributes:
        out: the study.
        runs: runs written.
        heatmaps: heatmaps in them.
        lines: one line for every file that was left out or converted, every expression that is missing and the like.
    """

    out: Path
    runs: int
    heatmaps: int
    lines: tuple[str, ...]


def import_heatmaps(source: Path, pattern: str, out: Path, factors: Path | None = None) -> ImportReport:
    """Make a study of every heatmap below `source` whose name fits `pattern`.

    Args:
        source: folder of images or `.npy` arrays in the canonical frame, 275 rows x 224 columns.
        pattern: file name with fields, see `FilePattern`; with `/` it reaches into sub-folders.
        out: folder of the study. Runs of an earlier import that fill the same place are replaced.
        factors: csv with a column `network`, optionally `pretrained`, and any others that describe the networks.

    Raises:
        UserError: no such folder, nothing in it that fits, two files for one place, a bad factors file, `out` holds
            a sweep's runs or cannot be written.
    """
    source, out = Path(source), Path(out)
    files, lines = _find(source, FilePattern(pattern))
    known = read_factors(Path(factors)) if factors is not None else Factors()
    maps: dict[Match, HeatmapFile] = {}
    for match, path in files.items():
        try:
            maps[match] = _framed(read_map(path))
        except UnreadableMapError as error:
            lines.append(f"{path}: left out: {error}")
            continue
        lines += [f"{path}: {remark}" for remark in maps[match].remarks]
    if not maps:
        raise UserError(f"none of the {len(files)} files that fit '{pattern}' can be used: {lines[-1]}")
    runs: dict[Place, _Maps] = {}
    for match, heatmap in maps.items():
        explainers = runs.setdefault(place_of(match, known), {})
        explainers.setdefault(match.explainer or UNNAMED_EXPLAINER, {})[match.expression] = heatmap.values
    lines += missing_lines(runs) + known.unused({network for network, *_ in runs})
    lines += make_room(StudyPaths(out), set(runs))
    said = {"source": str(source), "pattern": pattern, "note": NOTE}
    for place, explainers in sorted(runs.items(), key=str):
        by_explainer = {name: _whole(maps) for name, maps in sorted(explainers.items())}
        write_imported(StudyPaths(out), place, by_explainer, known.of(place[0], place[1]), said)
    return ImportReport(out, len(runs), len(maps), tuple(lines))


def place_of(match: Match, factors: Factors) -> Place:
    """The run that a heatmap belongs to."""
    network = match.network or UNNAMED_NETWORK
    return (network, match.pretrained or factors.pretrained(network), match.fold, match.seed)


def _find(source: Path, pattern: FilePattern) -> tuple[dict[Match, Path], list[str]]:
    """The file of every place, and a line for each file that fits no place."""
    if not source.is_dir():
        raise UserError(f"there is no folder {source}: give the folder that holds the heatmaps")
    paths = sorted(path for path in source.rglob("*") if path.is_file())
    names = {path.relative_to(source).as_posix(): path for path in paths}
    if not names:
        raise UserError(f"folder {source} is empty: give the folder that holds the heatmaps")
    files: dict[Match, Path] = {}
    lines = []
    for name, path in names.items():
        match = pattern.match(name)
        if match is None:
            if path.suffix.lower() in SUFFIXES:
                lines.append(f"{path}: left out: {pattern.why_not(name)}")
        elif match.expression not in EXPRESSIONS:
            lines.append(f"{path}: left out: {match.expression} is not one of the six expressions")
        elif match in files:
            raise UserError(
                f"two files for one heatmap: {files[match]} and {path}; take one away, or tell them apart by a field "
                f"in the pattern '{pattern.text}'"
            )
        else:
            files[match] = path
    if not files:
        nearest = ", ".join(pattern.nearest(names))
        raise UserError(f"pattern '{pattern.text}' matches none of {len(names)} files in {source}; nearest: {nearest}")
    return files, lines


def _framed(heatmap: HeatmapFile) -> HeatmapFile:
    shape = heatmap.values.shape
    if shape == FRAME_SHAPE:
        return heatmap
    turned = "; it looks transposed" if shape == FRAME_SHAPE[::-1] else ""
    rows, columns = FRAME_SHAPE
    raise UnreadableMapError(f"has {shape[0]} rows x {shape[1]} columns, expected {rows} x {columns}{turned}")


def missing_lines(runs: Mapping[Place, Mapping[str, Collection[str]]]) -> list[str]:
    """A line for each explainer of each run that lacks expressions.

    Args:
        runs: by place and explainer, the expressions that there are.
    """
    lines = []
    for (network, pretrained, fold, seed), explainers in runs.items():
        parts = {"pretrained": pretrained or None, "fold": fold, "seed": seed}
        where = ", ".join([f"network {network}", *(f"{k} {v}" for k, v in parts.items() if v is not None)])
        for explainer, maps in explainers.items():
            absent = [name for name in EXPRESSIONS if name not in maps]
            if absent:
                lines.append(f"{where}, explainer {explainer}: no heatmap for {', '.join(absent)}")
    return lines


def make_room(paths: StudyPaths, places: set[Place]) -> list[str]:
    """Delete runs of earlier imports that fill one of `places`; a sweep's runs are never touched.

    Returns:
        A line on what stays there, if anything does.

    Raises:
        UserError: the folder holds a sweep's runs, or cannot be written.
    """
    kept = 0
    for record in sorted(paths.runs.glob("*/run.json")):
        run = read_run(record.parent)
        if not run.data.get("imported"):
            raise UserError(f"{paths.root} holds runs of a sweep ({run.name}): import into a study folder of its own")
        if (run.network, run.pretrained, run.fold, run.seed) in places:
            with as_user_error(record.parent):
                shutil.rmtree(record.parent)
        else:
            kept += 1
    return [f"{paths.root}: {kept} runs of earlier imports stay in the study"] if kept else []


def _whole(maps: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Heatmaps of which nothing but the mean is known, as the sums of a run would give them."""
    present = np.array([expression in maps for expression in EXPRESSIONS])
    empty = np.full(FRAME_SHAPE, np.nan)
    mean = np.stack([maps.get(expression, empty) for expression in EXPRESSIONS])
    count = np.broadcast_to(present[:, None, None], mean.shape)
    images = np.where(present, UNKNOWN_IMAGES, 0)
    return {"mean": mean, "std": np.full_like(mean, np.nan), "count": count, "images": images}


def write_imported(
    paths: StudyPaths,
    place: Place,
    by_explainer: Mapping[str, Mapping[str, np.ndarray]],
    factors: dict[str, str],
    said: Mapping[str, str],
    contents: Mapping[str, Any] = MappingProxyType({}),
) -> None:
    """Write the run of a place.

    Args:
        paths: of the study.
        place: network, pretraining, fold and seed.
        by_explainer: what `build_heatmaps` takes, and `build_replicates` where there are replicates.
        factors: what is known of the network.
        said: what the record says of the import.
        contents: what else `write_run` takes.

    Raises:
        UserError: the folder cannot be written.
    """
    network, pretrained, fold, seed = place
    digest = hashlib.sha256(repr(place).encode())
    for name, maps in by_explainer.items():
        digest.update(name.encode() + np.ascontiguousarray(maps["mean"]).tobytes())
    fingerprint = digest.hexdigest()
    parts = [network, pretrained, "" if fold is None else f"fold{fold}", "" if seed is None else f"seed{seed}"]
    name = "-".join([*(_slug(part) for part in parts if part), fingerprint[:IN_NAME]])
    now = datetime.now(UTC).isoformat(timespec="seconds")
    record = RunRecord(
        name=name,
        status=Status.COMPLETE,
        network=network,
        pretrained=pretrained,
        fold=fold,
        seed=seed,
        explainers=list(by_explainer),
        run_fingerprint=fingerprint,
        data={"imported": True, **said},
        images=_numbers(by_explainer),
        factors=factors,
        started=now,
        finished=now,
    )
    heatmaps = build_heatmaps(by_explainer)
    drawn = all("replicates" in maps for maps in by_explainer.values())
    replicates = build_replicates(by_explainer) if drawn else None
    write_run(paths.run(name), record, heatmaps=heatmaps, replicates=replicates, **contents)


def _numbers(by_explainer: Mapping[str, Mapping[str, np.ndarray]]) -> dict[str, int]:
    """Images of each expression, of the explainer that has most; nothing where they are not known."""
    images = np.max([maps["images"] for maps in by_explainer.values()], axis=0)
    known = {name: int(number) for name, number in zip(EXPRESSIONS, images, strict=True)}
    return known if UNKNOWN_IMAGES not in known.values() else {}


def _slug(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9.]+", "_", text).strip("._") or "x"
