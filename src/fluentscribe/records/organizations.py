"""Organizations, as those see them who belong to them."""

from typing import Any
from uuid import UUID

COLUMNS = "o.id, o.slug, o.name, o.plan, o.status, o.quota_words, o.created_at, o.updated_at"
# The one they are in longest comes first.
OWN = f"""
SELECT {COLUMNS}, m.role::text AS role, m.created_at AS joined_at FROM organization_members m
JOIN organizations o ON o.id = m.organization_id
WHERE m.profile_id = app_profile_id() AND ($1::timestamptz IS NULL OR (m.created_at, o.id) > ($1, $2::uuid))
ORDER BY m.created_at, o.id LIMIT $3
"""
FIND = f"SELECT {COLUMNS} FROM organizations o WHERE o.id = $1"
LOCK = f"{FIND} FOR NO KEY UPDATE"
OWNED = "SELECT count(*) FROM organization_members WHERE profile_id = app_profile_id() AND role = 'owner'"
ACT_FOR = "SELECT set_config('app.organization_id', $1, true)"
CREATE = "INSERT INTO organizations (id, slug, name) VALUES ($1, $2, $3)"
OWN_IT = "INSERT INTO organization_members (organization_id, profile_id, role) VALUES ($1, app_profile_id(), 'owner')"


async def own(db: Any, after: tuple[Any, ...] | None, limit: int) -> list[Any]:
    """One more than `limit`."""
    rows: list[Any] = await db.fetch(OWN, *(after or (None, None)), limit + 1)
    return rows


async def found(db: Any, organization: UUID, slug: str, name: str) -> None:
    """Makes an organization that the caller owns; the rest of the transaction acts for it."""
    await db.execute(ACT_FOR, str(organization))
    await db.execute(CREATE, organization, slug, name)
    await db.execute(OWN_IT, organization)
