"""Edges, asked by their addresses with a token every few seconds: many processes on many hosts, told as one."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Final

from plimsoll.core.details import document
from plimsoll.core.edge_figures import ClassRow, EdgeTotals
from plimsoll.core.edge_report import read_edge_report
from plimsoll.core.errors import UsageError
from plimsoll.core.observation import Observation
from plimsoll.core.series.key import SeriesKey
from plimsoll.monitor.application.address import Address, parse_address
from plimsoll.monitor.application.fetching import Answer, fetch
from plimsoll.monitor.collecting.collector import CollectorLostError, now
from plimsoll.monitor.edges.combining import Looks, SeenEdge, classes_of, row_of, totals_of
from plimsoll.settings.masking import Secret

NAME: Final = "edges"
EDGES_MAX: Final = 64
ANSWER_S: Final = 3.0
FIGURES: Final = "/.plimsoll/figures"
TOKEN: Final = "PLIMSOLL_EDGE_TOKEN"  # noqa: S105  # the variable's name
_RATES: Final = (
    "requests_per_s", "hit_percent", "latency_ms_p50", "latency_ms_p95", "latency_ms_p99", "errors_percent",
    "errors_per_s", "saved_bytes_per_s", "served_bytes_per_s", "purged_per_s", "entries", "bytes",
)  # fmt: skip
_SPLIT: Final = (
    ("outcomes_per_s", "outcome"), ("because_per_s", "reason"), ("passed_per_s", "reason"),
    ("countries_per_s", "country"),
)  # fmt: skip


class EdgesCollector:
    """One that does not answer is a row and a count, and takes nothing from the others. Raises UsageError."""

    name = NAME

    def __init__(self, urls: Sequence[str], token: Secret, period_s: float = 5.0) -> None:
        if len(set(urls)) > EDGES_MAX:
            why = f"{len(set(urls))} are named"
            raise UsageError("too many edges to watch", why=why, remedy=f"at most {EDGES_MAX}")
        self._edges = [edge_address(url, token) for url in dict.fromkeys(urls)]
        self.period_s = period_s
        self.budget_s = ANSWER_S + 1.0
        self._looks = Looks(period_s)

    async def collect(self) -> Observation:
        seen = await asyncio.gather(*(_seen(one) for one in self._edges))
        at = now()
        found = self._looks.next(seen, at.steady_s)
        between = list(found.values())
        wide = self._looks.wide
        total, classes = totals_of(seen, between, wide), classes_of(between, wide)
        rows = [row_of(one, found.get(one.edge)) for one in seen]
        told = document(rows, total=asdict(total), classes=[asdict(one) for one in classes])
        return Observation(NAME, at.wall_s, values_of(total, classes), {NAME: told})

    async def close(self) -> None:
        """Nothing is kept open."""


def edge_address(url: str, token: Secret) -> Address:
    """Where an edge tells its figures: it is named by its address, or by that at which it takes purges."""
    try:
        address = parse_address(url)
    except UsageError as error:
        why, remedy = error.why, "--edge http://127.0.0.1:8080"
        raise UsageError("not the address of an edge", why=why, remedy=remedy) from None
    if address.authorization is not None:
        why = "its address has a name or a password, and edges know a token"
        raise UsageError("not the address of an edge", why=why, remedy=f"export {TOKEN}=…")
    return replace(address, target=FIGURES, authorization=f"Bearer {token.reveal()}")


def values_of(total: EdgeTotals, classes: Sequence[ClassRow]) -> dict[SeriesKey, float]:
    """What is known, as series."""
    told = asdict(total)
    values = {SeriesKey.of(f"edge_{name}"): told[name] for name in _RATES if total.edges}
    values[SeriesKey.of("edge_processes")] = total.edges
    values[SeriesKey.of("edge_silent_processes")] = total.silent
    values[SeriesKey.of("edge_behind_processes")] = total.behind
    for name, label in _SPLIT:
        for one, rate in told[name].items():
            values[SeriesKey.of(f"edge_{name}", **{label: one})] = rate
    for row in classes:
        values[SeriesKey.of("edge_class_hit_percent", kind=row.kind)] = row.hit_percent
        values[SeriesKey.of("edge_class_requests_per_s", kind=row.kind)] = row.requests_per_s
    return {key: float(value) for key, value in values.items() if value is not None}


async def _seen(address: Address) -> SeenEdge:
    try:
        async with asyncio.timeout(ANSWER_S):
            answer = await fetch(address)
    except TimeoutError:
        return SeenEdge(address.origin, None, f"no answer within {ANSWER_S:g} s")
    except CollectorLostError as error:
        return SeenEdge(address.origin, None, str(error))
    return _read(address.origin, answer)


def _read(origin: str, answer: Answer) -> SeenEdge:
    if answer.status == 401:
        return SeenEdge(origin, None, f"it does not take the token in {TOKEN}")
    if answer.status != 200:
        return SeenEdge(origin, None, f"it answers with HTTP {answer.status}: no edge with a token is there")
    try:
        told = json.loads(answer.body)
    except (ValueError, RecursionError):
        told = None
    report = read_edge_report(told.get("report") if isinstance(told, dict) else None)
    return SeenEdge(origin, report, "" if report is not None else "it tells what no edge of this version does")
