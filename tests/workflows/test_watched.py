"""Which collectors the settings call for."""

import pytest

from plimsoll.core.errors import UsageError
from plimsoll.monitor.collecting.board import Board
from plimsoll.settings.monitor import MonitorSettings
from plimsoll.workflows.watched import collectors_of, endpoints


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
