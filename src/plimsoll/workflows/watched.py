"""Which collectors a target and the settings call for."""

from collections.abc import Sequence

from plimsoll.monitor.collecting.board import Board
from plimsoll.monitor.collecting.collector import Collector
from plimsoll.monitor.collecting.own_cost import OwnCostCollector
from plimsoll.monitor.postgres.link import DatabaseLink
from plimsoll.monitor.postgres.sessions import SessionsCollector
from plimsoll.settings.monitor import MonitorSettings
from plimsoll.workflows.watch_target import WatchedTarget


def collectors_of(settings: MonitorSettings, target: WatchedTarget | None, board: Board) -> Sequence[Collector]:
    """In the order in which their states are shown."""
    if target is None or target.locate is None:
        return (OwnCostCollector(board, settings.database_period_s),)
    link = DatabaseLink(target.locate, prepared=target.prepared)
    period_s = settings.database_period_s
    return (SessionsCollector(link, period_s), OwnCostCollector(board, period_s, lambda: link.spent_s))
