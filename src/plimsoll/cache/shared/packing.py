"""From a value to bytes and back: msgpack, and a few types more. Never pickle: who can write into the server must not
be able to run code here. Pure.

Exactly these types: None, truth values, whole numbers, floats, texts, bytes, lists, tuples, dictionaries, sets, frozen
sets, dates, times, datetimes (naive, with a fixed offset, or of a ZoneInfo), time spans, Decimal, UUID. A subclass of
one is none of them, since it would come back as something else. A bytearray or memoryview comes
back as bytes: msgpack takes them for such, and to look for them would cost twice what packing does.
"""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from functools import cache
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgpack

TUPLE: Final = 1
SET: Final = 2
FROZEN_SET: Final = 3
DATETIME: Final = 4
DATE: Final = 5
TIME: Final = 6
SPAN: Final = 7
DECIMAL: Final = 8
UUID_BYTES: Final = 9
LARGE_NUMBER: Final = 10
NUMBER_BYTES_MAX: Final = 1_000  # of a whole number beyond 64 bits
_MICROSECOND: Final = timedelta(microseconds=1)


class NotPackableError(ValueError):
    """A type that is not listed above, or nesting without end."""


class BrokenError(ValueError):
    """Bytes that no `pack` made."""


def pack(value: Any) -> bytes:
    """The value as bytes, the same for the same value (of sets too). Raises NotPackableError."""
    try:
        packed: bytes = msgpack.packb(value, default=_more, strict_types=True, unicode_errors="surrogatepass")
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise NotPackableError(str(error)[:200]) from error
    return packed


def unpack(data: bytes) -> Any:
    """The value again. Raises BrokenError for what is not whole; never runs anything, never outgrows the data."""
    try:
        return msgpack.unpackb(data, ext_hook=_whole, strict_map_key=False, unicode_errors="surrogatepass")
    except Exception as error:  # a foreign extension, a date that is none, a key that cannot be one: all the same
        raise BrokenError(str(error)[:200]) from error


def _more(value: Any) -> Any:
    kind = type(value)
    if kind is int:
        size = (value.bit_length() + 8) // 8
        if size > NUMBER_BYTES_MAX:
            raise NotPackableError("a whole number of more than 1,000 bytes")
        return msgpack.ExtType(LARGE_NUMBER, value.to_bytes(size, "big", signed=True))
    if kind not in _PACKED:
        raise NotPackableError(f"a value of type {kind.__name__} has no form in tier 2")
    code, form = _PACKED[kind]
    return msgpack.ExtType(code, form(value))


def _whole(code: int, data: bytes) -> Any:
    return _UNPACKED[code](data)


def _set(value: Any) -> bytes:
    """Sorted by their bytes, so that equal sets have one form."""
    header: bytes = msgpack.Packer().pack_array_header(len(value))
    return header + b"".join(sorted(map(pack, value)))


def _zone(zone: tzinfo | None) -> Any:
    """None, a fixed offset in microseconds, that and the name that somebody gave it, or the name of a ZoneInfo."""
    if zone is None:
        return None
    if type(zone) is timezone:
        offset, name = zone.utcoffset(None), zone.tzname(None)
        micros = offset // _MICROSECOND
        return micros if name == timezone(offset).tzname(None) else [micros, name]
    if isinstance(zone, ZoneInfo) and zone.key:
        return zone.key
    raise NotPackableError(f"a time zone of type {type(zone).__name__} has no form in tier 2")


def _zone_of(told: Any) -> tzinfo | None:
    if told is None:
        return None
    if isinstance(told, str):
        return _named(told)
    micros, *name = told if isinstance(told, list) else (told,)
    return timezone(timedelta(microseconds=micros), *name)


@cache
def _named(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _clock(one: datetime | time) -> list[Any]:
    return [one.hour, one.minute, one.second, one.microsecond, one.fold, _zone(one.tzinfo)]


def _time(hour: int, minute: int, second: int, micro: int, fold: int, zone: Any) -> time:
    return time(hour, minute, second, micro, _zone_of(zone), fold=fold)


def _datetime(year: int, month: int, day: int, *clock: Any) -> datetime:
    return datetime.combine(date(year, month, day), _time(*clock))


_PACKED: Final[dict[type, tuple[int, Callable[[Any], bytes]]]] = {
    tuple: (TUPLE, lambda one: pack(list(one))),
    set: (SET, _set),
    frozenset: (FROZEN_SET, _set),
    datetime: (DATETIME, lambda one: pack([one.year, one.month, one.day, *_clock(one)])),
    date: (DATE, lambda one: pack([one.year, one.month, one.day])),
    time: (TIME, lambda one: pack(_clock(one))),
    timedelta: (SPAN, lambda one: pack([one.days, one.seconds, one.microseconds])),
    Decimal: (DECIMAL, lambda one: str(one).encode()),
    UUID: (UUID_BYTES, lambda one: one.bytes),
}
_UNPACKED: Final[dict[int, Callable[[bytes], Any]]] = {
    TUPLE: lambda data: tuple(unpack(data)),
    SET: lambda data: set(unpack(data)),
    FROZEN_SET: lambda data: frozenset(unpack(data)),
    DATETIME: lambda data: _datetime(*unpack(data)),
    DATE: lambda data: date(*unpack(data)),
    TIME: lambda data: _time(*unpack(data)),
    SPAN: lambda data: timedelta(*unpack(data)),
    DECIMAL: lambda data: Decimal(data.decode()),
    UUID_BYTES: lambda data: UUID(bytes=data),
    LARGE_NUMBER: lambda data: int.from_bytes(data, "big", signed=True),
}
