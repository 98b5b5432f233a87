"""Which of the values found for a statement it is asked with: common and rare ones, and how often each. Pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlglot import exp

from plimsoll.core.column_statistics import ColumnStatistics
from plimsoll.core.sql.values import Cell
from plimsoll.core.tuning.query import Binding, Origin
from plimsoll.load.importers.capture.building import Draft
from plimsoll.load.importers.capture.calibrating import by_width, has_width, probes
from plimsoll.load.importers.capture.parsing import Parsed, Relation, parsed, relation_of
from plimsoll.load.importers.capture.uses import Use

BINDINGS_MAX: Final = 6
PAGE: Final = 20  # what LIMIT says where nothing tells how many rows came
TRIED_MAX: Final = 9  # of which those stay that the server takes
TRIED_LOOSE: Final = 40  # of ranges and patterns, where it is known how many rows the calls returned
CATEGORIES_MAX: Final = 100  # different values of a column whose common ones may stand beside any others
FAR_BEYOND: Final = 50.0  # times as many rows as a call returned: nobody asked for that
NEAR: Final = math.log(2)
SHARE_MIN: Final = 0.02  # of a kind of value that is asked for at all
PATTERN_MIN: Final = 3  # characters, where longer ones are found, too
_PATTERNS: Final = ("prefix", "anywhere")  # LIKE, ILIKE
_NEVER: Final = 1e-15  # how frequent a value is that the planner's statistics exclude
_TRUE: Final = {"t": "true", "f": "false"}

Row = Mapping[int, Cell]


@dataclass(frozen=True, slots=True)
class Picked:
    """A row of values, before it is known what the server makes of it."""

    row: Row
    origin: Origin
    share: float


def column_of(use: Use, relations: Sequence[Relation]) -> tuple[Relation, str] | None:
    """The table's column that a parameter is compared with, as it is; None for an expression and where it is not told.

    `relations` are those that are tables; a column without a table's name is that of the only one."""
    tree = parsed(f"SELECT {use.sample}") if use.sample else None
    column = tree.tree.expressions[0] if tree is not None and isinstance(tree.tree, exp.Select) else None
    if not isinstance(column, exp.Column) or use.scope is None:
        return None
    name = column.name if column.this.args.get("quoted") else column.name.lower()
    if not column.table:
        return (relations[0], name) if len(relations) == 1 else None
    named = {table.alias_or_name.lower(): relation_of(table) for table in use.scope.find_all(exp.Table)}
    relation = named.get(column.table.lower())
    return (relation, name) if relation in relations and relation is not None else None


def pick(
    draft: Draft, rows: Sequence[Row], known: Mapping[int, tuple[ColumnStatistics, int]], tried: int = TRIED_MAX
) -> list[Picked]:
    """Up to `tried` to try. `known` has what the planner knows of the columns that parameters are equal to, and the
    rows of their tables."""
    if not rows:
        return []
    able = {number: found for number, found in known.items()
            if number in rows[0] and not draft.types[number].endswith("[]")}  # fmt: skip
    if not able:
        return _spread(draft, rows, tried)
    offered = [row for row in [*rows, *_categories(draft, rows, able)] if _likelihood(row, able) > _NEVER] or list(rows)
    usual = [_likelihood(row, able) for row in offered]
    common = max(range(len(offered)), key=usual.__getitem__)
    rare = min(range(len(offered)), key=usual.__getitem__)
    if usual[common] <= 2 * usual[rare]:
        return _spread(draft, offered, tried)
    few = [Picked(offered[common], "common", usual[common]), Picked(offered[rare], "rare", usual[rare])]
    rest = [one for one in _spread(draft, offered, tried) if one.row not in (offered[common], offered[rare])]
    return _shared([*few, *(replace(one, share=_likelihood(one.row, able)) for one in rest[: tried - len(few)])])


def unanchored(draft: Draft, rows: Sequence[Row]) -> list[Row]:
    """With patterns that begin anywhere, where the statement leaves that to its parameter: whether the application asks
    for beginnings is not known, and an index that is of use for them alone would be advised for nothing."""
    free = [use.number for use in draft.uses if use.kind in _PATTERNS]
    told = [row for row in rows if all(_tells(row.get(number)) for number in free)] or rows
    return [{**row, **{number: _anywhere(row.get(number)) for number in free if number in row}} for row in told]


def _tells(pattern: Cell) -> bool:
    """Whether it is as long as what people search for: a letter or two are found nearly everywhere."""
    return pattern is None or len(pattern.replace("\\", "").strip("%")) >= PATTERN_MIN


def _anywhere(pattern: Cell) -> Cell:
    return pattern if pattern is None or pattern.startswith("%") else f"%{pattern}"


def _shared(picked: Sequence[Picked]) -> list[Picked]:
    """Half by how frequent values are, half alike: what rows have most is not what is asked for most."""
    whole = sum(one.share for one in picked)
    return [replace(one, share=(one.share / whole + 1 / len(picked)) / 2) for one in picked]


