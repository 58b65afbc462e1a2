"""From a study's folder to its archive, and back to a folder that is read as any study is."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import pandas as pd

from fer_xai.errors import UserError
from fer_xai.files import as_user_error, write_csv
from fer_xai.results.environment import git_revision, versions
from fer_xai.results.heatmap_files import UNKNOWN_IMAGES, read_dataset, write_heatmaps
from fer_xai.results.paths import RunPaths, StudyPaths
from fer_xai.results.run import write_record_of
from fer_xai.results.study import Run, Study, read_results
from fer_xai.results.submission.archive import unpack, write_archive
from fer_xai.results.submission.arrays import AXES, check_arrays
from fer_xai.results.submission.contents import PICTURES, RELIABILITY, SPLITS, TABLES, shared_record
from fer_xai.results.submission.picture_hashes import contents, secret_mark, split_table, under_secret

#: With fewer people behind a map, it is said: the rule of the report's mean faces.
FEW_PEOPLE = 10


@dataclass(frozen=True)
class Submission:
    """An archive that was written.

    Attributes:
        path: where it lies.
        identifier: SHA-256 of its manifest, by which it is cited.
        runs: how many runs it holds.
        pictures: how many hashes of single pictures it holds.
        fewest_people: behind a map of a single run; None where that is not known.
    """

    path: Path
    identifier: str
    runs: int
    pictures: int
    fewest_people: int | None


def submit(study_dir: Path, out: Path, secret: str | None = None) -> Submission:
    """Pack a study's maps, replicates, scores, split hashes and versions, and check the archive by reading it again.

    Args:
        study_dir: folder of an analysed study.
        out: the archive to write.
        secret: that the laboratories agreed on; single pictures are listed under it, and not at all without one.

    Raises:
        UserError: no such study, one that is not analysed, nothing to list under the secret, or a file that cannot be
            read or written.
    """
    study = read_results(study_dir)
    _check_analysed(study)
    names = contents(study.complete) if secret is not None else frozenset()
    if secret is not None and not names:
        raise UserError(f"--secret: no run of {study_dir} tells which pictures it is of (runs/NAME/split.csv)")
    with tempfile.TemporaryDirectory(prefix="fer-xai-") as temporary:
        folder = Path(temporary)
        fewest = [_copy_run(run, StudyPaths(folder).run(run.record.name)) for run in study.complete]
        for name in TABLES:
            source = study.paths.root / name
            if source.exists():
                shutil.copyfile(source, _made(folder / name))
        splits = split_table(study.complete)
        write_csv(folder / SPLITS, splits)
        known = [number for number in fewest if number is not None]
        manifest: dict[str, Any] = {
            "name": study_dir.resolve().name,
            "versions": versions(),
            "git_revision": git_revision(),
            "runs": sorted(run.record.name for run in study.complete),
            "fewest_people": min(known, default=None),
            "pictures": None,
        }
        if secret is not None:
            listed = sorted(under_secret(names, secret))
            write_csv(folder / PICTURES, pd.DataFrame({"picture": listed}))
            manifest["pictures"] = {"number": len(listed), "secret": secret_mark(secret)}
        identifier = write_archive(out, folder, manifest)
    with opened(out):
        pass
    return Submission(out, identifier, len(fewest), len(names), manifest["fewest_people"])


@contextmanager
def opened(path: Path) -> Iterator[tuple[Path, dict[str, Any] | None]]:
    """A study's folder, of which an archive is unpacked for as long as it is looked at.

    Args:
        path: a study's folder, or an archive from `submit`.

    Yields:
        The folder, and the manifest of an archive with its `identifier`; None of a folder.

    Raises:
        NewerError: an archive of a newer version.
        UserError: an archive that is damaged, was changed, or is none.
    """
    if not path.is_file():
        yield path, None
        return
    with tempfile.TemporaryDirectory(prefix="fer-xai-") as temporary:
        folder = Path(temporary) / path.name.removesuffix(".zip")
        folder.mkdir()
        manifest, identifier = unpack(path, folder)
        for name in AXES:
            for arrays in sorted(folder.glob(f"runs/*/{name}")):
                check_arrays(arrays, f"{path}: {arrays.relative_to(folder).as_posix()}")
        yield folder, manifest | {"identifier": identifier}


def _check_analysed(study: Study) -> None:
    """Refuse a study whose tables are missing, or are of other networks than it has."""
    advice = f"analyse it first (fer-xai analyze study_dir={study.paths.root})"
    for name in TABLES:
        if name != RELIABILITY and not (study.paths.root / name).exists():
            raise UserError(f"{study.paths.root} holds no {name}: {advice}")
    table = pd.read_csv(study.paths.root / TABLES[0], dtype=str, keep_default_na=False)
    if not {"network", "pretrained"} <= {*table}:
        raise UserError(f"{study.paths.root / TABLES[0]} is no table of scores: {advice}")
    told = {*zip(table["network"], table["pretrained"], strict=True)}
    if told != {(network.name, network.pretrained) for network in study.networks}:
        raise UserError(f"{study.paths.root / TABLES[0]} is of other networks than the study has now: {advice}")


def _copy_run(run: Run, target: RunPaths) -> int | None:
    """Write what others get of a run; the fewest people behind one of its maps, where that is known."""
    _made(target.record)
    for name in sorted(RunPaths.shared_names() & {*run.record.artefacts}):
        if name == RunPaths.heatmaps.file:
            with read_dataset(run.paths.heatmaps) as dataset:
                write_heatmaps(target.heatmaps, dataset[[key for key in AXES[name] if key in dataset]].drop_attrs())
        else:
            with as_user_error(target.dir / name):
                shutil.copyfile(run.paths.dir / name, target.dir / name)
    write_record_of(target, shared_record(run.record))
    with h5py.File(target.heatmaps) as file:
        if "people" not in file:
            return None
        people = file["people"][:][file["images"][:] != 0]
    return None if not people.size or (people == UNKNOWN_IMAGES).any() else int(people.min())


def _made(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
