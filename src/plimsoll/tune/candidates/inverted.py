"""GIN indexes for what is within a value: keys of a document, elements of an array, words of a text. Pure."""

from collections.abc import Iterator
from typing import Final

from plimsoll.core.tuning.facts import TableFacts
from plimsoll.core.tuning.index import Index, IndexKey
from plimsoll.tune.candidates.accesses import Access
from plimsoll.tune.candidates.btree import is_selective
from plimsoll.tune.candidates.columns import type_of
from plimsoll.tune.candidates.deparsed import Predicate
from plimsoll.tune.candidates.expression import expression_key
from plimsoll.tune.candidates.immutable import bases_in, is_immutable
from plimsoll.tune.candidates.proposal import Proposal

_PATHS: Final = ("@>", "@?", "@@")  # jsonb_path_ops serves them, in an index that is smaller
_KEYS: Final = ("?", "?|", "?&")
_OF_ARRAYS: Final = ("@>", "&&")


def inverted(access: Access, facts: TableFacts, functions: frozenset[str]) -> Iterator[Proposal]:
    """One for each condition of such an operator."""
    if not is_selective(access, facts):
        return
    for one in (one for one in access.predicates if one.kind == "operator"):
        key = _of_column(one, facts) if one.column else _of_expression(one, facts, functions)
        if key is not None:
            why = f"{one.expression} {one.operator} looks into the value"
            yield Proposal(Index(access.table, (key,), "gin"), "gin", why, access)


def _of_column(one: Predicate, facts: TableFacts) -> IndexKey | None:
    kind = type_of(facts, one.column)
    if kind is None:
        return None
    if kind.kind == "array":
        return IndexKey.of(one.column) if one.operator in _OF_ARRAYS else None
    if kind.base == "tsvector":
        return IndexKey.of(one.column) if one.operator == "@@" else None
    opclass = _opclass(one.operator) if kind.base == "jsonb" else None
    return None if opclass is None else IndexKey.of(one.column, opclass=opclass)


def _of_expression(one: Predicate, facts: TableFacts, functions: frozenset[str]) -> IndexKey | None:
    if not is_immutable(one.expression, facts, functions):
        return None
    if one.expression.startswith("to_tsvector("):
        return expression_key(one.expression) if one.operator == "@@" else None
    opclass = _opclass(one.operator) if "jsonb" in bases_in(one.expression, facts) else None
    return None if opclass is None else expression_key(one.expression, opclass)


def _opclass(operator: str) -> str | None:
    if operator in _PATHS:
        return "jsonb_path_ops"
    return "" if operator in _KEYS else None
