"""Sessions that wait for locks: a holder who stays is named; rows that the load fights for are told apart from that."""

from dataclasses import replace
from typing import Any

import pytest

from plimsoll.analyze.recommending.waiting import recommend
from plimsoll.analyze.rules import lock_contention
from plimsoll.analyze.rules.lock_contention import examine
from plimsoll.core.details import WaitRow
from plimsoll.core.finding import Finding
from tests.analyze.building import evidence, statement, step, the_one
from tests.analyze.sessions import holder, tree, waiter

UPDATE = statement("UPDATE accounts SET balance = $1", query_id="77")
HOT = (tree(10.0, holder(1, 3), waiter(2, 1), waiter(3, 2, depth=2), waiter(4, 3, depth=3)),)


def found(sessions: float, locks: Any = HOT, **said: Any) -> list[Finding]:
    """6,000 requests of 20 ms over a minute: two under way. So many of them wait for a lock, on average."""
    gauges = {'database_active_sessions{wait="Lock"}': sessions, 'database_active_sessions{wait="CPU"}': 0.1}
    waits = [WaitRow("Lock:transactionid", "77", sessions)]
    return list(examine(evidence(gauges=gauges, waits=waits, locks=locks, statements=[UPDATE], **said)))


def test_a_foreign_session_that_holds_is_named_with_its_lock_and_the_share_that_it_costs() -> None:
    idle = holder(4711, 2, 30.0, application="psql", user="ops", query="UPDATE accounts SET balance = 0")
    finding = the_one(found(1.4, [tree(20.0, idle, waiter(8, 4711, 0.4), waiter(9, 4711, 0.2))]))
    assert finding.share is not None
    assert finding.share.value == pytest.approx(0.7)
    assert (finding.subject, finding.layer, finding.confidence) == ("public.accounts", "database", "confirmed")
    assert "pid 4711 (user ops, application psql, idle in transaction, transaction open for 30 s)" in finding.title
    assert finding.details["holder_pid"] == 4711
    assert finding.details["since_s"] == -10.0, "it began before the load"
    assert [suspect.query_id for suspect in finding.statements] == ["77"]
    assert "none of the load's" in finding.explanation


def test_transactions_of_the_load_that_take_turns_are_no_culprits() -> None:
    finding = the_one(found(1.4))
    assert finding.details["held"] is False
    assert "the load's own transactions" in finding.title
    assert "one transaction after the other" in finding.explanation
    assert finding.confidence == "likely"


def test_one_of_the_load_that_makes_others_wait_for_seconds_is_a_culprit() -> None:
    stuck = tree(10.0, holder(1, 1, 4.0), waiter(2, 1, 3.5))
    finding = the_one(found(1.4, [stuck]))
    assert finding.details["held"] is True
    assert "pid 1 " in finding.title
    assert "none of the load's" not in finding.explanation


def test_one_that_waits_in_a_circle_itself_is_no_culprit() -> None:
    circle = holder(1, 1, 4.0, lock="ShareLock on the transaction of pid 2; waits in a circle", state="active")
    assert the_one(found(1.4, [tree(10.0, circle, waiter(2, 1, 3.5))])).details["held"] is False


def test_where_no_holder_was_seen_none_is_made_up() -> None:
    finding = the_one(found(1.4, []))
    assert (finding.confidence, finding.title) == ("possible", "70 % of the request time is spent waiting for locks")
    assert "or by somebody else's" in finding.explanation
    assert "holder_pid" not in finding.details


def test_of_rows_of_a_table_that_is_not_known_no_table_is_made_up() -> None:
    assert "change the same rows of a table and wait" in lock_contention._fought_for(evidence(), "")


def test_ordinary_short_waits_for_rows_are_no_finding() -> None:
    assert found(0.08) == [], "4 % of the time"


