"""pytest fixtures with a real Valkey server: `pytest_plugins = ["plimsoll.testing.valkey"]` in a conftest.

`valkey_server` is one embedded server for the session, `valkey` the same, emptied for the test: its `url` is what an
application is given. Where there is no program for this machine, tests that ask for it are left out.
"""

import secrets
import select
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

import pytest

from plimsoll.core.errors import ServiceError
from plimsoll.embedded.starting import free_port
from plimsoll.embedded.valkey import ValkeyServer, find_valkey, start_valkey

SLOTS: Final = 16_384
ANSWER_BYTES_MAX: Final = 65_536
CLUSTER_SECONDS_MAX: Final = 20.0


@pytest.fixture(scope="session")
def valkey_server() -> Iterator[ValkeyServer]:
    """One embedded server, shared: what a test leaves in it the next one does not find."""
    try:
        find_valkey()
    except ServiceError as error:
        pytest.skip(f"left out: Valkey ({error.why})")
    with start_valkey(settings={"enable-debug-command": "local"}) as server:
        yield server


@pytest.fixture
def valkey(valkey_server: ValkeyServer) -> ValkeyServer:
    """The server, empty and as it was configured."""
    said(valkey_server, "CONFIG SET maxmemory 0", "CONFIG SET maxmemory-policy noeviction", "FLUSHALL")
    return valkey_server


def said(server: ValkeyServer, *commands: str) -> list[str]:
    """What a server answers to commands of plain words, one line each (a bulk's last)."""
    with socket.socket(socket.AF_UNIX) as there:
        there.settimeout(10)
        there.connect(str(server.socket_path))
        asked = there.makefile("rwb")
        answers = []
        for command in (f"AUTH {server.password}", *commands):
            asked.write(command.encode() + b"\r\n")
            asked.flush()
            line = asked.readline(ANSWER_BYTES_MAX).rstrip()
            if line[:1] == b"$" and line != b"$-1":
                line = asked.read(int(line[1:]) + 2)[:-2]
            answers.append(line.decode(errors="replace"))
    return answers[1:]


@contextmanager
def valkey_cluster(nodes: int = 3) -> Iterator[list[ValkeyServer]]:
    """Nodes with one password that share the slots evenly, when each knows so (about a second)."""
    buses = [free_port() for _ in range(nodes)]
    with ExitStack() as stack:
        password = secrets.token_urlsafe(24)
        servers = [stack.enter_context(_node(bus, password)) for bus in buses]
        for number, server in enumerate(servers):
            first, last = number * SLOTS // nodes, (number + 1) * SLOTS // nodes - 1
            meets = [f"CLUSTER MEET 127.0.0.1 {one.port} {bus}" for one, bus in zip(servers, buses, strict=True)]
            said(server, f"CLUSTER ADDSLOTSRANGE {first} {last}", f"CLUSTER SET-CONFIG-EPOCH {number + 1}", *meets)
        give_up = time.monotonic() + CLUSTER_SECONDS_MAX
        while not all(_is_whole(server, nodes) for server in servers):
            assert time.monotonic() < give_up, said(servers[0], "CLUSTER INFO")
            select.select([], [], [], 0.02)
        yield servers


def _node(bus: int, password: str) -> ValkeyServer:
    return start_valkey(
        settings={"cluster-enabled": "yes", "cluster-node-timeout": "5000", "cluster-port": str(bus)}, password=password
    )


def _is_whole(server: ValkeyServer, nodes: int) -> bool:
    told = said(server, "CLUSTER INFO")[0].splitlines()
    return "cluster_state:ok" in told and f"cluster_known_nodes:{nodes}" in told
