"""Which values a column may take, as far as its type, check constraints and partitions say so. Values only."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from plimsoll.core.schema import Check

Limit = Decimal | datetime | date  # of numbers; of timestamps (UTC, without a zone); of dates


@dataclass(frozen=True, slots=True)
class Bound:
    """An end of what is allowed."""

    value: Limit
    inclusive: bool = True


@dataclass(frozen=True, slots=True)
class Domain:
    """What a column's value must satisfy; a field that is None or empty demands nothing.

    `choices` are the only values allowed, `excluded` those that are not, both as PostgreSQL's text of them. Lengths
    are in characters (of text) or octets (of bytea), `items_*` those of an array, whose items are of `item_choices`.
    `patterns` must all be found in the value, `absent_patterns` in none (POSIX regular expressions as PostgreSQL's `~`
    takes them; LIKE patterns are translated to such). `intervals` are bounds of range partitions: the value lies in
    one of them. `lower_case`, `upper_case` and `trimmed` say that the value equals its lower(), upper(), btrim().
    `json_type` is what jsonb_typeof must say.
    """

    choices: tuple[str, ...] | None = None
    excluded: frozenset[str] = frozenset()
    low: Bound | None = None
    high: Bound | None = None
    intervals: tuple[tuple[Bound | None, Bound | None], ...] = ()
    length_min: int | None = None
    length_max: int | None = None
    items_min: int | None = None
    items_max: int | None = None
    item_choices: tuple[str, ...] | None = None
    patterns: tuple[str, ...] = ()
    absent_patterns: tuple[str, ...] = ()
    lower_case: bool = False
    upper_case: bool = False
    trimmed: bool = False
    json_type: str | None = None
    not_null: bool = False
    is_null: bool = False


@dataclass(frozen=True, slots=True)
class Ordering:
    """`lower` <= `upper`, columns of one table, or < where `strict`; both are numbers, or both times."""

    lower: str
    upper: str
    strict: bool = False


@dataclass(frozen=True, slots=True)
class NullCount:
    """Of `columns`, at least `least` and at most `most` are not null (exclusive arcs, num_nonnulls)."""

    columns: tuple[str, ...]
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class NullTogether:
    """`column` is null exactly when (`same`) or unless (not `same`) `other` is: (a IS NULL) = (b IS NULL)."""

    column: str
    other: str
    same: bool = True


@dataclass(frozen=True, slots=True)
class Implication:
    """Where `column` has one of `values` (text), or none of them if `negated`, `consequence` holds for `then`.

    From (status <> 'done' OR finished_at IS NOT NULL) and CASE forms.
    """

    column: str
    values: frozenset[str]
    then: str
    consequence: Domain
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Solution:
    """What a table's checks come to. `unsolved` must be tried on real rows."""

    domains: dict[str, Domain] = field(default_factory=dict)
    orderings: tuple[Ordering, ...] = ()
    null_counts: tuple[NullCount, ...] = ()
    nulls_together: tuple[NullTogether, ...] = ()
    implications: tuple[Implication, ...] = ()
    unsolved: tuple[Check, ...] = ()


class Unsatisfiable(Exception):
    """No value, or too few different ones, satisfies what is demanded. `str()` says why; the caller knows where.

    `remedy` is what to do where that is known here.
    """

    def __init__(self, why: str, remedy: str | None = None) -> None:
        super().__init__(why)
        self.remedy = remedy
