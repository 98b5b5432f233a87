"""Domains combined: both hold (intersect), or at least one does (unite)."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from math import inf
from typing import Final

from plimsoll.data.checks.matching import matches
from plimsoll.data.domain import Bound, Domain, Limit, Unsatisfiable

Interval = tuple[Bound | None, Bound | None]

_NOTHING: Final = Domain()


def intersect(first: Domain, second: Domain) -> Domain:
    """What satisfies both. Raises Unsatisfiable where nothing does, as far as is seen without a type."""
    both = Domain(
        choices=_common_choices(first.choices, second.choices),
        excluded=first.excluded | second.excluded,
        low=_tighter(first.low, second.low, lower=True),
        high=_tighter(first.high, second.high, lower=False),
        intervals=_common_intervals(first.intervals, second.intervals),
        length_min=_greatest(first.length_min, second.length_min),
        length_max=_least(first.length_max, second.length_max),
        items_min=_greatest(first.items_min, second.items_min),
        items_max=_least(first.items_max, second.items_max),
        item_choices=_common_choices(first.item_choices, second.item_choices),
        patterns=_together(first.patterns, second.patterns),
        absent_patterns=_together(first.absent_patterns, second.absent_patterns),
        lower_case=first.lower_case or second.lower_case,
        upper_case=first.upper_case or second.upper_case,
        trimmed=first.trimmed or second.trimmed,
        json_type=_same_type(first.json_type, second.json_type),
        not_null=first.not_null or second.not_null,
        is_null=first.is_null or second.is_null,
    )
    return _possible(both)


def unite(first: Domain, second: Domain) -> Domain | None:
    """What satisfies one of them, or less where that cannot be told (lengths, types of JSON); None: no such domain."""
    if _NOTHING in (first, second):
        return _NOTHING
    chosen = _united_texts(first, second)
    if chosen is None:
        chosen = _united_ranges(first, second) or _united_lengths(first, second) or _united_patterns(first, second)
    return chosen or (first if _is_only(first, "length_min", "length_max", "json_type") else None)


def admits(domain: Domain, text: str) -> bool:
    """Whether a value that is not null, as PostgreSQL's text, satisfies the domain."""
    if text in domain.excluded or (domain.choices is not None and text not in domain.choices):
        return False
    return _length_fits(domain, text) and _form_fits(domain, text) and _range_fits(domain, text)


def _possible(domain: Domain) -> Domain:
    """The domain with only those choices that the rest of it admits."""
    pairs = ((domain.length_min, domain.length_max), (domain.items_min, domain.items_max))
    if any(low is not None and high is not None and low > high for low, high in pairs):
        raise Unsatisfiable("the least length exceeds the greatest")
    if _is_empty((domain.low, domain.high)):
        raise Unsatisfiable("the least value exceeds the greatest")
    if domain.is_null and domain.not_null:
        raise Unsatisfiable("it must be null and must not")
    if domain.choices is None:
        return domain
    choices = tuple(choice for choice in domain.choices if admits(domain, choice))
    if not choices:
        raise Unsatisfiable("no choice is left")
    return replace(domain, choices=choices)


def _common_choices(first: tuple[str, ...] | None, second: tuple[str, ...] | None) -> tuple[str, ...] | None:
    if first is None or second is None:
        return first if second is None else second
    return tuple(choice for choice in first if choice in second)


def _tighter(first: Bound | None, second: Bound | None, *, lower: bool) -> Bound | None:
    if first is None or second is None:
        return first or second
    if _order(first.value) == _order(second.value):
        return first if not first.inclusive else second
    return first if (_order(first.value) > _order(second.value)) == lower else second


