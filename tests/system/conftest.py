"""Projects to run commands in: one server for all, a database for each."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from plimsoll.embedded import PostgresServer
from plimsoll.testing.postgres import fresh_database
from tests.system.harness import Project


@pytest.fixture
def bare(tmp_path: Path, postgres_server: PostgresServer) -> Project:
    """For commands that leave no mark on the server: they share its own database."""
    return Project(tmp_path, postgres_server, "postgres")


@pytest.fixture
def project(tmp_path: Path, postgres_server: PostgresServer) -> Iterator[Project]:
    with fresh_database(postgres_server) as name:
        yield Project(tmp_path, postgres_server, name)
