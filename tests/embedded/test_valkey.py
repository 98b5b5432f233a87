"""An embedded Valkey answers only to who has its password, keeps what it was told to keep, and outlives nobody."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from plimsoll.core.errors import ServiceError, UsageError
from plimsoll.embedded.valkey import ValkeyServer, find_valkey, start_valkey, version_of
from plimsoll.testing.valkey import said

OWNER = """
import sys
from plimsoll.embedded import start_valkey
server = start_valkey()
print(server.pid, server.port, server.socket_path, flush=True)
sys.stdin.readline()
"""


def test_it_answers_only_to_who_has_its_password(valkey: ValkeyServer) -> None:
    with socket.create_connection(("127.0.0.1", valkey.port), timeout=10) as stranger:
        stranger.sendall(b"PING\r\n")
        assert stranger.recv(100).startswith(b"-NOAUTH")
    assert said(valkey, "PING", "SET a b", "GET a") == ["+PONG", "+OK", "b"]
    assert valkey.password not in repr(valkey)
    assert valkey.password in valkey.url
    assert int(version_of(find_valkey()).split(".")[0]) >= 7


def test_a_directory_is_kept_and_one_servers_at_a_time(tmp_path: Path) -> None:
    place = tmp_path / "a place" / "data"
    with start_valkey(place, settings={"save": "3600 1"}) as server:
        said(server, "SET kept yes")
        with pytest.raises(ServiceError, match="held by another"):
            start_valkey(place)
        home, port = server.socket_path.parent, server.port
    assert not home.exists()
    with start_valkey(place, port=port) as server:
        assert said(server, "GET kept") == ["yes"]
        assert server.port == port


def test_nothing_of_it_outlives_its_owner() -> None:
    argv = [sys.executable, "-c", OWNER]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        pid, _, path = owner.stdout.readline().split()
        server = psutil.Process(int(pid))
        guard = server.parent()
        assert guard is not None
        owner.send_signal(signal.SIGKILL)
        assert not psutil.wait_procs([server, guard], timeout=60)[1]
        assert not Path(path).parent.exists()


def test_it_ends_although_its_guard_was_killed() -> None:
    server = start_valkey()
    guard = psutil.Process(server.pid).ppid()
    os.kill(guard, signal.SIGKILL)
    server.stop()
    assert not psutil.pid_exists(server.pid)
    assert not server.socket_path.parent.exists()


@pytest.mark.parametrize(
    ("settings", "words"),
    [({"Bad Name": "1"}, "no name"), ({"port": "1"}, "not free"), ({"maxmemory": "1\nport 1"}, "more than one line")],
)
def test_settings_that_cannot_be_are_refused(settings: dict[str, str], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        start_valkey(settings=settings)


def test_what_is_an_argument_is_named_where_it_was_passed_as_a_setting() -> None:
    for name, argument in (("port", "port="), ("requirepass", "password="), ("dir", "data_dir")):
        with pytest.raises(UsageError) as refused:
            start_valkey(settings={name: "1"})
        assert argument in (refused.value.remedy or "")


def test_it_comes_back_at_the_address_that_it_had(tmp_path: Path) -> None:
    with start_valkey(tmp_path) as before:
        url = before.url
    with start_valkey(tmp_path, port=before.port, password=before.password) as again:
        assert again.url == url


def test_what_goes_wrong_is_told_with_the_servers_own_words() -> None:
    with pytest.raises(ServiceError, match="maxmemory-policy"):
        start_valkey(settings={"maxmemory-policy": "nonsense"})
