"""Uploading where there is no server, or one that says nothing."""

import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from fer_xai.cli import run
from fer_xai.commands import sync
from fer_xai.commands.sync import _check_answer
from fer_xai.errors import UserError


@pytest.fixture
def silent():
    """The address of a server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_server_without_an_answer_is_one_line(silent):
    with pytest.raises(UserError, match=f"{silent} does not answer .*timed out.*: nothing is uploaded"):
        _check_answer(silent, patience=0.2)


def test_any_answer_is_one():
    server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    thread = threading.Thread(target=server.handle_request)
    thread.start()
    # The handler knows no request, which it says.
    _check_answer(f"http://127.0.0.1:{server.server_port}", patience=10)
    thread.join()
    server.server_close()


def test_sync_without_network_is_one_line(tmp_path, monkeypatch, capsys):
    (tmp_path / "wandb" / "offline-run-1").mkdir(parents=True)
    monkeypatch.setattr(sync, "_logged_in", lambda: True)
    # A place that is taken by one who takes no calls: nobody else can be given it meanwhile.
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{taken.getsockname()[1]}"
        monkeypatch.setattr(sync, "_server", lambda: closed)
        assert run(["sync", str(tmp_path)]) == 2
    out, error = capsys.readouterr()
    (line,) = error.splitlines()
    assert line.startswith(f"fer-xai: {closed} does not answer")
    assert out == ""
