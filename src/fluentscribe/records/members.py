"""Members of an organization."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fluentscribe.accounts.passwords import NONE_YET

# E-mail addresses are shown to those who run the organization ($1).
COLUMNS = """
p.id, p.display_name, CASE WHEN $1 THEN p.email END AS email, m.role::text AS role, m.created_at AS joined_at,
p.password_hash = '!' AS pending
"""
OF_ORGANIZATION = (
    f"SELECT {COLUMNS} FROM organization_members m JOIN profiles p ON p.id = m.profile_id"
    " WHERE m.organization_id = app_organization_id()"
)
LIST = f"""
{OF_ORGANIZATION} AND ($2::text IS NULL OR m.role::text = $2)
  AND ($3::timestamptz IS NULL OR (m.created_at, p.id) > ($3, $4::uuid))
ORDER BY m.created_at, p.id LIMIT $5
"""
FIND = f"{OF_ORGANIZATION} AND p.id = $2"
# Whoever changes members waits here for who else does, so that roles and the number of owners stay as they are read.
LOCK = "SELECT FROM organizations WHERE id = app_organization_id() FOR NO KEY UPDATE"
ROLES = """
SELECT
    max(role::text) FILTER (WHERE profile_id = app_profile_id()) AS own,
    max(role::text) FILTER (WHERE profile_id = $1) AS theirs,
    count(*) FILTER (WHERE role = 'owner') AS owners,
    count(*) AS members
FROM organization_members WHERE organization_id = app_organization_id()
"""
PERSON = "SELECT id, password_hash FROM profiles WHERE lower(email) = lower($1)"
NEW_PERSON = """
INSERT INTO profiles (email, password_hash, display_name) VALUES ($1, $2, $3)
ON CONFLICT (lower(email)) DO NOTHING RETURNING id
"""
ADD = """
INSERT INTO organization_members (organization_id, profile_id, role)
VALUES (app_organization_id(), $1, $2::text::organization_role)
"""
INVITE = """
INSERT INTO invitations (organization_id, profile_id, token_hash, invited_by, expires_at)
VALUES (app_organization_id(), $1, $2, app_profile_id(), $3)
"""
CHANGE = """
UPDATE organization_members SET role = $2::text::organization_role
WHERE organization_id = app_organization_id() AND profile_id = $1
"""
# What somebody loses with their membership, or on becoming an auditor. Done again when they come back: a manager may
# have put them on a project at the very moment at which they left.
OFF_PROJECTS = "DELETE FROM project_members WHERE organization_id = app_organization_id() AND profile_id = $1"
UNINVITE = "DELETE FROM invitations WHERE organization_id = app_organization_id() AND profile_id = $1"
REMOVE = "DELETE FROM organization_members WHERE organization_id = app_organization_id() AND profile_id = $1"


@dataclass(frozen=True, slots=True)
class Roles:
    """The caller's role, that of the person whom it is about, None for no members; how many own it, and are in it."""

    own: str | None
    theirs: str | None
    owners: int
    members: int


async def listed(db: Any, emails: bool, role: str | None, after: tuple[Any, ...] | None, limit: int) -> list[Any]:
    """One more than `limit`, in the order in which they joined."""
    rows: list[Any] = await db.fetch(LIST, emails, role, *(after or (None, None)), limit + 1)
    return rows


async def locked(db: Any, person: UUID) -> Roles:
    """Roles that stay so until the transaction ends."""
    await db.execute(LOCK)
    row = await db.fetchrow(ROLES, person)
    return Roles(**row)


async def person_of(db: Any, email: str, display_name: str) -> tuple[UUID, bool]:
    """Who has this address, made where nobody has; and whether they have yet to choose a password."""
    made = await db.fetchval(NEW_PERSON, email, NONE_YET, display_name)
    if made is not None:
        return made, True
    row = await db.fetchrow(PERSON, email)
    return row["id"], row["password_hash"] == NONE_YET


async def remove(db: Any, person: UUID) -> None:
    for query in (OFF_PROJECTS, UNINVITE, REMOVE):
        await db.execute(query, person)
