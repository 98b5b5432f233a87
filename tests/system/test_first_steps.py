"""What a newcomer types: init, and the run that it names, on a server of the project's own."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from plimsoll.embedded import PostgresServer
from tests.system.harness import OK, Project


@pytest.fixture
def project(postgres_server: PostgresServer) -> Iterator[Project]:
    """In a directory that the server's account can reach, root's too."""
    with tempfile.TemporaryDirectory(prefix="plimsoll-test-", dir="/tmp") as name:  # short, and open to all
        Path(name).chmod(0o755)
        yield Project(Path(name), postgres_server, "postgres")


def test_what_init_writes_runs_as_it_says(project: Project) -> None:
    begun = project.plimsoll("init")
    assert begun.stdout.splitlines()[-1] == "next: plimsoll run scenarios/first.py --profile smoke"

    ran = project.plimsoll("run", "scenarios/first.py", "--iterations", 20, "--json")
    summary = ran.assert_ended(OK)

    assert (summary["environment"], summary["requests"], summary["errors"]) == ("dev", 20, 0)
