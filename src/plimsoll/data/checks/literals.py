"""What a single comparison or test says, as one of a few literals of a clause."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from sqlglot import exp

from plimsoll.data.checks.regex import compiled, from_like, ignoring_case
from plimsoll.data.checks.terms import Category, Term, bound, choice_text, column_of, list_of, literal_of, term_of
from plimsoll.data.domain import Domain, NullCount, Ordering


@dataclass(frozen=True, slots=True)
class On:
    """The column is null or in the domain."""

    column: str
    domain: Domain


@dataclass(frozen=True, slots=True)
class Null:
    """The column is null, or is not."""

    column: str
    is_null: bool


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nothing that is understood."""


Fact = On | Null | Ordering | NullCount | Unknown | bool
Types = dict[str, Category]

OPERATORS: Final[dict[type[exp.Expression], str]] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}
INVERSE: Final = {"=": "<>", "<>": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
MIRRORED: Final = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_TIMES: Final = ("date", "timestamp")


def compared(left: exp.Expression, operator: str, right: exp.Expression, types: Types) -> list[Fact]:
    """What `left operator right` says: facts that all hold. An Unknown among them: and something more."""
    if (count := null_count(left)) is not None and (number := literal_of(right)) is not None:
        return _counted(*count, operator, int(number))
    first, second = term_of(left, types), term_of(right, types)
    if first and second:
        return [_of_columns(first, operator, second, types)]
    if second and not first:
        first, operator, right = second, MIRRORED[operator], left
    if first is None:
        return [Unknown()]
    return _with_literals(first, operator, _texts(right, operator), types[first.column])


def matched(node: exp.Expression, positive: bool, types: Types) -> list[Fact]:
    """What ~, ~*, LIKE and ILIKE say."""
    subject, text = _without_collation(node.this), literal_of(node.expression)
    if text is not None:
        term = term_of(subject, types)
        if term and types[term.column] == "text" and set(term.functions) <= {"trim", "lower", "upper"}:
            pattern = _as_regex(node, text)
            compiled(pattern)
            shaped = _shape(term) if positive else Domain()
            known = positive or not set(term.functions) & {"lower", "upper"}
            found = replace(shaped, patterns=(pattern,)) if positive else Domain(absent_patterns=(pattern,))
            return [On(term.column, found)] if known else [Unknown()]
    return [Unknown()]


def null_count(node: exp.Expression) -> tuple[tuple[str, ...], bool] | None:
    """The columns that an expression counts, and whether it counts those that are not null."""
    node = _plain(node)
    if isinstance(node, exp.Anonymous) and str(node.this).lower() in ("num_nonnulls", "num_nulls"):
        columns = [column_of(argument) for argument in node.expressions]
        names = tuple(column for column in columns if column is not None)
        return (names, str(node.this).lower() == "num_nonnulls") if len(names) == len(columns) else None
    if isinstance(node, exp.Add):
        first, second = null_count(node.this), null_count(node.expression)
        return (first[0] + second[0], first[1]) if first and second and first[1] == second[1] else None
    return _one_counted(node)


def null_test(node: exp.Expression) -> Null | None:
    """`column IS NULL` or its opposite."""
    node = _plain(node)
    flipped = bool(node.args.get("negate"))
    if isinstance(node, exp.Not):
        inner = null_test(node.this)
        return Null(inner.column, not inner.is_null) if inner else None
    if not isinstance(node, exp.Is) or not isinstance(node.expression, exp.Null):
        return None
    column = column_of(node.this)
    return Null(column, not flipped) if column is not None else None


def _plain(node: exp.Expression) -> exp.Expression:
    while isinstance(node, exp.Paren):
        node = node.this
    return node


def _one_counted(node: exp.Expression) -> tuple[tuple[str, ...], bool] | None:
    """(a IS NOT NULL)::integer, or CASE WHEN a IS NULL THEN 0 ELSE 1 END."""
    if isinstance(node, exp.Cast):
        test = null_test(node.this)
        return ((test.column,), not test.is_null) if test else None
    if not isinstance(node, exp.Case) or node.this is not None or len(node.args["ifs"]) != 1:
        return None
    branch, default = node.args["ifs"][0], node.args.get("default")
    test = null_test(branch.this)
    numbers = (literal_of(branch.args["true"]), literal_of(default) if default is not None else None)
    if test is None or numbers not in (("1", "0"), ("0", "1")):
        return None
    return (test.column,), test.is_null != (numbers[0] == "1")


def _counted(columns: tuple[str, ...], of_not_null: bool, operator: str, number: int) -> list[Fact]:
    size = len(columns)
    if not of_not_null:
        operator, number = MIRRORED[operator], size - number
    allowed = [count for count in range(size + 1) if _HOLDS[operator](count, number)]
    if len(set(columns)) < size or not allowed:
        return [Unknown() if allowed else False]
    if allowed in ([0], [size]):
        return [Null(column, is_null=allowed == [0]) for column in columns]
    if allowed[-1] - allowed[0] + 1 != len(allowed):
        return [Unknown()]
    return [NullCount(columns, allowed[0], allowed[-1])]


_HOLDS: Final[dict[str, Callable[[int, int], bool]]] = {
    "=": lambda count, number: count == number,
    "<>": lambda count, number: count != number,
    "<": lambda count, number: count < number,
    "<=": lambda count, number: count <= number,
    ">": lambda count, number: count > number,
    ">=": lambda count, number: count >= number,
}


def _of_columns(first: Term, operator: str, second: Term, types: Types) -> Fact:
    if first.column == second.column:
        return _equal_to_own_form(first, operator, second)
    categories = (types[first.column], types[second.column])
    alike = categories == ("number", "number") or all(category in _TIMES for category in categories)
    if first.functions or second.functions or not alike or operator in ("=", "<>"):
        return Unknown()
    if operator in (">", ">="):
        first, second = second, first
    return Ordering(first.column, second.column, strict=operator in ("<", ">"))


def _equal_to_own_form(first: Term, operator: str, second: Term) -> Fact:
    functions = first.functions or second.functions
    one_bare = not (first.functions and second.functions)
    if operator != "=" or not functions or not one_bare or not set(functions) <= {"trim", "lower", "upper"}:
        return Unknown()
    return On(first.column, _shape(Term(first.column, functions)))


def _shape(term: Term) -> Domain:
    """The domain of values that the functions leave as they are: narrower than need be, so that they can be ignored."""
    functions = term.functions
    return Domain(lower_case="lower" in functions, upper_case="upper" in functions, trimmed="trim" in functions)


def _texts(node: exp.Expression, operator: str) -> list[str] | None:
    """The literals on the right: one, or a list under = ANY or <> ALL."""
    node = _plain(node)
    if isinstance(node, exp.Any) and operator == "=":
        return list_of(node.this)
    if operator == "<>" and isinstance(node, exp.All | exp.Anonymous):
        named = isinstance(node, exp.All) or str(node.this).upper() == "ALL"
        return list_of(node.this if isinstance(node, exp.All) else node.expressions[0]) if named else None
    text = literal_of(node)
    return None if text is None else [text]


def _with_literals(term: Term, operator: str, texts: list[str] | None, category: Category) -> list[Fact]:
    if not texts:
        return [Unknown()]
    shaping = {"trim", "lower", "upper"}
    measure = [name for name in term.functions if name not in shaping]
    if len(measure) > 1 or (measure and term.functions[-1] != measure[0]):
        return [Unknown()]
    if set(term.functions) & shaping and category != "text":
        return [Unknown()]
    if operator == "<>" and not measure and set(term.functions) & {"lower", "upper"}:
        return [Unknown()]  # to forbid a text in every case is not to demand one case
    domain = _measured(measure[0], operator, texts, category) if measure else _valued(operator, texts, category)
    if domain is None:
        return [Unknown()]
    facts: list[Fact] = [On(term.column, _marked(domain, term, measured=bool(measure)))]
    inexact = bool(measure) and measure[0] == "octets" and category == "text"
    return [*facts, Unknown()] if inexact else facts


def _marked(domain: Domain, term: Term, *, measured: bool) -> Domain:
    """With the term's shape. The length of lower(x) is that of x, so case is left alone under a measure."""
    shape = _shape(term)
    if measured:
        return replace(domain, trimmed=shape.trimmed)
    return replace(domain, trimmed=shape.trimmed, lower_case=shape.lower_case, upper_case=shape.upper_case)


def _valued(operator: str, texts: list[str], category: Category) -> Domain | None:
    if operator == "=":
        return Domain(choices=tuple(choice_text(category, text) for text in texts))
    if operator == "<>":
        return _all_but(tuple(choice_text(category, text) for text in texts), category)
    if category not in ("number", *_TIMES) or len(texts) != 1:
        return None
    lower = operator in (">", ">=")
    end = bound(category, texts[0], inclusive=operator in (">=", "<="), lower=lower)
    return Domain(low=end) if lower else Domain(high=end)


def _all_but(texts: tuple[str, ...], category: Category) -> Domain:
    if category == "bool":
        return Domain(choices=tuple(text for text in ("true", "false") if text not in texts))
    if category == "text" and texts == ("",):
        return Domain(length_min=1)
    return Domain(excluded=frozenset(texts))


def _measured(measure: str, operator: str, texts: list[str], category: Category) -> Domain | None:
    if measure == "json":
        kind = "object" if "object" in texts else texts[0]
        return Domain(json_type=kind) if operator == "=" else None
    if (measure == "items") != (category == "array") or category not in ("text", "bytes", "array"):
        return None
    least, most = _range(operator, sorted(int(text) for text in texts))
    if (least, most) == (None, None):
        return None
    return Domain(items_min=least, items_max=most) if measure == "items" else Domain(length_min=least, length_max=most)


def _range(operator: str, numbers: list[int]) -> tuple[int | None, int | None]:
    number = numbers[-1]
    if operator == "=":
        return number, number
    if operator in (">", ">="):
        return number + (operator == ">"), None
    if operator in ("<", "<="):
        return None, number - (operator == "<")
    return (1, None) if numbers == [0] else (None, None)


def _as_regex(node: exp.Expression, text: str) -> str:
    if isinstance(node, exp.Like | exp.ILike):
        return from_like(text, ignore_case=isinstance(node, exp.ILike))
    return ignoring_case(text) if isinstance(node, exp.RegexpILike) else text


def _without_collation(node: exp.Expression) -> exp.Expression:
    node = _plain(node)
    return _plain(node.this) if isinstance(node, exp.Collate) else node
