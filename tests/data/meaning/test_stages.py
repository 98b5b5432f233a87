"""The order in which things happen to a row, told by the names of its moments."""

import pytest

from plimsoll.core.schema import Column, DataType
from plimsoll.data.meaning.stages import events_of, is_rare, lies_ahead, preceding, states_from


def columns(*names: str) -> list[Column]:
    return [Column(name, DataType("timestamptz", "timestamptz")) for name in names]


@pytest.mark.parametrize(
    "course",
    [
        ("sent_at", "delivered_at", "read_at"),
        ("order_date", "paidAt", "ship_date", "delivered_on", "returned_at"),
        ("queued_at", "started_at", "finished_at"),
        ("submitted_at", "reviewed_at", "approved_at", "published_at", "archived_at"),
        ("opened_at", "resolved_at", "closed_at"),
        ("requested_at", "accepted_at", "completed_at"),
        ("invited_at", "joined_at", "left_at"),
        ("billing_started_at", "billing_ended_at"),
    ],
)
def test_each_stage_comes_after_those_before_it(course: tuple[str, ...]) -> None:
    events = events_of(columns("note_at", *reversed(course)))
    for place, name in enumerate(course):
        assert set(preceding(events, name)) == set(course[:place])


def test_stages_of_one_thing_do_not_follow_those_of_another() -> None:
    events = events_of(columns("trial_started_at", "trial_ended_at", "billing_started_at", "billing_ended_at"))
    assert preceding(events, "billing_ended_at") == ["billing_started_at"]


def test_a_state_says_what_has_happened_up_to_it() -> None:
    names = ("ordered_at", "paid_at", "shipped_at", "delivered_at", "returned_at")
    events, known = events_of(columns(*names)), ("draft", "pending", "paid", "shipped", "delivered", "cancelled")
    said = {name: states_from(events[name], name, known) for name in names}
    assert said["shipped_at"] == ["delivered"]
    assert said["paid_at"] == ["shipped", "delivered"]
    assert said["ordered_at"] == ["pending", "paid", "shipped", "delivered", "cancelled"]
    assert said["returned_at"] == []


def test_what_happens_to_few_and_what_is_to_come_is_known() -> None:
    assert [name for name in ("banned_at", "user_deleted_at", "paid_at", "cancelledOn") if is_rare(name)] == [
        "banned_at", "user_deleted_at", "cancelledOn",
    ]  # fmt: skip
    assert lies_ahead("expected_delivery_date")
    assert not lies_ahead("delivery_date")
