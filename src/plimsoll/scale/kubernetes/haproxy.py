"""The readings that a HAProxy gives which is not ours (an ingress): its statistics as CSV, of one backend. Pure."""

from collections.abc import Sequence
from typing import Final

from plimsoll.core.errors import ServiceError
from plimsoll.scale.balancer.statistics import Line, lines

READS: Final = ("rate", "served", "in_flight", "queue", "latency_s")
_ANSWERS: Final = ("hrsp_1xx", "hrsp_2xx", "hrsp_3xx", "hrsp_4xx", "hrsp_5xx", "hrsp_other")
_TIMES: Final = ("qtime", "ctime", "rtime")  # its total goes on while a client keeps its connection and asks nothing
_TOTALS: Final = frozenset({"BACKEND", "FRONTEND"})
_NAMES_SHOWN: Final = 10
MS_PER_S: Final = 1000
_DIGITS_MOST: Final = 20  # of 64 bits


class Statistics:
    """`backend` "": the only one that has servers. Remembers the counts of the last look."""

    def __init__(self, backend: str = "") -> None:
        self.backend = backend
        self._before: tuple[int, int, float] | None = None

    def read(self, text: str, now: float) -> dict[str, float]:
        """Raises ValueError, in words. Counts that went back, after a reload, are no rate."""
        try:
            rows = lines(text)
        except ServiceError as error:
            raise ValueError(f"this is no CSV of HAProxy's statistics ({error.why})") from None
        own = self._own(rows)
        whole = next((row for row in own if row["svname"] == "BACKEND"), None)
        if whole is None:
            raise ValueError(f'there is no backend "{self.backend}": {_shown(rows)}')
        servers = [row for row in own if row["svname"] not in _TOTALS]
        queued = _count(whole, "qcur") + sum(_count(row, "qcur") for row in servers)
        found = {"in_flight": float(_count(whole, "scur")), "queue": float(queued)}
        arrived = _count(whole, "req_tot") or _count(whole, "stot")
        served = sum(_count(row, name) for row in servers for name in _ANSWERS)
        before, self._before = self._before, (arrived, served, now)
        if before is None or now <= before[2] or arrived < before[0] or served < before[1]:
            return found
        passed_s = now - before[2]
        found |= {"rate": (arrived - before[0]) / passed_s, "served": (served - before[1]) / passed_s}
        if served > before[1]:  # else it is the mean of requests that are long past
            found["latency_s"] = sum(_count(whole, name) for name in _TIMES) / MS_PER_S
        return found

    def _own(self, rows: Sequence[Line]) -> list[Line]:
        name = self.backend
        if not name:
            names = sorted({row["pxname"] for row in rows if row["svname"] not in _TOTALS})
            if len(names) != 1:
                raise ValueError(f"which backend? It has {_shown(rows)}")
            name = names[0]
        return [row for row in rows if row["pxname"] == name]


def _shown(rows: Sequence[Line]) -> str:
    names = sorted({row["pxname"] for row in rows if row["svname"] == "BACKEND"})
    more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
    return f"{', '.join(names[:_NAMES_SHOWN]) or 'no backends'}{more}"


def _count(row: Line, name: str) -> int:
    text = row[name]
    return int(text) if text.isdecimal() and len(text) <= _DIGITS_MOST else 0
