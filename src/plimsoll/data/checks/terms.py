"""The parts of a check's expression: columns under functions, and literals."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Final, Literal

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from plimsoll.core.schema import DataType
from plimsoll.data.domain import Bound, Limit

Category = Literal["number", "date", "timestamp", "text", "bool", "array", "bytes", "other"]

_CATEGORIES: Final[dict[str, Category]] = {
    **dict.fromkeys(("int2", "int4", "int8", "numeric", "float4", "float8"), "number"),
    **dict.fromkeys(("text", "varchar", "bpchar", "citext", "name"), "text"),
    **dict.fromkeys(("timestamp", "timestamptz"), "timestamp"),
    "date": "date",
    "bool": "bool",
    "bytea": "bytes",
}
# Casts that change no value, by what is cast.
_KEEPING: Final[dict[Category, frozenset[str]]] = {
    "number": frozenset({"DECIMAL", "DOUBLE", "FLOAT", "BIGINT"}),
    "text": frozenset({"TEXT", "VARCHAR", "CHAR", "BPCHAR"}),
    "date": frozenset({"TIMESTAMP", "TIMESTAMPTZ"}),
    "timestamp": frozenset({"TIMESTAMP", "TIMESTAMPTZ"}),
    "other": frozenset({"TEXT"}),
}
_WHOLE: Final = (
    "SMALLINT",
    "INT",
    "INTEGER",
    "BIGINT",
)  # a value too great for one is an error, not changed
_FUNCTIONS: Final = {
    "length": "length",
    "char_length": "length",
    "character_length": "length",
    "octet_length": "octets",
    "cardinality": "items",
    "jsonb_typeof": "json",
    "json_typeof": "json",
    "lower": "lower",
    "upper": "upper",
    "btrim": "trim",
}
_NODES: Final[tuple[tuple[type[exp.Expression], str], ...]] = (
    (exp.Length, "length"),
    (exp.Lower, "lower"),
    (exp.Upper, "upper"),
)


@dataclass(frozen=True, slots=True)
class Term:
    """A column under functions, the innermost first: ("trim", "length") is length(btrim(column))."""

    column: str
    functions: tuple[str, ...] = ()


def parsed(expression: str) -> exp.Expression | None:
    """The tree of PostgreSQL's text of a condition, None where it is not understood."""
    try:
        statement = sqlglot.parse_one(f"SELECT 1 WHERE {expression}", dialect="postgres")
    except (SqlglotError, RecursionError):
        return None
    where = statement.args.get("where")
    return where.this if isinstance(where, exp.Where) and isinstance(where.this, exp.Expression) else None


def without_integer_casts(tree: exp.Expression, whole: set[str]) -> exp.Expression:
    """The tree without casts of columns of `whole` numbers to such: PostgreSQL writes a domain's value so."""

    def mended(node: exp.Expression) -> exp.Expression:
        if isinstance(node, exp.Cast) and node.to.sql("postgres").upper() in _WHOLE and column_of(node.this) in whole:
            return bare(node.this)
        return node

    return tree.transform(mended)


def bare(node: exp.Expression) -> exp.Expression:
    """Without parentheses."""
    while isinstance(node, exp.Paren):
        node = node.this
    return node


def category_of(kind: DataType | None) -> Category:
    if kind is None:
        return "other"
    if kind.kind == "array":
        return "array"
    return _CATEGORIES.get(kind.base, "other") if kind.kind == "base" else "other"


def column_of(node: exp.Expression) -> str | None:
    """The name of a bare column. PostgreSQL quotes what is not lower case; VALUE is the domain's own value."""
    node = bare(node)
    if not isinstance(node, exp.Column) or node.args.get("table"):
        return None
    name = node.this
    return str(name.this if name.args.get("quoted") else name.this.lower())


