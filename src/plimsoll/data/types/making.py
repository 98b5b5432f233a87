"""Which generator makes the values of a type."""

from collections.abc import Callable, Mapping
from typing import Final

from plimsoll.core.schema import DataType
from plimsoll.data.domain import Domain, Unsatisfiable
from plimsoll.data.drawing import Context, Generator
from plimsoll.data.types import binary
from plimsoll.data.types.choosing import Nulls, booleans, chosen, enum_labels
from plimsoll.data.types.containers import arrays, ranges, rows
from plimsoll.data.types.documents import documents, json_documents
from plimsoll.data.types.numbers import decimals, floats, integers
from plimsoll.data.types.shapes import features, shapes, vectors
from plimsoll.data.types.texts import texts
from plimsoll.data.types.times import dates, durations, moments, times_of_day
from plimsoll.data.types.uuids import Uuids
from plimsoll.data.types.wanted import Wanted

Maker = Callable[[Wanted], Generator]


def of_type(type: DataType, domain: Domain, context: Context, *, unique: bool = False, rows: int = 0) -> Generator:
    """Makes values of a type of which nothing else is known.

    With `unique`, rows in range(rows) differ. Raises Unsatisfiable where no value, or too few, can be made.
    """
    return made(Wanted(type, domain, context, unique, rows))


def made(wanted: Wanted) -> Generator:
    """As `of_type`."""
    generator = _made(wanted)
    if wanted.unique and generator.capacity is not None and generator.capacity < wanted.rows:
        few = f"there are only {generator.capacity:,} such {wanted.type.name}"
        raise Unsatisfiable(f"{wanted.rows:,} rows must differ, but {few}")
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


def _of_others(make: Callable[[Wanted, Maker], Generator]) -> Maker:
    return lambda wanted: make(wanted, made)


_KINDS: Final[Mapping[str, Maker]] = {
    "enum": enum_labels,
    "array": _of_others(arrays),
    "composite": _of_others(rows),
    **dict.fromkeys(("range", "multirange"), _of_others(ranges)),
}
_BASES: Final[Mapping[str, Maker]] = {
    "bool": booleans,
    **dict.fromkeys(("int2", "int4", "int8", "oid", "xid", "xid8", "cid"), integers),
    **dict.fromkeys(("numeric", "money"), decimals),
    **dict.fromkeys(("float4", "float8"), floats),
    **dict.fromkeys(("text", "varchar", "bpchar", "citext", "name", "char", "refcursor"), texts),
    "uuid": _uuids,
    "date": dates,
    **dict.fromkeys(("timestamp", "timestamptz"), moments),
    **dict.fromkeys(("time", "timetz"), times_of_day),
    "interval": durations,
    **dict.fromkeys(("json", "jsonb"), json_documents),
    **dict.fromkeys(("xml", "hstore", "ltree", "tsvector", "tsquery", "jsonpath"), documents),
    "bytea": binary.octets,
    **dict.fromkeys(("bit", "varbit"), binary.bits),
    "inet": binary.addresses,
    "cidr": binary.networks,
    **dict.fromkeys(("macaddr", "macaddr8"), binary.hardware_addresses),
    "pg_lsn": binary.log_positions,
    **dict.fromkeys(("pg_snapshot", "txid_snapshot"), binary.snapshots),
    "tid": binary.row_places,
    **dict.fromkeys(binary.OBJECTS, binary.database_objects),
    **dict.fromkeys(("point", "line", "lseg", "box", "path", "polygon", "circle", "cube", "seg"), shapes),
    **dict.fromkeys(("geometry", "geography"), features),
    **dict.fromkeys(("vector", "halfvec"), vectors),
}
