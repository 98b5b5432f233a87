"""The server has no connection left."""

from plimsoll.analyze.rules.connection_exhaustion import examine
from tests.analyze.building import evidence, step, the_one

FULL = {
    "database_connections_used_percent": 100.0,
    "database_connections_limit": 97.0,
    'database_connections{state="idle"}': 80.0,
    'database_connections{state="active"}': 17.0,
}


def test_refused_sessions_are_told_with_the_limit_and_with_who_hoards() -> None:
    finding = the_one(list(examine(evidence(steps=[step(errors={"53300": 1_200})], gauges=FULL))))
    assert finding.title == "20 % of the requests are refused: the server has all 97 connections in use"
    assert (finding.failed, finding.confidence) == (0.2, "confirmed")
    assert "80 of 97 sessions were idle" in finding.explanation


def test_waiting_for_a_connection_of_ones_own_is_laid_to_it() -> None:
    found = evidence(steps=[step(errors={"53300": 1_200}, service_ms=5.0)], gauges=FULL, wait_ms=15.0)
    share = the_one(list(examine(found))).share
    assert share is not None
    assert share.value == 0.75


def test_an_application_that_fails_while_the_server_is_full_is_likely_it() -> None:
    failing = [step(kind="http", errors={"HTTP 500": 600})]
    finding = the_one(list(examine(evidence(steps=failing, gauges=FULL))))
    assert (finding.failed, finding.confidence) == (0.1, "likely")


def test_nearly_full_is_a_risk() -> None:
    finding = the_one(list(examine(evidence(gauges={"database_connections_used_percent": 93.0}))))
    assert (finding.failed, finding.risk) == (None, 0.25)


def test_errors_of_an_application_while_connections_are_free_are_not_it() -> None:
    failing = [step(kind="http", errors={"HTTP 500": 600})]
    assert list(examine(evidence(steps=failing, gauges={"database_connections_used_percent": 40.0}))) == []


def test_a_refusal_now_and_then_is_no_finding() -> None:
    assert list(examine(evidence(steps=[step(errors={"53300": 30})]))) == []


def test_who_has_most_of_the_sessions_that_work_is_named() -> None:
    rows = [{"user": "app", "application": "shop"}] * 7 + [{"user": "etl", "application": ""}] * 2
    seen = evidence(
        gauges={"database_connections_used_percent": 95.0}, sessions=[(1.0, {"rows": rows[:2]}), (2.0, {"rows": rows})]
    )
    said = the_one(list(examine(seen))).explanation
    assert said.endswith("Of 9 sessions that were not idle at the fullest moment 7 were of user app, application shop.")
