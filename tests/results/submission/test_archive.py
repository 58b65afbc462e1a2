"""An archive of somebody else: whatever is wrong with it ends in one line, and nothing is written elsewhere."""

import hashlib
import json
import shutil
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from fer_xai.errors import NewerError, UserError
from fer_xai.files import read_json
from fer_xai.results.submission.archive import write_archive
from fer_xai.results.submission.arrays import check_arrays
from fer_xai.results.submission.pack import opened, submit

MAPS = "runs/net-none-0/heatmaps.nc"
Files = dict[str, tuple[zipfile.ZipInfo, bytes]]


@pytest.fixture(scope="module")
def sound(small_study: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return submit(small_study, tmp_path_factory.mktemp("out") / "study.zip").path


def read(path: Path) -> Files:
    with zipfile.ZipFile(path) as archive:
        return {info.filename: (info, archive.read(info)) for info in archive.infolist()}


def plain(name: str) -> zipfile.ZipInfo:
    return zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))


def listed(files: Files, name: str, content: bytes = b"x") -> None:
    """Add a file that the manifest lists as if it belonged there."""
    files[name] = (plain(name), content)
    said = manifest(files)
    said["files"][name] = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    files["manifest.json"] = (plain("manifest.json"), json.dumps(said).encode())


def manifest(files: Files) -> dict:
    return json.loads(files["manifest.json"][1])


def says(files: Files, /, **changes: object) -> None:
    files["manifest.json"] = (plain("manifest.json"), json.dumps(manifest(files) | changes).encode())


def out_of_its_folder(files: Files) -> None:
    listed(files, "runs/../../../escaped.csv")


def by_an_absolute_name(files: Files) -> None:
    listed(files, "/tmp/escaped.csv")


def by_backslashes(files: Files) -> None:
    listed(files, "runs\\..\\escaped.csv")


def of_single_people(files: Files) -> None:
    listed(files, "runs/net-none-0/people.nc")


def added_later(files: Files) -> None:
    files["analysis/map_reliability.csv"] = (plain("analysis/map_reliability.csv"), b"x")


def a_link(files: Files) -> None:
    listed(files, "pictures.csv", b"/etc/passwd")
    files["pictures.csv"][0].external_attr = (stat.S_IFLNK | 0o777) << 16


def taken_away(files: Files) -> None:
    del files[MAPS]


def edited(files: Files) -> None:
    info, content = files["analysis/metrics.csv"]
    files["analysis/metrics.csv"] = (info, content.replace(b"0.5", b"0.9"))


def grown(files: Files) -> None:
    info, content = files["analysis/metrics.csv"]
    files["analysis/metrics.csv"] = (info, content + b"\n")


def packed_again(files: Files) -> None:
    files["analysis/metrics.csv"][0].compress_type = zipfile.ZIP_DEFLATED


def without_manifest(files: Files) -> None:
    del files["manifest.json"]


def another_format(files: Files) -> None:
    says(files, format="something else")


