"""`plimsoll demo --chapter edge`: a load without an edge and behind one that follows the database, and rows changed by
hand, which are told as they are."""

import os
from collections.abc import Callable, Iterator
from typing import Any, Final

from plimsoll.core.errors import UsageError
from plimsoll.core.profile import Profile, Stage
from plimsoll.core.units import format_rate
from plimsoll.settings.environment import Environment
from plimsoll.settings.settings import Settings
from plimsoll.workflows.demo import NAME, Demo, EdgedDemo
from plimsoll.workflows.demo_caching import STALENESS_S, Seen, Shown
from plimsoll.workflows.edge_apart import Counted
from plimsoll.workflows.run_request import RunRequest
from plimsoll.workflows.target import TargetRequest

WARMUP_S: Final = 2.0
GRACE_S: Final = 10.0
CHANGES: Final = 50
READ_FOR_S: Final = 0.4  # after each of them


def edged_of(demo: Demo) -> EdgedDemo:
    """Raises UsageError where there is nothing that an edge may keep, or it cannot be served."""
    if demo.edged is None:
        raise UsageError("there is no edge to show", why="the demo brings none", remedy="leave out --chapter edge")
    return demo.edged


def load_request(demo: Demo, url: str, duration_s: float) -> RunRequest:
    """The same load for both: nothing but the URL differs."""
    profile = Profile(
        f"{demo.users} users",
        "constant-users",
        (Stage(demo.users, duration_s),),
        warmup_s=WARMUP_S,
        graceful_stop_s=GRACE_S,
    )
    where = TargetRequest(Settings({NAME: Environment(NAME, url=url)}), os.environ, NAME)
    return RunRequest(scenario=edged_of(demo).scenario, profile=profile, where=where, samples_bytes_max=0)


def lines(before: Shown, after: Shown, counted: Counted) -> Iterator[tuple[str, str, str, str]]:
    """Rows of a table: what, without, with, and how much less. What tells of an overloaded machine is left out."""
    less = f"{1 - counted.reached / counted.requests:.1%} less" if counted.requests else ""
    yield "requests that the platform answered", "all", f"{counted.reached:,} of {counted.requests:,}", less
    yield _row("statements for each request", before.statements, after.statements, "{:.2f}")
    yield _row("database CPU for each request", before.cpu_ms, after.cpu_ms, "{:.3f} ms")
    if before.overloaded or after.overloaded:
        return
    for name, get in LATENCIES.items():
        yield _row(name, get(before), get(after), "{:.1f} ms")
    yield "requests", format_rate(before.summary.rate_per_s), format_rate(after.summary.rate_per_s), ""


LATENCIES: Final[dict[str, Callable[[Shown], float | None]]] = {
    "p50": lambda one: one.summary.latency_ms.p50,
    "p95": lambda one: one.summary.latency_ms.p95,
}


def overload_words(before: Shown, after: Shown) -> str:
    """In a sentence, or ""."""
    sides = ("without an edge", before.overloaded), ("with one", after.overloaded)
    whys = [f"{why} {side}" for side, why in sides if why]
    return f"latencies and rates are left out, since this machine was overloaded: {', '.join(whys)}" if whys else ""


def _row(what: str, before: float | None, after: float | None, words: str) -> tuple[str, str, str, str]:
    told = [words.format(one) if one is not None else "not told" for one in (before, after)]
    less = f"{1 - after / before:.0%} less" if before and after is not None and after < before else ""
    return what, told[0], told[1], less


def seen_words(seen: Seen) -> str:
    """In a sentence."""
    ordered = sorted(seen.after_ms)
    return (
        f"{len(ordered)} changes by hand were told by the edge after {ordered[len(ordered) // 2]:.0f} ms (median),"
        f" {ordered[-1]:.0f} ms at most; of {seen.reads:,} reads {seen.stale or 'none'} that began more than"
        f" {STALENESS_S * 1000:.0f} ms after a commit had something older"
    )


def to_json(before: Shown, after: Shown, counted: Counted, seen: Seen) -> dict[str, Any]:
    reached = {"requests": counted.requests, "reached_the_platform": counted.reached}
    parts = [{k: v for k, v in one.to_json().items() if k != "hit_ratio"} for one in (before, after)]
    return {"before": parts[0], "after": {**parts[1], "edge": reached}, "by_hand": seen.to_json()}


NEXT: Final = (
    "next: plimsoll edge serve --origin http://127.0.0.1:8000 --database env:DATABASE_URL puts one before yours;"
    " docs/guides/edge.md tells which answers it keeps, and what they say for it"
)
