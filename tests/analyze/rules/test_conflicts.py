"""Transactions that the server ends against each other."""

import pytest

from plimsoll.analyze.rules.conflicts import examine
from tests.analyze.building import evidence, setting_facts, step, the_one


def test_deadlocks_are_told_with_their_share_and_step() -> None:
    finding = the_one(list(examine(evidence(steps=[step(errors={"40P01": 300})]))))
    assert (finding.kind, finding.failed, finding.steps) == ("deadlocks", 0.05, ("pay: select",))
    assert finding.details["classes"] == {"40P01": 300}


def test_what_waits_while_a_deadlock_is_found_is_laid_to_it() -> None:
    """300 in a minute, each found after 100 ms: one is pending half of the time."""
    locks = {'database_active_sessions{wait="Lock"}': 1.0}
    quick = setting_facts(deadlock_timeout="100 ms")
    seen = evidence(steps=[step(errors={"40P01": 300})], gauges=locks, settings=quick)
    share = the_one(list(examine(seen))).share
    assert share is not None
    assert share.value == pytest.approx(0.25), "of half of the time that went into waits for locks"
    default = the_one(list(examine(evidence(steps=[step(errors={"40P01": 300})], gauges=locks)))).share
    assert default is not None
    assert default.value == pytest.approx(0.5)


def test_serialization_failures_are_another_finding() -> None:
    finding = the_one(list(examine(evidence(steps=[step(errors={"40001": 600, "40P01": 30})]))))
    assert (finding.kind, finding.failed) == ("serialization-failures", 0.1)


def test_deadlocks_that_the_application_makes_good_are_a_risk() -> None:
    finding = the_one(list(examine(evidence(gauges={"database_deadlocks_per_s": 2.0}))))
    assert (finding.kind, finding.failed) == ("deadlocks", None)
    assert finding.risk == pytest.approx(0.15)


def test_deadlocks_for_which_no_request_failed_have_their_share_of_the_waits_too() -> None:
    gauges = {"database_deadlocks_per_s": 2.0, 'database_active_sessions{wait="Lock"}': 1.0}
    finding = the_one(list(examine(evidence(gauges=gauges))))
    assert finding.share is not None
    assert finding.share.value == pytest.approx(0.5), "one is pending all the time"
    assert finding.title.startswith("50 % of the request time")


def test_those_that_failed_are_only_some_of_those_that_were_waited_for() -> None:
    gauges = {"database_deadlocks_per_s": 2.0, 'database_active_sessions{wait="Lock"}': 1.0}
    finding = the_one(list(examine(evidence(steps=[step(errors={"40P01": 60})], gauges=gauges))))
    assert finding.share is not None
    assert finding.share.value == pytest.approx(0.5)


def test_a_deadlock_now_and_then_is_no_finding() -> None:
    assert list(examine(evidence(steps=[step(errors={"40P01": 30})], gauges={"database_deadlocks_per_s": 0.5}))) == []
