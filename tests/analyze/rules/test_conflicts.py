"""Transactions that the server ends against each other."""

import pytest

from plimsoll.analyze.rules.conflicts import examine
from tests.analyze.building import evidence, step, the_one


def test_deadlocks_are_told_with_their_share_and_step() -> None:
    finding = the_one(list(examine(evidence(steps=[step(errors={"40P01": 300})]))))
    assert (finding.kind, finding.failed, finding.steps) == ("deadlocks", 0.05, ("pay: select",))
    assert finding.details["classes"] == {"40P01": 300}


def test_serialization_failures_are_another_finding() -> None:
    finding = the_one(list(examine(evidence(steps=[step(errors={"40001": 600, "40P01": 30})]))))
    assert (finding.kind, finding.failed) == ("serialization-failures", 0.1)


def test_deadlocks_that_the_application_makes_good_are_a_risk() -> None:
    finding = the_one(list(examine(evidence(gauges={"database_deadlocks_per_s": 2.0}))))
    assert (finding.kind, finding.failed) == ("deadlocks", None)
    assert finding.risk == pytest.approx(0.15)


def test_a_deadlock_now_and_then_is_no_finding() -> None:
    assert list(examine(evidence(steps=[step(errors={"40P01": 30})], gauges={"database_deadlocks_per_s": 0.5}))) == []
