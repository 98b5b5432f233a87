"""When somebody who guesses is locked out, and until when."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from fluentscribe.accounts.lockout import Lockout

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
WINDOW = timedelta(minutes=15)
LOCKOUT = Lockout(WINDOW, account_failures=3, address_failures=5)


def ago(*minutes: float) -> list[datetime]:
    return [NOW - timedelta(minutes=one) for one in minutes]


def test_fewer_failures_than_allowed_lock_nobody_out() -> None:
    assert LOCKOUT.until([], []) is None
    assert LOCKOUT.until(ago(1, 2), ago(1, 2, 3, 4)) is None


def test_an_account_is_locked_until_its_oldest_failure_that_counts_leaves_the_window() -> None:
    assert LOCKOUT.until(ago(1, 2, 9), []) == NOW + timedelta(minutes=6)
    assert LOCKOUT.until(ago(1, 2, 9, 14), []) == NOW + timedelta(minutes=6)


def test_an_address_may_fail_more_often_and_the_longer_lock_counts() -> None:
    assert LOCKOUT.until(ago(1, 2), ago(1, 2, 3, 4, 5)) == NOW + timedelta(minutes=10)
    assert LOCKOUT.until(ago(1, 2, 3), ago(1, 2, 3, 4, 14)) == NOW + timedelta(minutes=12)


@given(st.lists(st.integers(0, 15 * 60 - 1), max_size=12))
def test_who_waits_for_the_end_of_the_lock_may_try_again(seconds: list[int]) -> None:
    failures = [NOW - timedelta(seconds=one) for one in sorted(seconds)]
    until = LOCKOUT.until(failures, [])
    if until is not None:
        assert NOW < until <= NOW + WINDOW
        assert LOCKOUT.until([one for one in failures if one > until - WINDOW], []) is None
