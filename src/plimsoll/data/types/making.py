"""Which generator makes the values of a type."""

from collections.abc import Callable, Mapping
from typing import Final

from plimsoll.core.schema import DataType
from plimsoll.data.domain import Domain, Unsatisfiable
from plimsoll.data.drawing import Context, Generator
from plimsoll.data.types.choosing import Nulls, booleans, chosen, enum_labels
from plimsoll.data.types.documents import documents, json_documents
from plimsoll.data.types.numbers import decimals, floats, integers
from plimsoll.data.types.texts import texts
from plimsoll.data.types.times import dates, durations, moments, times_of_day
from plimsoll.data.types.uuids import Uuids
from plimsoll.data.types.wanted import Wanted

Maker = Callable[[Wanted], Generator]


def of_type(type: DataType, domain: Domain, context: Context, *, unique: bool = False, rows: int = 0) -> Generator:
    """Makes values of a type of which nothing else is known.

    With `unique`, rows in range(rows) differ. Raises Unsatisfiable where no value, or too few, can be made.
    """
    wanted = Wanted(type, domain, context, unique, rows)
    generator = _made(wanted)
    if unique and generator.capacity is not None and generator.capacity < rows:
        raise Unsatisfiable(f"{rows:,} rows must differ, but there are only {generator.capacity:,} such {type.name}")
    return generator


def _made(wanted: Wanted) -> Generator:
    if wanted.domain.is_null:
        return Nulls()
    if wanted.domain.choices is not None:
        return chosen(wanted, wanted.domain.choices)
    maker = _BASES.get(wanted.type.base) if wanted.type.kind == "base" else _KINDS.get(wanted.type.kind)
    if maker is None:
        raise Unsatisfiable(f"nothing is known of the type {wanted.type.name}")
    return maker(wanted)


def _uuids(wanted: Wanted) -> Generator:
    return Uuids()


_KINDS: Final[Mapping[str, Maker]] = {"enum": enum_labels}
_BASES: Final[Mapping[str, Maker]] = {
    "bool": booleans,
    **dict.fromkeys(("int2", "int4", "int8", "oid", "xid", "xid8", "cid"), integers),
    **dict.fromkeys(("numeric", "money"), decimals),
    **dict.fromkeys(("float4", "float8"), floats),
    **dict.fromkeys(("text", "varchar", "bpchar", "citext", "name", "char"), texts),
    "uuid": _uuids,
    "date": dates,
    **dict.fromkeys(("timestamp", "timestamptz"), moments),
    **dict.fromkeys(("time", "timetz"), times_of_day),
    "interval": durations,
    **dict.fromkeys(("json", "jsonb"), json_documents),
    **dict.fromkeys(("xml", "hstore", "ltree", "tsvector", "tsquery", "jsonpath"), documents),
}
