"""Passwords: hashed, verified, and not too many at a time."""

import asyncio

import pytest

from fluentscribe.accounts.passwords import NONE_YET, Passwords, TooBusy
from fluentscribe.api.knowing import hashed
from fluentscribe.api.problems import Problem
from tests.fluentscribe.api.service import PASSWORD, PASSWORD_HASH


class Watched(Passwords):
    """Everything is right, and what was verified against is remembered."""

    seen: list[str]

    def _verify(self, stored: str, password: str) -> bool:
        self.seen.append(stored)
        return True


@pytest.mark.parametrize(
    ("stored", "password", "right"),
    [(PASSWORD_HASH, PASSWORD, True), (PASSWORD_HASH, "wrong", False), ("no hash at all", PASSWORD, False)],
)
def test_a_password_matches_its_own_hash_and_no_other(stored: str, password: str, right: bool) -> None:
    assert asyncio.run(Passwords(1).matches(stored, password)) is right


def test_where_there_is_no_password_as_much_is_computed_and_nothing_matches() -> None:
    passwords = Watched(1)
    passwords.seen = []
    for stored in (None, NONE_YET):
        assert asyncio.run(passwords.matches(stored, "anything")) is False
    assert [one.startswith("$argon2id$") for one in passwords.seen] == [True, True]


def test_more_than_may_wait_are_told_to_come_again() -> None:
    async def all_at_once() -> list[object]:
        passwords = Passwords(1, waiting_max=0)
        return await asyncio.gather(*(passwords.hash("one of many") for _ in range(3)), return_exceptions=True)

    assert [type(one) for one in asyncio.run(all_at_once())] == [str, TooBusy, TooBusy]
    with pytest.raises(Problem) as busy:
        asyncio.run(hashed(Passwords(1, waiting_max=-1), "one"))
    assert (busy.value.status, busy.value.headers["Retry-After"]) == (503, "2")
