"""What people are told of a firing, and when."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from plimsoll.core.cron import parse_cron
from plimsoll.notify.addresses import Address
from plimsoll.notify.delivering import Delivery
from plimsoll.schedule.firing import Firing
from plimsoll.schedule.notice import is_wanted, message_of, told
from plimsoll.settings.masking import Secret
from plimsoll.settings.schedules import Schedule

NIGHTLY = Schedule(
    "nightly", parse_cron("0 3 * * *"), ZoneInfo("Europe/Berlin"), Path("a.py"), notify=[Secret("env:CHAT")]
)
DUE = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
GOAL = {"scope": "total", "expression": "p95<1s", "actual": 1200.0}
MISSED_GOAL = Firing(
    1, "nightly", "cron", DUE, "goals missed", exit_code=4, run_id="20260302-030000-ab12", goals_missed=[GOAL]
)
SLACK = Address("slack", Secret("slack://TTTTTTTTT/x"))


def test_a_missed_goal_is_told_with_what_was_measured_and_where_to_look() -> None:
    message = message_of(MISSED_GOAL, NIGHTLY)
    assert (message.title, message.kind) == ("Plimsoll: nightly: 1 goal missed", "failure")
    assert message.body.splitlines() == [
        "due: 2026-03-02 03:00+01:00",
        "scenario: a.py, environment: default",
        "missed: total: p95<1s, was 1200.0",
        "exit code: 4",
        "see: plimsoll report 20260302-030000-ab12",
    ]


def test_of_many_goals_ten_are_named() -> None:
    message = message_of(replace(MISSED_GOAL, goals_missed=[GOAL] * 12), NIGHTLY)
    assert message.body.count("missed: total") == 10
    assert "and 2 goals more" in message.body


def test_missed_runs_are_told_from_the_first_to_the_last() -> None:
    firing = Firing(1, "nightly", "cron", DUE, "missed", last_due_at=DUE.replace(day=4), count=3)
    message = message_of(firing, NIGHTLY)
    assert (message.title, message.kind) == ("Plimsoll: nightly: 3 runs missed", "warning")
    assert "due: 2026-03-02 03:00+01:00 to 2026-03-04 03:00+01:00" in message.body


def test_what_is_fine_is_told_only_where_that_is_wanted() -> None:
    assert not is_wanted("fine", NIGHTLY)
    assert is_wanted("fine", replace(NIGHTLY, notify_on="always"))
    assert not is_wanted("goals missed", replace(NIGHTLY, notify=()))
    for outcome in ("goals missed", "invalid", "refused", "missed", "skipped", "interrupted", "timed out"):
        assert is_wanted(outcome, NIGHTLY)


def test_what_became_of_telling_shows_no_address() -> None:
    deliveries = [Delivery(SLACK), Delivery(SLACK, "no answer within 30 s")]
    assert told(deliveries, []) == "told 1 of 2; slack://**** (no answer within 30 s)"
    assert told([], ["variable CHAT holds no address"]) == "told nobody; variable CHAT holds no address"
