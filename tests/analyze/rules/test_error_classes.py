"""Requests that fail in one way: which, where, since when, and whose side it is on."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.recommending.errors import recommend
from plimsoll.analyze.rules import application_errors, error_classes, rate_limit
from plimsoll.core.finding import Finding
from plimsoll.core.sample import StepKind
from tests.analyze.building import evidence, statement, step, the_one
from tests.analyze.sessions import session


def found(errors: Mapping[str, int], kind: StepKind = "sql") -> list[Finding]:
    return every_rule(evidence(steps=[step(kind=kind, errors=errors)]))


def every_rule(seen: Evidence) -> list[Finding]:
    rules = (error_classes.examine, application_errors.examine, rate_limit.examine)
    return [finding for rule in rules for finding in rule(seen)]


@pytest.mark.parametrize(
    ("name", "kind", "layer"),
    [
        ("28P01", "bad-credentials", "application"),
        ("HTTP 401", "bad-credentials", "application"),
        ("42501", "forbidden", "application"),
        ("HTTP 403", "forbidden", "application"),
        ("connection refused", "connections-failing", "network"),
        ("timeout: connect", "connections-failing", "network"),
        ("57P01", "connections-failing", "database"),
        ("SocketTimeoutException", "timeouts", "application"),
        ("HttpHostConnectException", "connections-failing", "network"),
        ("23505 0", "statement-errors", "application"),
        ("53100", "server-out-of-resources", "database"),
        ("HTTP 422", "refused-requests", "application"),
        ("check: one row", "scenario-errors", "generator"),
        ("57014", "timeouts", "application"),
        ("timeout: body", "timeouts", "application"),
        ("HTTP 504", "timeouts", "application"),
        ("HTTP 500", "application-errors", "application"),
        ("XX000", "application-errors", "database"),
        ("23505", "statement-errors", "application"),
        ("42P01", "statement-errors", "application"),
        ("HTTP 429", "rate-limit", "application"),
        ("HTTP 503", "load-shedding", "application"),
    ],
)
def test_each_class_belongs_to_one_finding_of_its_kind(name: str, kind: str, layer: str) -> None:
    finding = the_one(found({name: 300}))
    assert (finding.kind, finding.layer, finding.failed) == (kind, layer, 0.05)
    assert finding.steps == ("pay: select",)


def test_classes_with_rules_of_their_own_are_left_to_them() -> None:
    assert found({"53300": 300, "40P01": 300, "40001": 300, "55P03": 300}) == []


def test_errors_below_one_in_a_hundred_are_no_finding() -> None:
    assert found({"HTTP 500": 59, "28P01": 59, "timeout": 59}) == []


def test_a_part_of_the_users_is_told_from_a_moment() -> None:
    assert "the same part all the time, 5 %" in the_one(found({"28P01": 300})).explanation
    whole = evidence(steps=[step(errors={"28P01": 300})])
    late = [replace(second, error_classes={}) for second in whole.load.seconds[:40]]
    moment = replace(whole, load=replace(whole.load, seconds=[*late, *whole.load.seconds[40:]]))
    finding = the_one(every_rule(moment))
    assert "from second 40 on, steady (15 % of the requests then)" in finding.explanation
    assert "the same part all the time" not in finding.explanation
    assert finding.details["since_s"] == 40.0


def test_errors_all_at_once_are_told_so() -> None:
    whole = evidence(steps=[step(errors={"connection lost": 600})])
    seconds = [replace(second, error_classes={}) for second in whole.load.seconds]
    seconds[30] = replace(seconds[30], error_classes={"connection lost": 600})
    finding = the_one(every_rule(replace(whole, load=replace(whole.load, seconds=seconds))))
    assert "from second 30 on, all at once" in finding.explanation


def of_a_file(errors: Mapping[str, int], by_second: Mapping[int, int]) -> list[Finding]:
    """It tells how many requests failed in each second, and not of which class."""
    whole = evidence(steps=[step(errors=errors)])
    seconds = [
        replace(second, error_classes={}, errors=by_second.get(at, 0)) for at, second in enumerate(whole.load.seconds)
    ]
    return every_rule(replace(whole, load=replace(whole.load, seconds=seconds)))


def test_of_a_file_with_errors_of_one_kind_their_seconds_tell_when_they_came() -> None:
    finding = the_one(of_a_file({"HTTP 500": 600}, {20: 100, 50: 500}))
    assert "from second 20 on, in bursts" in finding.explanation
    assert finding.chart is not None


def test_of_a_file_that_tells_no_classes_by_second_no_course_is_made_up() -> None:
    found = of_a_file({"HTTP 500": 600, "28P01": 300}, {20: 400, 50: 500})
    assert len(found) == 2
    for finding in found:
        assert "when they came is not known" in finding.explanation
        assert finding.chart is None


def test_the_first_message_of_a_class_is_told() -> None:
    seen = evidence(steps=[step(errors={"28P01": 300})])
    said = replace(seen, summary=replace(seen.summary, warnings=["28P01: password authentication failed for user a"]))
    assert "The first one said: password authentication failed" in the_one(every_rule(said)).explanation


def test_the_steps_that_fail_are_told_with_their_own_share() -> None:
    steps = [step("read", count=6_000), step("write", count=1_800, errors={"23505": 900})]
    finding = the_one(every_rule(evidence(steps=steps)))
    assert finding.failed == pytest.approx(0.1154, abs=0.0001)
    assert "pay: write (50 %)" in finding.explanation
    assert "draw the same one" in finding.explanation


def test_a_rate_limit_tells_what_gets_through() -> None:
    finding = the_one(found({"HTTP 429": 4_500}, "http"))
    assert finding.title == "75 % of the requests are turned away by a rate limit; 25/s get through"


def test_requests_that_are_shed_at_once_are_told_from_those_that_failed_late() -> None:
    at_once = step(kind="http", latency_ms=100.0, errors={"HTTP 503": 600}, failed_p50_ms=2.0)
    late = step(kind="http", latency_ms=100.0, errors={"HTTP 503": 600}, failed_p50_ms=5_000.0)
    assert the_one(every_rule(evidence(steps=[at_once]))).details["at_once"] is True
    assert "pool" in the_one(every_rule(evidence(steps=[late]))).explanation


def refused(per_s: float, **gauges: float) -> Finding:
    told = {"refused_per_s": per_s, **gauges}
    seen = evidence(
        steps=[step(kind="http", errors={"HTTP 503": 600}, failed_p50_ms=1.0)],
        gauges={f'scaling_{name}{{served="shop"}}': value for name, value in told.items()},
    )
    return the_one(every_rule(seen))


def test_503s_that_our_own_balancer_counts_as_refused_are_its_own_and_nobody_else_is_looked_for() -> None:
    finding = refused(8.0, admit_per_s=90.0)
    assert "refused by the balancer of shop with 503" in finding.title
    assert "about 480 that it refused, the load 600 with 503" in finding.explanation
    assert "more than it lets in, 90/s at the least, while --workers" in finding.explanation
    (advice,) = recommend(finding, evidence())
    said = " ".join(how.text for how in advice.how)
    assert all(option in said for option in ("--workers", "--queue", "--queue-timeout", "--concurrency"))
    assert "who answers" not in f"{advice.what} {finding.confirm_by}"
    assert "lets in" not in refused(8.0).explanation, "it let all in, as far as they found room to wait"


def test_503s_that_the_balancer_did_not_count_are_somebodys() -> None:
    finding = refused(2.0)
    assert "refused_by" not in finding.details
    assert "who answers with 503" in next(iter(recommend(finding, evidence()))).what


def test_statements_that_the_server_cancels_are_said_to_be_uncounted() -> None:
    assert "does not count statements that are cancelled" in the_one(found({"57014": 300})).explanation
    assert "does not count" not in the_one(found({"HTTP 504": 300}, "http")).explanation


@pytest.mark.parametrize(
    ("said", "sql"),
    [
        ("permission denied for table transfer", "GRANT SELECT ON transfer TO <role>;"),
        ("permission denied for sequence a_id_seq", "GRANT USAGE ON SEQUENCE a_id_seq TO <role>;"),
        ("", "GRANT SELECT ON <table> TO <role>;"),
    ],
)
def test_the_least_right_is_granted_on_what_the_server_names(said: str, sql: str) -> None:
    refused = replace(the_one(found({"42501": 300})), explanation=f"Where: a. The first one said: {said}")
    assert next(iter(recommend(refused, evidence()))).how[0].text == sql


@pytest.mark.parametrize(("turned_away", "is_the_limit"), [([20] * 60, True), ([0, 0, 60, 20] * 15, False)])
def test_only_where_what_gets_through_is_flat_the_limit_is_what_is_measured(
    turned_away: list[int], is_the_limit: bool
) -> None:
    seen = evidence(steps=[step(kind="http", errors={"HTTP 429": 1_200})])
    seconds = [
        replace(one, errors=count, error_classes={"HTTP 429": count})
        for one, count in zip(seen.load.seconds, turned_away, strict=True)
    ]
    limited = the_one(every_rule(replace(seen, load=replace(seen.load, seconds=seconds))))
    assert ("What is measured is the limit" in limited.explanation) is is_the_limit


def test_a_statement_that_is_always_cancelled_is_named_by_the_sessions_that_were_seen_in_it() -> None:
    report = session(7, "active", 0.2, query_id="9", query="SELECT count(*) FROM a, b")
    usual = session(8, "active", 0.1, query_id="5")
    errors = [step(count=6_000, errors={"57014": 600})]
    counted = [statement("SELECT 1", query_id="5")]

    def told(*looks: Any) -> str:
        return the_one(every_rule(evidence(steps=errors, statements=counted, sessions=looks))).explanation

    look = (1.0, {"rows": [report, usual, usual]})
    assert told(look, look).endswith("seen 2 times in one of which no call was counted: SELECT count(*) FROM a, b")
    assert "Sessions were seen" not in told(look)
