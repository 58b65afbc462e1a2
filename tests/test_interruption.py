"""Ctrl-C and SIGTERM end the program in one line, with the status that shells know them by."""

import os
import signal
from collections.abc import Iterator

import pytest

from fer_xai import cli
from fer_xai.interruption import end_as_interrupted, is_told_to_end


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    # Where the tests run in the background of a shell, Ctrl-C is ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    end_as_interrupted()
    for number, handler in before.items():
        signal.signal(number, handler)


def test_sigterm_interrupts_and_is_told_from_an_interruption() -> None:
    end_as_interrupted()
    assert not is_told_to_end()
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGTERM)
    assert is_told_to_end()
    end_as_interrupted()
    assert not is_told_to_end()


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=("int", "term"))
def test_a_signal_is_one_line_and_its_status(capsys, monkeypatch, number: signal.Signals, status: int) -> None:
    def task(arguments: list[str]) -> int:
        try:
            os.kill(os.getpid(), number)
        except KeyboardInterrupt:
            # As Lightning and this program's way around it do.
            raise KeyboardInterrupt from None
        raise AssertionError("the signal did not interrupt")

    monkeypatch.setattr(cli, "_dispatch", task)
    end_as_interrupted()
    assert cli.run(["train"]) == status
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert error.endswith("; the same command goes on from what is finished\n")
