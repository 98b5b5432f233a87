"""The window of a report is bounded."""

from datetime import UTC, datetime, timedelta

import pytest

from fluentscribe.api.problems import Problem
from fluentscribe.api.routes.reports import WINDOW_MAX, Size, per_1000_words, window

NOW = datetime(2026, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize(("bucket", "days"), [("day", 30), ("week", 182), ("month", 365)])
def test_what_is_not_said_is_up_to_now(bucket: Size, days: int) -> None:
    assert window(None, None, bucket, NOW) == (NOW - timedelta(days=days), NOW)


@pytest.mark.parametrize("bucket", ["day", "week", "month"])
def test_a_window_is_neither_empty_nor_too_long(bucket: Size) -> None:
    longest = NOW - WINDOW_MAX[bucket]
    assert window(longest, NOW, bucket, NOW) == (longest, NOW)
    for since in (NOW, longest - timedelta(seconds=1), datetime.min.replace(tzinfo=UTC)):
        with pytest.raises(Problem):
            window(since, NOW, bucket, NOW)


def test_errors_are_told_by_words() -> None:
    assert per_1000_words({"style": 3, "accuracy": 1}, 1500) == {"accuracy": 0.67, "style": 2.0}
