"""work_mem: sorts and hashes that by the plan do not fit, and go to temporary files. Pure."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from plimsoll.core.query_plan import Visit
from plimsoll.core.tuning.advice import Advised
from plimsoll.core.tuning.facts import DatabaseFacts
from plimsoll.core.units import format_bytes, format_count, format_share
from plimsoll.tune.beyond.asked import Asked
from plimsoll.tune.beyond.tunables.values import megabytes, number_of, setting, size_of

SHARE_MIN: Final = 0.05  # of the workload, of the statements that spill
TIMES_MIN: Final = 1.5  # as large as what is allowed; the planner's rows are no better than that
BYTES_MAX: Final = 512 * 2**20  # more is not advised: such a statement wants an index, or fewer rows
# For all sessions only where each connection could take it twice in half of the memory that is said to be there.
EVERYWHERE_SHARE: Final = 0.5
_SORT_ROW: Final = 24  # bytes beside a row's own, as the planner reckons
_HASH_ROW: Final = 32
_IN_MEMORY: Final = 1.5  # times what a row takes in a file
_TEAM: Final = 3.0  # processes that share a hash below Gather, at least


@dataclass(frozen=True, slots=True)
class _Spill:
    """What a node of a statement would take, and what it may."""

    one: Asked
    what: str
    bytes: float
    allowed: float
    factor: float

    @property
    def wanted(self) -> float:
        """The work_mem with which it would fit."""
        return self.bytes * _IN_MEMORY / self.factor


def work_mem(statements: Sequence[Asked], facts: DatabaseFacts) -> Iterator[Advised]:
    """One value, for the largest that can be helped."""
    allowed = size_of(facts.settings, "work_mem")
    if allowed is None:
        return
    factor = number_of(facts.settings, "hash_mem_multiplier") or 1.0
    found = [spill for one in statements if (spill := _largest(one, allowed, factor)) is not None]
    helped = [spill for spill in found if spill.wanted <= BYTES_MAX]
    if helped and sum(spill.one.share for spill in helped) >= SHARE_MIN:
        yield _advised(helped, allowed, facts)


def _advised(found: Sequence[_Spill], allowed: int, facts: DatabaseFacts) -> Advised:
    wanted = 2 ** math.ceil(math.log2(max(spill.wanted for spill in found)))
    heavy = max(found, key=lambda spill: spill.one.share)
    connections = number_of(facts.settings, "max_connections") or 100.0
    memory = size_of(facts.settings, "effective_cache_size") or 0
    everywhere = 2 * wanted * connections <= EVERYWHERE_SHARE * memory
    share = sum(spill.one.share for spill in found)
    why = (
        f"Statements that take {format_share(share)} of the workload ({len(found)}) sort or hash more than work_mem "
        f"({format_bytes(allowed)}) holds, by the rows and widths of their plans, and write the rest to temporary "
        f"files: {heavy.what} of statement {heavy.one.query.id} takes about {format_bytes(heavy.bytes)}, of "
        f"{format_bytes(heavy.allowed)} that it may."
    )
    return setting(
        facts, "work_mem", megabytes(wanted), f"work_mem = {megabytes(wanted)}"
        + ("" if everywhere else " for the statements that need it"), why,
        queries=[spill.one.query.id for spill in found], scope="database" if everywhere else "transaction",
        risk="Each sort and each hash of each session may take so much: with max_connections = "
        f"{format_count(round(connections))}, {format_bytes(wanted * connections)} for one each.",
    )  # fmt: skip


def _largest(one: Asked, allowed: int, factor: float) -> _Spill | None:
    found = [spill for visit in one.visits() if (spill := _spill(one, visit, allowed, factor)) is not None]
    return max(found, key=lambda spill: spill.wanted, default=None)


def _spill(one: Asked, visit: Visit, allowed: int, factor: float) -> _Spill | None:
    node = visit.node
    if node.kind == "Sort":
        first_only = bool(visit.above) and visit.above[0].kind == "Limit"
        size, may, times = node.rows * (node.width + _SORT_ROW), float(allowed), 1.0
        what = "" if first_only else f"a sort by {', '.join(node.sort_keys)}"
    elif node.kind == "Hash" or (node.kind == "Aggregate" and node.strategy == "Hashed"):
        team = _TEAM if any(above.kind.startswith("Gather") for above in visit.above) else 1.0
        size, times = node.rows * (node.width + _HASH_ROW), factor * team
        may = allowed * times
        what = f"a hash of {format_count(round(node.rows))} rows"
    else:
        return None
    return _Spill(one, what, size, may, times) if what and size >= TIMES_MIN * may else None
