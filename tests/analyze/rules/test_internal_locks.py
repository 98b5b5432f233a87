"""Waits for the server's own locks."""

import pytest

from plimsoll.analyze.rules.internal_locks import examine
from plimsoll.core.details import WaitRow
from plimsoll.core.finding import Finding
from tests.analyze.building import evidence, the_one


def found(**sessions: float) -> list[Finding]:
    """By event; two requests are under way on average."""
    waits = [WaitRow(f"LWLock:{event}", None, value) for event, value in sessions.items()]
    gauges = {'database_active_sessions{wait="LWLock"}': sum(sessions.values())}
    return list(examine(evidence(gauges=gauges, waits=waits)))


def test_the_lock_that_is_crowded_is_named_with_what_it_guards() -> None:
    finding = the_one(found(LockManager=0.8, BufferMapping=0.2))
    assert finding.subject == "LockManager"
    assert finding.share is not None
    assert finding.share.value == pytest.approx(0.5)
    assert "partitions" in finding.explanation


def test_locks_of_the_log_are_left_to_the_rule_about_the_log() -> None:
    assert found(WALWrite=1.0, BufferContent=0.05) == []


def test_few_such_waits_are_no_finding() -> None:
    assert found(BufferContent=0.08) == []


def test_the_table_of_locks_that_queues_for_the_same_rows_crowd_is_lock_contention() -> None:
    def told(locked: float) -> list[Finding]:
        waits = [WaitRow("LWLock:LockManager", "7", 0.5), WaitRow("Lock:transactionid", "7", locked)]
        gauges = {'database_active_sessions{wait="LWLock"}': 0.5, 'database_active_sessions{wait="Lock"}': locked}
        return list(examine(evidence(gauges=gauges, waits=waits)))

    assert told(1.4) == []
    assert the_one(told(0.1)).subject == "LockManager"
