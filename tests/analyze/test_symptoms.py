"""What follows from a cause stands below it, and names it."""

from dataclasses import replace

from plimsoll.analyze.ranking import ranked
from plimsoll.analyze.relating import without_explained
from plimsoll.core.finding import Finding, Share, Suspect


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


def test_a_pool_that_may_be_short_is_not_told_beside_programs_that_surely_take_the_cores() -> None:
    pool, hog = (
        replace(finding("pool-exhaustion", share=0.5), confidence="possible"),
        finding("cpu-saturation", share=0.4),
    )
    assert kinds(pool, hog) == ["cpu-saturation"]
    assert kinds(pool, finding("cpu-saturation", share=0.2)) == ["pool-exhaustion", "cpu-saturation"]
    assert len(kinds(replace(pool, confidence="likely"), hog)) == 2


def test_a_disk_that_answers_as_it_should_is_told_only_where_no_finding_reads_most() -> None:
    scan, other = Suspect("7", "SELECT", 9, 4.0), Suspect("8", "SELECT", 9, 4.0)
    disk = replace(finding("disk-io", share=0.4), subject="files", statements=[scan, other], details={"slow": False})
    missing = replace(finding("missing-index", share=0.3), subject="orders", statements=[scan])
    assert kinds(disk, missing) == ["missing-index"]
    assert kinds(disk, replace(missing, statements=[other])) == ["disk-io", "missing-index"]
    assert kinds(replace(disk, details={"slow": True}), missing) == ["disk-io", "missing-index"]


def test_waits_for_locks_follow_from_deadlocks_that_are_half_of_them() -> None:
    locks = finding("lock-contention", share=0.8)
    most, few = finding("deadlocks", share=0.5), finding("deadlocks", share=0.2)
    told = next(one for one in without_explained([locks, most]) if one.kind == "lock-contention")
    assert told.details["follows_from"] == "deadlocks:it"
    assert "follows_from" not in without_explained([locks, few])[0].details
