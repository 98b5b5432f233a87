"""B-trees over expressions that statements hold columns in: lower(email), (payload ->> 'state'). Pure."""

import re
from collections.abc import Iterator
from typing import Final

from plimsoll.core.tuning.facts import TableFacts
from plimsoll.core.tuning.index import Index, IndexKey
from plimsoll.tune.candidates.accesses import Access
from plimsoll.tune.candidates.btree import KEYS_MAX, Weights, equal_columns, is_selective, ordered
from plimsoll.tune.candidates.columns import is_text
from plimsoll.tune.candidates.deparsed import Predicate, bare
from plimsoll.tune.candidates.immutable import is_immutable
from plimsoll.tune.candidates.proposal import Proposal

_CALL: Final = re.compile(r'(?:[\w"]+\.)?[\w"]+\([^()]*(?:\([^()]*\)[^()]*)*\)')
# The column's own index serves what is compared without it, so that the statement is what wants changing.
_CAST_ONLY: Final = re.compile(r'\(?([\w"]+)\)?::(?!date\b)([\w ]+)')
_NUMBERS: Final = ("integer", "bigint", "smallint", "numeric")  # that stand in texts: '7' and '07' are the same one


def expressions(access: Access, facts: TableFacts, weights: Weights, functions: frozenset[str]) -> Iterator[Proposal]:
    """Alone, and after the columns that are held equal beside it; one that the first rows are wanted by, too."""
    yield from _in_order(access, facts, functions)
    if not is_selective(access, facts):
        return
    equal = equal_columns(access.predicates, facts)
    for one in (*access.predicates, *access.joins):
        if not _is_served(one, facts) or not is_immutable(one.expression, facts, functions):
            continue
        key, held = expression_key(one.expression), one.kind != "range"
        yield _proposal(access, (key,), int(held), one)
        if equal:
            keys = ordered(access, equal[: KEYS_MAX - 1], facts, weights)
            yield _proposal(access, (*keys, key), len(keys) + int(held), one)


def _in_order(access: Access, facts: TableFacts, functions: frozenset[str]) -> Iterator[Proposal]:
    (term, *others) = access.order or (None,)
    if term is None or others or term.column or not access.limited:
        return
    if is_immutable(term.expression, facts, functions):
        why = f"the first rows by {term.expression}"
        yield Proposal(Index(access.table, (expression_key(term.expression),)), "expression", why, access)


def expression_key(expression: str, opclass: str = "") -> IndexKey:
    """A call of a function stands alone, all else in parentheses, as the server writes them too."""
    sql = expression if _CALL.fullmatch(expression) else f"({expression})"
    return IndexKey(sql, opclass=opclass)


def _is_served(one: Predicate, facts: TableFacts) -> bool:
    if one.column or one.kind not in ("equal", "any", "range") or one.expression.startswith("ROW("):
        return False
    cast = _CAST_ONLY.fullmatch(one.expression)
    return cast is None or (cast[2] in _NUMBERS and is_text(facts, bare(cast[1])))


def _proposal(access: Access, keys: tuple[IndexKey, ...], equal: int, one: Predicate) -> Proposal:
    why = f"{one.expression} is what the statement compares; an index on the column alone does not serve it"
    return Proposal(Index(access.table, keys), "expression", why, access, equal)
