"""From how a process ended to what the history says."""

from typing import Any

import pytest

from plimsoll.schedule.outcome import Ended, Outcome, Stopped, judge

MISSED = {"scope": "total", "expression": "p95<1s", "actual": 1200.0, "unit": "ms", "passed": False}
MET = {"scope": "total", "expression": "errors<1%", "actual": 0.0, "passed": True}
SUMMARY: dict[str, Any] = {"run_id": "r1", "stopped_by": "completed", "goals": [MET, MISSED]}


@pytest.mark.parametrize(
    ("code", "stopped", "outcome"),
    [
        (0, "", "fine"), (1, "", "failed"), (2, "", "wrong usage"), (3, "", "refused"), (5, "", "invalid"),
        (130, "", "interrupted"), (130, "asked", "interrupted"), (130, "timeout", "timed out"), (-9, "", "killed"),
        (-9, "timeout", "timed out"), (-2, "asked", "interrupted"), (0, "asked", "fine"), (5, "timeout", "invalid"),
        (77, "", "failed"), (None, "", "interrupted"),
    ],
)  # fmt: skip
def test_an_exit_code_has_a_name(code: int | None, stopped: Stopped, outcome: Outcome) -> None:
    assert judge(Ended(code, stopped)).outcome == outcome


def test_missed_goals_are_kept_with_what_was_measured() -> None:
    verdict = judge(Ended(4, summary=SUMMARY))
    assert (verdict.outcome, verdict.run_id, verdict.exit_code) == ("goals missed", "r1", 4)
    assert verdict.goals_missed == ({"scope": "total", "expression": "p95<1s", "actual": 1200.0, "unit": "ms"},)


def test_an_aborted_run_says_by_which_condition() -> None:
    verdict = judge(Ended(4, summary={**SUMMARY, "stopped_by": "aborted: errors>50%"}))
    assert (verdict.outcome, verdict.detail) == ("aborted", "aborted: errors>50%")


def test_an_invalid_run_says_why() -> None:
    summary = {**SUMMARY, "invalid_because": ["the generator was late", "nothing succeeded"]}
    assert judge(Ended(5, summary=summary)).detail == "the generator was late; nothing succeeded"


def test_a_refused_run_says_its_last_error() -> None:
    said = "warning: x\nerror: first. try: a\nerror: cannot connect (DSN). try: b\nstopping\n"
    assert judge(Ended(3, said=said)).detail == "cannot connect (DSN). try: b"


def test_a_long_story_is_cut() -> None:
    assert len(judge(Ended(1, said="error: " + "x" * 10_000)).detail) == 1000


def test_a_process_ended_by_a_signal_names_it() -> None:
    assert judge(Ended(-11)).detail == "signal SIGSEGV"
