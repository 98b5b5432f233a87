"""Projects to run commands in: one server for all, a database for each."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from plimsoll.embedded import PostgresServer
from tests.system.harness import Project


@pytest.fixture
def bare(tmp_path: Path, postgres_server: PostgresServer) -> Project:
    """For commands that leave no mark on the server: they share its own database."""
    return Project(tmp_path, postgres_server, "postgres")


@pytest.fixture
def project(tmp_path: Path, postgres_server: PostgresServer) -> Iterator[Project]:
    name = f"test_{secrets.token_hex(6)}"
    postgres_server.create_database(name)
    yield Project(tmp_path, postgres_server, name)
    postgres_server.drop_database(name)