def _order(value: Limit) -> Decimal:
    """Where a limit lies, in days for times: dates among timestamps."""
    if isinstance(value, Decimal):
        return value
    if not isinstance(value, datetime):
        return Decimal(value.toordinal())
    since_midnight = value - value.replace(hour=0, minute=0, second=0, microsecond=0)
    return value.toordinal() + Decimal(since_midnight // timedelta(microseconds=1)) / 86_400_000_000


def _common_intervals(first: tuple[Interval, ...], second: tuple[Interval, ...]) -> tuple[Interval, ...]:
    if not first or not second:
        return first or second
    pairs = [
        (_tighter(one[0], other[0], lower=True), _tighter(one[1], other[1], lower=False))
        for one in first
        for other in second
    ]
    common = tuple(pair for pair in pairs if not _is_empty(pair))
    if not common:
        raise Unsatisfiable("no interval is left")
    return common


def _is_empty(interval: Interval) -> bool:
    low, high = interval
    if low is None or high is None:
        return False
    least, most = _order(low.value), _order(high.value)
    return least > most or (least == most and not (low.inclusive and high.inclusive))


def _greatest(first: int | None, second: int | None) -> int | None:
    return max((value for value in (first, second) if value is not None), default=None)


def _least(first: int | None, second: int | None) -> int | None:
    return min((value for value in (first, second) if value is not None), default=None)


def _together(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(first + second))


def _same_type(first: str | None, second: str | None) -> str | None:
    if first and second and first != second:
        raise Unsatisfiable(f"its JSON must be both {first} and {second}")
    return first or second


def _is_only(domain: Domain, *fields: str) -> bool:
    """Whether the domain demands nothing but in these fields, and something there."""
    bare = replace(domain, **{name: getattr(_NOTHING, name) for name in fields})
    return bare == _NOTHING and domain != _NOTHING


def _united_texts(first: Domain, second: Domain) -> Domain | None:
    if not all(_is_only(domain, "choices") or _is_only(domain, "excluded") for domain in (first, second)):
        return None
    if first.choices is not None and second.choices is not None:
        return Domain(choices=_together(first.choices, second.choices))
    if first.choices is None and second.choices is None:
        return Domain(excluded=first.excluded & second.excluded)
    return Domain(excluded=(first.excluded | second.excluded) - set(first.choices or second.choices or ()))


def _united_ranges(first: Domain, second: Domain) -> Domain | None:
    if not any(_is_only(domain, "low", "high", "intervals") for domain in (first, second)):
        return None
    intervals = (_as_intervals(first), _as_intervals(second))
    return Domain(intervals=intervals[0] + intervals[1]) if all(intervals) else None


def _as_intervals(domain: Domain) -> tuple[Interval, ...]:
    """No interval: it is no range."""
    if _is_only(domain, "low", "high"):
        return ((domain.low, domain.high),)
    if _is_only(domain, "intervals"):
        return domain.intervals
    points = [_number(choice) for choice in domain.choices or ()]
    if not _is_only(domain, "choices") or None in points:
        return ()
    return tuple((Bound(point), Bound(point)) for point in points if point is not None)


def _united_lengths(first: Domain, second: Domain) -> Domain | None:
    """Where no length lies between the two."""
    if not all(_is_only(domain, "length_min", "length_max") for domain in (first, second)):
        return None
    ranges = [
        (domain.length_min or 0, inf if domain.length_max is None else domain.length_max) for domain in (first, second)
    ]
    (_, low_end), (high_start, _) = sorted(ranges)
    if high_start > low_end + 1:
        return None
    least, most = min(ranges)[0], max(end for _, end in ranges)
    return Domain(length_min=least or None, length_max=None if most == inf else int(most))


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _united_patterns(first: Domain, second: Domain) -> Domain | None:
    if not all(_is_only(domain, "patterns") and len(domain.patterns) == 1 for domain in (first, second)):
        return None
    written = (first.patterns[0], second.patterns[0])
    if any(pattern.startswith(("(?", "***")) for pattern in written):
        return None  # options hold for a whole expression
    return Domain(patterns=("|".join(f"(?:{pattern})" for pattern in written),))


def _length_fits(domain: Domain, text: str) -> bool:
    return (domain.length_min is None or len(text) >= domain.length_min) and (
        domain.length_max is None or len(text) <= domain.length_max
    )


def _form_fits(domain: Domain, text: str) -> bool:
    cased = (not domain.lower_case or text == text.lower()) and (not domain.upper_case or text == text.upper())
    if not cased or (domain.trimmed and text != text.strip(" ")):
        return False
    return _all_found(domain.patterns, text, wanted=True) and _all_found(domain.absent_patterns, text, wanted=False)


def _all_found(patterns: Iterable[str], text: str, *, wanted: bool) -> bool:
    try:
        return all(matches(pattern, text) == wanted for pattern in patterns)
    except ValueError:
        return True  # an expression that only the server can tell, or not in time


def _range_fits(domain: Domain, text: str) -> bool:
    intervals = [*domain.intervals, *([(domain.low, domain.high)] if domain.low or domain.high else [])]
    if not intervals:
        return True
    inside = [_lies_within(interval, text) for interval in intervals]
    outer = inside.pop() if domain.low or domain.high else True
    return outer and (any(inside) or not domain.intervals)


def _lies_within(interval: Interval, text: str) -> bool:
    sample = next((bound.value for bound in interval if bound), None)
    try:
        value = text if sample is None else _like(sample, text)
    except (ValueError, InvalidOperation):
        return True
    return isinstance(value, str) or not (
        _is_empty((interval[0], Bound(value))) or _is_empty((Bound(value), interval[1]))
    )


def _like(sample: Limit, text: str) -> Limit:
    if isinstance(sample, Decimal):
        return Decimal(text)
    return datetime.fromisoformat(text) if isinstance(sample, datetime) else date.fromisoformat(text)