def no_list(files: Files) -> None:
    says(files, files={"analysis/metrics.csv": "abc"})


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (out_of_its_folder, "is no file of a submission"),
        (by_an_absolute_name, "is no file of a submission"),
        (by_backslashes, "is no file of a submission"),
        (of_single_people, "people.nc' is no file of a submission"),
        (added_later, "'analysis/map_reliability.csv' is not in the manifest: it was added later"),
        (a_link, "'pictures.csv' is a link"),
        (taken_away, "heatmaps.nc' is in the manifest and missing"),
        (edited, "analysis/metrics.csv is damaged or was edited: its SHA-256 begins with"),
        (grown, "'analysis/metrics.csv' has 39 bytes, the manifest says 38"),
        (packed_again, "is compressed: the archive was packed again by another program"),
        (without_manifest, "is no submission: it holds no manifest.json"),
        (another_format, "is not that of a fer_xai submission"),
        (no_list, "does not list its files"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(sound: Path, tmp_path: Path, change: Callable[[Files], None], told: str):
    files = read(sound)
    change(files)
    path = tmp_path / "in" / "theirs.zip"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as archive:
        for info, content in files.values():
            archive.writestr(info, content, compress_type=info.compress_type)
    with pytest.raises(UserError, match=r"theirs\.zip") as error, opened(path):
        pass
    assert told in str(error.value)
    assert not list(tmp_path.rglob("escaped*"))
    assert not Path("/tmp/escaped.csv").exists()


def test_a_newer_one_is_told_before_its_files_are_looked_at(sound: Path, tmp_path: Path):
    files = read(sound)
    says(files, schema=99)
    files["something/new.bin"] = (plain("something/new.bin"), b"x")
    path = tmp_path / "theirs.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for info, content in files.values():
            archive.writestr(info, content)
    with pytest.raises(NewerError, match="has schema 99, this version reads up to 1"), opened(path):
        pass


@pytest.mark.parametrize("place", [0.02, 0.4, 0.9999])
def test_a_flipped_byte_is_noticed_wherever_it_is(sound: Path, tmp_path: Path, place: float):
    content = bytearray(sound.read_bytes())
    content[int(place * len(content))] ^= 0xFF
    (tmp_path / "theirs.zip").write_bytes(content)
    with pytest.raises(UserError, match=r"theirs\.zip"), opened(tmp_path / "theirs.zip"):
        pass


def test_half_an_archive_and_no_archive_are_told(sound: Path, tmp_path: Path):
    for number, content in enumerate((sound.read_bytes()[: sound.stat().st_size // 2], b"hello", b"")):
        path = tmp_path / f"{number}.zip"
        path.write_bytes(content)
        with pytest.raises(UserError, match="is no archive that can be read"), opened(path):
            pass


def test_a_file_that_is_there_twice_is_refused(sound: Path, tmp_path: Path):
    path = tmp_path / "theirs.zip"
    shutil.copy(sound, path)
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(path, "a") as archive:
        archive.writestr(plain("analysis/metrics.csv"), b"x")
    with pytest.raises(UserError, match="holds a file twice"), opened(path):
        pass


def test_a_claim_of_more_bytes_than_the_archive_has_is_refused(tmp_path: Path):
    path = tmp_path / "theirs.zip"
    (tmp_path / "in" / "analysis").mkdir(parents=True)
    for name in ("metrics", "accuracy"):
        (tmp_path / "in" / "analysis" / f"{name}.csv").write_bytes(b"a" * 50)
    write_archive(path, tmp_path / "in", {})
    raw = path.read_bytes()
    # Both sizes of every entry in the directory, and nothing else, say 50.
    start = raw.index(b"PK\x01\x02")
    path.write_bytes(raw[:start] + raw[start:].replace((50).to_bytes(4, "little"), (10**9).to_bytes(4, "little")))
    with pytest.raises(UserError, match="more than its own size"), opened(path):
        pass


def test_links_and_arrays_of_other_files_inside_arrays_are_refused(small_study: Path, tmp_path: Path):
    path = tmp_path / "heatmaps.nc"

    def refused(change: Callable[[h5py.File], None], told: str) -> None:
        shutil.copy(small_study / MAPS, path)
        with h5py.File(path, "a") as file:
            for name in ("mean_face", "channel"):
                del file[name]
        check_arrays(path, "sound")
        with h5py.File(path, "a") as file:
            change(file)
        with pytest.raises(UserError, match=told):
            check_arrays(path, "theirs")

    def swap(file: h5py.File, value: object) -> None:
        del file["std"]
        file["std"] = value

    def outside(file: h5py.File) -> None:
        del file["std"]
        secret = tmp_path / "secret.bin"
        file.create_dataset("std", (1, 6, 275, 224), "f4", external=[(str(secret), 0, h5py.h5f.UNLIMITED)])

    def huge(file: h5py.File) -> None:
        del file["std"]
        file.create_dataset("std", (1, 6, 275_000, 224_000), "f4", chunks=(1, 1, 275, 224))

    said = "theirs: 'std' is a link, or lies in another file"
    refused(lambda file: swap(file, h5py.ExternalLink("/etc/hostname", "/x")), said)
    refused(lambda file: swap(file, h5py.SoftLink("/mean")), said)
    refused(outside, "lies in another file")
    refused(huge, "no array of such a file")
    refused(lambda file: swap(file, np.zeros((1, 6, 275, 225), "f4")), "no array of such a file")
    refused(lambda file: swap(file, np.array(["x"], dtype="S1")), "no array of such a file")
    refused(lambda file: file.create_dataset("mean_face", data=np.zeros(3)), "'mean_face' is no array of such a file")


def test_a_submission_has_the_versions_and_hashes_of_its_files(sound: Path, tmp_path: Path):
    with opened(sound) as (folder, said):
        assert said is not None
        assert set(said["files"]) == {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
        assert read_json(folder / "runs/net-none-0/run.json")["artefacts"]["heatmaps.nc"]["mtime_ns"] == 0
