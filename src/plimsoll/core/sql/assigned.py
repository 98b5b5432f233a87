"""Which columns a statement that writes gives new values to. Pure."""

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from plimsoll.core.sql.parsing import parsed
from plimsoll.core.statement_kind import is_planned

if TYPE_CHECKING:
    from sqlglot import exp

_CACHED: Final = 1_000


@lru_cache(_CACHED)
def assigned_columns(text: str) -> frozenset[str] | None:
    """Bare names behind SET, of every UPDATE and ON CONFLICT DO UPDATE in it; None of a text that cannot be read."""
    found = parsed(text) if is_planned(text) else None
    return None if found is None else frozenset(_assigned(found))


def _assigned(found: "exp.Expr") -> Iterator[str]:
    from sqlglot import exp

    for one in found.find_all(exp.Update, exp.OnConflict):
        for each in one.args.get("expressions") or ():
            target = each.this if isinstance(each, exp.EQ) else None
            columns = target.find_all(exp.Column) if target is not None else ()
            yield from (_folded(column.parts[0]) for column in columns)


def _folded(name: "exp.Expr") -> str:
    """As the server folds it."""
    return str(name.name) if name.args.get("quoted") else str(name.name).lower()
