"""What is watched: found anew at each attempt, and never started by a watch."""

import os
from pathlib import Path
from shutil import rmtree

import pytest

from plimsoll.core.errors import RefusedError
from plimsoll.embedded import start_postgres
from plimsoll.monitor.collecting.collector import CollectorOffError
from plimsoll.settings.loading import parse_settings
from plimsoll.workflows.target import TargetRequest, embedded_data
from plimsoll.workflows.watch_target import find_watched

LOADED = "postgresql://loader:a-secret@db.example.org/shop"
SETTINGS = """
[environments.shop]
database = "env:SHOP"
watch_database = "env:SHOP_WATCH"
protected = true
[environments.dev]
database = "embedded"
"""


@pytest.fixture
def project(tmp_path: Path) -> TargetRequest:
    return TargetRequest(parse_settings(SETTINGS), {"SHOP": LOADED}, "dev", project=tmp_path)


def test_an_embedded_server_is_found_while_somebody_runs_it_wherever_its_data_came_to_be(
    project: TargetRequest, tmp_path: Path
) -> None:
    watched = find_watched(project)
    assert watched.locate is not None
    with pytest.raises(CollectorOffError, match="does not run"):
        watched.locate()
    (tmp_path / ".plimsoll").mkdir(mode=0o700)  # closed to the account of a server that root starts
    data = embedded_data(tmp_path)
    try:
        with start_postgres(data) as server:
            assert list(watched.locate().endpoints) == [("127.0.0.1", server.port)]
        with pytest.raises(CollectorOffError):
            watched.locate()
    finally:
        rmtree(data)


def test_a_protected_database_is_watched_without_leave_and_as_the_role_for_that(project: TargetRequest) -> None:
    environ = {"SHOP": LOADED, "SHOP_WATCH": "postgresql://watcher:another@db.example.org/shop"}
    watched = find_watched(TargetRequest(project.settings, environ, "shop"))
    assert watched.locate is not None
    assert "watcher" in watched.display
    assert "another" not in watched.display
    with pytest.raises(RefusedError, match="no database to connect to"):
        find_watched(TargetRequest(project.settings, {"SHOP": LOADED}, "shop"))


def test_without_a_role_for_that_it_is_watched_as_it_is_loaded() -> None:
    settings = parse_settings('[environments.shop]\ndatabase = "env:SHOP"')
    watched = find_watched(TargetRequest(settings, {"SHOP": LOADED, **os.environ}, "shop"))
    assert watched.locate is not None
    assert "loader" in watched.display
