"""The seed plan as values: what a user says of counts, shapes and values. Read from TOML by `plan_text`."""

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
class Among:
    """Take `take` from a row of `table` that agrees with this one in `by` (a column of both): a member of its
    project.
    """

    table: str
    by: str
    take: str


@dataclass(frozen=True, slots=True)
class Case:
    """`then` is used for rows where every column of `when` has one of the texts stated for it."""

    when: Mapping[str, tuple[str, ...]]
    then: "ColumnPlan"


@dataclass(frozen=True, slots=True)
class ColumnPlan:
    """What is said of a column; at most one source of values, the rest modifies it.

    Sources: `values` with `weights` (or Zipf `zipf` over their order), `number`, `words` (how many words of text, in
    `language`, which may be "column:NAME"), `time`, `after` (a column of this table, or FOREIGN_KEY_COLUMN.COLUMN of
    the parent's row) plus `delay` in seconds, `copy` (the same notation: that very value), `among`, `template` (text
    with {column} and {n}), `json` (an object of plans), `cases` (the first that fits; none: `otherwise`). `null` is
    the share of NULLs; `zipf` on a foreign key is the skew with which parents are drawn; `personal` masks in
    learning.
    """

    values: tuple[Scalar, ...] = ()
    weights: tuple[float, ...] = ()
    zipf: float | None = None
    number: Distribution | None = None
    words: Distribution | None = None
    language: str | None = None
    time: TimePattern | None = None
    after: str | None = None
    delay: Distribution | None = None
    copy: str | None = None
    among: Among | None = None
    template: str | None = None
    json: Mapping[str, "ColumnPlan"] | None = None
    cases: tuple[Case, ...] = ()
    otherwise: "ColumnPlan | None" = None
    null: float | None = None


@dataclass(frozen=True, slots=True)
class TablePlan:
    """What is said of a table. `rows` is exact. `per` names a foreign key's column: rows come in groups, one a parent,
    whose sizes are drawn from `size` (scaled to `rows` where both are stated); `seq` in such a group counts from 1.
    """

    rows: int | None = None
    per: str | None = None
    size: Distribution | None = None
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
