"""`plimsoll demo --chapter cache`: a load without a cache and with one, and rows changed by hand, served right."""

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import asyncpg

from plimsoll.core.errors import RefusedError, UsageError
from plimsoll.core.identifiers import quote_identifier
from plimsoll.core.profile import Profile, Stage
from plimsoll.core.summary import Summary
from plimsoll.core.units import format_rate, format_share
from plimsoll.core.validity import RUN_DELAY_SHARE_MAX
from plimsoll.settings.environment import Environment
from plimsoll.settings.masking import Secret
from plimsoll.settings.settings import Settings
from plimsoll.workflows.cache_changes import InstallRequest
from plimsoll.workflows.counting import Counting, Stretch, stretch
from plimsoll.workflows.demo import NAME, CachedDemo, Changing, Demo, EdgedDemo, Served
from plimsoll.workflows.run_request import RunRequest
from plimsoll.workflows.target import TargetRequest

WARMUP_S: Final = 40.0  # in which users log in, and read most of what they look at for the first time
FULL: Final = 0.95  # of the machine's processor time, from which on everything waits for a core
GRACE_S: Final = 10.0
CHANGES: Final = 10
READ_FOR_S: Final = 0.6  # after each of them
STALENESS_S: Final = 0.25
COPY: Final = "cached"  # the database that is loaded with a cache


@dataclass(frozen=True, slots=True)
class Shown:
    """A load, and what it cost the database while it was measured."""

    summary: Summary
    asked: Stretch | None

    def per_request(self, what: float | None) -> float | None:
        return None if what is None or not self.summary.requests else what / self.summary.requests

    @property
    def statements(self) -> float | None:
        """For each request."""
        return self.per_request(None if self.asked is None else self.asked.statements)

    @property
    def cpu_ms(self) -> float | None:
        """Of the database, for each request."""
        seconds = self.per_request(None if self.asked is None else self.asked.cpu_s)
        return None if seconds is None else seconds * 1000

    @property
    def hit_ratio(self) -> float | None:
        """Of the cache's reads."""
        return None if self.asked is None else self.asked.hit_ratio

    @property
    def overloaded(self) -> str:
        """Why its latencies and its rate tell of this machine, and not of the platform; "" if they do not."""
        generator, busy = self.summary.generator, None if self.asked is None else self.asked.busy
        if (generator.run_delay_share or 0.0) > RUN_DELAY_SHARE_MAX:
            return f"the load generator waited {format_share(generator.run_delay_share)} of the time for a core"
        if generator.saturated:
            return f"the load generator was at its own limit, {format_share(generator.cpu_share)} of a core"
        return f"the machine's cores were {format_share(busy)} busy" if (busy or 0.0) > FULL else ""

    def to_json(self) -> dict[str, Any]:
        return {
            "run_id": self.summary.run_id,
            "requests": self.summary.requests,
            "rate_per_s": self.summary.rate_per_s,
            "errors": self.summary.errors,
            "p50_ms": self.summary.latency_ms.p50,
            "p95_ms": self.summary.latency_ms.p95,
            "statements_per_request": self.statements,
            "database_cpu_ms_per_request": self.cpu_ms,
            "hit_ratio": self.hit_ratio,
            "overloaded": self.overloaded,
        }


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of changes by hand: how long after its commit each was first read (ms), and whether any read that began
    later than the promise allows had something older."""

    after_ms: tuple[float, ...]
    reads: int
    stale: int

    def to_json(self) -> dict[str, Any]:
        return {"seen_after_ms": list(self.after_ms), "reads": self.reads, "older_than_promised": self.stale}


class Place(NamedTuple):
    """A platform's database: the DSNs of its owner and of the role that is loaded."""

    owner: str
    loaded_as: str

    def beside(self, database: str) -> "Place":
        """Another database of that server."""
        return Place(*(urlunsplit(urlsplit(dsn)._replace(path=f"/{quote(database, safe='')}")) for dsn in self))


async def copied(place: Place, name: str = COPY) -> Place:
    """A database that has what this one has: a load adds rows, for which the next one on them would pay.

    Raises RefusedError, as where somebody stays connected to it.
    """
    connection = await asyncpg.connect(place.beside("template1").owner)
    try:
        source = unquote(urlsplit(place.owner).path[1:])
        await connection.execute(f"CREATE DATABASE {quote_identifier(name)} TEMPLATE {quote_identifier(source)}")
    except asyncpg.PostgresError as error:
        remedy = "end what is connected to it, and begin again"
        raise RefusedError("the platform's database cannot be copied", why=str(error), remedy=remedy) from None
    finally:
        await connection.close()
    return place.beside(name)


async def tuned(cached: CachedDemo, owner: str) -> None:
    """Gives the platform's database its indexes."""
    connection = await asyncpg.connect(owner)
    try:
        for statement in (*cached.indexes, "ANALYZE"):
            await connection.execute(statement)
    finally:
        await connection.close()


def caching_of(demo: Demo) -> CachedDemo:
    """Raises UsageError where the platform has no cache."""
    if demo.cached is None:
        raise UsageError("there is no cache to show", why="the demo brings none", remedy="leave out --chapter cache")
    return demo.cached


