"""Access tokens (signed, short-lived, JWT); refresh tokens and invitations (chance; only their hashes are kept)."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import jwt

ISSUER = "fluentscribe"
ALGORITHM = "HS256"
SECRET_BYTES_MIN = 32
REPEAT_S = 10.0  # for which the refresh token before the current one is taken again: an answer may have been lost


class BadToken(Exception):
    """A token that is not ours, or whose time is over."""


@dataclass(frozen=True, slots=True)
class Access:
    """What an access token says: who, by which login, and for which organization they act unless told otherwise."""

    profile: UUID
    login: UUID
    organization: UUID | None
    expires_at: datetime


def write_access(access: Access, secret: str, now: datetime) -> str:
    claims = {
        "iss": ISSUER,
        "sub": str(access.profile),
        "sid": str(access.login),
        "org": str(access.organization) if access.organization else None,
        "iat": int(now.timestamp()),
        "exp": int(access.expires_at.timestamp()),
    }
    return jwt.encode(claims, secret, ALGORITHM)


def read_access(token: str, secret: str, now: datetime) -> Access:
    """Raises BadToken."""
    try:
        claims = jwt.decode(
            token,
            secret,
            [ALGORITHM],
            issuer=ISSUER,
            options={"require": ["sub", "sid", "exp"], "verify_exp": False, "verify_iat": False},
        )
        access = Access(
            UUID(claims["sub"]),
            UUID(claims["sid"]),
            UUID(claims["org"]) if claims.get("org") else None,
            datetime.fromtimestamp(claims["exp"], UTC),
        )
    except (jwt.InvalidTokenError, ValueError, TypeError, AttributeError, OverflowError, OSError) as error:
        raise BadToken("not a token of this platform") from error
    if access.expires_at <= now:
        raise BadToken("expired")
    return access


def new_token(key: UUID) -> str:
    """The key of what it is for, so that this is found, and 32 bytes of chance."""
    return f"{key}.{secrets.token_urlsafe(32)}"


def key_of(token: str) -> UUID:
    """Of the login of a refresh token, of the person of an invitation. Raises BadToken."""
    try:
        return UUID(token.partition(".")[0])
    except ValueError:
        raise BadToken("not a token of this platform") from None


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def is_current(refresh: str, current: str, previous: str | None, refreshed_at: datetime, now: datetime) -> bool:
    """Whether a refresh token is good: the current one, or for REPEAT_S the one before it."""
    given = hash_of(refresh)
    if hmac.compare_digest(given, current):
        return True
    repeated = previous is not None and hmac.compare_digest(given, previous)
    return repeated and now - refreshed_at <= timedelta(seconds=REPEAT_S)
