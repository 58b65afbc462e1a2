"""What runs that go side by side tell, and how it is shown."""

import io
import json
import os
import subprocess
import sys

import pytest
from rich.console import Console

from fer_xai.results.paths import StudyPaths
from fer_xai.results.plan import Job
from fer_xai.sweep.side_by_side import Display
from fer_xai.sweep.worker_display import ENDED

JOBS = [Job(f"key{fold}", ("study=demo", "model=weinet", f"fold={fold}")) for fold in range(3)]


@pytest.fixture
def told(tmp_path):
    """Says what a run would: its stage, and what it prints."""
    (tmp_path / "shown").mkdir()

    def say(fold, stage, done=0, total=0, printed=""):
        path = tmp_path / "shown" / f"key{fold}.json"
        path.write_text(json.dumps({"stage": stage, "done": done, "total": total}))
        with path.with_suffix(".out").open("a") as file:
            file.write(printed)

    return say


def display(tmp_path, **console) -> tuple[Display, io.StringIO]:
    shown = io.StringIO()
    where = Console(file=shown, width=80, **console)
    return Display(tmp_path / "shown", StudyPaths(tmp_path / "study"), JOBS, 2, where), shown


def test_plain_lines_where_output_is_no_terminal(tmp_path, told):
    looking, shown = display(tmp_path)
    told(0, "starting")
    looking.look()
    told(0, "training, epoch 1 of 2", 3, 20)
    told(1, "starting", printed="a warning of the [second] run, half ")
    looking.look()
    told(1, "testing", printed="said\n")
    told(0, ENDED, printed="weinet-0: accuracy 0.50\n")
    looking.look()
    assert shown.getvalue().splitlines() == [
        "[1] fold=0: started",
        "[2] fold=1: started",
        "[1] weinet-0: accuracy 0.50",
        "[2] a warning of the [second] run, half said",
        "1 of 3 runs done, 1 under way",
    ]


def test_nothing_is_printed_twice_and_the_last_words_without_a_line_break_are_not_lost(tmp_path, told):
    looking, shown = display(tmp_path)
    told(2, "starting", printed="one\ntw")
    looking.look()
    told(2, ENDED, printed="o")
    looking.look()
    looking.look()
    assert shown.getvalue().splitlines()[1:] == ["[3] one", "[3] two", "1 of 3 runs done, 0 under way"]


def test_a_run_that_is_taken_up_again_is_under_way_again(tmp_path, told):
    looking, shown = display(tmp_path)
    for stage in ("starting", ENDED, "starting"):
        told(0, stage)
        looking.look()
    assert shown.getvalue().splitlines() == [
        "[1] fold=0: started",
        "1 of 3 runs done, 0 under way",
        "[1] fold=0: started",
    ]
    assert looking._words() == "0 of 3 runs done, 1 under way"


def test_one_display_on_a_terminal(tmp_path, told):
    looking, shown = display(tmp_path, force_terminal=True, legacy_windows=False, color_system=None)
    with looking:
        told(0, "training, epoch 2 of 10", 30, 200)
        told(1, "explaining by gradcam", 1, 4, printed="of the second run\n")
        looking.look()
        looking._progress.refresh()
        rows = shown.getvalue()
        assert "0 of 3 runs done, 2 under way" in rows
        (first,) = {line.split("━")[0].strip() for line in rows.splitlines() if "epoch 2 of 10" in line}
        assert first == "[1] fold=0"
        told(0, ENDED)
        told(1, ENDED)
        looking.look()
        assert [task.description for task in looking._progress.tasks] == ["2 of 3 runs done, 0 under way"]
    assert "[2] of the second run" in shown.getvalue()
    assert "started" not in shown.getvalue()


def test_terminal_without_unicode_gets_plain_characters(tmp_path, told):
    raw = io.BytesIO()
    with io.TextIOWrapper(raw, encoding="ascii", write_through=True) as file:
        console = Console(file=file, force_terminal=True, width=80, legacy_windows=False)
        with Display(tmp_path / "shown", StudyPaths(tmp_path / "study"), JOBS, 2, console) as looking:
            told(0, "training, epoch 2 of 10", 30, 200)
            looking.look()
            looking._progress.refresh()
        assert b"epoch 2 of 10" in raw.getvalue()


WORKER = """
import os, signal, sys
from fer_xai.progress import is_shown_elsewhere, tell
from fer_xai.sweep.worker_display import shown_run
with shown_run("key0", threads=2):
    assert is_shown_elsewhere()
    print("by Python")
    os.system("echo by a child")
    os.write(2, b"by a library\\n")
    os.kill(os.getpid(), signal.SIGINT)
    tell("testing", 1, 3)
    print(open(os.environ["FER_XAI_SHOWN"] + "/key0.json").read())
"""


def test_whatever_a_worker_prints_is_kept_for_the_display_and_an_interruption_is_its_parents_business(tmp_path):
    shown = {"FER_XAI_SHOWN": str(tmp_path), "FER_XAI_SHOWN_BY": str(os.getpid())}
    done = subprocess.run([sys.executable, "-c", WORKER], env=os.environ | shown, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    printed = (tmp_path / "key0.out").read_text().splitlines()
    assert set(printed[:3]) == {"by Python", "by a child", "by a library"}
    assert json.loads(printed[3]) == {"stage": "testing", "done": 1, "total": 3}
    assert json.loads((tmp_path / "key0.json").read_text())["stage"] == ENDED


def test_where_nobody_shows_them_runs_speak_for_themselves():
    program = "from fer_xai.sweep.worker_display import shown_run\nwith shown_run('key0', 2): print('said')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "said\n"
