"""Many rows in one statement: `FROM unnest($1::int[], $2::text[]) AS v (id, name)`, `FROM (VALUES ($1, $2), …) AS v`.

What a column of such a list is compared with, or stored into, tells where its values come from. Pure.
"""

from collections.abc import Sequence

from sqlglot import exp

from plimsoll.core.identifiers import quote_identifier
from plimsoll.load.importers.capture.parsing import sql
from plimsoll.load.importers.capture.uses import Kind, Use, made_of_parameters, scope_of


def bulk_use(literal: exp.Expr, number: int, columns: Sequence[str]) -> Use | None:
    """None for a parameter that is in no such list, or in one of which nothing is told.

    `columns` are those of the table into which rows are inserted.
    """
    source = literal.find_ancestor(exp.Unnest, exp.Values)
    scope = scope_of(source) if source is not None else None
    if source is None or scope is None or source not in made_of_parameters(scope):
        return None
    place, row = _place(literal, source)
    kind: Kind = "rows" if isinstance(source, exp.Unnest) else "equal"
    name = _name(source, place)
    if isinstance(scope.parent, exp.Insert) and scope is scope.parent.expression:
        return _inserted(number, scope, scope.parent, name, place, row, kind, columns)
    for column in scope.find_all(exp.Column):
        told = _counterpart(column) if _is_named(column, source, name) else None
        if told is not None:
            stored: Kind = "stored" if kind == "equal" and _is_target(told) else kind
            return Use(number, stored, sql(told), scope, row, told.name)
    return None


def _place(literal: exp.Expr, source: exp.Expr) -> tuple[int, int]:
    """Which column of the list, and in which of its rows."""
    node = literal
    while node.parent is not None and node.parent is not source and not isinstance(node.parent, exp.Tuple):
        node = node.parent
    return node.index or 0, (node.parent.index or 0) if isinstance(node.parent, exp.Tuple) else 0


def _name(source: exp.Expr, place: int) -> str:
    """What a column of the list is called; `unnest(…) AS x` is x itself."""
    alias = source.args.get("alias")
    named = [column.name for column in alias.args.get("columns") or ()] if alias is not None else []
    return named[place] if place < len(named) else source.alias_or_name


def _is_named(column: exp.Column, source: exp.Expr, name: str) -> bool:
    if _is_target(column):
        return False
    return column.name.lower() == name.lower() and column.table.lower() in ("", source.alias_or_name.lower())


def _is_target(column: exp.Expr) -> bool:
    """To the left of SET's equal sign."""
    parent = column.parent
    if not isinstance(parent, exp.EQ) or column is not parent.this:
        return False
    return isinstance(parent.parent, exp.Update) and parent.arg_key == "expressions"


def _counterpart(column: exp.Expr) -> exp.Expr | None:
    """The column that it is compared with, or stored into."""
    node = column
    while isinstance(node.parent, exp.Cast | exp.Paren):
        node = node.parent
    parent = node.parent
    if not isinstance(parent, exp.EQ | exp.NullSafeEQ):
        return None
    other = parent.this if node is parent.expression else parent.expression
    return other if isinstance(other, exp.Column) else None


def _inserted(
    number: int,
    select: exp.Expr,
    insert: exp.Insert,
    name: str,
    place: int,
    row: int,
    kind: Kind,
    columns: Sequence[str],
) -> Use | None:
    """By the place in the select list at which the column stands."""
    named = insert.this.expressions if isinstance(insert.this, exp.Schema) else []
    targets = [column.name for column in named] or list(columns)
    if not isinstance(select.expressions[0].unalias(), exp.Star):
        listed = [one.find(exp.Column) for one in select.expressions]
        place = next((at for at, one in enumerate(listed) if one is not None and one.name == name), -1)
    if not 0 <= place < len(targets):
        return None
    stored: Kind = "rows" if kind == "rows" else "stored"
    return Use(number, stored, quote_identifier(targets[place]), insert, row, targets[place])
