"""What waits at a dead worker's socket is answered by those that serve: the program as the supervisor starts it."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest

from plimsoll.scale.supervisor.acting import PASSING
from tests.scale.supervisor.ending import PATIENCE_S


@pytest.fixture
def held(tmp_path: Path) -> Iterator[socket.socket]:
    """The dead worker's, as a worker leaves it that has an event loop."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "dead.sock"))
        listening.listen(16)
        listening.setblocking(False)
        yield listening


def waiting(held: socket.socket, word: bytes) -> socket.socket:
    """A request that was sent and that nobody has read."""
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(PATIENCE_S)
    client.connect(held.getsockname())
    client.sendall(word)
    return client


@contextmanager
def passing(held: socket.socket, *paths: Path, for_s: float = PATIENCE_S) -> Iterator[subprocess.Popen[bytes]]:
    argv = [sys.executable, "-I", "-S", str(PASSING), str(held.fileno()), str(time.monotonic() + for_s)]
    with subprocess.Popen([*argv, *map(str, paths)], pass_fds=[held.fileno()]) as process:
        try:
            yield process
        finally:
            process.kill()


def read(held: socket.socket) -> bytes:
    """As the next process reads it."""
    connection, _ = held.accept()
    with connection:
        return connection.recv(100)


def serve(path: Path, requests: int) -> Thread:
    """Answers so many, each a word, with the word and its name."""
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(path))
    listening.listen(16)

    def answer() -> None:
        with listening:
            for _ in range(requests):
                connection, _ = listening.accept()
                with connection:
                    connection.sendall(connection.recv(100) + path.name.encode())

    thread = Thread(target=answer, daemon=True)
    thread.start()
    return thread


def test_each_request_that_waits_is_answered_by_one_that_serves(held: socket.socket, tmp_path: Path) -> None:
    serving = [serve(tmp_path / "w1", 2), serve(tmp_path / "w2", 1)]
    clients = [waiting(held, b"%d " % number) for number in range(3)]
    with passing(held, tmp_path / "w1", tmp_path / "w2"):
        answers = [client.makefile("rb").read() for client in clients]
    assert sorted(answers) == [b"0 w1", b"1 w2", b"2 w1"]
    for thread in serving:
        thread.join(PATIENCE_S)
    for client in clients:
        client.close()


def test_where_nobody_serves_the_connection_ends(held: socket.socket, tmp_path: Path) -> None:
    with waiting(held, b"word") as client, passing(held, tmp_path / "gone"), pytest.raises(ConnectionResetError):
        client.recv(1)


def test_when_its_time_is_over_what_waits_is_left_for_the_next_process(held: socket.socket, tmp_path: Path) -> None:
    with waiting(held, b"word"), passing(held, tmp_path / "w1", for_s=0.0) as process:
        assert process.wait(PATIENCE_S) == 0
        assert read(held) == b"word"


def test_a_socket_whose_program_waits_in_accept_is_left_alone(held: socket.socket, tmp_path: Path) -> None:
    held.setblocking(True)
    with waiting(held, b"word"), passing(held, tmp_path / "w1") as process:
        assert process.wait(PATIENCE_S) == 0
        assert held.getblocking()
        assert read(held) == b"word"
