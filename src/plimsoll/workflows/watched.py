"""Which collectors a target and the settings call for."""

from collections.abc import Sequence

from plimsoll.monitor.collecting.collector import Collector
from plimsoll.settings.monitor import MonitorSettings
from plimsoll.workflows.target import OpenTarget


def collectors_of(settings: MonitorSettings, opened: OpenTarget | None) -> Sequence[Collector]:
    """In the order in which their states are shown."""
    return ()
