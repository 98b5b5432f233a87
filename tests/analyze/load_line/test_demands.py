"""Goals as fractions of what they measure."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.analyze.load_line.demands import allowed_share, applicable, count_of
from plimsoll.core.goal import Observed, judge, parse_goal
from plimsoll.core.histogram import Histogram


def test_goals_that_name_a_rate_are_left_out() -> None:
    goals = [parse_goal(text) for text in ("p95<1s", "rate>100/s", "errors<1%", "journeys>5/s", "mean<50ms")]
    kept, left_out = applicable(goals)
    assert [goal.expression for goal in kept] == ["p95<1s", "errors<1%", "mean<50ms"]
    assert [goal.expression for goal in left_out] == ["rate>100/s", "journeys>5/s"]


@pytest.mark.parametrize(
    ("text", "share"),
    [("p95<1s", 0.05), ("p99.9<1s", 0.001), ("errors<1%", 0.01), ("dropped<=2%", 0.02), ("service p50<1ms", 0.5)],
)
def test_what_a_goal_lets_be_beyond_its_limit(text: str, share: float) -> None:
    assert allowed_share(parse_goal(text)) == pytest.approx(share)


@pytest.mark.parametrize("text", ["mean<1s", "max<1s", "errors<10", "p95<1s for 10s", "p95>1ms"])
def test_other_goals_are_no_fractions(text: str) -> None:
    assert allowed_share(parse_goal(text)) is None


@given(
    good_ms=st.lists(st.integers(1, 200), min_size=1, max_size=60),
    bad_ms=st.lists(st.integers(1, 200), max_size=10),
    dropped=st.integers(0, 10),
    text=st.sampled_from(["p95<100ms", "p50<=100ms", "errors<10%", "dropped<10%", "p90<100ms"]),
)
def test_the_fraction_says_what_the_goal_says(good_ms: list[int], bad_ms: list[int], dropped: int, text: str) -> None:
    """But for a value that lies in the limit's own bucket, and a fraction that is just what is allowed."""
    goal = parse_goal(text)
    failed = Histogram.of_us(np.array(bad_ms, np.int64) * 1_000 + 500)
    times = Histogram.merged([failed, Histogram.of_us(np.array(good_ms, np.int64) * 1_000 + 500)])
    count = len(good_ms) + len(bad_ms)
    seen = Observed(
        count=count, errors=len(bad_ms), arrivals=count + dropped, dropped=dropped, journeys=count,
        duration_s=1, latency=times, failed=failed,
    )  # fmt: skip
    beyond, of = count_of(goal, seen)
    allowed = allowed_share(goal)
    assert allowed is not None
    if abs(beyond / of - allowed) > 1e-9:
        assert (beyond / of < allowed) == judge(goal, seen).passed
