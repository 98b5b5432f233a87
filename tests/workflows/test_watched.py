"""Which collectors the settings call for."""

import pytest

from plimsoll.core.errors import UsageError
from plimsoll.monitor.collecting.board import Board
from plimsoll.settings.environment import Environment
from plimsoll.settings.monitor import MonitorSettings
from plimsoll.workflows.watch_target import WatchedTarget
from plimsoll.workflows.watched import RUN_PACE, collectors_of, endpoints


def names(settings: MonitorSettings) -> list[str]:
    return [collector.name for collector in collectors_of(settings, None, Board())]


def test_a_machine_alone_is_watched_without_being_told_anything() -> None:
    assert names(MonitorSettings()) == ["host", "file systems", "processes", "watch"]


def test_an_application_is_watched_as_far_as_it_is_named() -> None:
    settings = MonitorSettings(process="port:8000", metrics=("http://u:secret@a/metrics", "http://b:9/x?key=1"))
    shown = ["process port:8000", "application http://a/metrics", "application http://b:9/x"]
    assert [name for name in names(settings) if name.startswith(("process ", "application"))] == shown


def test_what_names_no_application_is_refused_before_anything_is_watched() -> None:
    for wrong in (MonitorSettings(process="8000"), MonitorSettings(metrics=("localhost",))):
        with pytest.raises(UsageError):
            names(wrong)


def test_an_address_may_be_in_a_variable_which_must_be_set() -> None:
    assert endpoints(["env: URL", "http://b"], {"URL": " http://a "}) == ["http://a", "http://b"]
    with pytest.raises(UsageError, match="the environment variable URL is not set"):
        endpoints(["env:URL"], {"URL": ""})


def beside_a_run(url: str, process: str | None = None) -> list[str]:
    target = WatchedTarget(Environment("url", url=url), url, None)
    found = collectors_of(MonitorSettings(process=process), target, Board(), RUN_PACE)
    return [one.name for one in found if one.name.startswith("process ")]


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000/base", "http://localhost:8000", "http://[::1]:8000"])
def test_beside_a_run_who_listens_where_load_goes_on_this_machine_is_watched_unasked(url: str) -> None:
    assert beside_a_run(url) == ["process port:8000"]


def test_a_url_that_leads_elsewhere_has_no_processes_here_and_what_is_named_goes_first() -> None:
    assert beside_a_run("https://app.example.com") == []
    assert beside_a_run("http://127.0.0.1:8000", process="command:app") == ["process command:app"]


def test_edges_are_watched_where_they_are_named_and_only_with_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = MonitorSettings(edges=("http://web1:8080",))
    monkeypatch.setenv("PLIMSOLL_EDGE_TOKEN", "0123456789abcdef")
    assert "edges" in names(settings)
    monkeypatch.delenv("PLIMSOLL_EDGE_TOKEN")
    with pytest.raises(UsageError, match="edges cannot be asked"):
        names(settings)
