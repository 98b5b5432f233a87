"""The audit log: written in the transaction of what it tells."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

LOG = """
INSERT INTO audit_logs (organization_id, actor_id, action, object_type, object_id, diff, ip)
VALUES (app_organization_id(), app_profile_id(), $1, $2, $3, $4, $5)
"""


async def log(
    db: Any, action: str, kind: str, key: UUID | int | str, address: str | None, diff: Mapping[str, Any] | None = None
) -> None:
    """`action` and `kind` are of the lists that audit_logs checks; `diff` has [before, after] by field.

    `address` is None for what the platform did itself.
    """
    await db.execute(LOG, action, kind, str(key), dict(diff or {}), address)


def diff_of(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Fields of `after` that differ, each with its value before and after; what JSON does not know as text."""
    return {
        name: [_plain(before.get(name)), _plain(value)] for name, value in after.items() if before.get(name) != value
    }


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | float | str | list | dict) else str(value)
