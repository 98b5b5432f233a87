"""What may be done to a session in which state."""

import pytest

from fluentscribe.permissions.transitions import DECIDED, POSSIBLE, STATUSES, Deed, Status, after_verdict, obstacle


@pytest.mark.parametrize("deed", POSSIBLE)
@pytest.mark.parametrize("status", DECIDED)
def test_what_is_decided_is_not_touched_again(deed: Deed, status: Status) -> None:
    assert status in str(obstacle(deed, status))


def test_texts_stay_as_they_are_while_they_are_analysed() -> None:
    assert [status for status in STATUSES if obstacle("edit", status) is None] == ["queued", "in_review", "failed"]


@pytest.mark.parametrize("deed", ["assess", "ask for review", "review"])
def test_only_what_is_in_review_is_scored_and_judged(deed: Deed) -> None:
    assert [status for status in STATUSES if obstacle(deed, status) is None] == ["in_review"]


def test_what_failed_is_analysed_again() -> None:
    assert obstacle("analyze", "failed") is None


def test_a_verdict_decides_a_session_unless_it_asks_for_changes() -> None:
    assert after_verdict("approved") == "approved"
    assert after_verdict("rejected") == "rejected"
    assert after_verdict("changes_requested") == "in_review"
