"""The tags of one call: what a judgement says, with the call's parameters and settings in it. Pure."""

import re
from collections.abc import Mapping, Sequence
from itertools import product
from math import prod
from typing import Any, Final
from uuid import UUID

from plimsoll.cache.queries.conjuncts import Kind, Value, constant_texts
from plimsoll.cache.queries.facts import Held, Judgement, RowTag
from plimsoll.cache.queries.words import names_a_moment
from plimsoll.core.tag import tag

TAGS_MAX: Final = 50  # of one scan; more are the table's

Settings = Mapping[str, str | None]

_WHOLE: Final = re.compile(r"-?\d{1,30}", re.ASCII)
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
# Of a parameter: other types have other texts for equal values, or cut what is too long.
_TYPES: Final[Mapping[Kind, frozenset[str]]] = {
    "integer": frozenset({"smallint", "integer", "bigint"}),
    "boolean": frozenset({"boolean"}),
    "uuid": frozenset({"uuid"}),
    "text": frozenset({"text", "character varying"}),
}


def tags_of(judgement: Judgement, parameters: Sequence[Any], settings: Settings) -> frozenset[str]:
    """Of a call with these. A value whose key is not sure gives the table's tag instead."""
    found = set(judgement.tables)
    for row in judgement.rows:
        found.update(_tags(row, parameters, settings) or (row.otherwise,))
    return frozenset(found)


def moment_among(judgement: Judgement, parameters: Sequence[Any]) -> bool:
    """Whether a parameter may be read as a date that is another each day."""
    return judgement.moments and any(isinstance(one, str) and names_a_moment(one) for one in parameters)


def _tags(row: RowTag, parameters: Sequence[Any], settings: Settings) -> Sequence[str] | None:
    """None: by the table. No tag at all where no row can be meant is not trusted either."""
    sides = [_values(one, parameters, settings) for one in row.held]
    if not all(sides) or prod(len(one or ()) for one in sides) > TAGS_MAX:
        return None
    return [tag(row.family, *values) for values in product(*(one or () for one in sides))]


def _values(held: Held, parameters: Sequence[Any], settings: Settings) -> Sequence[Any] | None:
    """What the column may be, in the form in which `tag` writes what the database writes."""
    value, kind = held.value, held.kind
    if value.source == "constant":
        return [_of_text(one, kind) for one in constant_texts(value, kind) or ()]
    if value.source == "setting":
        text = settings.get(value.text)
        made = None if text is None else _of_text(text, kind)
        return None if made is None else [made]
    return _of_parameter(value, held, parameters)


def _of_parameter(value: Value, held: Held, parameters: Sequence[Any]) -> Sequence[Any] | None:
    number = int(value.text)
    kind, of = held.kind, held.type.removesuffix("[]")
    if number > len(parameters) or value.several != held.type.endswith("[]"):
        return None
    if kind != "enum" and of not in _TYPES[kind]:
        return None
    given = parameters[number - 1]
    if not value.several:
        given = [given]
    elif not isinstance(given, list | tuple) or len(given) > TAGS_MAX:
        return None
    made = [None if one is None else _of_python(one, kind) for one in given]
    return None if any(m is None and one is not None for m, one in zip(made, given, strict=True)) else made


def _of_python(given: Any, kind: Kind) -> Any:
    """None where its text is not sure to be the database's."""
    match kind:
        case "integer":
            return given if type(given) is int else None
        case "boolean":
            return given if type(given) is bool else None
        case "uuid":
            return str(given) if isinstance(given, UUID) else _of_text(given, kind) if type(given) is str else None
    return given if type(given) is str and "\0" not in given else None


def _of_text(text: str, kind: Kind) -> Any:
    match kind:
        case "integer":
            return int(text) if _WHOLE.fullmatch(text) else None
        case "boolean":
            return {"true": True, "false": False}.get(text)
        case "uuid":
            return text.lower() if _UUID.fullmatch(text) else None
    return text
