"""What follows from a cause stands below it, and names it."""

from plimsoll.analyze.ranking import ranked
from plimsoll.analyze.relating import without_explained
from plimsoll.core.finding import Finding, Share


def finding(kind: str, *, share: float | None = None, failed: float | None = None) -> Finding:
    part = None if share is None else Share(share, share, share)
    return Finding(kind, "database", "it", f"{kind} it is", "So it is.", "likely", "look", share=part, failed=failed)


def kinds(*findings: Finding) -> list[str]:
    return [one.kind for one in ranked(without_explained(findings), goals_missed=True)]


def test_timeouts_stand_below_what_slows() -> None:
    late, locks = finding("timeouts", failed=0.9), finding("lock-contention", share=0.6)
    assert kinds(late, locks) == ["lock-contention", "timeouts"]
    symptom = next(one for one in without_explained([late, locks]) if one.kind == "timeouts")
    assert symptom.details["follows_from"] == "lock-contention:it"
    assert symptom.explanation.endswith("It follows from: lock-contention it is.")


def test_timeouts_that_nothing_explains_keep_their_weight() -> None:
    assert kinds(finding("timeouts", failed=0.9), finding("lock-contention", share=0.1))[0] == "timeouts"


def test_an_application_that_fails_for_want_of_connections_stands_below_that() -> None:
    errors, full = finding("application-errors", failed=0.4), finding("connection-exhaustion", failed=0.4)
    assert kinds(errors, full) == ["connection-exhaustion", "application-errors"]
    assert kinds(errors, finding("lock-contention", share=0.5))[0] == "lock-contention"
    assert without_explained([errors, finding("lock-contention", share=0.5)])[0].failed == 0.4, "locks cause no errors"
