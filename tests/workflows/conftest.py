"""Servers that lack something: few connections, nothing preloaded, a pooler before it, one in recovery."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from plimsoll.embedded import PostgresServer, start_postgres
from tests.postgres.conftest import Pooler, free_port, own, running_pooler, start_as_server

MAX_CONNECTIONS = 25
BARE = {"max_connections": str(MAX_CONNECTIONS), "shared_preload_libraries": "", "track_io_timing": "off"}


@pytest.fixture(scope="session")
def bare_server() -> Iterator[PostgresServer]:
    with start_postgres(settings=BARE) as server:
        yield server


@pytest.fixture(scope="session")
def reachable() -> Iterator[Path]:
    """A directory that the servers' account can reach; pytest's own is closed to it."""
    with tempfile.TemporaryDirectory(prefix="plimsoll-test-") as name:
        own(Path(name))
        yield Path(name)


@pytest.fixture(scope="session")
def pooled(bare_server: PostgresServer, reachable: Path) -> Iterator[Pooler]:
    with running_pooler(bare_server, reachable) as running:
        yield running


@pytest.fixture(scope="session")
def standby(reachable: Path) -> Iterator[str]:
    """The DSN of a server that is in recovery and stays there."""
    with start_postgres(reachable / "data") as server:
        dsn, port, program = server.dsn, free_port(), str(server.binaries.program("postgres"))
    signal_file = reachable / "data" / "standby.signal"
    signal_file.touch()
    own(signal_file)
    settings = {"port": port, "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "lc_messages": "C"}
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    process = start_as_server([program, "-D", str(reachable / "data"), *options])
    assert process.stderr is not None
    for line in process.stderr:
        if "ready to accept read-only connections" in line:
            break
    else:
        pytest.fail(f"the standby did not start (exit code {process.wait()})", pytrace=False)
    yield dsn.replace(f":{server.port}/", f":{port}/")
    process.terminate()
    process.communicate()
