"""Which relations are watched, or could be: rows of the database as values. Pure."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from plimsoll.cache.queries.facts import Watched
from plimsoll.core.identifiers import TableName
from plimsoll.core.tag import COLUMNS_MAX, TABLE_FAMILY, Template

_USABLE = frozenset({"int2", "int4", "int8", "bool", "uuid", "text", "varchar", "name"})


def watched_of(rows: Iterable[Mapping[str, Any]]) -> dict[TableName, list[Watched]]:
    """From rows of `plimsoll_changes.relations`, by relation; without templates that not every UPDATE writes, since a
    statement may read other columns."""
    found: dict[TableName, list[Watched]] = {}
    for row in rows:
        templates = tuple(one for one in map(Template.parse, row["templates"]) if one.when is None)
        watched = Watched(TableName(row["watched_schema"], row["watched_name"]), templates)
        found.setdefault(TableName(row["schema"], row["name"]), []).append(watched)
    return found


def with_key(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """A row of KEYS_SQL as one of `plimsoll_changes.relations`: with the primary key's template, if it can be one."""
    columns = tuple(name for name, _ in row["key"])
    usable = 0 < len(columns) <= COLUMNS_MAX and all(kind in _USABLE for _, kind in row["key"])
    template = [str(Template(_family(row["watched_name"]), columns))] if usable else []
    return {**{name: row[name] for name in ("schema", "name", "watched_schema", "watched_name")}, "templates": template}


def option(one: Watched) -> str:
    """As `plimsoll cache install --table` takes it."""
    name = one.table.written
    return f"{name}={','.join(map(str, one.templates))}" if one.templates else name


def _family(table: str) -> str:
    """A family's name that is like the table's."""
    bare = re.sub(r"[^a-z0-9_-]", "-", table.lower(), flags=re.ASCII).strip("-")[:38]
    return bare if bare[:1].isalpha() and bare != TABLE_FAMILY else f"t-{bare}".rstrip("-")
