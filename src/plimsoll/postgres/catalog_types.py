"""Types as the catalog tells them, with their modifiers, made into values."""

import json
from collections.abc import Mapping
from typing import Any, Final

from plimsoll.core.schema import DataType, TypeKind

_NESTED_MAX: Final = 8  # of arrays, composites and domains within each other; what lies deeper is left unknown
_KINDS: Final[Mapping[str, TypeKind]] = {"e": "enum", "c": "composite", "r": "range", "m": "multirange"}
_TEXTS: Final = ("varchar", "bpchar")
_BITS: Final = ("bit", "varbit")
_TIMES: Final = ("time", "timetz", "timestamp", "timestamptz")
_HEADER: Final = 4  # by which the modifiers of texts and numeric are shifted (VARHDRSZ)

Row = Mapping[str, Any]


def data_type(types: Mapping[int, Row], oid: int, modifier: int, name: str, depth: int = 0) -> DataType:
    """The type `oid` with a modifier (-1: none); `types` are rows of `catalog_sql.TYPES`, by oid."""
    row = types[oid]
    if depth >= _NESTED_MAX:
        return DataType(name, row["name"])
    if row["kind"] == "d":
        return _domain(types, row, name, depth)
    if row["category"] == "A" and row["element"]:
        element = data_type(types, row["element"], modifier, _element_name(name), depth + 1)
        return DataType(name, element.base, "array", element=element)
    kind = _KINDS.get(row["kind"], "base")
    length, precision, scale = _modified(row["name"], modifier)
    subtype = (
        data_type(types, row["subtype"], -1, types[row["subtype"]]["type_name"], depth + 1) if row["subtype"] else None
    )
    return DataType(
        name,
        row["name"],
        kind,
        length=length,
        precision=precision,
        scale=scale,
        labels=tuple(row["labels"] or ()),
        element=subtype,
        fields=_fields(types, row, depth) if kind == "composite" else (),
    )


def _domain(types: Mapping[int, Row], row: Row, name: str, depth: int) -> DataType:
    """The type beneath, under the domain's name, with the checks of all domains on the way."""
    beneath = data_type(types, row["base"], row["modifier"], types[row["base"]]["type_name"], depth + 1)
    return DataType(
        name, beneath.base, beneath.kind, beneath.length, beneath.precision, beneath.scale, beneath.labels,
        beneath.element, beneath.fields, name, (*beneath.checks, *(row["checks"] or ())),
        row["not_null"] or beneath.not_null,
    )  # fmt: skip


def _fields(types: Mapping[int, Row], row: Row, depth: int) -> tuple[tuple[str, DataType], ...]:
    found = json.loads(row["fields"] or "[]")
    return tuple(
        (name, data_type(types, oid, modifier, types[oid]["type_name"], depth + 1)) for name, oid, modifier in found
    )


def _modified(base: str, modifier: int) -> tuple[int | None, int | None, int | None]:
    """Length, precision and scale."""
    if modifier < 0:
        return (1 if base == "bit" else None), None, None
    if base in _TEXTS:
        return modifier - _HEADER, None, None
    if base in _BITS:
        return modifier, None, None
    if base == "numeric":
        packed = modifier - _HEADER
        return None, (packed >> 16) & 0xFFFF, ((packed & 0x7FF) ^ 1024) - 1024
    if base in _TIMES:
        return None, modifier, None
    return (modifier if base == "vector" else None), None, None


def _element_name(name: str) -> str:
    return name.removesuffix("[]")
