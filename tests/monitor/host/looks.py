"""Two passes over texts, and the series that they make."""

from collections.abc import Callable

from plimsoll.core.series.key import parse_series
from plimsoll.monitor.collecting.counters import Look, difference
from plimsoll.monitor.host.passing import Machine, machine_rates
from plimsoll.monitor.host.reading import Reading, without_replaced

PAGE_BYTES = 4096
MACHINE = Machine(disks=None, page_bytes=PAGE_BYTES, cpu=None, memory=None)

Read = Callable[[str, Reading], None]


def reading_of(read: Read, text: str) -> Reading:
    reading = Reading()
    read(text, reading)
    return reading


class Values:
    """By the names of series as they are written."""

    def __init__(self, known: dict[str, float]) -> None:
        self.known = known

    def __getitem__(self, text: str) -> float:
        return self.known[str(parse_series(text))]

    def __contains__(self, text: str) -> bool:
        return str(parse_series(text)) in self.known


def gauges(read: Read, text: str) -> Values:
    return Values({str(key): value for key, value in reading_of(read, text).values.items()})


def between(before: Reading, after: Reading, seconds: float = 2.0, machine: Machine = MACHINE) -> Values:
    """What the collector makes of two passes that lie so far apart."""
    told = difference(Look(100.0, before.counters), Look(100.0 + seconds, after.counters), period_s=2.0)
    if told is None:
        return Values({})
    whole = without_replaced(told, before.counters, after.groups)
    return Values({str(key): value for key, value in machine_rates(whole, machine, after).items()})


def rates_of(read: Read, before: str, after: str, seconds: float = 2.0) -> Values:
    return between(reading_of(read, before), reading_of(read, after), seconds)
