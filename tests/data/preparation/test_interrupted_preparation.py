"""Preparation that is killed, and preparations that run at the same time."""

import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from helpers.made_up_faces import NotingFinder, made_up_table

from fer_xai.data.preparation.prepare import prepare
from fer_xai.face.landmarks import GivenFinder

PEOPLE = 8
PROGRAM = f"""
import sys
from pathlib import Path
from helpers.made_up_faces import NotingFinder, made_up_table
from fer_xai.data.preparation.prepare import prepare

if __name__ == "__main__":
    folder, answers = Path(sys.argv[1]), int(sys.argv[2]) or None
    finder = NotingFinder(folder=str(folder / "asked"), answers=answers)
    table = made_up_table(folder / "pictures", people={PEOPLE}, write=False)
    print(prepare(table, finder, folder / "cache", crop_size=64, workers=2).fingerprint)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "asked").mkdir()
    made_up_table(tmp_path / "pictures", people=PEOPLE)
    return tmp_path


def start(folder: Path, answers: int = 0) -> subprocess.Popen[str]:
    program = folder / "program.py"
    program.write_text(PROGRAM)
    paths = os.pathsep.join([str(Path(__file__).parents[2]), *filter(None, [os.environ.get("PYTHONPATH")])])
    command = [sys.executable, str(program), str(folder), str(answers)]
    return subprocess.Popen(command, env={**os.environ, "PYTHONPATH": paths}, stdout=subprocess.PIPE, text=True)


def stored_faces(cache: Path) -> int:
    try:
        (index,) = cache.glob("faces/*/index.sqlite")
        with closing(sqlite3.connect(index)) as database:
            return int(database.execute("SELECT COUNT(*) FROM faces").fetchone()[0])
    except (ValueError, sqlite3.OperationalError):  # it is being made
        return 0


def asked(folder: Path, where: str = "asked") -> int:
    return len(list((folder / where).iterdir()))


def test_nothing_but_what_was_under_way_is_done_again_after_kill(folder: Path) -> None:
    process = start(folder, answers=12)
    # The two workers have one more picture in hand each, about which they hear nothing.
    while stored_faces(folder / "cache") < 12 or asked(folder) < 14:
        assert process.poll() is None
        time.sleep(0.02)
    process.kill()
    process.wait()
    for path in (folder / "pictures").iterdir():
        os.utime(path, ns=(1, 1))  # also files that only look changed are not prepared again
    (folder / "again").mkdir()
    finder = NotingFinder(folder=str(folder / "again"))
    table = made_up_table(folder / "pictures", people=PEOPLE, write=False)
    faces = prepare(table, finder, folder / "cache", 64, workers=1)
    assert asked(folder, "again") == PEOPLE * 6 - 12
    whole = prepare(table, GivenFinder(), folder / "other", 64, workers=1)
    assert faces.fingerprint == whole.fingerprint
    assert all((faces.crops[i] == whole.crops[i]).all() for i in range(len(whole)))


@pytest.mark.slow
def test_two_processes_share_the_work(folder: Path) -> None:
    processes = [start(folder) for _ in range(2)]
    prints = [process.communicate()[0].strip() for process in processes]
    assert prints[0] == prints[1] != ""
    assert asked(folder) == PEOPLE * 6
