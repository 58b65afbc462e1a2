"""How far a process is: a bar of its own, or words to whoever shows it."""

import json

from fer_xai import progress


def test_nothing_is_told_where_nobody_listens(monkeypatch, tmp_path):
    monkeypatch.delenv(progress.FILE_VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    progress.tell("training", 1, 2)
    assert list(tmp_path.iterdir()) == []


def test_stages_are_told_at_once_and_their_parts_seldom(monkeypatch, tmp_path):
    path = tmp_path / "told.json"
    monkeypatch.setenv(progress.FILE_VARIABLE, str(path))
    clock = iter([0.0, 0.1, 0.15, 0.4, 0.41])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    monkeypatch.setattr(progress, "_LAST", {})
    said = []
    for stage, done in (("training", 1), ("training", 2), ("testing", 1), ("testing", 2), ("testing", 9)):
        progress.tell(stage, done, 9)
        told = json.loads(path.read_text())
        said.append((told["stage"], told["done"]))
    assert said == [("training", 1), ("training", 1), ("testing", 1), ("testing", 2), ("testing", 9)]


def test_a_display_that_is_gone_fails_no_run(monkeypatch, tmp_path):
    monkeypatch.setenv(progress.FILE_VARIABLE, str(tmp_path / "gone" / "told.json"))
    progress.tell("training", 1, 1)
    assert list(progress.track(iter("abc"), "letters", 3)) == ["a", "b", "c"]


def test_bars_go_to_standard_error(monkeypatch, capsys):
    monkeypatch.delenv(progress.FILE_VARIABLE, raising=False)
    assert list(progress.track([1, 2], "numbers", 2)) == [1, 2]
    out, error = capsys.readouterr()
    assert out == ""
    assert "numbers" in error
    assert list(progress.track([1, 2], "numbers", 2, draw=False)) == [1, 2]
    assert capsys.readouterr() == ("", "")


def test_bars_can_be_switched_off(monkeypatch, capsys):
    monkeypatch.delenv(progress.FILE_VARIABLE, raising=False)
    monkeypatch.setattr(progress, "_DRAWN", {"bars": True})
    assert list(progress.track("ab", "letters", 2)) == ["a", "b"]
    assert "letters" in capsys.readouterr().err
    progress.draw_bars(False)
    assert list(progress.track("ab", "letters", 2)) == ["a", "b"]
    assert capsys.readouterr() == ("", "")
