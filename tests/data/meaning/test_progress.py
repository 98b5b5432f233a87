"""What a list of states, in the order of stages, says of the events of a row."""

import pytest

from plimsoll.data.meaning.progress import Reach, reached, stem
from plimsoll.data.meaning.stages import event_words

VISITS = ("booked", "confirmed", "checked_in", "completed", "no_show", "cancelled")


def told(states: tuple[str, ...], *events: str) -> dict[str, Reach]:
    return reached(states, {name: event_words(name) for name in events}, {})


@pytest.mark.parametrize(
    "alike",
    [
        ("cancelled", "canceled", "cancellation"),
        ("void", "voided"),
        ("paid", "payment"),
        ("arrived", "actual arrival"),
        ("departed", "departure"),
        ("failed", "failure"),
        ("active", "activated", "activation"),
        ("in transit",),
    ],
)
def test_words_of_one_event_have_one_stem(alike: tuple[str, ...]) -> None:
    assert len({stem(words) for words in alike}) == 1


def test_a_state_comes_with_its_event_and_those_of_earlier_states() -> None:
    found = told(VISITS, "booked_at", "checked_in_at", "completed_on")
    assert found["booked_at"].sure == VISITS
    assert found["checked_in_at"].sure == ("checked_in", "completed")
    assert found["completed_on"].sure == ("completed",)
    assert found["completed_on"].before == ("booked_at", "checked_in_at")


def test_rows_leave_the_course_at_any_stage_but_the_last() -> None:
    found = told(VISITS, "checked_in_at", "completed_at", "no_show_at", "cancelled_at")
    assert found["checked_in_at"].maybe == ("cancelled",)  # who has not shown up has not checked in
    assert found["completed_at"].maybe == ()
    assert found["cancelled_at"] == Reach(("cancelled",), before=("checked_in_at",))
    assert found["no_show_at"].sure == ("no_show",)


def test_what_is_returned_was_delivered_and_what_is_refunded_was_paid() -> None:
    states = ("created", "paid", "picked_up", "in_transit", "delivered", "returned", "refunded", "lost")
    found = told(states, "paid_at", "picked_up_at", "delivered_at", "returned_at")
    assert found["paid_at"].sure == states[1:7]
    assert found["picked_up_at"].maybe == ("refunded", "lost")
    assert found["delivered_at"].sure == ("delivered", "returned")
    assert found["returned_at"].sure == ("returned",)


def test_a_row_is_processed_when_it_is_no_longer_processing() -> None:
    assert told(("queued", "processing", "stored"), "processed_at")["processed_at"].sure == ("stored",)


@pytest.mark.parametrize(
    "states",
    [("delivered", "paid", "pending", "shipped"), ("shipped", "paid", "delivered"), ("closed", "open"), ("paid",)],
)
def test_nothing_is_said_by_lists_that_are_in_no_order_of_stages(states: tuple[str, ...]) -> None:
    assert told(states, "paid_at", "delivered_at", "closed_at") == {}
