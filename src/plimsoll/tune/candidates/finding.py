"""Which indexes might pay for a workload: of every kind, once each, without those that are there. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from plimsoll.core.identifiers import TableName
from plimsoll.core.tuning.candidate import Candidate
from plimsoll.core.tuning.facts import DatabaseFacts, TableFacts
from plimsoll.core.tuning.index import Index
from plimsoll.core.tuning.planned import Planned
from plimsoll.tune.candidates.accesses import Access, accesses
from plimsoll.tune.candidates.block_ranges import ranges_of_blocks
from plimsoll.tune.candidates.btree import Weights, btrees
from plimsoll.tune.candidates.covering import coverings
from plimsoll.tune.candidates.existing import is_served
from plimsoll.tune.candidates.expression import expressions
from plimsoll.tune.candidates.inverted import inverted
from plimsoll.tune.candidates.partial import partials
from plimsoll.tune.candidates.patterns import patterns
from plimsoll.tune.candidates.proposal import Proposal

PAGES_MIN: Final = 32  # of 8 KiB: a table that small is read whole in no time
TABLE_CANDIDATES_MAX: Final = 60
CANDIDATES_MAX: Final = 400  # the lightest are dropped


def candidates(planned: Sequence[Planned], facts: DatabaseFacts) -> list[Candidate]:
    """Those for the heaviest statements first."""
    found = accesses(planned, facts)
    weights = _weights(found)
    there = facts.indexes_by_table
    proposals = [
        proposal
        for access in found
        if facts.tables[access.table].pages >= PAGES_MIN
        for proposal in _proposals(access, facts.tables[access.table], facts, weights)
        if not is_served(proposal.index, proposal.equal, there.get(access.table, ()))
    ]
    return [replace(one, queries=_serving(one, found)) for one in _bounded(_merged(proposals))]


def _proposals(access: Access, table: TableFacts, facts: DatabaseFacts, weights: Weights) -> Iterator[Proposal]:
    yield from btrees(access, table, weights)
    yield from partials(access, table, weights)
    yield from expressions(access, table, weights, facts.functions)
    yield from patterns(access, table, facts, weights)
    yield from inverted(access, table, facts.functions)
    yield from coverings(access, table, weights)
    yield from ranges_of_blocks(access, table)


def _weights(found: Sequence[Access]) -> Weights:
    """By how much of the workload each column is held equal."""
    total: defaultdict[tuple[str, str], float] = defaultdict(float)
    for access in found:
        held = {one.column for one in (*access.predicates, *access.joins) if one.kind in ("equal", "any")}
        for name in held - {""}:
            total[str(access.table), name] += access.weight
    return total


def _merged(proposals: Sequence[Proposal]) -> list[Candidate]:
    """One candidate for each definition, with all statements that it may serve, the heaviest first."""
    by: dict[str, list[Proposal]] = defaultdict(list)
    for one in proposals:
        by[one.index.definition].append(one)
    whole = [
        (sum({one.access.query: one.access.weight for one in same}.values()), _candidate(same)) for same in by.values()
    ]
    return [candidate for _, candidate in sorted(whole, key=lambda pair: -pair[0])]


def _serving(one: Candidate, found: Sequence[Access]) -> tuple[str, ...]:
    """Those that it was proposed for, and others that come to its table by its first column: a plan may use it for them
    as well, though they would like another better."""
    more = (access.query for access in found if access.table == one.index.table and _may_use(one.index, access))
    return tuple(dict.fromkeys((*one.queries, *more)))


def _may_use(index: Index, access: Access) -> bool:
    if index.method != "btree" or (index.predicate and index.predicate not in {fixed.text for fixed in access.fixed}):
        return False
    held = (*access.predicates, *access.joins, *(one for side in access.either for one in side))
    names = {one.column for one in held} | {one.column for one in access.order[:1]}
    return index.columns[0] in names - {""}


def _candidate(same: Sequence[Proposal]) -> Candidate:
    queries = tuple(dict.fromkeys(one.access.query for one in same))
    return Candidate(same[0].index, same[0].form, same[0].why, queries, share=same[0].share)


def _bounded(found: Sequence[Candidate]) -> list[Candidate]:
    taken: Counter[TableName] = Counter()
    kept: list[Candidate] = []
    for one in found:
        taken[one.index.table] += 1
        if taken[one.index.table] <= TABLE_CANDIDATES_MAX:
            kept.append(one)
    return kept[:CANDIDATES_MAX]
