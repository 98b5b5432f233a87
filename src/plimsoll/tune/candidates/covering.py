"""B-trees that carry all that a statement reads of a table, so that the table is not read at all. Pure."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from plimsoll.core.tuning.facts import TableFacts
from plimsoll.core.tuning.index import Index
from plimsoll.tune.candidates.accesses import Access
from plimsoll.tune.candidates.btree import Weights, btrees
from plimsoll.tune.candidates.columns import column_of
from plimsoll.tune.candidates.proposal import Proposal

COLUMNS_MAX: Final = 4  # that are only carried
BYTES_MAX: Final = 64  # of a row that they may add to each entry
CHANGED_SHARE_MAX: Final = 0.2  # of the rows: a page that was changed since its vacuum is read in any case


def coverings(access: Access, facts: TableFacts, weights: Weights) -> Iterator[Proposal]:
    """The widest plain one for the access, with the rest of what it reads."""
    if (
        access.locking
        or access.either
        or not access.needed
        or facts.updated + facts.deleted > CHANGED_SHARE_MAX * facts.rows
    ):
        return
    plain = max(btrees(access, facts, weights), key=lambda one: len(one.index.keys), default=None)
    if plain is None or any(column_of(facts, name) is None for name in access.needed):
        return
    carried = tuple(sorted(access.needed - set(plain.index.columns)))
    if len(carried) > 1 and len(access.needed) == len(facts.table.columns):
        return  # it would be the table once more
    wide = sum(facts.column_bytes.get(name, 0) for name in carried) > BYTES_MAX
    if carried and len(carried) <= COLUMNS_MAX and not wide:
        index = replace(plain.index, include=carried)
        yield Proposal(index, "covering", plain.why + carrying(index), access, plain.equal)


def carrying(index: Index) -> str:
    """What is said of one behind the reason for its keys."""
    return f"; with {', '.join(index.include)} it holds all that the statement reads"