def term_of(node: exp.Expression, types: dict[str, Category]) -> Term | None:
    """None for anything but a column under known functions."""
    node = bare(node)
    if (column := column_of(node)) is not None:
        return Term(column) if column in types else None
    if isinstance(node, exp.Cast):
        inner = term_of(node.this, types)
        return inner if inner and _keeps(types[inner.column], inner, node) else None
    name, argument = _function(node)
    inner = term_of(argument, types) if argument is not None else None
    return Term(inner.column, (*inner.functions, name)) if inner else None


def literal_of(node: exp.Expression) -> str | None:
    """The text of a literal, whatever it is cast to; None for anything else (NULL too)."""
    node = bare(node)
    while isinstance(node, exp.Cast):
        node = bare(node.this)
    if isinstance(node, exp.Neg):
        inner = literal_of(node.this)
        return None if inner is None else f"-{inner}"
    if isinstance(node, exp.Boolean):
        return "true" if node.this else "false"
    return str(node.this) if isinstance(node, exp.Literal) else None


def list_of(node: exp.Expression) -> list[str] | None:
    """The texts of ARRAY['a'::text, ...]; None where an element is no literal."""
    node = bare(node)
    while isinstance(node, exp.Cast):
        node = bare(node.this)
    if not isinstance(node, exp.Array):
        return None
    texts = [literal_of(element) for element in node.expressions]
    return None if None in texts else [text for text in texts if text is not None]


def is_null_literal(node: exp.Expression) -> bool:
    node = bare(node)
    while isinstance(node, exp.Cast):
        node = bare(node.this)
    return isinstance(node, exp.Null)


def choice_text(category: Category, text: str) -> str:
    """A literal as the one text that its value has among choices."""
    if category == "number":
        number = Decimal(text)
        return format(number.quantize(1) if number == number.to_integral_value() else number.normalize(), "f")
    if category == "bool":
        return "true" if text.lower() in ("true", "t", "1", "yes", "on") else "false"
    return text


def limit(category: Category, text: str) -> Limit:
    """A literal's value, in UTC. Raises ValueError or ArithmeticError for what has none (infinity)."""
    if category == "number":
        number = Decimal(text)
        if not number.is_finite():
            raise ValueError(f"{text} is no bound")
        return number
    moment = datetime.fromisoformat(text)
    moment = moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    return moment.date() if category == "date" and moment.time() == time() else moment


def bound(category: Category, text: str, *, inclusive: bool, lower: bool) -> Bound:
    """An end of what is allowed. A moment within a day bounds dates from the day on that lies wholly inside."""
    value = limit(category, text)
    if category != "date" or not isinstance(value, datetime):
        return Bound(value, inclusive)
    day = date(value.year, value.month, value.day)
    return Bound(day, inclusive=not lower)


def _keeps(category: Category, inner: Term, node: exp.Cast) -> bool:
    kind = node.to.this
    plain = not node.to.expressions
    if inner.functions:
        return plain and category == "text" and getattr(kind, "name", "") == "TEXT"
    return plain and getattr(kind, "name", "") in _KEEPING.get(category, frozenset())


def _function(node: exp.Expression) -> tuple[str, exp.Expression | None]:
    for kind, name in _NODES:
        if isinstance(node, kind):
            return name, node.this
    if isinstance(node, exp.Collate):
        return "collate", None
    if isinstance(node, exp.Trim):
        plain = not node.args.get("expression") and str(node.args.get("position") or "BOTH") == "BOTH"
        return "trim", node.this if plain else None
    if isinstance(node, exp.ArraySize):
        return "items", node.this if literal_of(node.args.get("expression") or exp.Null()) in ("1", None) else None
    return _named_function(node)


def _named_function(node: exp.Expression) -> tuple[str, exp.Expression | None]:
    if isinstance(node, exp.Anonymous):
        name, arguments = str(node.this).lower(), list(node.expressions)
    else:
        match = re.match(r"(\w+)\(", node.sql("postgres")) if isinstance(node, exp.Func) else None
        name, arguments = (match[1].lower() if match else ""), [node.this]
    known = _FUNCTIONS.get(name)
    return (known, arguments[0]) if known and len(arguments) == 1 else ("", None)