def install_request(cached: CachedDemo | EdgedDemo, owner: str) -> InstallRequest:
    return InstallRequest(TargetRequest(Settings(), os.environ, dsn=Secret(owner)), cached.tables, cached.readers)


def load_request(demo: Demo, url: str, duration_s: float, warmup_s: float = WARMUP_S) -> RunRequest:
    """The same load for both: nothing but the URL differs."""
    profile = Profile(
        f"{demo.users} users",
        "constant-users",
        (Stage(demo.users, duration_s),),
        warmup_s=warmup_s,
        graceful_stop_s=GRACE_S,
    )
    where = TargetRequest(Settings({NAME: Environment(NAME, url=url)}), os.environ, NAME)
    return RunRequest(scenario=caching_of(demo).scenario, profile=profile, where=where, samples_bytes_max=0)


def loaded(request: RunRequest, owner: str, carry_out: Callable[[RunRequest], Summary]) -> Shown:
    """Makes the run, and counts beside it."""
    with Counting(owner) as counting:
        summary = carry_out(request)
    begins_s = datetime.fromisoformat(summary.started_at).timestamp() + summary.warmup_s
    return Shown(summary, stretch(counting.looks, begins_s, begins_s + summary.duration_s))


def served(cached: CachedDemo, owner: str, loaded_as: str, *, cache: bool) -> AbstractContextManager[Served]:
    return cached.services(owner, loaded_as, cache)


async def changed_by_hand(
    changing: Changing, owner: str, changes: int = CHANGES, read_for_s: float = READ_FOR_S
) -> Seen:
    """Changes a row over a connection of its own, as psql does, and reads it through the platform for so long after it.

    A change that is not seen in ten times as long counts as never.
    """
    connection = await asyncpg.connect(owner)
    try:
        after_ms, reads, stale = [], 0, 0
        for number in range(changes):
            value = f"changed by hand {number} of {os.getpid()}"
            await connection.execute(changing.statement, value)
            committed_s = time.monotonic()
            seen_ms: float | None = None
            while (began_s := time.monotonic()) < committed_s + read_for_s or seen_ms is None:
                right = await asyncio.to_thread(changing.read) == value
                reads += 1
                if right and seen_ms is None:
                    seen_ms = (began_s - committed_s) * 1000
                stale += not right and began_s > committed_s + STALENESS_S
                if began_s > committed_s + 10 * read_for_s:
                    seen_ms = seen_ms if seen_ms is not None else float("inf")
            after_ms.append(seen_ms)
        return Seen(tuple(after_ms), reads, stale)
    finally:
        await connection.close()


def lines(before: Shown, after: Shown) -> Iterator[tuple[str, str, str, str]]:
    """Rows of a table: what, without, with, and how much less. What tells of an overloaded machine is left out."""
    yield _row("statements for each request", before.statements, after.statements, "{:.1f}")
    yield _row("database CPU for each request", before.cpu_ms, after.cpu_ms, "{:.2f} ms")
    yield "reads of the cache that were hits", "", format_share(after.hit_ratio), ""
    if before.overloaded or after.overloaded:
        return
    latencies = before.summary.latency_ms, after.summary.latency_ms
    yield _row("p50", latencies[0].p50, latencies[1].p50, "{:.0f} ms")
    yield _row("p95", latencies[0].p95, latencies[1].p95, "{:.0f} ms")
    rates = before.summary.rate_per_s, after.summary.rate_per_s
    yield "requests", format_rate(rates[0]), format_rate(rates[1]), ""


def overload_words(before: Shown, after: Shown) -> str:
    """In a sentence, or ""."""
    whys = (before.overloaded, after.overloaded)
    told = [f"{why} {side} a cache" for side, why in zip(("without", "with"), whys, strict=True) if why]
    if not told:
        return ""
    said = f"{whys[0]} both times" if whys[0] == whys[1] else ", and ".join(told)
    return (
        f"latencies and rates are left out, since this machine was overloaded: {said}; what is told for each request"
        " holds all the same, and a quiet machine shows the rest"
    )


def _row(what: str, before: float | None, after: float | None, words: str) -> tuple[str, str, str, str]:
    told = [words.format(one) if one is not None else "not told" for one in (before, after)]
    less = f"{1 - after / before:.0%} less" if before and after is not None and after < before else ""
    return what, told[0], told[1], less


def seen_words(seen: Seen) -> str:
    """In a sentence."""
    ordered = sorted(seen.after_ms)
    middle, longest = ordered[len(ordered) // 2], ordered[-1]
    return (
        f"{len(ordered)} changes by hand were seen after {middle:.0f} ms (median), {longest:.0f} ms at most;"
        f" of {seen.reads} reads {seen.stale or 'none'} that began more than {STALENESS_S * 1000:.0f} ms after a commit"
        f" had something older"
    )


NEXT: Final = (
    "next: plimsoll cache install --table 'public.orders=order:{id}' writes down which rows of yours change;"
    " from plimsoll.cache import Cache; docs/guides/cache-changes.md and docs/guides/fluentscribe-caching.md tell how"
)
