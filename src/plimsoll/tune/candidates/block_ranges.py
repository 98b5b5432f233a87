"""BRIN indexes: least and greatest value of each stretch of a large table whose rows lie in their order. Pure."""

from collections.abc import Iterator
from typing import Final

from plimsoll.core.tuning.facts import TableFacts
from plimsoll.core.tuning.index import Index, IndexKey
from plimsoll.tune.candidates.accesses import Access
from plimsoll.tune.candidates.btree import is_selective, range_keys
from plimsoll.tune.candidates.columns import statistics_of
from plimsoll.tune.candidates.proposal import Proposal

PAGES_MIN: Final = 12_800  # of 8 KiB, 100 MiB: below that a B-tree is small as well
CORRELATION_MIN: Final = 0.9


def ranges_of_blocks(access: Access, facts: TableFacts) -> Iterator[Proposal]:
    """One for each column that is held within a range."""
    if facts.pages < PAGES_MIN or not is_selective(access, facts):
        return
    for key in range_keys(access.predicates, (), facts):
        if _correlation(facts, key) > CORRELATION_MIN:
            why = f"{key.column} within a range, and rows lie in its order ({_correlation(facts, key):.2f})"
            yield Proposal(Index(access.table, (key,), "brin"), "brin", why, access)


def _correlation(facts: TableFacts, key: IndexKey) -> float:
    known = statistics_of(facts, key.column)
    return abs(known.correlation) if known is not None else 0.0
