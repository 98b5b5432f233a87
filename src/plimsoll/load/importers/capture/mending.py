"""What the server refuses to prepare only because constants have become parameters, and how that is mended. Pure."""

import re
from typing import Final

from sqlglot import exp

from plimsoll.core.sql.tokens import strings, substituted
from plimsoll.load.importers.capture.parsing import parsed, sql
from plimsoll.load.importers.capture.text import with_cast_at, with_type, with_unit_at

_MARKED: Final = re.compile(r"'plimsoll_(\d+)'", re.IGNORECASE)
_ESCAPED: Final = re.compile(r"'plimsoll(?:\\)?_(\d+)'", re.IGNORECASE)
_CONSTANT: Final = r"('(?:[^']|'')*'|\d+(?:\.\d+)?)"
_UNIT: Final = "epoch"  # of extract($1 FROM x): all kinds of times have it

SYNTAX: Final = "42601"
UNTYPED: Final = ("42P18", "42P08")
MISTYPED: Final = "42804"
# Also an operator that there is not: parameters are taken for texts where constants were taken for what they met.
MISMATCHED: Final = (MISTYPED, "42883")
AMBIGUOUS: Final = "42725"
# What is added to a date or time most often; a constant said it by how it was written.
_ADDED: Final = {"date": "integer", "timestamp without time zone": "interval", "timestamp with time zone": "interval"}
UNGROUPED: Final = ("42803", "42P10")  # also DISTINCT and ORDER BY that differ


def mended(query: str, sqlstate: str, position: int, message: str) -> str | None:
    """The statement for another try; None where nothing can be done about what the server says."""
    if sqlstate == SYNTAX:
        return with_unit_at(query, position, _UNIT) or with_cast_at(query, position)
    if sqlstate in UNTYPED:
        found = re.search(r"\$(\d+)", message)
        number = int(found[1]) if found else 0
        return with_type(query, number, "text") if number and f"${number}::text" not in query else None
    if sqlstate == MISTYPED:
        return _with_column_type(query, position, message)
    if sqlstate == AMBIGUOUS:
        return _with_added_type(query, position, message)
    if sqlstate in UNGROUPED:
        return grouped(query)
    return None


def _with_column_type(query: str, position: int, message: str) -> str | None:
    """`INSERT INTO t (n) SELECT $1 FROM u`: a constant took the type of the column, a parameter is text."""
    parameter = re.match(r"\$(\d+)(?!\d|::)", query[position - 1 :])
    named = re.search(r"is of type (.+?) but expression is of type text", message)
    return with_type(query, int(parameter[1]), named[1]) if parameter and named else None


def _with_added_type(query: str, position: int, message: str) -> str | None:
    """`day < $1 + 7`: as a parameter, it may be a number, a time or an interval."""
    added = re.match(r"[-+]\s*\$(\d+)(?!\d|::)", query[position - 1 :])
    named = re.search(r"is not unique: (.+?) [-+] unknown", message)
    type_name = _ADDED.get(named[1]) if named else None
    return with_type(query, int(added[1]), type_name) if added and type_name else None


def grouped(query: str) -> str | None:
    """`SELECT date_trunc($1, at) … GROUP BY date_trunc('day', at)`: the server keeps the constant in the second place,
    so that the first can be told. None where nothing is learned."""
    whole = parsed(query)
    if whole is None:
        return None
    learned: dict[int, str] = {}
    for select in whole.tree.find_all(exp.Select):
        kept = [sql(one) for one in _kept(select)]
        for expression in select.expressions:
            for node in expression.find_all(exp.Expr):
                _learn(sql(node), kept, learned)
    written = {text.lower(): text for text in strings(query)}  # the parser may have changed their case
    told = {number: written.get(text.lower(), text) for number, text in learned.items()}
    return substituted(query, told.get) if told else None


def _kept(select: exp.Select) -> list[exp.Expr]:
    """The expressions of GROUP BY, ORDER BY and DISTINCT ON."""
    group, order, distinct = (select.args.get(name) for name in ("group", "order", "distinct"))
    on = distinct.args.get("on") if distinct is not None else None
    ordered = [one.this for one in order.expressions] if order is not None else []
    return [*(group.expressions if group is not None else []), *ordered, *(on.expressions if on is not None else [])]


def _learn(written: str, kept: list[str], learned: dict[int, str]) -> None:
    numbers = [int(number) for number in _MARKED.findall(written)]
    if not numbers:
        return
    pattern = re.compile(_ESCAPED.sub(lambda _: _CONSTANT, re.escape(written)))
    for other in kept:
        found = pattern.fullmatch(other)
        if found and not _MARKED.search(other):
            learned.update(zip(numbers, (group for group in found.groups()), strict=False))
