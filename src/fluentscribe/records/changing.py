"""UPDATE of the fields that somebody named, and of no others."""

from collections.abc import Mapping
from typing import Any


async def change(db: Any, table: str, key: Any, fields: Mapping[str, Any], touch: bool = True) -> None:
    """Sets columns of the row whose `id` is `key`. `table` and the names of `fields` are ours, never a client's."""
    if not fields:
        return
    assignments = [f"{name} = ${number}" for number, name in enumerate(fields, 2)]
    if touch:
        assignments.append("updated_at = now()")
    await db.execute(f"UPDATE {table} SET {', '.join(assignments)} WHERE id = $1", key, *fields.values())