def test_a_load_that_stands_still_is_held_against_requests_under_way() -> None:
    nothing_ends = [step(count=1, latency_ms=1.0)]
    held = evidence(
        steps=nothing_ends,
        gauges={'database_active_sessions{wait="Lock"}': 9.0},
        locks=[tree(10.0, holder(1, 9, 50.0), waiter(2, 1, 40.0))],
    )
    seconds = [replace(second, in_flight=10) for second in held.load.seconds]
    finding = the_one(list(examine(replace(held, load=replace(held.load, seconds=seconds)))))
    assert finding.share is not None
    assert finding.share.value == pytest.approx(0.9)


def test_timeouts_are_laid_to_the_locks_where_these_take_most_of_the_time() -> None:
    late = [step(count=6_000, latency_ms=20.0, errors={"timeout": 600, "55P03": 60})]
    assert the_one(found(1.4, steps=late)).failed == pytest.approx(0.11)
    assert the_one(found(0.5, steps=late)).failed == pytest.approx(0.01), "only those of lock_timeout"


def test_statements_queued_behind_ddl_are_told_as_such() -> None:
    lock = "AccessShareLock on public.accounts"
    queued = tree(9.0, holder(5, 2, 8.0, application="migrate"), waiter(6, 5, 7.0, lock=lock))
    finding = the_one(found(1.0, [queued]))
    assert finding.subject == "public.accounts"
    assert "application migrate" in finding.title


def queue(mode: str = "AccessExclusiveLock on public.accounts") -> Any:
    alter = waiter(6, 5, 7.0, lock=mode, blocks=3, application="migrate", query="ALTER TABLE accounts ADD a int")
    readers = [waiter(pid, 6, 6.0, depth=2, lock="AccessShareLock on public.accounts") for pid in (7, 8, 9)]
    return tree(9.0, holder(5, 4, 8.0, application="bi", user="bi"), alter, *readers)


def test_a_change_of_the_table_that_queues_between_a_reader_and_the_others_is_named_as_well() -> None:
    finding = the_one(found(1.0, [queue()]))
    assert finding.title.endswith("holds; most queue behind pid 6, which waits for it")
    assert "3 of them queue behind pid 6 (user shop, application migrate)" in finding.explanation
    assert "alone: ALTER TABLE accounts ADD a int." in finding.explanation
    given = [one.what for one in recommend(finding, evidence())]
    assert "cancel the statement that the others queue behind (pid 6)" in given
    assert "change tables without holding everybody up" in given


def test_who_waits_for_a_row_first_is_no_change_of_the_table() -> None:
    finding = the_one(found(1.0, [queue("ExclusiveLock on tuple of public.accounts")]))
    assert "queued_pid" not in finding.details
    assert "queue behind" not in finding.title


def labelled(finding: Finding) -> dict[str, float]:
    return {figure.label: figure.value for figure in finding.figures}


def with_longest(wait_s: Any, locks: Any, mean_ms: float = 20.0) -> dict[str, float]:
    gauges = {'database_active_sessions{wait="Lock"}': 1.4, "database_longest_lock_wait_s": wait_s}
    slow = statement("UPDATE accounts SET balance = $1", query_id="77", mean_ms=mean_ms)
    waits = [WaitRow("Lock:transactionid", "77", 1.4)]
    return labelled(the_one(list(examine(evidence(gauges=gauges, waits=waits, locks=locks, statements=[slow])))))


def test_a_wait_that_grew_after_its_tree_was_seen_makes_the_holder_older() -> None:
    idle = holder(4711, 2, 5.2, application="psql")
    growing = [max(0.0, second - 4.5) for second in range(20)]  # since the 5th second
    figures = with_longest(growing, [tree(10.0, idle, waiter(8, 4711, 5.0))])
    assert figures["longest wait for a lock"] == 14.5
    assert figures["the holder's transaction was open for"] == pytest.approx(14.7)


def test_waits_shorter_than_the_statement_takes_are_no_longest_wait() -> None:
    assert with_longest(0.003, HOT, mean_ms=2.0)["longest wait for a lock"] == 0.003
    assert "longest wait for a lock" not in with_longest(0.003, HOT, mean_ms=42.0)
