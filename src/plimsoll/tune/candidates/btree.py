"""Plain B-trees: what is held equal, then what rows are sorted by or what is held within a range. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from plimsoll.core.tuning.facts import TableFacts
from plimsoll.core.tuning.index import Index, IndexKey
from plimsoll.tune.candidates.accesses import Access
from plimsoll.tune.candidates.columns import equal_share, is_btree_column, statistics_of
from plimsoll.tune.candidates.deparsed import Predicate, SortTerm
from plimsoll.tune.candidates.proposal import Proposal

KEYS_MAX: Final = 4
APART_MAX: Final = 0.01  # of the rows: what leaves so few may be enough by itself
APART_COLUMNS_MAX: Final = 3
READ_SHARE_MAX: Final = 0.2  # of a table's rows: from about there on reading all of it costs less
Weights = Mapping[tuple[str, str], float]  # (table, column) -> by how much of the workload it is held equal


def btrees(access: Access, facts: TableFacts, weights: Weights) -> Iterator[Proposal]:
    """For one access, its conditions together, its joins, and each side of an OR."""
    yield from _keyed(access, facts, weights, equal_columns(access.predicates, facts))
    joined = equal_columns(access.joins, facts)
    if joined:
        yield from _joined(access, facts, weights, joined)
    for name in joined if len(joined) > 1 else ():  # a nested loop comes from one table: it may know this one only
        yield from _joined(access, facts, weights, [name])
    for side in access.either:
        equal = equal_columns(side, facts)
        keys = ordered(access, equal, facts, weights) + range_keys(side, equal, facts)[:1]
        if keys and len(access.either) > 1:
            yield _proposal(access, keys, len(equal), f"one side of an OR: {said(keys)}")


def order_keys(access: Access, facts: TableFacts, equal: Sequence[str]) -> tuple[IndexKey, ...]:
    """Keys that hand rows over in the access's order, where what is held `equal` comes first; () without any."""
    terms = [term for term in access.order if term.column not in equal]
    if not terms or not all(term.column and is_btree_column(facts, term.column) for term in terms):
        return ()
    # A B-tree is read backwards as well: upwards first, so that one index serves both ways and ranges.
    return tuple(_key(term.turned if terms[0].descending else term) for term in terms)


def is_selective(access: Access, facts: TableFacts) -> bool:
    return access.share(facts) <= READ_SHARE_MAX


def _key(term: SortTerm) -> IndexKey:
    nulls = None if term.nulls_first == term.descending else term.nulls_first
    plain = IndexKey.of(term.column, descending=term.descending)
    return IndexKey(plain.sql, term.column, plain.descending, nulls)


def _keyed(access: Access, facts: TableFacts, weights: Weights, equal: list[str]) -> Iterator[Proposal]:
    keys = ordered(access, equal, facts, weights)
    order = order_keys(access, facts, equal) if not is_listed(access.predicates) or not equal else ()
    ranges = range_keys(access.predicates, equal, facts)
    narrow = is_selective(access, facts)
    if order and (access.limited or (equal and narrow)):
        why = f"{said(keys)} equal, then in the order asked for" if keys else "in the order asked for"
        yield _proposal(access, (*keys, *order), len(keys), why)
    if not narrow:
        return
    for one in ranges[:2]:
        yield _proposal(access, (*keys, one), len(keys), f"{said((*keys, one))}: equal first, then the range")
    rows = next((one.row for one in access.predicates if len(one.row) > 1), ())
    if rows and all(is_btree_column(facts, name) for name in rows):
        after = tuple(IndexKey.of(name) for name in rows if name not in equal)
        yield _proposal(access, (*keys, *after), len(keys), f"rows compared by {said(after)}")
    if keys:
        yield _proposal(access, keys, len(keys), f"{said(keys)} held equal")
    if len(keys) > 1:
        yield from _apart(access, facts, equal, keys[0])


