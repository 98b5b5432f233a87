"""Keys of rows that a replay inserts: copies of what is there would break the table's unique keys. Pure."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from plimsoll.core.schema import Column, Table, UniqueKey

# How a value is made anew, best first: a text keeps its end, so that what it belongs to can still be seen.
_WAYS: Final[Mapping[str, str]] = {
    "uuid": "uuid", "int8": "number", "int4": "number", "text": "text", "varchar": "text", "citext": "text",
}  # fmt: skip
# Functions of usual defaults, which give the same to everybody.
_INDEPENDENT: Final = frozenset(
    {"nextval", "now", "gen_random_uuid", "uuid_generate_v4", "uuidv7", "uuidv4", "clock_timestamp", "timezone"}
    | {"statement_timestamp", "transaction_timestamp", "date_trunc", "random", "md5", "numeric", "varchar", "bpchar"}
)
TEXT_MIN: Final = 12  # characters that a column must hold for a text to be made anew


@dataclass(frozen=True, slots=True)
class Fresh:
    """Columns to be made anew, by name, and unique keys that nothing can be done about."""

    ways: Mapping[str, str]
    colliding: tuple[str, ...] = ()


def fresh_columns(table: Table, stored: Mapping[str, int]) -> Fresh:
    """Which of the `stored` columns of an INSERT must differ from every row's: of a key the one with the most
    different values, as `stored` counts them. A key with a column that the statement leaves out has its default for it,
    which usually is new."""
    referring = {column for foreign in table.foreign_keys for column in foreign.columns}
    ways: dict[str, str] = {}
    colliding = []
    for key in table.uniques:
        named = [name for name in key.columns if name is not None]
        if len(named) < len(key.columns) or any(name not in stored or name in ways for name in named):
            continue
        column = _best([table.column(name) for name in named if name not in referring], stored)
        if column is None:
            colliding.append(_told(key))
        else:
            ways[column.name] = _way(column)
    return Fresh(ways, tuple(colliding))


def settings_needed(table: Table, stored: Collection[str]) -> list[str]:
    """What to say of columns that an INSERT leaves to defaults which may depend on the session, as those of tenants do:
    a replay without the application's settings would store NULL."""
    return [
        f"{column.name} is left to its default, {column.default}, which may want the application's settings."
        for column in table.columns
        if column.name not in stored and not column.nullable and not column.generated
        and set(re.findall(r"([\w.]+)\s*\(", column.default or "")) - _INDEPENDENT
    ]  # fmt: skip


def _way(column: Column) -> str:
    if column.type.kind != "base":
        return ""
    way = _WAYS.get(column.type.base, "")
    return "" if way == "text" and (column.type.length or TEXT_MIN) < TEXT_MIN else way


def _best(columns: Collection[Column], different: Mapping[str, int]) -> Column | None:
    order = list(_WAYS.values())
    able = [column for column in columns if _way(column)]
    return min(able, key=lambda column: (-different[column.name], order.index(_way(column))), default=None)


def _told(key: UniqueKey) -> str:
    return f"{key.name} ({', '.join(name or 'an expression' for name in key.columns)})"
