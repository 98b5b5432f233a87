"""OFFSET reads and throws away what it skips; the last row's key finds the next page at once. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Final

from plimsoll.core.tuning.advice import Advised, Confidence
from plimsoll.core.tuning.index import Index, IndexKey
from plimsoll.core.units import format_count, format_ms
from plimsoll.tune.beyond.asked import Asked, rewrite
from plimsoll.tune.beyond.trees import (
    column_node,
    conjuncts,
    home,
    is_single_level,
    parameter,
    parameters,
    renumbered,
    sources,
    sql_of,
    unique_columns,
)
from plimsoll.tune.candidates.columns import equal_share

if TYPE_CHECKING:
    from sqlglot import exp

SKIPPED_MIN: Final = 1_000  # rows; to skip fewer takes about a millisecond
ALIKE_MAX: Final = 100.0  # rows of one value: what is behind them in the order is sorted in no time
SHARE_MIN: Final = 0.05  # where only the time of its calls tells how far it skips


@dataclass(frozen=True, slots=True)
class _Term:
    """A key of the order: the column as the statement calls it, and what its table is called there."""

    node: "exp.Expr"
    alias: str
    name: str
    descending: bool
    nullable: bool


def offset(one: Asked) -> Iterator[Advised]:
    """Only where the order is by columns that the rows can be told by."""
    from sqlglot import exp

    tree = one.tree
    skipped = tree.args.get("offset")
    if not isinstance(tree, exp.Select) or skipped is None or not tree.args.get("order") or not is_single_level(tree):
        return
    evidence = _evidence(one, skipped.expression)
    terms = _terms(one)
    if evidence is None or not terms:
        return
    words, confidence = evidence
    keys, lacking = _with_tie_breaker(one, terms)
    names = ", ".join(term.name for term in keys)
    lacks = _lacking_index(one, keys)
    yield rewrite(
        one, "offset", f"Page by {names} instead of OFFSET",
        f"{words} The next page can be found by the last row's {names}, whatever its number.{lacks}",
        risk=_risk(keys, lacking), sketch=_sketch(tree, keys),
        confidence="medium" if lacks and confidence == "high" else confidence,
        details={"note": "The new parameters are the last row's values of the page before; the first page has none."},
    )  # fmt: skip


def _evidence(one: Asked, skipped: "exp.Expr") -> tuple[str, Confidence] | None:
    told = one.is_told(skipped)
    rows = one.number(skipped, guessed=True)
    if rows is None or rows < SKIPPED_MIN or (not told and one.share < SHARE_MIN):
        return None
    count = format_count(round(rows))
    if told:
        return f"It reads and throws away {count} rows a call, in the mean over its values.", "high"
    said = (
        f"Its first page is cheap, but a call takes {format_ms(one.query.mean_ms)}: it reads and throws away about "
        f"{count} rows, as it seems."
    )
    return said, "low"


def _terms(one: Asked) -> list[_Term]:
    found = [_term(one, ordered) for ordered in one.tree.args["order"].expressions]
    return [term for term in found if term is not None] if all(found) else []


def _term(one: Asked, ordered: "exp.Expr") -> _Term | None:
    from sqlglot import exp

    place = home(ordered.this, one.tree, one.facts) if isinstance(ordered.this, exp.Column) else None
    if place is None:
        return None
    return _Term(ordered.this, place[0], place[2].name, bool(ordered.args.get("desc")), place[2].nullable)


def _with_tie_breaker(one: Asked, terms: Sequence[_Term]) -> tuple[list[_Term], bool]:
    """With a unique key behind it where the order is not unique; and whether none is known."""
    read = sources(one.tree, one.facts)
    (alias, table), *others = read.items()
    if others or table is None:
        return list(terms), True
    keys, have = unique_columns(table), {term.name for term in terms}
    if any(set(key) <= have for key in keys) or not keys:
        return list(terms), not keys
    qualified = alias if terms[0].node.args.get("table") else ""
    more = [
        _Term(column_node(name, qualified), alias, name, terms[-1].descending, False)
        for name in keys[0]
        if name not in have
    ]
    return [*terms, *more], False


def _lacking_index(one: Asked, keys: Sequence[_Term]) -> str:
    """What to say where no index hands the rows over from there on; "" where one does."""
    alias = keys[0].alias
    table = sources(one.tree, one.facts)[alias]
    if table is None or any(key.alias != alias for key in keys):
        return " No index serves an order by columns of several tables: all rows are still put in order."
    equal = list(dict.fromkeys(_equal(one, alias)))
    order = tuple(IndexKey.of(key.name, descending=key.descending) for key in keys if key.name not in equal)
    there = (each.index for each in one.indexes_of(table) if each.valid)
    alike = [equal_share(table, key.column) * table.rows for key in order]
    enough = next((at for at, rows in enumerate(alike, start=1) if rows <= ALIKE_MAX), len(order))
    if any(_serves(each, equal, order[:enough]) for each in there):
        return ""
    wanted = Index(table.table.name, (*(IndexKey.of(name) for name in equal), *order))
    return f" No index serves that yet: {wanted.create(concurrently=True)}"


def _equal(one: Asked, alias: str) -> Iterator[str]:
    """Columns of a table that the statement holds equal to a value."""
    from sqlglot import exp

    for held in conjuncts(one.tree):
        place = home(held.this, one.tree, one.facts) if isinstance(held.this, exp.Column) else None
        if isinstance(held, exp.EQ) and place is not None and not held.expression.find(exp.Column, exp.Select):
            yield from (place[2].name,) if place[0] == alias else ()


def _serves(index: Index, equal: Sequence[str], order: Sequence[IndexKey]) -> bool:
    """Forwards or backwards, behind what is held equal, as far as that is in it."""
    if index.method != "btree" or index.predicate:
        return False
    first = next((at for at, key in enumerate(index.keys) if key.column not in equal), len(index.keys))
    found = [(key.column, key.descending) for key in index.keys[first : first + len(order)]]
    return any(found == [(key.column, key.descending != turned) for key in order] for turned in (False, True))


def _sketch(tree: "exp.Expr", keys: Sequence[_Term]) -> str:
    from sqlglot import exp

    page = tree.copy()
    assert isinstance(page, exp.Select)
    page.set("offset", None)
    first = max(parameters(page), default=0) + 1
    page = page.where(_behind(keys, first), copy=False)
    terms = [exp.Ordered(this=key.node.copy(), desc=key.descending, nulls_first=key.descending) for key in keys]
    old = tree.args["order"].expressions
    page.set("order", exp.Order(expressions=[*(one.copy() for one in old), *terms[len(old) :]]))
    return sql_of(renumbered(page))


def _behind(keys: Sequence[_Term], first: int) -> "exp.Expr":
    """Rows after one with these values: compared as a row where all keys go one way, which an index serves best."""
    from sqlglot import exp

    values = [parameter(first + place) for place in range(len(keys))]
    if len({key.descending for key in keys}) == 1:
        kind = exp.LT if keys[0].descending else exp.GT
        if len(keys) == 1:
            return kind(this=keys[0].node.copy(), expression=values[0])
        row = exp.Tuple(expressions=[key.node.copy() for key in keys])
        return kind(this=row, expression=exp.Tuple(expressions=values))
    sides = [_side(keys[: place + 1], values) for place in range(len(keys))]
    behind = exp.Paren(this=reduce(lambda left, right: exp.Or(this=left, expression=right), sides))
    bound = exp.LTE if keys[0].descending else exp.GTE  # no index is sought by an OR, but by this
    return exp.And(this=bound(this=keys[0].node.copy(), expression=values[0].copy()), expression=behind)


def _side(keys: Sequence[_Term], values: "Sequence[exp.Expr]") -> "exp.Expr":
    """Equal in all but the last of them, and behind in that."""
    from sqlglot import exp

    *same, last = keys
    kind = exp.LT if last.descending else exp.GT
    held = [exp.EQ(this=key.node.copy(), expression=value.copy()) for key, value in zip(same, values, strict=False)]
    all_of: list[exp.Expr] = [*held, kind(this=last.node.copy(), expression=values[len(same)].copy())]
    return exp.Paren(this=reduce(lambda left, right: exp.And(this=left, expression=right), all_of))


def _risk(keys: Sequence[_Term], lacking: bool) -> str:
    said = ["Pages can only be turned one by one; a page number cannot be jumped to."]
    if lacking:
        said.append(
            "The order needs a unique key as its last column, or rows with equal values are lost between two pages; "
            "none is known here."
        )
    nullable = [key.name for key in keys if key.nullable]
    if nullable:
        said.append(f"Rows where {', '.join(nullable)} is NULL are not found in this way.")
    return " ".join(said)
