"""Indexes for LIKE, ILIKE and regular expressions: by beginnings, or by the groups of three letters within. Pure."""

import re
from collections.abc import Iterator
from typing import Final

from plimsoll.core.tuning.candidate import Form
from plimsoll.core.tuning.facts import DatabaseFacts, TableFacts
from plimsoll.core.tuning.index import Index, IndexKey
from plimsoll.tune.candidates.accesses import Access, is_anchored, literal_of
from plimsoll.tune.candidates.btree import KEYS_MAX, Weights, equal_columns, is_selective, ordered, said
from plimsoll.tune.candidates.columns import is_btree_column, is_text, type_of
from plimsoll.tune.candidates.deparsed import Predicate
from plimsoll.tune.candidates.expression import expression_key
from plimsoll.tune.candidates.immutable import is_immutable
from plimsoll.tune.candidates.proposal import Proposal

TRIGRAMS: Final = "pg_trgm"
_GROUP: Final = re.compile(r"\w{3}")  # without one in the pattern all of the index is read
# C.UTF-8 of the C library orders texts by bytes as well, but the server does not count on that.
_BYTEWISE: Final = ("C", "POSIX")
_OPCLASSES: Final = {
    "varchar": "varchar_pattern_ops",
    "bpchar": "bpchar_pattern_ops",
    "name": "",
}  # a name is ordered so


def patterns(access: Access, table: TableFacts, facts: DatabaseFacts, weights: Weights) -> Iterator[Proposal]:
    """By the beginning where it is known, else by trigrams where the extension is there or could be."""
    if not is_selective(access, table):
        return
    for one in (one for one in access.predicates if one.kind == "pattern"):
        if is_anchored(one):
            yield from _beginning(access, one, table, facts, weights)
        elif facts.extensions | facts.available >= {TRIGRAMS} and _GROUP.search(_plain(one)):
            yield from _within(access, one, table, facts)


def _beginning(
    access: Access, one: Predicate, table: TableFacts, facts: DatabaseFacts, weights: Weights
) -> Iterator[Proposal]:
    """Alone, and after the columns that are held equal beside it."""
    key = _key(one, table, facts, _opclass(one, table, facts))
    if key is None or (one.column and not is_btree_column(table, one.column)):
        return
    why = f"{one.expression} LIKE with a known beginning"
    why += f", which {key.opclass} serves whatever the collation" if key.opclass else ""
    form: Form = "btree" if one.column else "expression"
    yield Proposal(Index(access.table, (key,)), form, why, access)
    equal = equal_columns(access.predicates, table)[: KEYS_MAX - 1]
    if equal:
        keys = ordered(access, equal, table, weights)
        yield Proposal(Index(access.table, (*keys, key)), form, f"{said(keys)} equal; {why}", access, len(keys))


def _within(access: Access, one: Predicate, table: TableFacts, facts: DatabaseFacts) -> Iterator[Proposal]:
    key = _key(one, table, facts, "gin_trgm_ops")
    if key is None:
        return
    missing = "" if TRIGRAMS in facts.extensions else f"; CREATE EXTENSION {TRIGRAMS} comes first"
    why = f"{one.expression} is searched for a piece within, which trigrams find{missing}"
    if access.assumed and one not in access.fixed and one.operator == "~~":
        why += (
            "; that is assumed, as nothing tells what is sent: where all that is asked for is beginnings, a B-tree "
            f"with {_opclass(one, table, facts) or 'the column as it is'} serves, for less"
        )
    yield Proposal(Index(access.table, (key,), "gin"), "trigram", why, access)


def _key(one: Predicate, table: TableFacts, facts: DatabaseFacts, opclass: str) -> IndexKey | None:
    if one.column:
        return IndexKey.of(one.column, opclass=opclass) if is_text(table, one.column) else None
    return expression_key(one.expression, opclass) if is_immutable(one.expression, table, facts.functions) else None


def _opclass(one: Predicate, table: TableFacts, facts: DatabaseFacts) -> str:
    """The type's own where texts are ordered by their bytes."""
    if facts.collation in _BYTEWISE:
        return ""
    kind = type_of(table, one.column)
    return _OPCLASSES.get(kind.base if kind is not None else "", "text_pattern_ops")


def _plain(one: Predicate) -> str:
    """The pattern without what stands for anything."""
    return literal_of(one.value).replace("_", "%") if one.operator in ("~~", "~~*") else literal_of(one.value)
