"""Access tokens, refresh tokens, and what is none."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import jwt
import pytest

from fluentscribe.accounts.tokens import (
    ALGORITHM,
    ISSUER,
    REPEAT_S,
    Access,
    BadToken,
    hash_of,
    is_current,
    key_of,
    new_token,
    read_access,
    write_access,
)

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
SECRET = "a secret of tests, long enough to sign with"
ACCESS = Access(UUID(int=1), UUID(int=2), UUID(int=3), NOW + timedelta(minutes=15))
CLAIMS = {"iss": ISSUER, "sub": str(ACCESS.profile), "sid": str(ACCESS.login), "exp": ACCESS.expires_at.timestamp()}


@pytest.mark.parametrize("organization", [UUID(int=3), None])
def test_an_access_token_is_read_as_it_was_written_until_it_expires(organization: UUID | None) -> None:
    access = Access(ACCESS.profile, ACCESS.login, organization, ACCESS.expires_at)
    token = write_access(access, SECRET, NOW)
    assert read_access(token, SECRET, ACCESS.expires_at - timedelta(seconds=1)) == access
    with pytest.raises(BadToken, match="expired"):
        read_access(token, SECRET, ACCESS.expires_at)


@pytest.mark.parametrize(
    "token",
    [
        write_access(ACCESS, f"not {SECRET}", NOW),
        jwt.encode(CLAIMS, "", "none"),
        jwt.encode(CLAIMS, SECRET.ljust(64), "HS512"),
        jwt.encode({**CLAIMS, "iss": "another"}, SECRET, ALGORITHM),
        jwt.encode({**CLAIMS, "sub": "somebody"}, SECRET, ALGORITHM),
        jwt.encode({**CLAIMS, "exp": 10**18}, SECRET, ALGORITHM),
        jwt.encode({name: CLAIMS[name] for name in ("iss", "sub", "sid")}, SECRET, ALGORITHM),
        "",
        "a.b.c",
    ],
    ids=["secret", "signature", "algorithm", "issuer", "person", "time", "end", "nothing", "noise"],
)
def test_what_is_no_token_of_ours_is_not_believed(token: str) -> None:
    with pytest.raises(BadToken):
        read_access(token, SECRET, NOW)


def test_a_token_of_chance_names_what_it_is_for_and_is_never_the_same() -> None:
    first, second = new_token(UUID(int=7)), new_token(UUID(int=7))
    assert key_of(first) == key_of(second) == UUID(int=7)
    assert hash_of(first) != hash_of(second)
    with pytest.raises(BadToken):
        key_of("nonsense.of somebody")


def test_the_token_before_is_good_for_a_moment_only() -> None:
    current, previous, older = (new_token(UUID(int=7)) for _ in range(3))
    hashes = hash_of(current), hash_of(previous)
    moment = NOW + timedelta(seconds=REPEAT_S)
    assert is_current(current, *hashes, NOW, NOW + timedelta(days=9))
    assert is_current(previous, *hashes, NOW, moment)
    assert not is_current(previous, *hashes, NOW, moment + timedelta(milliseconds=1))
    assert not is_current(older, *hashes, NOW, NOW)
    assert not is_current(older, hash_of(current), None, NOW, NOW)
