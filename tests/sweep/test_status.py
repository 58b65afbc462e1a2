"""How a study's state is shown to people."""

import io

from rich.console import Console

from fer_xai.results.plan import RunState
from fer_xai.sweep.status import print_states


def shown(*states: RunState) -> str:
    console = Console(file=io.StringIO(), width=200)
    print_states(console, states)
    return console.file.getvalue()  # type: ignore[attr-defined]


def test_square_brackets_are_shown_as_they_are():
    text = shown(
        RunState("failed", "a", reason="OSError: cannot open [/mnt/faces/a.png]"),
        RunState("planned", job="j", overrides=("expressions=[anger,fear]",)),
    )
    assert "cannot open [/mnt/faces/a.png]" in text
    assert "expressions=[anger,fear]" in text
