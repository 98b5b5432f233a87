"""Logging in, refreshing, logging out: what is decided in `tokens` and `lockout`, done in the database."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from fluentscribe.accounts.lockout import Lockout
from fluentscribe.accounts.tokens import BadToken, hash_of, is_current, key_of, new_token

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
# One attempt of an account is recorded at a time, so that many guesses at once are no more than many one by one.
ONE_BY_ONE = "SELECT pg_advisory_xact_lock(hashtextextended(lower($1), 0))"
RECORD = "INSERT INTO login_attempts (email, ip, ok, user_agent) VALUES (lower($1), $2, $3, $4)"
# Only with the password that was looked at: whoever changes it ends all logins, and this one would come after.
SEEN = """
UPDATE profiles SET last_login_at = $3 WHERE id = $1 AND password_hash = $2 AND disabled_at IS NULL RETURNING true
"""
BEGIN_LOGIN = """
INSERT INTO login_sessions (id, profile_id, refresh_hash, ip, user_agent, expires_at, refreshed_at, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
"""
FIND_LOGIN = """
SELECT s.*, p.disabled_at FROM login_sessions s JOIN profiles p ON p.id = s.profile_id WHERE s.id = $1 FOR UPDATE OF s
"""
ROTATE = "UPDATE login_sessions SET previous_hash = refresh_hash, refresh_hash = $2, refreshed_at = $3 WHERE id = $1"
END_LOGIN = "UPDATE login_sessions SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL"
END_ALL = "UPDATE login_sessions SET revoked_at = now() WHERE profile_id = $1 AND revoked_at IS NULL"
END_OTHERS = f"{END_ALL} AND id <> $2"
CHANGE_HASH = """
UPDATE profiles SET password_hash = $3, updated_at = now()
WHERE id = $1 AND password_hash = $2 AND disabled_at IS NULL RETURNING true
"""
FIND_INVITATION = """
SELECT p.id, p.password_hash FROM invitations i JOIN profiles p ON p.id = i.profile_id
WHERE i.profile_id = $1 AND i.token_hash = $2 AND i.expires_at > $3 AND p.password_hash = '!' AND p.disabled_at IS NULL
"""
END_INVITATIONS = "DELETE FROM invitations WHERE profile_id = $1"
NAME_THEM = "UPDATE profiles SET display_name = $2 WHERE id = $1"
# The one they are in longest comes first, so that an answer does not depend on names.
ORGANIZATIONS = """
SELECT o.id, o.slug, o.name, m.role::text AS role FROM organization_members m
JOIN organizations o ON o.id = m.organization_id
WHERE m.profile_id = $1 ORDER BY m.created_at, o.id LIMIT 1000
"""


@dataclass(frozen=True, slots=True)
class Guest:
    """Who tries to log in, as far as they say, and from where. The database compares addresses whatever their case."""

    email: str
    address: str
    user_agent: str | None


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody who showed that they are this person; `password_hash` is of the password with which they did."""

    id: UUID
    password_hash: str


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


async def recorded(db: Any, guest: Guest, ok: bool, lockout: Lockout, now: datetime) -> datetime | None:
    """Records an attempt. Not where the account was locked while the password was looked at: then it says until when.

    Attempts while locked out are not recorded, for they would prolong the lock for ever.
    """
    await db.execute(ONE_BY_ONE, guest.email)
    until = await locked_until(db, guest, lockout, now)
    if until is None:
        await db.execute(RECORD, guest.email, guest.address, ok, guest.user_agent)
    return until


async def begin_login(db: Any, guest: Guest, person: Known, now: datetime, lasts: timedelta) -> Login:
    """Raises BadToken where the password was changed, or the account disabled, since they showed it."""
    if not await db.fetchval(SEEN, person.id, person.password_hash, now):
        raise BadToken("the account was changed at this moment")
    login = uuid4()
    refresh = new_token(login)
    ends = now + lasts
    await db.execute(BEGIN_LOGIN, login, person.id, hash_of(refresh), guest.address, guest.user_agent, ends, now)
    return Login(login, person.id, refresh)


async def refreshed(db: Any, refresh: str, now: datetime) -> Login | None:
    """The login with a new refresh token. None where the token was used before: the login is then ended, for somebody
    has a copy of it. Raises BadToken for what never was a token of a login that lasts."""
    found = await db.fetchrow(FIND_LOGIN, key_of(refresh))
    if found is None or found["revoked_at"] or found["expires_at"] <= now or found["disabled_at"]:
        raise BadToken("this login has ended")
    if not is_current(refresh, found["refresh_hash"], found["previous_hash"], found["refreshed_at"], now):
        await db.execute(END_LOGIN, found["id"])
        return None
    new = new_token(found["id"])
    await db.execute(ROTATE, found["id"], hash_of(new), now)
    return Login(found["id"], found["profile_id"], new)


async def change_password(db: Any, person: Known, new_hash: str, login: UUID) -> None:
    """All other logins end. Raises BadToken where the password was changed since they showed it."""
    if not await db.fetchval(CHANGE_HASH, person.id, person.password_hash, new_hash):
        raise BadToken("the account was changed at this moment")
    await db.execute(END_OTHERS, person.id, login)


async def invited(db: Any, token: str, now: datetime) -> Known:
    """Whose invitation this is. The transaction acts on their behalf. Raises BadToken."""
    row = await db.fetchrow(FIND_INVITATION, key_of(token), hash_of(token), now)
    if row is None:
        raise BadToken("this invitation is not good, or no longer")
    return Known(row["id"], row["password_hash"])


async def accept(db: Any, person: Known, new_hash: str, display_name: str | None) -> Known:
    """The person has a password from now on, and no more invitations. Raises BadToken where they have one already."""
    if not await db.fetchval(CHANGE_HASH, person.id, person.password_hash, new_hash):
        raise BadToken("this invitation was accepted at this moment")
    if display_name is not None:
        await db.execute(NAME_THEM, person.id, display_name)
    await db.execute(END_INVITATIONS, person.id)
    return Known(person.id, new_hash)
