"""B-trees over the few rows that a constant of the statement itself picks out. Pure."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from plimsoll.core.tuning.facts import TableFacts
from plimsoll.core.tuning.index import Index, IndexKey
from plimsoll.tune.candidates.accesses import Access, literal_of
from plimsoll.tune.candidates.btree import (
    KEYS_MAX,
    Weights,
    equal_columns,
    is_listed,
    is_selective,
    order_keys,
    ordered,
    range_keys,
    said,
)
from plimsoll.tune.candidates.columns import is_btree_column, statistics_of, value_share
from plimsoll.tune.candidates.deparsed import Predicate
from plimsoll.tune.candidates.proposal import Proposal

SHARE_MAX: Final = 0.3  # of a table's rows: with more of them it is hardly smaller than an index of all
VALUES_MAX: Final = 100  # of a column: one value of many, written into a statement, is there by chance


def partials(access: Access, facts: TableFacts, weights: Weights) -> Iterator[Proposal]:
    """One over the rarest constant, with what else is asked as its keys."""
    rare = sorted((predicate_share(one, facts), one.text) for one in access.fixed)
    if not rare or rare[0][0] > SHARE_MAX or not (access.limited or is_selective(access, facts)):
        return
    share, text = rare[0]
    chosen = next(one for one in access.fixed if one.text == text)
    keys, equal = _keys(access, chosen, facts, weights)
    if keys:
        why = f"{said(keys)} of the {share:.2%} of rows with {text}, which stands in the statement itself"
        yield Proposal(Index(access.table, keys, predicate=text), "partial", why, access, equal, share)


def predicate_share(one: Predicate, facts: TableFacts) -> float:
    """Of the table's rows, those that it holds for; 1 where nothing is known."""
    known = statistics_of(facts, one.column)
    if known is None:
        return 1.0
    if one.kind == "null":
        return known.null_share if one.operator == "NULL" else 1.0 - known.null_share
    if one.kind == "boolean":
        value = "f" if one.text.startswith("NOT ") or one.operator == "FALSE" else "t"
        return 1.0 if one.operator.startswith("NOT") else value_share(facts, one.column, value)
    if known.distinct_of(max(1, facts.rows)) > VALUES_MAX or one.kind not in ("equal", "unequal"):
        return 1.0
    share = value_share(facts, one.column, literal_of(one.value))
    return share if one.kind == "equal" else max(0.0, 1.0 - known.null_share - share)


def _keys(access: Access, chosen: Predicate, facts: TableFacts, weights: Weights) -> tuple[tuple[IndexKey, ...], int]:
    """What is asked beside the constant, else what tells the rows apart; how many of them are held equal."""
    rest = replace(access, predicates=tuple(one for one in access.predicates if one.column != chosen.column))
    equal = equal_columns((*rest.predicates, *rest.joins), facts)
    keys = ordered(access, equal, facts, weights)
    held = (*equal, chosen.column) if chosen.kind == "equal" else equal
    order = () if equal and is_listed(rest.predicates) else order_keys(access, facts, held)
    keys += order or range_keys(rest.predicates, equal, facts)[:1]
    if not keys:
        primary = facts.table.primary_key
        names = [name for name in (primary.columns if primary is not None else ()) if name] or [chosen.column]
        keys = tuple(IndexKey.of(name) for name in names if is_btree_column(facts, name))
    return keys[:KEYS_MAX], min(len(equal), KEYS_MAX)
