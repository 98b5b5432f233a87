"""No server, lock or directory outlives the process that asked for it, however that process ends."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from plimsoll.embedded import PostgresServer, start_postgres
from plimsoll.embedded.guard import Log

OWNER = Path(__file__).with_name("owner.py")
PATIENCE_SECONDS = 60.0  # a bound, not a wait: a fast shutdown takes a tenth of a second


class Owner:
    """A process of its own session that owns a server."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.facts = self.heard()
        self.server = psutil.Process(self.facts["pid"])
        self.guard = psutil.Process(self.facts["guard"])

    def heard(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.process.stderr.read() if self.process.stderr else "it said nothing"
        facts: dict[str, Any] = json.loads(line)
        return facts

    def ask(self, words: str) -> dict[str, Any]:
        assert self.process.stdin is not None
        self.process.stdin.write(words + "\n")
        self.process.stdin.flush()
        return self.heard()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE_SECONDS)

    def assert_nothing_is_left(self) -> None:
        _, alive = psutil.wait_procs([self.server, self.guard], timeout=PATIENCE_SECONDS)
        assert not alive
        assert not Path(self.facts["socket_dir"]).parent.exists()
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", self.facts["port"])) != 0


@contextmanager
def owner(data_dir: Path | str = "") -> Iterator[Owner]:
    process = subprocess.Popen(
        [sys.executable, str(OWNER), str(data_dir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        try:
            yield Owner(process)
        finally:
            process.kill()


def test_a_killed_owner_leaves_no_server_and_no_directory() -> None:
    with owner() as it:
        it.kill()

        it.assert_nothing_is_left()
        assert not Path(it.facts["data_dir"]).parent.exists()


def test_a_killed_owner_leaves_kept_data_shut_down_without_a_lock(place: Path) -> None:
    data_dir = place / "data"
    with owner(data_dir) as it:
        it.ask("CREATE TABLE kept AS SELECT 7 AS n")
        it.kill()

        it.assert_nothing_is_left()
    assert not (data_dir / "postmaster.pid").exists()
    with start_postgres(data_dir) as server:
        assert server.sql("SELECT n FROM kept") == "7"
        assert "was not properly shut down" not in server.log_path.read_text(encoding="utf-8")


def test_a_forked_child_that_lives_on_does_not_keep_the_server_alive() -> None:
    with owner() as it:
        child = psutil.Process(it.ask("fork")["child"])
        try:
            it.kill()

            it.assert_nothing_is_left()
            assert child.is_running()
        finally:
            child.kill()


def test_ctrl_c_in_the_terminal_reaches_the_owner_and_not_the_server() -> None:
    with owner() as it:
        os.killpg(it.process.pid, signal.SIGINT)

        assert it.ask("SELECT 42") == {"answer": "42", "interrupts": 1}


def test_an_owner_that_ends_well_takes_the_server_with_it() -> None:
    with owner() as it:
        assert it.process.stdin is not None
        it.process.stdin.close()

        assert it.process.wait(PATIENCE_SECONDS) == 0
        it.assert_nothing_is_left()


def test_a_stopped_server_ends_all_the_same() -> None:
    with owner() as it:
        it.server.suspend()
        it.kill()

        it.assert_nothing_is_left()


def test_a_guard_that_is_asked_to_end_stops_the_server_first() -> None:
    with owner() as it:
        it.guard.terminate()
        psutil.wait_procs([it.server], timeout=PATIENCE_SECONDS)
        it.kill()

        it.assert_nothing_is_left()


def test_a_killed_guard_leaves_the_end_to_the_owner() -> None:
    server: PostgresServer = start_postgres()
    guard, process = psutil.Process(server.guard_pid), psutil.Process(server.pid)
    guard.kill()

    server.stop()

    psutil.wait_procs([process], timeout=PATIENCE_SECONDS)
    assert not process.is_running()
    assert not server.data_dir.parent.exists()


def test_a_server_killed_by_others_is_cleaned_up_by_stop() -> None:
    server = start_postgres()
    process = psutil.Process(server.pid)
    process.kill()

    server.stop()

    assert not server.data_dir.parent.exists()


def test_the_log_is_two_files_at_most_and_keeps_the_last(tmp_path: Path) -> None:
    log = Log(str(tmp_path / "log"), 100, None, None)
    for number in range(50):
        log.write(f"line {number:04}\n".encode())
    log.close()

    assert sorted(path.name for path in tmp_path.iterdir()) == ["log", "log.1"]
    assert all(path.stat().st_size <= 100 for path in tmp_path.iterdir())
    assert (tmp_path / "log").read_text(encoding="utf-8").endswith("line 0049\n")


def test_a_link_in_place_of_the_log_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "log").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(OSError, match="symbolic links"):
        Log(str(tmp_path / "log"), 100, None, None)
    assert not (tmp_path / "elsewhere").exists()
