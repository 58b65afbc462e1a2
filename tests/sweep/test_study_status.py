"""How a study's state is shown to people."""

import io

import pytest
from rich.console import Console

from fer_xai.results.plan import RunState
from fer_xai.sweep.study_status import print_states

#: What all runs of a study share.
SHARED = tuple(f"data.{word}=/a/rather/long/path/to/the/files/of/{word}" for word in ("csv", "root", "words", "more"))


def shown(*states: RunState, width: int = 200, terminal: bool = False) -> str:
    console = Console(file=io.StringIO(), width=width, force_terminal=terminal, color_system=None)
    print_states(console, states)
    return console.file.getvalue()  # type: ignore[attr-defined]


def planned(*own: str) -> RunState:
    return RunState("planned", job=" ".join(own), overrides=(*SHARED, *own))


def test_square_brackets_are_shown_as_they_are():
    text = shown(
        RunState("failed", "a", reason="OSError: cannot open [/mnt/faces/a.png]"),
        planned("expressions=[anger,fear]"),
        planned("expressions=[joy]"),
    )
    assert "cannot open [/mnt/faces/a.png]" in text
    assert "expressions=[anger,fear]" in text


def test_names_and_reasons_of_others_do_not_steer_the_terminal():
    state = RunState("failed", "a\x1b[2Jb", reason="why\r\x1b]0;title\x07", job="x", overrides=("model=\x9b2J",))
    text = shown(state, terminal=True)
    assert text.rstrip("\n").isprintable()
    assert "a\\x1b[2Jb  failed" in text


def test_only_what_varies_is_shown():
    """Also beside runs that no job asks for, which share nothing with the others."""
    text = shown(planned("model=a", "fold=0"), planned("model=b", "fold=0"), RunState("set aside", "old", reason="why"))
    assert text.splitlines() == ["old      set aside  why", "model=a  planned", "model=b  planned"]


def test_runs_with_a_name_tell_what_the_name_does_not():
    rows = [
        RunState("complete", f"net-none-fold0-seed0-{rate}", rate, (*SHARED, "fold=0", f"lr={rate}"), seconds=seconds)
        for rate, seconds in (("1e-3", 99.0), ("1e-4", 233.0))
    ]
    assert shown(*rows).splitlines() == [
        "net-none-fold0-seed0-1e-3  complete  99 s  lr=1e-3",
        "net-none-fold0-seed0-1e-4  complete  0:03:53  lr=1e-4",
    ]


def test_a_run_alone_is_called_by_its_network():
    assert shown(planned("model=net", "fold=1")).split() == ["model=net", "fold=1", "planned"]


@pytest.mark.parametrize("terminal", [False, True])
def test_names_are_not_broken_at_80_columns(terminal):
    names = [f"mobilenetv3-imagenet-fold{fold}-seed0-0123abcd" for fold in range(3)]
    where = {"since": "2026-01-01T00:00:00+00:00", "where": "a-machine.of.the.institute, process 12345, cuda"}
    reason = "RuntimeError: " + "what went wrong takes some words " * 5
    states = [
        RunState("running", names[0], "a", **where),
        RunState("failed", names[1], "b", reason=reason),
        RunState("complete", names[2], "c", seconds=12.0),
    ]
    lines = shown(*states, width=80, terminal=terminal).splitlines()
    assert [sum(line.startswith(name) for line in lines) for name in names] == [1, 1, 1]
    assert reason.strip() in " ".join(" ".join(lines).split())
    if terminal:
        assert max(map(len, lines)) <= 80
    else:
        assert len(lines) == 3
