"""What an application relies on being written down, and what of that is not: a tag that no trigger writes is never
heard of, and what is kept by it would be stale unnoticed. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from plimsoll.changes.watch import Watch, checked_watches
from plimsoll.core.errors import UsageError
from plimsoll.core.identifiers import TableName
from plimsoll.core.tag import Template

RELIED: Final = (  # without a table that has another name now, and without partitions, which write the tags of another
    "SELECT schema, name, templates FROM plimsoll_changes.relations() "
    "WHERE (schema, name) = (watched_schema, watched_name)"
)
_NAMED_MAX: Final = 5


def watches_of(tables: object) -> tuple[Watch, ...]:
    """From `{"public.orders": ["order:{id}"]}`, as plimsoll.toml has it in [cache.tables]. Raises UsageError."""
    if not isinstance(tables, Mapping) or not all(_is_stated(*one) for one in tables.items()):
        why = f"{tables!r:.80} does not name tables with lists of templates"
        raise UsageError("these tables cannot be relied on", why=why, remedy='{"public.orders": ["order:{id}"]}')
    return checked_watches([Watch.parse(f"{name}={','.join(stated)}") for name, stated in tables.items()])


def _is_stated(name: object, templates: object) -> bool:
    if not isinstance(name, str) or not isinstance(templates, Sequence) or isinstance(templates, str):
        return False
    return all(isinstance(one, str) and one.strip() for one in templates)


def lacking(relied: Sequence[Watch], rows: Iterable[Mapping[str, Any]]) -> str:
    """What of it is not written by what is installed, as rows of RELIED tell it, in words; "" if nothing."""
    written = {TableName(row["schema"], row["name"]): tuple(map(Template.parse, row["templates"])) for row in rows}
    lacks = [
        f"{template} of {one.table.written}"
        for one in relied
        if one.table in written
        for template in one.templates
        if not any(there.tells_all_of(template) for there in written[one.table])
    ]
    lacks += [f"all of {one.table.written}" for one in relied if one.table not in written]
    if not lacks:
        return ""
    more = f" and {len(lacks) - _NAMED_MAX} more" if len(lacks) > _NAMED_MAX else ""
    return (
        f"nothing writes {', '.join(lacks[:_NAMED_MAX])}{more}, which the application relies on: plimsoll cache install"
    )
