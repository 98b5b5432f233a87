"""Why a type would refuse a text, as far as that can be told without a server. Pure."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final
from uuid import UUID

from plimsoll.core.schema import DataType

_WHOLE: Final = {"int2": 2**15, "int4": 2**31, "int8": 2**63}
_CUT: Final = ("varchar", "bpchar")  # blanks beyond their length are cut off, nothing else
_BOOLEAN: Final = re.compile(r"t|tr|tru|true|f|fa|fal|fals|false|y|ye|yes|n|no|on|of|off|0|1", re.IGNORECASE)
_ISO: Final = re.compile(r"\s*(\d{4}-\d\d-\d\d)(?!\d)")
_DAY_FIRST: Final = re.compile(r"\s*(\d\d)[./-](\d\d?)[./-](\d{4})(?!\d)")
MONTHS: Final = 12
_NUMBER: Final = re.compile(r"[+-]?\d+(\.\d*)?")
_DIGITS: Final = re.compile(r"\d{6}|\d{8}|\d{14}")  # days, and moments, without marks between
_NAMED: Final = frozenset({"infinity", "-infinity", "epoch", "now", "today", "tomorrow", "yesterday"})


def refusal(kind: DataType, text: str) -> str | None:
    """What is wrong with a value's text, to follow the value; None where nothing is, or only the server knows."""
    if "\0" in text:
        return "holds the character NUL, which PostgreSQL cannot keep"
    if kind.kind == "enum":
        return None if text in kind.labels else f"is no label of {kind.name}: {', '.join(kind.labels[:10])}"
    if kind.kind in ("array", "composite"):
        opening = "{[" if kind.kind == "array" else "("
        return (
            None if text.lstrip().startswith(tuple(opening)) else f"is no {kind.name}, which begins with {opening[0]}"
        )
    refuse = _OF_BASE.get(kind.base) if kind.kind == "base" else None
    return refuse(kind, text) if refuse else None


def _of_whole(kind: DataType, text: str) -> str | None:
    try:
        number = int(text)
    except ValueError:
        return None if text.strip().lower().startswith(("0x", "0o", "0b")) else f"is no {kind.name}"
    end = _WHOLE[kind.base]
    return None if -end <= number < end else f"is too large for {kind.name}"


def _of_number(kind: DataType, text: str) -> str | None:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return f"is no {kind.name}"
    if kind.base != "numeric" or kind.precision is None or not number.is_finite():
        return None
    end = Decimal(10) ** (kind.precision - (kind.scale or 0))
    return None if abs(number) < end else f"is too large for {kind.name}"


def _of_boolean(kind: DataType, text: str) -> str | None:
    return None if _BOOLEAN.fullmatch(text.strip()) else f"is no {kind.name}"


def _of_characters(kind: DataType, text: str) -> str | None:
    if kind.length is None or len(text.rstrip(" ") if kind.base in _CUT else text) <= kind.length:
        return None
    return f"has {len(text):,} characters, more than {kind.name} takes"


def _of_uuid(kind: DataType, text: str) -> str | None:
    try:
        UUID(text)
    except ValueError:
        return f"is no {kind.name}"
    return None


def _of_json(kind: DataType, text: str) -> str | None:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return f"is no {kind.name}; a text is one in double quotes"
    return None


def _of_moment(kind: DataType, text: str) -> str | None:
    """PostgreSQL reads many forms: refused is what has no figure, and a day that no calendar has.

    So are days that begin with a figure above 12: a server takes them or not, by its datestyle.
    """
    said = _ISO.match(text)
    turned = _DAY_FIRST.match(text)
    if turned is not None and int(turned[1]) > MONTHS:
        return f"is no {kind.name} everywhere; write {turned[3]}-{turned[2]:0>2}-{turned[1]}"
    if said is None:
        if _NUMBER.fullmatch(text.strip()) and not _DIGITS.fullmatch(text.strip()):
            return f"is a number, and no {kind.name}"
        known = any(character.isdigit() for character in text) or text.strip().lower() in _NAMED
        return None if known else f"is no {kind.name}"
    try:
        date.fromisoformat(said[1])
    except ValueError:
        return f"is no {kind.name}: there is no such day"
    return None


_OF_BASE: Final[Mapping[str, Callable[[DataType, str], str | None]]] = {
    **dict.fromkeys(_WHOLE, _of_whole),
    **dict.fromkeys(("numeric", "float4", "float8"), _of_number),
    **dict.fromkeys((*_CUT, "bit", "varbit"), _of_characters),
    **dict.fromkeys(("json", "jsonb"), _of_json),
    **dict.fromkeys(("date", "timestamp", "timestamptz"), _of_moment),
    "bool": _of_boolean,
    "uuid": _of_uuid,
}
