"""When a job that failed is tried again."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from fluentscribe.work.retrying import LONGEST_S, after_failure, pause


@given(st.integers(1, 50), st.integers(0, 2**32))
def test_each_wait_is_about_four_times_the_last_until_the_longest(attempt: int, seed: int) -> None:
    wait = after_failure(attempt, 100, Random(seed))
    middle = min(2 * 4 ** (attempt - 1), LONGEST_S)
    assert wait is not None
    assert middle / 2 <= wait <= middle * 1.5


def test_the_last_attempt_is_followed_by_none() -> None:
    assert [after_failure(attempt, 3, Random(1)) is None for attempt in (1, 2, 3, 4)] == [False, False, True, True]


def test_jobs_that_failed_together_are_tried_apart() -> None:
    chance = Random(1)
    assert len({after_failure(1, 5, chance) for _ in range(100)}) == 100


@given(st.floats(0.1, 60), st.integers(0, 10), st.integers(0, 2**32))
def test_who_cannot_reach_the_database_asks_ever_more_rarely(poll_s: float, misses: int, seed: int) -> None:
    waited = pause(poll_s, misses, Random(seed))
    assert poll_s / 2 <= waited <= max(poll_s, 30) * 1.5
    assert misses == 0 or waited >= pause(poll_s, misses - 1, Random(seed))
