"""Where the tests of servers keep their data."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from plimsoll.embedded.account import server_account
from plimsoll.embedded.places import common_places


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory that every account can reach, that of root's server too; pytest's own are closed to others."""
    with tempfile.TemporaryDirectory(prefix="plimsoll-test-", dir=common_places(server_account())[0]) as name:
        Path(name).chmod(0o755)
        yield Path(name)
