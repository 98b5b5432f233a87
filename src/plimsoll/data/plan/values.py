"""The seed plan as values: what a user says of counts, shapes and values. Read from TOML by `reading`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

DistributionKind = Literal[
    "uniform", "normal", "lognormal", "exponential", "zipf", "negative-binomial", "poisson", "constant", "mixture"
]
Scalar = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Distribution:
    """A shape of numbers: of sizes, lengths, amounts or (in seconds) delays.

    Parameters by kind: uniform (low, high), normal (mean, sd), lognormal (median, sigma), exponential (mean), zipf
    (low, high, s), negative-binomial (mean, r), poisson (mean), constant (value), mixture (`parts` with `weights`).
    What lies outside `low` and `high`, where stated, is moved to them.
    """

    kind: DistributionKind
    parameters: Mapping[str, float] = field(default_factory=dict)
    low: float | None = None
    high: float | None = None
    parts: tuple["Distribution", ...] = ()
    weights: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class TimePattern:
    """Moments from `start` to `end` (UTC): `days` weigh Monday to Sunday, `hours` midnight on; `growth` is the factor
    by which the rate at the end exceeds that at the start.
    """

    start: datetime
    end: datetime
    days: tuple[float, ...] = ()
    hours: tuple[float, ...] = ()
    growth: float = 1.0


@dataclass(frozen=True, slots=True)
class Span:
    """Numbers or moments (UTC) from `low` up to, not including, `high`; None has no end."""

    low: float | datetime | None = None
    high: float | datetime | None = None


Condition = tuple[str, ...] | Span  # one of these texts, or within


@dataclass(frozen=True, slots=True)
class Among:
    """Take `take` from a row of `table` that agrees with this one in `by` (a column of both): a member of its
    project. `by` may be FOREIGN_KEY_COLUMN.COLUMN; without it any row serves.

    Rows must meet `where`. The value taken is another than that of `other_than` (a column of this row or its parent);
    `distinct` takes another one for each row of a group. Where there is none left, the value is NULL.
    """

    table: str
    take: str
    by: str | None = None
    where: Mapping[str, Condition] = field(default_factory=dict)
    other_than: str | None = None
    distinct: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """`then` is used for rows that meet the conditions of `when`: on columns of this row or, by path, its parent's."""

    when: Mapping[str, Condition]
    then: "ColumnPlan"


@dataclass(frozen=True, slots=True)
class ColumnPlan:
    """What is said of a column; at most one source of values, the rest modifies it.

    Sources: `values` with `weights` (or Zipf `zipf` over their order), `number`, `words` (how many words of text, by a
    distribution or a formula, in `language`, which may be "column:NAME"), `time`, `after` (a column of this table, or
    FOREIGN_KEY_COLUMN.COLUMN of the parent's row) plus `delay` in seconds but not later than `before`, nor than now
    unless in the `future` (None: if the column is the end of what has begun by its name), `copy` (the same
    notation: that very value), `among`, `template` (text with {column} and {n}), `formula` (see `formulas`), `json` (an
    object of plans), `cases` (the first that fits; none: `otherwise`), `first` (of a group's rows, one after another;
    the rest: `otherwise`). `null` is the share of NULLs; `zipf` on a foreign key is the skew with which parents are
    drawn (0: all alike often, where the rows of a group refer to different ones).
    """

    values: tuple[Scalar, ...] = ()
    weights: tuple[float, ...] = ()
    zipf: float | None = None
    number: Distribution | None = None
    words: Distribution | str | None = None
    language: str | None = None
    time: TimePattern | None = None
    after: str | None = None
    delay: Distribution | None = None
    before: str | None = None
    future: bool | None = None
    copy: str | None = None
    among: Among | None = None
    template: str | None = None
    formula: str | None = None
    json: Mapping[str, "ColumnPlan"] | None = None
    cases: tuple[Case, ...] = ()
    first: tuple["ColumnPlan", ...] = ()
    otherwise: "ColumnPlan | None" = None
    null: float | None = None


@dataclass(frozen=True, slots=True)
class TablePlan:
    """What is said of a table. `rows` is exact. `per` names a foreign key's column: rows come in groups, one a parent,
    whose sizes are drawn from `size` (scaled to `rows` where both are stated); `seq` in such a group counts from 1.
    Parents that do not meet `where` have none.
    """

    rows: int | None = None
    per: str | None = None
    size: Distribution | None = None
    where: Mapping[str, Condition] = field(default_factory=dict)
    columns: Mapping[str, ColumnPlan] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SeedPlan:
    """A whole plan. `rows` is for tables not listed. `now` is the moment up to which the data goes (UTC)."""

    now: datetime
    seed: int = 1
    rows: int = 100
    locale: tuple[str, ...] = ("en",)
    span_s: float = 365 * 86_400.0
    tables: Mapping[str, TablePlan] = field(default_factory=dict)
    skip: tuple[str, ...] = ()