def _apart(access: Access, facts: TableFacts, equal: Sequence[str], first: IndexKey) -> Iterator[Proposal]:
    """Columns that tell rows apart best by themselves, and each behind what most of the workload holds equal: the
    others may add nothing, or too little for what they take. Rows without a value are a partial index's to find."""
    valued = [name for name in equal if not _is_null_sought(access, name)]
    best, *others = sorted(valued, key=lambda name: equal_share(facts, name)) or [""]
    few = [name for name in others if equal_share(facts, name) <= APART_MAX][: APART_COLUMNS_MAX - 1]
    for name in filter(None, (best, *few)):
        yield _proposal(access, (IndexKey.of(name),), 1, f"{name} alone tells rows apart{' best' * (name == best)}")
        if name != first.column and len(equal) > 2:
            yield _proposal(access, (first, IndexKey.of(name)), 2, f"{first.column}, {name} held equal")


def held_share(access: Access, facts: TableFacts, name: str) -> float:
    """Of the rows, those that a column held equal leaves: a value's, or all without one."""
    known = statistics_of(facts, name) if _is_null_sought(access, name) else None
    return known.null_share if known is not None else equal_share(facts, name)


def _is_null_sought(access: Access, name: str) -> bool:
    return any(one.column == name and _seeks_null(one) for one in access.predicates)


def _joined(access: Access, facts: TableFacts, weights: Weights, joined: list[str]) -> Iterator[Proposal]:
    """For the inner side of a nested loop, whether or not it is one today."""
    near = [name for name in joined if equal_share(facts, name) <= READ_SHARE_MAX]
    if not near:
        return
    keys = ordered(access, joined, facts, weights)
    yield _proposal(access, keys, len(keys), f"joined by {said(keys)}")
    equal = [name for name in equal_columns(access.predicates, facts) if name not in joined]
    both = ordered(access, [*joined, *equal], facts, weights)
    after = order_keys(access, facts, [*joined, *equal]) or range_keys(access.predicates, [*joined, *equal], facts)[:1]
    if equal or after:
        yield _proposal(access, (*both, *after), len(both), f"joined by {said(keys)}, with its other conditions")


def equal_columns(held: Sequence[Predicate], facts: TableFacts) -> list[str]:
    """Columns held equal to something, each once; a NULL sought is like a value."""
    sought = [one for one in held if one.column and (one.kind in ("equal", "any") or _seeks_null(one))]
    return list(dict.fromkeys(one.column for one in sought if is_btree_column(facts, one.column)))


def _seeks_null(one: Predicate) -> bool:
    return one.kind == "null" and one.operator == "NULL"


def is_listed(held: Sequence[Predicate]) -> bool:
    """A list of values hands rows over one value after the other, not in one order."""
    return any(one.kind == "any" for one in held)


def range_keys(held: Sequence[Predicate], equal: Sequence[str], facts: TableFacts) -> tuple[IndexKey, ...]:
    names = dict.fromkeys(one.column for one in held if one.kind == "range" and one.column and not one.row)
    return tuple(IndexKey.of(name) for name in names if name not in equal and is_btree_column(facts, name))


def ordered(access: Access, names: Sequence[str], facts: TableFacts, weights: Weights) -> tuple[IndexKey, ...]:
    """Those first that most of the workload holds equal, so that beginnings are shared; then those that tell most."""
    weighed = {name: weights.get((str(access.table), name), 0.0) for name in names}
    by = sorted(names, key=lambda name: (-weighed[name], held_share(access, facts, name), name))
    return tuple(IndexKey.of(name) for name in by)


def _proposal(access: Access, keys: Sequence[IndexKey], equal: int, why: str) -> Proposal:
    return Proposal(Index(access.table, tuple(keys[:KEYS_MAX])), "btree", why, access, min(equal, KEYS_MAX))


def said(keys: Sequence[IndexKey]) -> str:
    return ", ".join(key.column or key.sql for key in keys)