def _spread(draft: Draft, rows: Sequence[Row], tried: int) -> list[Picked]:
    """Different ones: from the narrowest range to the widest where there are ranges, else as they come."""
    order = by_width(draft, rows) if has_width(draft) else range(len(rows))
    different: dict[tuple[tuple[int, Cell], ...], None] = {}
    for place in order:
        different[tuple(sorted(rows[place].items()))] = None
    every = [dict(one) for one in different]
    chosen = [every[rank] for rank in probes(len(every), tried)]
    return [Picked(row, "sampled", 1 / len(chosen)) for row in chosen]


def _categories(draft: Draft, rows: Sequence[Row], known: Mapping[int, tuple[ColumnStatistics, int]]) -> list[Row]:
    """The commonest and the rarest value of columns with few of them, which a sample may have missed."""
    found: list[Row] = []
    for number, (column, count) in known.items():
        if column.frequent and column.distinct_of(count) <= CATEGORIES_MAX:
            values = [_texts(column)[0], _texts(column)[-1]]
            bare = [value.rstrip() if draft.types[number] == "bpchar" else value for value in values]
            found += [{**rows[0], number: value} for value in bare]
    return found


def _texts(column: ColumnStatistics) -> Sequence[str]:
    """Frequent values as rows have them."""
    return [_TRUE.get(one, one) for one in column.frequent] if set(column.frequent) <= set(_TRUE) else column.frequent


def _likelihood(row: Row, known: Mapping[int, tuple[ColumnStatistics, int]]) -> float:
    """How frequent its values are together, as far as that is known of each by itself."""
    return math.prod(_share(row[number], column, count) for number, (column, count) in known.items())


def _share(value: Cell, column: ColumnStatistics, rows: int) -> float:
    told = {text.rstrip(): share for text, share in zip(_texts(column), column.frequent_shares, strict=False)}
    if value is not None and value.rstrip() in told:  # without what pads character(n)
        return told[value.rstrip()]
    rest = max(0.0, 1 - column.null_share - sum(column.frequent_shares))
    others = max(1, column.distinct_of(max(1, rows)) - len(column.frequent_shares))
    return rest / others


def settled(
    picked: Sequence[tuple[Picked, float]], rows_per_call: float | None, *, loose: bool = False
) -> list[Picked]:
    """Of values with the rows that the planner expects of them, those that stay, with shares that sum to 1.

    Where it is known how many rows a call returned, of ranges and patterns (`loose`) those stay that return about as
    many; of others none stays that returns far more, and those above and below share so that the mean is what it was.
    """
    if rows_per_call is None or not picked:
        return _as_one([one for one, _ in _kept(picked)])
    misses = [abs(math.log((rows + 1) / (rows_per_call + 1))) for _, rows in picked]
    reach = max(NEAR, min(misses)) if loose else max(math.log(FAR_BEYOND), min(misses))
    fewer = 0.0 if loose else rows_per_call
    near = [one for one, miss in zip(picked, misses, strict=True) if miss <= reach or one[1] < fewer]
    kept = _kept(near)
    return _as_one([one for one, _ in kept] if loose else [_weighed(one, kept, rows_per_call) for one in kept])


def _kept(picked: Sequence[tuple[Picked, float]]) -> Sequence[tuple[Picked, float]]:
    """Common and rare ones first, then those sampled, from end to end."""
    named = [one for one in picked if one[0].origin != "sampled"]
    sampled = [one for one in picked if one[0].origin == "sampled"]
    return [*named, *(sampled[rank] for rank in probes(len(sampled), BINDINGS_MAX - len(named)))]


def _weighed(one: tuple[Picked, float], every: Sequence[tuple[Picked, float]], wanted: float) -> Picked:
    low, high = ([rows for _, rows in every if (rows >= wanted) == above] for above in (False, True))
    if not low or not high:
        return one[0]
    mean_low, mean_high = sum(low) / len(low), sum(high) / len(high)
    above = min(1 - SHARE_MIN, max(SHARE_MIN, (wanted - mean_low) / (mean_high - mean_low)))
    return replace(one[0], share=above / len(high) if one[1] >= wanted else (1 - above) / len(low))


def _as_one(picked: Sequence[Picked]) -> list[Picked]:
    whole = sum(one.share for one in picked)
    return [replace(one, share=one.share / whole) for one in picked] if whole else list(picked)


def page_of(rows_per_call: float) -> int:
    """What LIMIT said: as many rows as came, where each call returned as many; else some found fewer than it says."""
    whole = round(rows_per_call)
    return whole if whole and math.isclose(rows_per_call, whole) else max(PAGE, math.ceil(rows_per_call))


def returns_what_it_finds(whole: Parsed | None) -> bool:
    """Whether the rows of a call tell how many its values match: nothing counts, limits or writes them."""
    tree = whole.tree if whole is not None else None
    if not isinstance(tree, exp.Select):
        return False
    limiting = ("limit", "offset", "group", "distinct", "having", "fetch")
    return not any(tree.args.get(name) for name in limiting) and not any(
        one.find(exp.AggFunc) for one in tree.expressions
    )


def binding_of(one: Picked, numbers: Sequence[int]) -> Binding:
    """With its values in order; what is not among them is NULL."""
    return Binding(tuple(one.row.get(number) for number in numbers), one.origin, one.share)
