"""Transactions that stay open with nothing for the database to do: told apart from a database that is far."""

from typing import Any

import pytest

from plimsoll.analyze.recommending.waiting import recommend
from plimsoll.analyze.rules import network_latency
from plimsoll.analyze.rules.transaction_pauses import examine
from plimsoll.core.finding import Finding
from tests.analyze.building import evidence, statement, step, the_one

IDLE = 'database_connections{state="idle in transaction"}'


def seen(low_ms: float = 18.0, answer_ms: float | None = 0.1, idle: float = 2.0, single_ms: float | None = None) -> Any:
    """100 transactions a second of 20 ms and two statements, the quickest of them `low_ms`."""
    gauges = {'database_active_sessions{wait="CPU"}': 0.02, IDLE: idle}
    if answer_ms is not None:
        gauges["database_answer_ms"] = answer_ms
    steps = [step("buy", kind="transaction", service_low_ms=low_ms)]
    if single_ms is not None:
        steps.append(step("look", count=600, latency_ms=1.0, service_low_ms=single_ms))
    rows = [statement("SELECT 1", mean_ms=0.1), statement("COMMIT", mean_ms=0.01)]
    return evidence(steps=steps, gauges=gauges, statements=rows, cpu_share=0.02)


def found(**said: Any) -> list[Finding]:
    return list(examine(seen(**said)))


def test_pauses_within_transactions_are_told_and_are_not_the_network() -> None:
    finding = the_one(found())
    assert (finding.layer, finding.steps) == ("application", ("pay: buy",))
    assert finding.share is not None
    assert finding.share.value == pytest.approx(0.87, abs=0.03)
    assert list(network_latency.examine(seen())) == []
    assert list(recommend(finding, seen()))


def test_a_way_as_long_as_that_is_the_network() -> None:
    assert found(answer_ms=8.5) == []
    assert the_one(list(network_latency.examine(seen(answer_ms=8.5)))).kind == "network-latency"


def test_where_no_round_trip_is_known_the_way_may_be_it() -> None:
    assert found(answer_ms=None) == []
    assert "transactions" in the_one(list(network_latency.examine(seen(answer_ms=None)))).explanation


def test_steps_of_a_single_statement_tell_the_way_as_well() -> None:
    assert the_one(found(answer_ms=None, single_ms=0.4)).kind == "transaction-pauses"
    assert found(answer_ms=None, single_ms=6.0) == []


def test_time_for_which_no_session_was_seen_idle_is_no_pause() -> None:
    assert found(idle=0.1) == []


def test_a_driver_that_takes_a_millisecond_does_not_pause() -> None:
    assert found(low_ms=1.5) == []
