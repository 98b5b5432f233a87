"""Transactions that stay open: who, since when, and whom they block."""

from typing import Any

import pytest

from plimsoll.analyze.rules.idle_transaction import examine
from plimsoll.core.finding import Finding
from plimsoll.core.recorded import Dated
from tests.analyze.building import evidence, the_one
from tests.analyze.sessions import holder, session, tree, waiter


def found(*sessions: Dated, longest_idle_s: float = 0.0, locks: Any = ()) -> list[Finding]:
    gauges = {"database_longest_idle_in_transaction_s": [longest_idle_s * at / 59 for at in range(60)]}
    return list(examine(evidence(gauges=gauges, sessions=sessions, locks=locks)))


def test_an_idle_session_is_named_with_how_long_and_what_it_did_last() -> None:
    finding = the_one(found(tree(50.0, session(7, "idle in transaction", 40.0)), longest_idle_s=49.0))
    assert "pid 7 (user shop, application report) is idle within an open transaction, for 49 s" in finding.title
    assert (finding.layer, finding.risk, finding.details["since_s"]) == ("application", 0.3, 10.0)
    assert "SELECT count(*) FROM orders" in finding.explanation


def test_a_younger_look_tells_who_it_was_that_a_gauge_saw() -> None:
    finding = the_one(found(tree(3.0, session(7, "idle in transaction", 2.0)), longest_idle_s=70.0))
    assert (finding.subject, finding.risk) == ("pid 7", 0.4)


def test_without_any_look_at_sessions_the_gauge_alone_tells_that_there_is_one() -> None:
    finding = the_one(found(longest_idle_s=700.0))
    assert (finding.subject, finding.risk, finding.confidence) == ("a session", 0.5, "likely")


def test_whom_it_blocks_is_said_and_left_to_lock_contention() -> None:
    locks = [tree(50.0, holder(7, 3, 40.0, application="report"), waiter(8, 7, 30.0))]
    finding = the_one(found(tree(50.0, session(7, "idle in transaction", 40.0)), longest_idle_s=49.0, locks=locks))
    assert finding.details["blocks"] == 3
    assert "lock contention" in finding.explanation
    assert finding.share is None


def test_transactions_that_the_load_keeps_open_between_statements_are_no_finding() -> None:
    assert found(tree(50.0, session(7, "idle in transaction", 0.8)), longest_idle_s=0.9) == []


def test_a_long_transaction_that_still_works_is_another_finding() -> None:
    busy = session(9, "active", 300.0, wait="IO:DataFileRead")
    finding = the_one(found(tree(50.0, busy)))
    assert (finding.kind, finding.subject, finding.risk) == ("long-transaction", "pid 9", 0.4)


@pytest.mark.parametrize("wait", ["Lock:transactionid", "Lock:relation"])
def test_a_victim_of_a_lock_is_no_long_transaction(wait: str) -> None:
    assert found(tree(50.0, session(9, "active", 300.0, wait=wait))) == []
