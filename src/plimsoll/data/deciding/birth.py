"""Which column says when a row came to be, and how late that may be for the sake of its children. Pure."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final

from plimsoll.core.identifiers import TableName
from plimsoll.core.schema import Column, Table
from plimsoll.data.deciding.constraints import constrained
from plimsoll.data.deciding.order import Order
from plimsoll.data.domain import Bound, Domain
from plimsoll.data.drawing import Context
from plimsoll.data.meaning.judging import Meaning, meaning_of
from plimsoll.data.meaning.stages import is_rare, lies_ahead
from plimsoll.data.rows.timing import MOMENTS, micros
from plimsoll.data.types.spaces import Counted, open_segments
from plimsoll.data.types.times import unit_us

_BORN: Final = re.compile(
    r"^(?!last|first|next|previous|latest)(.*_)?(created|inserted|registered|added|posted|joined|opened|logged|occurred)",
    re.IGNORECASE,
)
_NOT_FIRST: Final = re.compile(
    r"last|latest|next|previous|end|finish|stop|until|_?to$|due|return|deliver|ship|received|expir|modif|updat|chang",
    re.IGNORECASE,
)
_OLDEST: Final = timedelta(days=80 * 365)  # of people
_YOUNGEST: Final = timedelta(days=18 * 365)
_SOME_YEARS: Final = timedelta(days=5 * 365)
_DAY: Final = timedelta(days=1)
_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001  # UTC without a zone is our form


def moments_of(table: Table) -> list[Column]:
    """Its dates and times."""
    return [column for column in table.columns if column.type.base in MOMENTS and column.type.kind == "base"]


def birth_column(table: Table) -> str | None:
    """The column that says when a row came to be; else its first moment, of those that are always there if any is.

    Where nothing is known but what came of a row, when it was changed or delivered, that says how old it is at most.
    """
    moments = [column for column in moments_of(table) if not column.generated]
    named = [column for column in moments if meaning_of(table, column) is Meaning.CREATED_AT]
    named += [column for column in moments if _BORN.search(column.name)]
    first = [column for column in moments if _may_be_first(table, column)]
    named += sorted(first, key=lambda column: column.nullable)
    named += sorted((column for column in moments if not _is_other(table, column)), key=lambda column: column.nullable)
    return named[0].name if named else None


def covers(own: Counted, column: Column, context: Context) -> bool:
    """Whether a column may have any value of the time that rows are of."""
    unit, space = unit_us(column.type), own.space
    start = micros(context.now - timedelta(seconds=context.span_s))
    whole = len(space.lows) == 1 and not space.holes and space.lows[0] * unit <= start
    return whole and (space.lows[0] + space.size) * unit >= micros(context.now)


def years_of_birth(domain: Domain, now: datetime) -> tuple[datetime, datetime] | None:
    """When people were born, as far as checks leave it; None where these leave less than some years."""
    low, high = now - _OLDEST, now - _YOUNGEST
    if domain.low is not None:
        low = max(low, _moment(domain.low) + _DAY)
    if domain.high is not None:
        high = min(high, _moment(domain.high) - _DAY)
    free = not (domain.choices or domain.intervals or domain.excluded)
    return (low, high) if free and high - low > _SOME_YEARS else None


def _moment(bound: Bound) -> datetime:
    assert not isinstance(bound.value, Decimal)
    return bound.value if isinstance(bound.value, datetime) else datetime.combine(bound.value, time())


def latest_births(order: Order, planned: Iterable[tuple[TableName, str]], now: datetime) -> dict[TableName, datetime]:
    """Tables whose rows must be born earlier than now, because those that refer to them are bounded to earlier times.

    `planned` columns are left to the plan.
    """
    cut, said = order.later | order.deferred, set(planned)
    found: dict[TableName, datetime] = {}
    for table in reversed(order.tables):
        born = birth_column(table)
        ends = [found.get(table.name, now)]
        if born is not None and (table.name, born) not in said:
            ends.append(_end(table, table.column(born), now))
        for key in table.foreign_keys:
            if min(ends) < now and (table.name, key.name) not in cut and key.referenced != table.name:
                found[key.referenced] = min(*ends, found.get(key.referenced, now))
    return found


def _end(table: Table, born: Column, now: datetime) -> datetime:
    """The last moment that checks and partitions leave."""
    scheme = table.partitioning
    keys = "" if scheme is None else " ".join(scheme.keys)
    if born.name not in keys and not any(born.name in check.columns for check in table.checks):
        return now
    domains: Mapping[str, Domain] = constrained(table, now).domains
    highs = [high for _, high in open_segments(domains.get(born.name, Domain()), Fraction(1))]
    known = [high for high in highs if high is not None]
    return min(now, _EPOCH + timedelta(microseconds=max(known))) if len(known) == len(highs) else now


def _may_be_first(table: Table, column: Column) -> bool:
    """A moment that does not say when the row was made, nor what came of it: first ordered or rented, then the rest."""
    return meaning_of(table, column) is None and not _NOT_FIRST.search(column.name)


def _is_other(table: Table, column: Column) -> bool:
    """A moment that lies elsewhere, or that most rows never come to."""
    elsewhere = meaning_of(table, column) in (Meaning.BIRTH_DATE, Meaning.EXPIRES_AT, Meaning.DELETED_AT)
    return elsewhere or lies_ahead(column.name) or is_rare(column.name)
