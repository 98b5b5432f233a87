"""Values made of dataclasses as JSON and back, every one checked against its type.

What is wrong is named by its place ("advised[0].change.kind"). What a file may hold is bounded.
"""

import math
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

ITEMS_MAX: Final = 100_000  # of one list
TEXT_MAX: Final = 1_000_000  # characters of one text; statements are far shorter
_NO_NUMBERS: Final = {"Infinity": math.inf, "-Infinity": -math.inf, "NaN": math.nan}  # JSON has no words for them
_T = TypeVar("_T")
_Names = Mapping[type, tuple[str, ...]]


class CannotReadError(ValueError):
    """What is wrong with data, and where."""

    def __init__(self, place: str, why: str) -> None:
        super().__init__(f"{place}: {why}" if place else why)
        self.place, self.why = place, why


@dataclass(frozen=True, slots=True)
class Format:
    """`derived` are properties that are written with a value and not read back, `unwritten` fields that are never
    written and have their defaults when they are read; both by type."""

    derived: _Names = field(default_factory=dict)
    unwritten: _Names = field(default_factory=dict)

    def written(self, value: Any) -> Any:
        """Dicts, lists, texts and numbers."""
        if is_dataclass(value) and not isinstance(value, type):
            return self._written_fields(value)
        if isinstance(value, tuple) and hasattr(value, "_asdict"):
            return self.written(value._asdict())
        if isinstance(value, Mapping):
            return {str(key): self.written(one) for key, one in value.items()}
        if isinstance(value, frozenset):
            return sorted(map(self.written, value))
        if isinstance(value, Sequence) and not isinstance(value, str):
            return [self.written(one) for one in value]
        return _written_plain(value)

    def _written_fields(self, value: Any) -> dict[str, Any]:
        left_out = self.unwritten.get(type(value), ())
        own = {one.name: self.written(getattr(value, one.name)) for one in fields(value) if one.name not in left_out}
        return own | {name: getattr(value, name) for name in self.derived.get(type(value), ())}

    def read(self, kind: type[_T], data: Any) -> _T:
        """The value that was written. Raises CannotReadError."""
        found = self._read(kind, data, "")
        assert isinstance(found, kind)
        return found

    def _read(self, kind: Any, data: Any, place: str) -> Any:
        if is_dataclass(kind) or hasattr(kind, "_asdict"):
            return self._record(kind, data, place)
        reader = _PLAIN.get(kind)
        return self._of_parts(kind, data, place) if reader is None else reader(data, place)

    def _of_parts(self, kind: Any, data: Any, place: str) -> Any:
        """Of a type that has others within: one of them, or many."""
        origin, within = get_origin(kind), get_args(kind)
        if origin is Literal:
            return _one_of(within, data, place)
        if origin in (Union, types.UnionType):
            inner = next(one for one in within if one is not types.NoneType)
            return None if data is None else self._read(inner, data, place)
        if origin in (dict, Mapping):
            named = _object(data, place)
            return {name: self._read(within[1], one, f"{place}.{name}") for name, one in named.items()}
        kinds = _kinds(origin, within, _list(data, place), place)
        read = [self._read(each, one, f"{place}[{at}]") for at, (each, one) in enumerate(kinds)]
        return frozenset(read) if origin is frozenset else tuple(read)

    def _record(self, kind: Any, data: Any, place: str) -> Any:
        given = dict(_object(data, place))
        for name in self.derived.get(kind, ()):
            given.pop(name, None)
        known = {name: one for name, one in _fields(kind).items() if name not in self.unwritten.get(kind, ())}
        unknown = sorted(given.keys() - known.keys())
        if unknown:
            raise CannotReadError(_at(place, unknown[0]), "nothing is known by this name")
        missing = sorted(name for name, (_, needed) in known.items() if needed and name not in given)
        if missing:
            raise CannotReadError(_at(place, missing[0]), "it is missing")
        return kind(**{name: self._read(known[name][0], one, _at(place, name)) for name, one in given.items()})


@cache
def _fields(kind: Any) -> Mapping[str, tuple[Any, bool]]:
    """The type of each field, and whether it must be there."""
    hints = get_type_hints(kind)
    if not is_dataclass(kind):
        return {name: (hint, True) for name, hint in hints.items()}
    return {one.name: (hints[one.name], _needed(one)) for one in fields(kind)}


def _needed(one: "Field[Any]") -> bool:
    return one.default is MISSING and one.default_factory is MISSING


def _written_plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def _kinds(origin: Any, within: Sequence[Any], items: Sequence[Any], place: str) -> list[tuple[Any, Any]]:
    """Each item with the type that it should have."""
    if origin is not tuple or within[-1] is Ellipsis:
        return [(within[0], one) for one in items]
    if len(items) != len(within):
        raise CannotReadError(place, f"it has {len(items)} items, not {len(within)}")
    return list(zip(within, items, strict=True))


def _at(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def _object(data: Any, place: str) -> Mapping[str, Any]:
    if not isinstance(data, dict):
        raise CannotReadError(place, "it is no JSON object")
    return data


def _list(data: Any, place: str) -> list[Any]:
    if not isinstance(data, list):
        raise CannotReadError(place, "it is no list")
    if len(data) > ITEMS_MAX:
        raise CannotReadError(place, f"it has {len(data)} items; {ITEMS_MAX} is the most")
    return data


def _one_of(allowed: Sequence[Any], data: Any, place: str) -> Any:
    if data not in allowed:
        raise CannotReadError(place, f"{_short(data)} is none of {', '.join(map(str, allowed))}")
    return data


def _text(data: Any, place: str) -> str:
    if not isinstance(data, str):
        raise CannotReadError(place, f"{_short(data)} is no text")
    if len(data) > TEXT_MAX:
        raise CannotReadError(place, f"it has {len(data)} characters; {TEXT_MAX} is the most")
    return data


def _truth(data: Any, place: str) -> bool:
    if not isinstance(data, bool):
        raise CannotReadError(place, f"{_short(data)} is neither true nor false")
    return data


def _whole(data: Any, place: str) -> int:
    if isinstance(data, bool) or not isinstance(data, int):
        raise CannotReadError(place, f"{_short(data)} is no whole number")
    return data


def _number(data: Any, place: str) -> float:
    if isinstance(data, str) and data in _NO_NUMBERS:
        return _NO_NUMBERS[data]
    if isinstance(data, bool) or not isinstance(data, int | float):
        raise CannotReadError(place, f"{_short(data)} is no number")
    try:
        return float(data)
    except OverflowError:
        raise CannotReadError(place, "it is too large for a number") from None


def _moment(data: Any, place: str) -> datetime:
    try:
        return datetime.fromisoformat(_text(data, place))
    except ValueError:
        raise CannotReadError(place, f"{_short(data)} is no time") from None


_PLAIN: Final[Mapping[Any, Callable[[Any, str], Any]]] = {
    str: _text, bool: _truth, int: _whole, float: _number, datetime: _moment,
}  # fmt: skip


def _short(data: Any) -> str:
    return repr(data)[:80]
