"""Requests that are answered with 503: whether at once or after a wait, whatever part of all they are."""

import pytest

from plimsoll.analyze.rules.rate_limit import examine
from plimsoll.core.finding import Finding
from tests.analyze.building import evidence, step, the_one


def refused(count: int, took_ms: float, others_ms: float) -> Finding:
    """So many of 6,000 requests, which took so long each."""
    seconds = (count * took_ms + (6_000 - count) * others_ms) / 1000
    one = step(
        kind="http", count=6_000, latency_ms=1000 * seconds / 6_000, errors={"HTTP 503": count},
        failed_p50_ms=took_ms, failed_s=count * took_ms / 1000,
    )  # fmt: skip
    return the_one(list(examine(evidence(steps=[one]))))


@pytest.mark.parametrize("count", [600, 5_900, 6_000])
def test_refusals_of_a_millisecond_are_at_once_however_many_they_are(count: int) -> None:
    found = refused(count, 1.0, 50.0)
    assert "answered at once" in found.explanation
    assert "1.00 ms in the median" in found.explanation


def test_most_of_them_after_half_a_second_are_after_a_while() -> None:
    assert "only after a while" in refused(5_400, 500.0, 50.0).explanation
    assert "answered at once" in refused(5_400, 20.0, 200.0).explanation


def test_where_nothing_else_succeeds_it_is_not_told() -> None:
    assert "cannot be told" in refused(6_000, 200.0, 0.0).explanation
