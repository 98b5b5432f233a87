"""What a fault cost: which requests failed, and which of them nobody could have saved. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from tests.prove.scaling.asking import Asked

SLACK_S: Final = 5.0  # between a process' end and our hearing of it
# As `plimsoll.scale.balancer.configuration` has it: backend/server, times, status, bytes, how it ended, …, path
_LOGGED: Final = re.compile(
    r" haproxy \| \S+ \S+ [\w-]+/(\S+) -?\d+/-?\d+/(-?\d+)/-?\d+/-?\d+ (-?\d+) \d+ (\S)\S \S+ \S+ \w+ "
    r'"/(?:get|stream|post)/(\d+)"'
)


@dataclass(frozen=True, slots=True)
class Logged:
    """What HAProxy wrote of a request: at which worker it was ("" for none), and whether that broke it off."""

    worker: str
    by_worker: bool


@dataclass(frozen=True, slots=True)
class Death:
    """Of a worker's process; its name and when we heard of it."""

    worker: str
    at: float


@dataclass(frozen=True, slots=True)
class Window:
    """A time in which the fault itself takes what is under way: what HAProxy had, or of the `whole` service also what
    found nobody to connect to."""

    begins: float
    ends: float
    whole: bool = False

    def has(self, asked: Asked) -> bool:
        return asked.began <= self.ends and asked.ended >= self.begins and (asked.sent or self.whole)


@dataclass(frozen=True)
class Verdict:
    """`idempotent`: GETs of which nothing had been answered yet and that failed, `taken` those of them (and others)
    that went in a window in which the fault takes all. `others`: POSTs, and answers that were broken off, `killed`
    those of them that were in flight in a worker that was killed. `twice`: POSTs that were begun twice."""

    requests: int
    idempotent: int
    taken: int
    others: int
    killed: int
    twice: int
    latency_s_max: float
    outage_s: float
    lost: Sequence[str] = field(default=())  # what should not have been, in words

    @property
    def holds(self) -> bool:
        return not self.lost


def judge(
    asked: Sequence[Asked],
    logged: Mapping[int, Logged],
    deaths: Sequence[Death],
    windows: Sequence[Window],
    begun: Sequence[int],
) -> Verdict:
    """`begun`: numbers of POSTs as the application's journal has them."""
    failed = [one for one in asked if not one.good]
    idempotent = [one for one in failed if one.idempotent and (one.first is None or one.status >= 500)]
    others = [one for one in failed if one not in idempotent]
    taken = [one for one in failed if any(window.has(one) for window in windows)]
    killed = [one for one in others if one not in taken and _in_flight_in_killed(one, logged.get(one.number), deaths)]
    twice = sorted({number for number in begun if begun.count(number) > 1}) if len(begun) > len(set(begun)) else []
    lost = [_words(one, logged.get(one.number)) for one in failed if one not in taken and one not in killed]
    return Verdict(
        len(asked), len(idempotent), len(taken), len(others), len(killed), len(twice),
        max((one.latency_s for one in asked if one.good), default=0.0), outage_s(asked),
        [*lost, *(f"POST {number} was begun twice" for number in twice)],
    )  # fmt: skip


def outage_s(asked: Sequence[Asked]) -> float:
    """The longest time in which no good answer came, while requests did."""
    last = max((one.due for one in asked), default=0.0)
    ends = sorted(min(one.ended, last) for one in asked if one.good)
    return max((after - before for before, after in pairwise(ends)), default=0.0)


def read_log(lines: Iterable[str]) -> dict[int, Logged]:
    """Of HAProxy's access log, by the requests' numbers."""
    found = {}
    for line in lines:
        if read := _LOGGED.search(line):
            server, connect, _, how, number = read.groups()
            worker = server.removesuffix(".last") if int(connect) >= 0 else ""
            found[int(number)] = Logged(worker, how == "S")
    return found


def _in_flight_in_killed(asked: Asked, logged: Logged | None, deaths: Iterable[Death]) -> bool:
    return logged is not None and any(
        logged.by_worker and death.worker == logged.worker and asked.began <= death.at <= asked.ended + SLACK_S
        for death in deaths
    )


def _words(asked: Asked, logged: Logged | None) -> str:
    came = "after its answer began" if asked.first is not None and asked.status < 500 else "unanswered"
    where = f"at {logged.worker or 'no worker'}" if logged is not None else "not logged"
    how = asked.why or f"HTTP {asked.status}"
    return f"{asked.kind} {asked.number}: {how} {came} after {asked.latency_s:.3f} s, {where}"
