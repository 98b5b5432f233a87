"""Cron expressions: five fields, as crontab(5) reads them, as a value.

Source: POSIX crontab, and Vixie cron's ranges, steps and names. Where implementations differ the expression is refused,
so that it means the same to our daemon, systemd, GitHub and Kubernetes: a step on days of the month beside named days
of the week (`*/2 * 1`), a step without a range (`5/15`), a range that wraps (`22-2`), `L`, `W`, `#` and `?`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final

from plimsoll.core.errors import UsageError

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_DAYS_OF_MONTH_MAX: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_NICKNAMES: Final = {
    "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
}  # fmt: skip
_REMEDY: Final = 'write minute, hour, day of month, month, day of week, such as "30 2 * * 1-5"'
_TEXT_MAX: Final = 1000  # a full list of minutes has 169 characters


@dataclass(frozen=True, slots=True)
class Field:
    """What one of the five may hold. `names` give numbers to words."""

    name: str
    low: int
    high: int
    names: Mapping[str, int]

    @property
    def everything(self) -> frozenset[int]:
        return frozenset(range(self.low, self.high + 1))


FIELDS: Final = (
    Field("minute", 0, 59, {}),
    Field("hour", 0, 23, {}),
    Field("day of month", 1, 31, {}),
    Field("month", 1, 12, {name: number for number, name in enumerate(_MONTHS, start=1)}),
    Field("day of week", 0, 7, {name: number for number, name in enumerate(_DAYS)}),
)


@dataclass(frozen=True)
class Cron:
    """When something is due. Days of the week count from Sunday, 0, to Saturday, 6.

    `any_day` and `any_weekday`: the field is `*`. Where neither is, a day that fits one of them is enough.
    """

    text: str
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    any_day: bool
    any_weekday: bool

    @cached_property
    def every_hour(self) -> bool:
        """It counts hours as they pass, not by their names: a clock that jumps neither adds nor takes one."""
        return len(self.hours) == 24

    @property
    def either_day(self) -> bool:
        """Whether days of the month and of the week are alternatives."""
        return not self.any_day and not self.any_weekday

    def on(self, day: date) -> bool:
        """Whether it is due at some time of a day."""
        by_month, by_week = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return day.month in self.months and (by_month or by_week if self.either_day else by_month and by_week)


def parse_cron(text: str, *, what: str = "cron expression") -> Cron:
    """The value of an expression. Raises UsageError, which names the field."""
    words = _NICKNAMES.get(text.strip().lower(), text).split() if len(text) <= _TEXT_MAX else []
    if len(words) != len(FIELDS):
        raise _wrong(text[:60], what, _wrong_count(text, words))
    sets = [_values(word, field, text, what) for word, field in zip(words, FIELDS, strict=True)]
    minutes, hours, days, months, weekdays = sets
    cron = Cron(
        text=" ".join(text.split()),
        minutes=minutes,
        hours=hours,
        days=days,
        months=months,
        weekdays=frozenset(day % 7 for day in weekdays),
        any_day=words[2] == "*",
        any_weekday=words[4] == "*",
    )
    _refuse_ambiguous(cron, words, what)
    _refuse_never(cron, what)
    return cron


def _wrong_count(text: str, words: list[str]) -> str:
    if text.strip().startswith("@"):
        return f"of the nicknames there are {', '.join(_NICKNAMES)}"
    if len(text) > _TEXT_MAX:
        return f"it is longer than {_TEXT_MAX} characters"
    seconds = "; seconds and years are not known to cron" if len(words) in (6, 7) else ""
    return f"it has {len(words)} fields instead of five{seconds}"


def _wrong(text: str, what: str, why: str, *, remedy: str = _REMEDY) -> UsageError:
    return UsageError(f'cannot read the {what} "{text}"', why=why, remedy=remedy)


def _values(word: str, field: Field, text: str, what: str) -> frozenset[int]:
    try:
        return frozenset(number for part in word.split(",") for number in _part(part, field))
    except _FieldError as error:
        raise _wrong(text, what, f'field "{field.name}": {error}', remedy=error.remedy or _REMEDY) from None


class _FieldError(Exception):
    """Why one field cannot be read."""

    def __init__(self, why: str, remedy: str = "") -> None:
        super().__init__(why)
        self.remedy = remedy


def _part(part: str, field: Field) -> Iterable[int]:
    """The numbers of `*`, `N`, `N-M`, and the last two's and `*`'s steps `/S`."""
    span, slash, step = part.partition("/")
    if slash and not (step.isascii() and step.isdigit() and 1 <= int(step) <= field.high):
        raise _FieldError(f'the step of "{part}" is not a number from 1 to {field.high}')
    if span == "*":
        low, high = field.low, min(field.high, 6) if field.names.get("sun") == 0 else field.high
    elif "-" in span:
        low, high = _range(span, field)
    elif slash:
        raise _FieldError(f'"{part}" means different things to different crons', f'write "{span}-{field.high}/{step}"')
    else:
        low = high = _number(span, field)
    return range(low, high + 1, int(step) if slash else 1)


def _range(span: str, field: Field) -> tuple[int, int]:
    first, _, last = span.partition("-")
    low, high = _number(first, field), _number(last, field)
    if last.lower() == "sun":
        high = 7  # a week may end with it
    if low > high:
        rest = f"{first}-{field.high if field.high != 7 else 6},{field.low}-{last}"
        raise _FieldError(f'the range "{span}" runs backwards', f'write "{rest}" if it is to wrap')
    return low, high


def _number(word: str, field: Field) -> int:
    named = field.names.get(word.lower())
    if named is not None:
        return named
    if not re.fullmatch(r"\d{1,2}", word, re.ASCII):
        raise _FieldError(_not_a_number(word, field))
    if not field.low <= int(word) <= field.high:
        raise _FieldError(f"{int(word)} is not from {field.low} to {field.high}")
    return int(word)


def _not_a_number(word: str, field: Field) -> str:
    if not word:
        return "a number is missing"
    if word == "?" or re.search(r"[LW#]", word):
        return f"\"{word}\" is not cron's but Quartz's"
    names = f" or {', '.join(field.names)}" if field.names else ""
    return f'"{word}" is not a number from {field.low} to {field.high}{names}'


def _refuse_ambiguous(cron: Cron, words: list[str], what: str) -> None:
    """Vixie cron takes `*/2 * 1` as "and", Kubernetes as "or"."""
    days, weekdays = words[2], words[4]
    if cron.either_day and any(word.startswith("*") for word in (days, weekdays)):
        name, low_high = ("day of month", "1-31") if days.startswith("*") else ("day of week", "0-6")
        raise _wrong(
            cron.text,
            what,
            f'field "{name}": "*/N" beside the other kind of day means "and" to some crons and "or" to others',
            remedy=f'write "{low_high}/N" for days that fit either',
        )


def _refuse_never(cron: Cron, what: str) -> None:
    """Days of the week alone make any month fit."""
    fits = any(min(cron.days) <= _DAYS_OF_MONTH_MAX[month - 1] for month in cron.months)
    if not fits and not cron.either_day:
        raise _wrong(cron.text, what, "it is never due: no such month has such a day")
