"""Logging in, refreshing, logging out: what is decided in `tokens` and `lockout`, done in the database."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from fluentscribe.accounts.lockout import Lockout
from fluentscribe.accounts.tokens import BadToken, hash_of, is_current, login_of, new_refresh

FIND_PERSON = "SELECT id, password_hash, disabled_at FROM profiles WHERE lower(email) = lower($1)"
FAILURES_MAX = 1000  # looked at; more change nothing
# Failures before the latest success no longer count against an account; those of an address always do.
ACCOUNT_FAILURES = f"""
SELECT created_at FROM login_attempts
WHERE email = lower($1) AND NOT ok AND created_at > $2
  AND created_at > coalesce((SELECT max(created_at) FROM login_attempts WHERE email = lower($1) AND ok), '-infinity')
ORDER BY created_at DESC LIMIT {FAILURES_MAX}
"""
ADDRESS_FAILURES = f"""
SELECT created_at FROM login_attempts WHERE ip = $1 AND NOT ok AND created_at > $2
ORDER BY created_at DESC LIMIT {FAILURES_MAX}
"""
RECORD = "INSERT INTO login_attempts (email, ip, ok, user_agent) VALUES (lower($1), $2, $3, $4)"
BEGIN_LOGIN = """
INSERT INTO login_sessions (id, profile_id, refresh_hash, ip, user_agent, expires_at, refreshed_at, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
"""
SEEN = "UPDATE profiles SET last_login_at = $2 WHERE id = $1"
FIND_LOGIN = """
SELECT s.*, p.disabled_at FROM login_sessions s JOIN profiles p ON p.id = s.profile_id WHERE s.id = $1 FOR UPDATE OF s
"""
ROTATE = "UPDATE login_sessions SET previous_hash = refresh_hash, refresh_hash = $2, refreshed_at = $3 WHERE id = $1"
END_LOGIN = "UPDATE login_sessions SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL"
END_ALL = "UPDATE login_sessions SET revoked_at = now() WHERE profile_id = $1 AND revoked_at IS NULL"
# The one they are in longest comes first, so that an answer does not depend on names.
ORGANIZATIONS = """
SELECT o.id, o.slug, o.name, m.role::text AS role FROM organization_members m
JOIN organizations o ON o.id = m.organization_id
WHERE m.profile_id = $1 ORDER BY m.created_at, o.id LIMIT 1000
"""


@dataclass(frozen=True, slots=True)
class Guest:
    """Who tries to log in, as far as they say, and from where."""

    email: str
    address: str
    user_agent: str | None


@dataclass(frozen=True, slots=True)
class Login:
    """A login that lasts, and the refresh token that is good now."""

    id: UUID
    profile: UUID
    refresh: str


async def locked_until(db: Any, guest: Guest, lockout: Lockout, now: datetime) -> datetime | None:
    since = now - lockout.window
    account = [row["created_at"] for row in await db.fetch(ACCOUNT_FAILURES, guest.email, since)]
    address = [row["created_at"] for row in await db.fetch(ADDRESS_FAILURES, guest.address, since)]
    return lockout.until(account, address)


async def begin_login(db: Any, guest: Guest, profile: UUID, now: datetime, lasts: timedelta) -> Login:
    login = uuid4()
    refresh = new_refresh(login)
    await db.execute(BEGIN_LOGIN, login, profile, hash_of(refresh), guest.address, guest.user_agent, now + lasts, now)
    await db.execute(SEEN, profile, now)
    return Login(login, profile, refresh)


async def refreshed(db: Any, refresh: str, now: datetime) -> Login | None:
    """The login with a new refresh token. None where the token was used before: the login is then ended, for somebody
    has a copy of it. Raises BadToken for what never was a token of a login that lasts."""
    found = await db.fetchrow(FIND_LOGIN, login_of(refresh))
    if found is None or found["revoked_at"] or found["expires_at"] <= now or found["disabled_at"]:
        raise BadToken("this login has ended")
    if not is_current(refresh, found["refresh_hash"], found["previous_hash"], found["refreshed_at"], now):
        await db.execute(END_LOGIN, found["id"])
        return None
    new = new_refresh(found["id"])
    await db.execute(ROTATE, found["id"], hash_of(new), now)
    return Login(found["id"], found["profile_id"], new)
