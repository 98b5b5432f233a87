"""When a cron expression is due, in a time zone whose clock jumps.

The rules, after Vixie cron: what names its hours is due once a day for each time it names. A time that the clock skips
is due the moment the clock jumps; of a time that comes twice only the first counts. What is due every hour goes by the
hours that pass, so it neither doubles nor catches up. Everything here is in UTC but for the wall clock's days.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from itertools import product
from typing import Final

from plimsoll.core.cron import Cron

DAYS_MAX: Final = 366 * 8 + 1  # between two 29 February are at most eight years
_MINUTE: Final = timedelta(minutes=1)


def next_after(cron: Cron, zone: tzinfo, after: datetime) -> datetime:
    """The first moment later than `after` (aware) when it is due, in UTC."""
    day = after.astimezone(zone).date() - timedelta(days=1)
    for _ in range(DAYS_MAX):
        moments = moments_of(cron, zone, day)
        found = bisect_right(moments, after)
        if found < len(moments):
            return moments[found]
        day += timedelta(days=1)
    raise AssertionError(f"{cron.text} is never due, which parse_cron refuses")


def last_until(cron: Cron, zone: tzinfo, until: datetime, *, after: datetime) -> datetime | None:
    """The last moment when it is due in (after, until]; None if there is none."""
    day = until.astimezone(zone).date() + timedelta(days=1)
    while day >= after.astimezone(zone).date() - timedelta(days=1):
        moments = moments_of(cron, zone, day)
        found = bisect_right(moments, until)
        if found:
            return moments[found - 1] if moments[found - 1] > after else None
        day -= timedelta(days=1)
    return None


def moments_between(cron: Cron, zone: tzinfo, after: datetime, until: datetime) -> Iterator[datetime]:
    """Every moment when it is due in (after, until], in order."""
    moment = next_after(cron, zone, after)
    while moment <= until:
        yield moment
        moment = next_after(cron, zone, moment)


def skipped_between(cron: Cron, zone: tzinfo, first: date, days: int) -> Iterator[datetime]:
    """The wall clock times, without a zone, that it names and the clock skips in so many days."""
    if cron.every_hour:
        return
    for day in (first + timedelta(days=number) for number in range(days)):
        if cron.on(day) and _jumps(zone, day):
            yield from (wall for wall in _named(cron, day) if _skips(zone, wall))


def twice_between(cron: Cron, zone: tzinfo, first: date, days: int) -> Iterator[datetime]:
    """The wall clock times, without a zone, that it names and that come twice in so many days."""
    for day in (first + timedelta(days=number) for number in range(days)):
        if cron.on(day) and _jumps(zone, day):
            yield from (wall for wall in _named(cron, day) if not _skips(zone, wall) and _comes_twice(zone, wall))


@lru_cache(maxsize=64)  # the days that one look at a schedule goes through; a day has at most 1,500 moments
def moments_of(cron: Cron, zone: tzinfo, day: date) -> tuple[datetime, ...]:
    """When it is due on a day of the wall clock, in UTC and in order."""
    if not cron.on(day):
        return ()
    found = (moment for wall in _named(cron, day) for moment in _moments(cron, zone, wall))
    return tuple(sorted(set(found)))


def _named(cron: Cron, day: date) -> Iterator[datetime]:
    for hour, minute in product(sorted(cron.hours), sorted(cron.minutes)):
        yield datetime.combine(day, time(hour, minute))


def _moments(cron: Cron, zone: tzinfo, wall: datetime) -> Iterator[datetime]:
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if not _skips(zone, wall):
        yield first
        if cron.every_hour:
            yield second
    elif not cron.every_hour:
        yield _jump(zone, second, first)


def _skips(zone: tzinfo, wall: datetime) -> bool:
    """Whether no clock ever shows this time."""
    there = wall.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)
    return there.replace(tzinfo=None) != wall


def _comes_twice(zone: tzinfo, wall: datetime) -> bool:
    return wall.replace(tzinfo=zone).utcoffset() != wall.replace(tzinfo=zone, fold=1).utcoffset()


def _jumps(zone: tzinfo, day: date) -> bool:
    start = datetime.combine(day, time(), tzinfo=zone)
    return start.utcoffset() != (start + timedelta(days=1)).utcoffset()


def _jump(zone: tzinfo, before: datetime, after: datetime) -> datetime:
    """The moment in (before, after] from which the zone's offset is another, to the minute."""
    old = before.astimezone(zone).utcoffset()
    minutes = range(1, int((after - before) / _MINUTE) + 1)
    changed = bisect_left(minutes, True, key=lambda n: (before + n * _MINUTE).astimezone(zone).utcoffset() != old)
    return before + minutes[min(changed, len(minutes) - 1)] * _MINUTE
