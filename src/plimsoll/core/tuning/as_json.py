"""A tuning as JSON: what `tuning.json` holds and `plimsoll tune --json` prints, and back.

Values that bind parameters are rows of the database under advice: they are never written, only where they come from
and how often a statement is asked so.
"""

import math
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from plimsoll.core.errors import UsageError
from plimsoll.core.identifiers import TableName
from plimsoll.core.tuning.advice import SCHEMA_VERSION, Tuning
from plimsoll.core.tuning.change import Change
from plimsoll.core.tuning.index import Index
from plimsoll.core.tuning.query import Binding

ITEMS_MAX: Final = 100_000  # of one list
TEXT_MAX: Final = 1_000_000  # characters of one text; statements are far shorter
_REMEDY: Final = "make it anew: plimsoll tune"
# Reckoned from the other fields, for whoever reads the JSON; not read back.
_DERIVED: Final[Mapping[type, tuple[str, ...]]] = {Change: ("id",), Index: ("name", "definition")}
_UNWRITTEN: Final[Mapping[type, tuple[str, ...]]] = {Binding: ("values",)}
_NO_NUMBERS: Final = {"Infinity": math.inf, "-Infinity": -math.inf, "NaN": math.nan}  # JSON has no words for them


def tuning_to_json(tuning: Tuning) -> dict[str, Any]:
    """Made of dicts, lists, texts and numbers only."""
    found: dict[str, Any] = _written(tuning)
    return found


def tuning_from_json(data: Any) -> Tuning:
    """The tuning that was written, without values of bindings. Raises UsageError that names the place."""
    if not isinstance(data, dict):
        raise _wrong("", "it is no JSON object")
    version = data.get("schema_version")
    if version != SCHEMA_VERSION:
        raise _wrong("schema_version", f"it is of version {version!r}; this Plimsoll reads version {SCHEMA_VERSION}")
    found = _read(Tuning, data, "")
    assert isinstance(found, Tuning)
    return found


def _written(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        left_out = _UNWRITTEN.get(type(value), ())
        own = {one.name: _written(getattr(value, one.name)) for one in fields(value) if one.name not in left_out}
        return own | {name: getattr(value, name) for name in _DERIVED.get(type(value), ())}
    if isinstance(value, TableName):
        return value._asdict()
    if isinstance(value, Mapping):
        return {str(key): _written(one) for key, one in value.items()}
    if isinstance(value, frozenset):
        return sorted(map(_written, value))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_written(one) for one in value]
    return _written_plain(value)


def _written_plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def _read(kind: Any, data: Any, place: str) -> Any:
    if kind is TableName or is_dataclass(kind):
        return _record(kind, data, place)
    reader = _PLAIN.get(kind)
    return _of_parts(kind, data, place) if reader is None else reader(data, place)


def _of_parts(kind: Any, data: Any, place: str) -> Any:
    """Of a type that has others within: one of them, or many."""
    origin, within = get_origin(kind), get_args(kind)
    if origin is Literal:
        return _one_of(within, data, place)
    if origin in (Union, types.UnionType):
        inner = next(one for one in within if one is not types.NoneType)
        return None if data is None else _read(inner, data, place)
    if origin is dict or origin is Mapping:
        return {name: _read(within[1], one, f"{place}.{name}") for name, one in _object(data, place).items()}
    items = _list(data, place)
    if origin is tuple and within[-1] is not Ellipsis:
        if len(items) != len(within):
            raise _wrong(place, f"it has {len(items)} items, not {len(within)}")
        return tuple(
            _read(each, one, f"{place}[{at}]") for at, (each, one) in enumerate(zip(within, items, strict=True))
        )
    read = [_read(within[0], one, f"{place}[{at}]") for at, one in enumerate(items)]
    return frozenset(read) if origin is frozenset else tuple(read)


def _record(kind: Any, data: Any, place: str) -> Any:
    given = dict(_object(data, place))
    for name in _DERIVED.get(kind, ()):
        given.pop(name, None)
    known = _fields(kind)
    unknown = sorted(given.keys() - known.keys())
    if unknown:
        raise _wrong(_at(place, unknown[0]), "nothing is known by this name")
    missing = sorted(name for name, (_, needed) in known.items() if needed and name not in given)
    if missing:
        raise _wrong(_at(place, missing[0]), "it is missing")
    return kind(**{name: _read(known[name][0], one, _at(place, name)) for name, one in given.items()})


@cache
def _fields(kind: Any) -> Mapping[str, tuple[Any, bool]]:
    """The type of each field that is read, and whether it must be there."""
    hints = get_type_hints(kind)
    if not is_dataclass(kind):
        return {name: (hint, True) for name, hint in hints.items()}
    read = (one for one in fields(kind) if one.name not in _UNWRITTEN.get(kind, ()))  # type: ignore[arg-type]
    return {one.name: (hints[one.name], _needed(one)) for one in read}


def _needed(one: "Field[Any]") -> bool:
    return one.default is MISSING and one.default_factory is MISSING


def _at(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def _object(data: Any, place: str) -> Mapping[str, Any]:
    if not isinstance(data, dict):
        raise _wrong(place, "it is no JSON object")
    return data


def _list(data: Any, place: str) -> list[Any]:
    if not isinstance(data, list):
        raise _wrong(place, "it is no list")
    if len(data) > ITEMS_MAX:
        raise _wrong(place, f"it has {len(data)} items; {ITEMS_MAX} is the most")
    return data


def _one_of(allowed: Sequence[Any], data: Any, place: str) -> Any:
    if data not in allowed:
        raise _wrong(place, f"{_short(data)} is none of {', '.join(map(str, allowed))}")
    return data


def _text(data: Any, place: str) -> str:
    if not isinstance(data, str):
        raise _wrong(place, f"{_short(data)} is no text")
    if len(data) > TEXT_MAX:
        raise _wrong(place, f"it has {len(data)} characters; {TEXT_MAX} is the most")
    return data


def _truth(data: Any, place: str) -> bool:
    if not isinstance(data, bool):
        raise _wrong(place, f"{_short(data)} is neither true nor false")
    return data


def _whole(data: Any, place: str) -> int:
    if isinstance(data, bool) or not isinstance(data, int):
        raise _wrong(place, f"{_short(data)} is no whole number")
    return data


def _number(data: Any, place: str) -> float:
    if isinstance(data, str) and data in _NO_NUMBERS:
        return _NO_NUMBERS[data]
    if isinstance(data, bool) or not isinstance(data, int | float):
        raise _wrong(place, f"{_short(data)} is no number")
    try:
        return float(data)
    except OverflowError:
        raise _wrong(place, "it is too large for a number") from None


def _moment(data: Any, place: str) -> datetime:
    try:
        return datetime.fromisoformat(_text(data, place))
    except ValueError:
        raise _wrong(place, f"{_short(data)} is no time") from None


_PLAIN: Final[Mapping[Any, Callable[[Any, str], Any]]] = {
    str: _text, bool: _truth, int: _whole, float: _number, datetime: _moment,
}  # fmt: skip


def _short(data: Any) -> str:
    return repr(data)[:80]


def _wrong(place: str, why: str) -> UsageError:
    return UsageError("cannot read the tuning", where=place, why=why, remedy=_REMEDY)
