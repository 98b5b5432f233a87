"""jit and parallel workers, where plans and times say that they are wrong for the workload. Pure."""

from collections.abc import Iterator, Sequence
from typing import Final

from plimsoll.core.pages import PAGE_BYTES
from plimsoll.core.tuning.advice import Advised
from plimsoll.core.tuning.facts import DatabaseFacts
from plimsoll.core.units import format_bytes, format_count, format_ms, format_share
from plimsoll.tune.beyond.asked import Asked
from plimsoll.tune.beyond.tunables.values import number_of, setting

SHARE_MIN: Final = 0.05
JIT_MS_MAX: Final = 300.0  # a call: compiling takes some tens to some hundreds of milliseconds, which is much of that
JIT_CALLS_MIN: Final = 100.0  # what is sent now and then may be compiled
PARALLEL_PAGES_MIN: Final = 100_000
PARALLEL_MS_MIN: Final = 1_000.0
PARALLEL_SHARE_MIN: Final = 0.1
WORKERS: Final = "2"  # the server's own


def execution(statements: Sequence[Asked], facts: DatabaseFacts) -> Iterator[Advised]:
    yield from _jit(statements, facts)
    yield from _parallel(statements, facts)


def _jit(statements: Sequence[Asked], facts: DatabaseFacts) -> Iterator[Advised]:
    above = number_of(facts.settings, "jit_above_cost")
    if facts.settings.get("jit") != "on" or above is None or above < 0:
        return
    found = [one for one in statements if one.timed and _is_compiled_for_little(one, above)]
    share = sum(one.share for one in found)
    if share < SHARE_MIN:
        return
    first = found[0]
    why = (
        f"Plans of more than jit_above_cost ({above:,.0f}) are compiled before each execution, if the server can. "
        f"Statements that take {format_share(share)} of the workload are so by their cost and yet take little time: "
        f"{first.query.id} (cost {first.planned.cost:,.0f}, {format_ms(first.query.mean_ms)} a call, "
        f"{format_count(round(first.query.calls))} calls)."
    )
    yield setting(
        facts, "jit", "off", "jit = off", why, queries=[one.query.id for one in found], confidence="low",
        note="EXPLAIN (ANALYZE) of such a statement says under JIT what compiling takes.",
        risk="Statements that take many seconds may be quicker with it: for those, SET LOCAL jit = on.",
    )  # fmt: skip


def _is_compiled_for_little(one: Asked, above: float) -> bool:
    query = one.query
    return one.planned.cost >= above and query.mean_ms <= JIT_MS_MAX and query.calls >= JIT_CALLS_MIN


def _parallel(statements: Sequence[Asked], facts: DatabaseFacts) -> Iterator[Advised]:
    if facts.settings.get("max_parallel_workers_per_gather") != "0":
        return
    found = [(one, pages) for one in statements if one.query.mean_ms >= PARALLEL_MS_MIN and (pages := _pages(one))]
    share = sum(one.share for one, _ in found)
    if share < PARALLEL_SHARE_MIN:
        return
    first, pages = found[0]
    why = (
        "max_parallel_workers_per_gather = 0 forbids to divide a scan among processes. Statements that take "
        f"{format_share(share)} of the workload read large tables from end to end: {first.query.id} reads "
        f"{format_bytes(pages * PAGE_BYTES)} in {format_ms(first.query.mean_ms)}."
    )
    yield setting(
        facts, "max_parallel_workers_per_gather", WORKERS, f"max_parallel_workers_per_gather = {WORKERS}", why,
        queries=[one.query.id for one, _ in found], confidence="low",
        risk="It takes cores from other sessions, and work_mem for each worker; with all cores busy nothing is won.",
    )  # fmt: skip


def _pages(one: Asked) -> int:
    """Of the largest table that it reads whole; 0 where that is no large one."""
    read = (one.table(visit.node) for visit in one.visits() if visit.node.kind == "Seq Scan")
    most = max((table.pages for table in read if table is not None), default=0)
    return most if most >= PARALLEL_PAGES_MIN else 0
