"""Values as clients send them and logs show them, in the form in which values of their type are read. Pure."""

import re
from typing import Final

from plimsoll.core.sql.values import Cell, array_text, is_json_array

_TRUE: Final = frozenset({"t", "true", "y", "yes", "on", "1"})
_FALSE: Final = frozenset({"f", "false", "n", "no", "off", "0"})
_ELEMENT: Final = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|((?:[^,{}"\\]|\\.)+))\s*(?:,|$)', re.DOTALL)
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)


def cell_of(value: Cell, type_name: str) -> Cell:
    """Raises ValueError for what is no such value, as far as that is looked at."""
    if value is None:
        return None
    if type_name == "boolean":
        return _boolean(value)
    if is_json_array(type_name) and value.startswith("{"):
        kind = type_name.removesuffix("[]")
        return array_text([cell_of(one, kind) for one in _elements(value)], type_name)
    return value


def _boolean(value: str) -> str:
    bare = value.strip().lower()
    if bare not in _TRUE | _FALSE:
        raise ValueError(f"no boolean: {value}")
    return "true" if bare in _TRUE else "false"


def _elements(array: str) -> list[Cell]:
    """Of an array of one dimension as the server writes it."""
    inside, at, found = array.strip()[1:-1], 0, list[Cell]()
    if not array.strip().endswith("}"):
        raise ValueError("no end of an array")
    while at < len(inside):
        one = _ELEMENT.match(inside, at)
        if one is None:
            raise ValueError("no array of one dimension")
        found.append(_element(one[1], one[2]))
        at = one.end()
    return found


def _element(quoted: str | None, bare: str | None) -> Cell:
    if bare is not None and bare.strip().upper() == "NULL":
        return None
    return _ESCAPED.sub(r"\1", quoted if quoted is not None else (bare or "").strip())
