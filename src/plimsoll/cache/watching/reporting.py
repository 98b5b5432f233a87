"""What a process reports of its cache, and when: over the connection that polls the changes, every two seconds."""

import json
import os
import secrets
import socket
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from random import Random
from typing import Any, Final

from plimsoll.cache.status import Status
from plimsoll.changes.clock import clock_s
from plimsoll.core.cache_report import (
    CLOSED,
    INSTANCE_CHARACTERS_MAX,
    NAME_CHARACTERS_MAX,
    REPORT_BYTES_MAX,
    REPORT_EVERY_S,
    AuditReport,
    CacheReport,
    ShadowReport,
    largest,
    read_report,
)
from plimsoll.core.visible import visible

REFUSED_S: Final = 30.0  # until it is tried again, where the server would not have it
NAME_SHOWN_MAX: Final = 60  # characters of a family, tenant or reason
REASON_SHOWN_MAX: Final = 150  # of why a statement runs uncached, which names a table, and what to do
_REPORT: Final = "SELECT plimsoll_changes.report($1, $2, $3::jsonb)"
_STARTED_S: Final = time.time()

Ask = Callable[..., Awaitable[Any]]


def report_of(
    status: Status, audit: AuditReport | None, shadow: ShadowReport | None, shared: str | None
) -> CacheReport:
    """`shared` is why tier 2 is passed by, "" if it is not, None where there is none.

    What tier 2 had was missing in tier 1 first: there it is not counted as missing.
    """
    missing = dict(status.misses)
    missing["absent"] = max(0, missing.get("absent", 0) - status.hits_shared)
    made = CacheReport(
        host=socket.gethostname(),
        pid=os.getpid(),
        started_s=_STARTED_S,
        policy=status.policy,
        entries=status.entries,
        bytes=status.bytes,
        entries_max=status.entries_max,
        bytes_max=status.bytes_max,
        hits={"process": status.hits, **({"shared": status.hits_shared} if shared is not None else {})},
        misses=missing,
        stale=sum(status.stale.values()),
        fills=status.fills,
        failed=status.failed,
        joined=status.joined,
        fill_s=status.fill_s,
        fill_ms=status.fill_ms,
        refused=largest(_shortened(status.refused)),
        queries=status.queries,
        uncached=largest(_shortened(status.uncached, REASON_SHOWN_MAX)),
        gone=status.gone,
        tenants=largest(_shortened(status.tenant_bytes)),
        families=_most_used(status),
        staleness_s=status.staleness_s,
        age_s=status.age_s,
        trouble=status.trouble,
        polls=status.polls,
        everything=status.everything,
        has_shared=shared is not None,
        shared_trouble=shared or "",
        audit=audit,
        shadow=shadow,
    )
    fit = read_report(made.to_json())  # bounded, and without what JSON of PostgreSQL cannot hold
    assert fit is not None
    return fit


def _shortened(counts: Mapping[str, int], characters: int = NAME_SHOWN_MAX) -> dict[str, int]:
    short: defaultdict[str, int] = defaultdict(int)
    for name, count in counts.items():
        short[visible(name[:characters])] += count
    return dict(short)


def _most_used(status: Status) -> dict[str, Any]:
    """Families by how often their values are asked for."""
    names = largest({name: uses.hits + uses.misses for name, uses in status.families.items()})
    return {name: status.families[name] for name in names if name in status.families}


class Reporter:
    """One process's, of one cache: to be called after each poll, with what asks the server."""

    def __init__(self, name: str, report: Callable[[], CacheReport], random: Random | None = None) -> None:
        self._name = visible(name[:NAME_CHARACTERS_MAX]) or "cache"
        self._report = report
        self._random = random or Random()
        self._due_s = 0.0
        host = visible(socket.gethostname()[: INSTANCE_CHARACTERS_MAX - 20]) or "host"
        self.instance = f"{host}-{os.getpid()}-{secrets.token_hex(3)}"

    async def __call__(self, ask: Ask, last: bool = False) -> None:
        """Tells the newest, if it is time, and at last, if anything was told, that there is no more. Raises what the
        driver raises."""
        if last:
            if self._due_s:
                await ask(_REPORT, self._name, self.instance, CLOSED)
            return
        now_s = clock_s()
        if now_s < self._due_s:
            return
        self._due_s = now_s + REFUSED_S
        await ask(_REPORT, self._name, self.instance, report_text(self._report()))
        self._due_s = now_s + REPORT_EVERY_S * self._random.uniform(0.9, 1.1)


def report_text(report: CacheReport) -> str:
    """As JSON, within the bound: without names where those are too long."""
    told = report.to_json()
    for part in ("", "tenants", "families", "uncached"):
        if part:
            told[part] = {}
        text = json.dumps(told, ensure_ascii=False)
        if len(text.encode()) <= REPORT_BYTES_MAX * 3 // 4:  # jsonb writes a blank after each comma and colon
            break
    return text
