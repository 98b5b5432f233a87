"""What people do, for counts of active users: written in the transaction in which they do it."""

from typing import Any

NOTE = """
INSERT INTO user_activity (organization_id, profile_id, action, details)
VALUES (app_organization_id(), app_profile_id(), $1, $2)
"""


async def note(db: Any, action: str, **details: object) -> None:
    """`action` is of the list that user_activity checks; `details` say on what, as text."""
    await db.execute(NOTE, action, {name: str(value) for name, value in details.items()})
