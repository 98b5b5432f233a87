"""random_page_cost and effective_cache_size that do not fit what the server is like. Pure."""

from collections.abc import Iterator, Sequence
from typing import Final

from plimsoll.core.query_plan import PlanNode
from plimsoll.core.tuning.advice import Advised
from plimsoll.core.tuning.facts import DatabaseFacts, TableFacts
from plimsoll.core.units import format_bytes, format_count, format_share
from plimsoll.tune.beyond.asked import Asked
from plimsoll.tune.beyond.tunables.values import megabytes, number_of, setting, size_of
from plimsoll.tune.candidates.deparsed import predicates

RANDOM_MIN: Final = 3.0  # the server's own 4 is for disks that turn
RANDOM: Final = "1.1"
BYTES_MIN: Final = 100 * 2**20  # of the database; a smaller one is read in no time in either way
HIT_MIN: Final = 0.99  # of the pages that were asked for, in shared buffers, where not all of it fits there
PAGES_MIN: Final = 1_000
ROWS_MAX: Final = 0.2  # of a table's, that are found by what an index could have
SHARE_MIN: Final = 0.05
CACHE_TIMES: Final = 3  # shared_buffers is usually a quarter of the memory


def page_costs(statements: Sequence[Asked], facts: DatabaseFacts) -> Iterator[Advised]:
    yield from _random(statements, facts)
    yield from _cache(facts)


def _random(statements: Sequence[Asked], facts: DatabaseFacts) -> Iterator[Advised]:
    """Only where plans leave an index aside that is there."""
    present = number_of(facts.settings, "random_page_cost")
    cached = _cached(facts)
    if present is None or present < RANDOM_MIN or not cached or facts.bytes < BYTES_MIN:
        return
    found = [(one, passed) for one in statements if (passed := _passed_over(one)) is not None]
    share = sum(one.share for one, _ in found)
    if share < SHARE_MIN:
        return
    first, (table, node, index) = found[0]
    why = (
        f"random_page_cost = {present:g} says that a page read by an index costs {present:g} times as much as one in "
        f"order; {cached}. Statements that take {format_share(share)} of the workload read a table from end to end "
        f"though an index is there: {first.query.id} reads {table.table.name} ({format_count(table.pages)} pages) for "
        f"about {format_count(round(node.rows))} rows, past {index}."
    )
    yield setting(
        facts, "random_page_cost", RANDOM, "random_page_cost = "
        "{RANDOM}", why, queries=[one.query.id for one, _ in found],
        risk="Other plans change too: compare statements before and after. On disks that turn, 4 is right.",
    )  # fmt: skip


def _cached(facts: DatabaseFacts) -> str:
    """Why nearly nothing is read from disk, in words; "" where that is not known."""
    buffers = size_of(facts.settings, "shared_buffers") or 0
    cache = size_of(facts.settings, "effective_cache_size") or 0
    size = f"the database ({format_bytes(facts.bytes)})"
    if facts.bytes <= buffers:
        return f"{size} fits into shared_buffers ({format_bytes(buffers)})"
    hit = facts.hit_share
    if hit is None or hit < HIT_MIN or facts.bytes > cache:
        return ""
    fits = f"{size} fits into effective_cache_size ({format_bytes(cache)})"
    return f"{fits}, and {format_share(hit)} of pages were in shared buffers"


def _passed_over(one: Asked) -> tuple[TableFacts, PlanNode, str] | None:
    """A table that is read whole for few of its rows, with an index on what they are found by."""
    for visit in one.visits():
        node, table = visit.node, one.table(visit.node)
        if node.kind != "Seq Scan" or table is None or table.pages < PAGES_MIN or node.rows > ROWS_MAX * table.rows:
            continue
        held = {held.column for held in predicates(node.filter, frozenset((node.alias,))) if held.kind in _SOUGHT}
        there = one.indexes_of(table)
        names = [index.name for index in there if index.valid and index.index.columns[0] in held - {""}]
        if names:
            return table, node, names[0]
    return None


_SOUGHT: Final = ("equal", "any", "range")


def _cache(facts: DatabaseFacts) -> Iterator[Advised]:
    buffers, cache = size_of(facts.settings, "shared_buffers"), size_of(facts.settings, "effective_cache_size")
    if not buffers or cache is None or cache >= buffers:
        return
    wanted = megabytes(CACHE_TIMES * buffers)
    why = (
        f"effective_cache_size ({format_bytes(cache)}) is less than shared_buffers ({format_bytes(buffers)}), which "
        "are a part of what it stands for: the planner takes indexes for more expensive than they are."
    )
    yield setting(
        facts, "effective_cache_size", wanted, f"effective_cache_size = {wanted}", why, confidence="high",
        note="Three times shared_buffers is a guess; about three quarters of the machine's memory is meant.",
        risk="It takes no memory; plans change towards indexes.",
    )  # fmt: skip
