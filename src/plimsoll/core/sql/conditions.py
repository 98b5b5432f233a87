"""Conditions of statements and plans, taken apart: which column, held against what, with what around it. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal

from plimsoll.core.sql.parsing import parsed

if TYPE_CHECKING:
    from sqlglot import exp

ConditionKind = Literal["equal", "range", "pattern", "contains", "unequal", "null", "boolean"]
_CACHED: Final = 1_000
# What plans write in place of a subquery, which is no SQL.
_SUBPLAN: Final = re.compile(r"\((?:alternatives: )?(?:hashed )?(?:Sub|Init)Plan \d+[^()]*\)(?:\.col\d+)?|\$\d+\.\$\d+")
# A varchar is compared as text, which its index serves.
_HARMLESS: Final = frozenset({"TEXT", "VARCHAR", "BPCHAR", "CHAR"})
_SIMPLE: Final = re.compile(r"[a-z_][a-z0-9_$]*")


@dataclass(frozen=True, slots=True)
class Condition:
    """Of one column. `wrapped` is the expression around it, as SQL without the table's name ("lower(email)"), `cast`
    the type where that is a cast and nothing else. `joined`: the other side is a column, too. `anchored`: of a pattern
    that is known, whether it begins with something else than a wildcard."""

    column: str
    table: str
    kind: ConditionKind
    wrapped: str = ""
    cast: str = ""
    joined: bool = False
    anchored: bool | None = None

    @property
    def plain(self) -> bool:
        """Whether an ordinary index on the column serves it."""
        return not self.wrapped and self.kind in ("equal", "range")


@lru_cache(_CACHED)
def conditions(text: str) -> tuple[Condition, ...]:
    """Those that must all hold; nothing of what is not understood."""
    found = _parsed(text)
    return () if found is None else tuple(_all(found))


@lru_cache(_CACHED)
def alternatives(text: str) -> tuple[Condition, ...]:
    """Those of which one suffices: the sides of an OR, where columns differ."""
    from sqlglot import exp

    found = _parsed(text)
    either = None if found is None else found.find(exp.Or)
    sides = [] if either is None else [one for side in either.flatten() for one in _all(side)]
    return tuple(sides) if len({one.column for one in sides}) > 1 else ()


def conditions_of(where: "exp.Expr") -> Sequence[Condition]:
    """As `conditions`, of what is parsed already."""
    return tuple(_all(where))


def quoted(name: str) -> str:
    """An identifier as SQL."""
    return name if _SIMPLE.fullmatch(name) else '"{}"'.format(name.replace('"', '""'))


def _parsed(text: str) -> "exp.Expr | None":
    statement = parsed(f"SELECT 1 WHERE {_SUBPLAN.sub('(1)', text)}")
    where = statement.args.get("where") if statement is not None else None
    found: exp.Expr | None = where.this if where is not None else None
    return found


def _all(node: "exp.Expr") -> Iterator[Condition]:
    from sqlglot import exp

    node = node.unnest()
    if isinstance(node, exp.And):
        for side in (node.left, node.right):
            yield from _all(side)
    elif isinstance(node, exp.Between):
        yield from _held(node.this, "range", [node.args["low"], node.args["high"]])
    elif isinstance(node, exp.In):
        yield from _held(node.this, "equal", node.expressions)
    elif isinstance(node, exp.Column):
        yield from _held(node, "boolean", ())
    elif isinstance(node, exp.Not):
        yield from _negated(node.this.unnest())
    elif isinstance(node, exp.MatchAgainst):
        yield from _held(node.expressions[0], "contains", ())
    elif isinstance(node, exp.Binary):
        yield from _binary(node)


def _negated(node: "exp.Expr") -> Iterator[Condition]:
    from sqlglot import exp

    if isinstance(node, exp.Column):
        yield from _held(node, "boolean", ())
    elif isinstance(node, exp.In):
        yield from _held(node.this, "unequal", ())


def _binary(node: "exp.Binary") -> Iterator[Condition]:
    from sqlglot import exp

    kinds: dict[type[exp.Expr], ConditionKind] = {
        exp.EQ: "equal", exp.GT: "range", exp.GTE: "range", exp.LT: "range", exp.LTE: "range", exp.NEQ: "unequal",
        exp.Like: "pattern", exp.ILike: "pattern", exp.Is: "null", exp.ArrayContainsAll: "contains",
        exp.ArrayOverlaps: "contains", exp.JSONBContains: "contains",
    }  # fmt: skip
    kind = kinds.get(type(node))
    if kind is not None:
        yield from _held(node.left, kind, [node.right])
        if kind in ("equal", "range") and node.right.find(exp.Column):
            yield from _held(node.right, kind, [node.left])


def _held(side: "exp.Expr", kind: ConditionKind, against: Sequence["exp.Expr"]) -> Iterator[Condition]:
    """A condition of the one column in an expression; none of an expression without any, or of several."""
    from sqlglot import exp

    columns = {column.sql(dialect="postgres"): column for column in side.find_all(exp.Column)}
    if len(columns) != 1 or side.find(exp.Select):
        return
    (column,) = columns.values()
    wrapped, cast = _around(side)
    yield Condition(
        quoted(column.name), column.table, kind, wrapped, cast,
        joined=any(one.find(exp.Column) for one in against),
        anchored=_anchored(against[0]) if kind == "pattern" and against else None,
    )  # fmt: skip


def _around(side: "exp.Expr") -> tuple[str, str]:
    from sqlglot import exp

    inner = side.copy().transform(_unnamed).transform(_bare).transform(_bare)  # what is replaced is not walked into
    if isinstance(inner, exp.Column):
        return "", ""
    is_cast = isinstance(inner, exp.Cast) and isinstance(inner.this, exp.Column)
    return inner.sql(dialect="postgres", normalize_functions="lower"), inner.args["to"].sql(
        "postgres"
    ) if is_cast else ""


def _unnamed(node: "exp.Expr") -> "exp.Expr":
    """Without the name of its table."""
    from sqlglot import exp

    return exp.column(node.this.copy()) if isinstance(node, exp.Column) else node


def _bare(node: "exp.Expr") -> "exp.Expr":
    """Without casts that change nothing, and parentheses around columns."""
    from sqlglot import exp

    while isinstance(node, exp.Paren | exp.Cast) and _is_idle(node):
        node = node.this
    return node


def _is_idle(node: "exp.Paren | exp.Cast") -> bool:
    from sqlglot import exp

    if isinstance(node, exp.Cast):
        return getattr(node.to.this, "name", "") in _HARMLESS  # of a type of its own it is a text
    return isinstance(node.this, exp.Column | exp.Paren | exp.Cast | exp.Func)


def _anchored(pattern: "exp.Expr") -> bool | None:
    from sqlglot import exp

    literal = pattern.find(exp.Literal)
    if literal is None or not literal.is_string or pattern.find(exp.Parameter):
        return None
    return not literal.name.startswith(("%", "_"))
