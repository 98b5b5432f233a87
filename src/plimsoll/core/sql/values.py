"""How a value's text, as the server writes it, becomes what the driver wants for a parameter of a type. Pure."""

import datetime
import decimal
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

NULL: Final = "\\N"  # stands for NULL in a CSV file, where an empty cell is an empty text

Cell = str | None  # as text; None is NULL
Element = bool | int | float | str


@dataclass(frozen=True, slots=True)
class Reading:
    """`python` is what a scenario writes for it; `module` what that imports. `cast`: the statement takes the text and
    casts it, for types that the driver has no Python value for."""

    python: str
    read: Callable[[str], Any]
    module: str = ""
    cast: bool = False


def _is_true(text: str) -> bool:
    return text == "true"


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text[2:])


_TEXT: Final = Reading("str", str)
_CAST: Final = Reading("str", str, cast=True)
_WHOLE: Final = Reading("int", int)
_MOMENT: Final = Reading("datetime.datetime.fromisoformat", datetime.datetime.fromisoformat, "datetime")
_JSON: Final = Reading("json.loads", json.loads, "json")
_READINGS: Final = {
    "smallint": _WHOLE, "integer": _WHOLE, "bigint": _WHOLE, "oid": _WHOLE,
    "real": Reading("float", float), "double precision": Reading("float", float),
    "numeric": Reading("decimal.Decimal", decimal.Decimal, "decimal"),
    "boolean": Reading('lambda cell: cell == "true"', _is_true),
    "bytea": Reading("lambda cell: bytes.fromhex(cell[2:])", _bytes),
    "date": Reading("datetime.date.fromisoformat", datetime.date.fromisoformat, "datetime"),
    "time without time zone": Reading("datetime.time.fromisoformat", datetime.time.fromisoformat, "datetime"),
    "timestamp without time zone": _MOMENT, "timestamp with time zone": _MOMENT,
    **dict.fromkeys(("text", "character varying", "bpchar", "name", "uuid", "json", "jsonb"), _TEXT),
}  # fmt: skip
# Arrays of these are lists as JSON has them.
_ELEMENTS: Final[dict[str, Callable[[str], Element]]] = {
    "smallint": int, "integer": int, "bigint": int, "real": float, "double precision": float, "boolean": _is_true,
    "text": str, "character varying": str, "bpchar": str, "name": str, "uuid": str,
}  # fmt: skip


def reading_of(type_name: str, *, is_enum: bool = False) -> Reading:
    """For a type as format_type names it."""
    if is_enum:
        return _TEXT
    if type_name.endswith("[]"):
        return _JSON if type_name[:-2] in _ELEMENTS else _CAST
    return _READINGS.get(type_name, _CAST)


def ordering_of(type_name: str) -> Callable[[str], Any] | None:
    """What orders values of a type, read from their texts; None where nothing does."""
    if type_name == "interval":
        return _seconds
    reading = reading_of(type_name)
    return None if reading.cast else reading.read


def text_of(key: Any, type_name: str) -> str | None:
    """The text of what `ordering_of` gives; None where it cannot be written."""
    if isinstance(key, datetime.datetime):
        return key.isoformat(sep=" ")
    if isinstance(key, datetime.date):
        return key.isoformat()
    if type_name == "interval":
        return f"{key:.6f} seconds"
    return str(key) if isinstance(key, int | float | decimal.Decimal) else None


_UNITS: Final = {"year": 31_557_600.0, "mon": 2_629_800.0, "day": 86_400.0}


def _seconds(interval: str) -> float:
    """Of an interval as in "1 mon -3 days 04:05:06.7"; months and years as long as they are on average."""
    bare = re.fullmatch(r"([-+]?[\d.]+) seconds", interval)
    if bare is not None:
        return float(bare[1])
    total = sum(int(count) * _UNITS[unit] for count, unit in re.findall(r"([-+]?\d+) (year|mon|day)s?", interval))
    clock = re.search(r"([-+]?)(\d+):(\d\d):(\d\d(?:\.\d+)?)", interval)
    if clock is None:
        return total
    seconds = int(clock[2]) * 3600 + int(clock[3]) * 60 + float(clock[4])
    return total - seconds if clock[1] == "-" else total + seconds


def array_text(elements: Sequence[Cell], type_name: str) -> str:
    """An array in the form that `reading_of` its type reads."""
    read = _ELEMENTS.get(type_name.removesuffix("[]"))
    if read is not None:
        return json.dumps([None if one is None else read(one) for one in elements], ensure_ascii=False)
    return "{" + ",".join(map(_quoted, elements)) + "}"


def _quoted(element: Cell) -> str:
    if element is None:
        return "NULL"
    return '"' + element.replace("\\", "\\\\").replace('"', '\\"') + '"'


def is_json_array(type_name: str) -> bool:
    """Whether values of it are read as JSON."""
    return type_name.endswith("[]") and type_name[:-2] in _ELEMENTS


# What stands for a constant of a type where nothing tells what it was.
_GUESSES: Final = {
    "boolean": "true", "date": "2024-01-01", "time without time zone": "12:00:00", "interval": "1 day",
    "timestamp without time zone": "2024-01-01 00:00:00", "timestamp with time zone": "2024-01-01 00:00:00+00",
    "json": "{}", "jsonb": "{}", "uuid": "00000000-0000-4000-8000-000000000000", "bytea": "\\x00", "inet": "127.0.0.1",
    **dict.fromkeys(("smallint", "integer", "bigint", "oid", "real", "double precision", "numeric"), "1"),
    **dict.fromkeys(("text", "character varying", "bpchar", "name"), ""),
}  # fmt: skip


def guess_of(type_name: str) -> str | None:
    """None where nothing can be guessed."""
    if type_name.endswith("[]"):
        return "[]" if is_json_array(type_name) else "{}"
    return _GUESSES.get(type_name)
