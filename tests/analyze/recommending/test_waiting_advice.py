"""Advice about waiting, connections, errors and the network: some for each finding, exact, and with its price."""

from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest

from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.recommending import connections, errors, network, waiting
from plimsoll.analyze.rules import (
    application_errors,
    conflicts,
    connection_exhaustion,
    error_classes,
    idle_transaction,
    lock_contention,
    pool_exhaustion,
    rate_limit,
    replication_lag,
)
from plimsoll.core.finding import Finding, Recommendation
from tests.analyze.building import SETTING, evidence, step
from tests.analyze.sessions import holder, session, tree, waiter

LOCKED = {'database_active_sessions{wait="Lock"}': 1.4}
Rule = Callable[[Evidence], Iterable[Finding]]


def advice(rule: Rule, seen: Evidence) -> list[Recommendation]:
    gives = (waiting.recommend, connections.recommend, errors.recommend, network.recommend)
    return [one for finding in rule(seen) for give in gives for one in give(finding, seen)]


def texts(found: list[Recommendation]) -> str:
    return "\n".join(how.text for one in found for how in one.how)


def test_a_holder_can_be_ended_with_the_warning_that_belongs_to_it() -> None:
    locks = [tree(20.0, holder(4711, 1, 30.0, application="psql"), waiter(8, 4711, 3.0))]
    found = advice(lock_contention.examine, evidence(gauges=LOCKED, locks=locks))
    assert "SELECT pg_terminate_backend(4711);" in texts(found)
    assert "rolled back" in found[0].risk
    assert "idle_in_transaction_session_timeout" in texts(found)
    assert found[0].effect == "up to 70 % of the request time"


def test_nobody_is_ended_where_the_load_fights_for_rows() -> None:
    found = advice(lock_contention.examine, evidence(gauges=LOCKED, locks=[tree(20.0, holder(1, 1), waiter(2, 1))]))
    assert "pg_terminate_backend" not in texts(found)
    assert "SKIP LOCKED" in texts(found)


def test_where_no_holder_was_seen_it_is_told_how_to_see_one() -> None:
    found = advice(lock_contention.examine, evidence(gauges=LOCKED))
    assert "pg_blocking_pids" in texts(found)
    assert "pg_terminate_backend" not in texts(found)


def test_a_prepared_transaction_is_rolled_back_by_its_name() -> None:
    prepared = holder(-77, 1, 600.0, state="prepared", application="prepared transaction 'pay'")
    found = advice(lock_contention.examine, evidence(gauges=LOCKED, locks=[tree(5.0, prepared, waiter(2, -77, 3.0))]))
    assert "ROLLBACK PREPARED" in texts(found)
    assert "pg_terminate_backend" not in texts(found)


def test_an_idle_transaction_can_be_ended_and_kept_from_coming_again() -> None:
    idle = evidence(sessions=[tree(50.0, session(7, "idle in transaction", 40.0))])
    found = texts(advice(idle_transaction.examine, idle))
    assert "pg_terminate_backend(7)" in found
    assert "idle_in_transaction_session_timeout" in found


def test_a_pool_gets_a_size_that_follows_from_what_was_seen() -> None:
    pool = replace(SETTING, open_loop=False, pool=2)
    steps = [step(latency_ms=300.0, service_ms=20.0)]
    found = advice(pool_exhaustion.examine, evidence(steps=steps, wait_ms=280.0, setting=pool))
    assert "--connections 4" in texts(found)


def test_hoarded_connections_are_found_before_more_are_allowed() -> None:
    gauges = {
        "database_connections_used_percent": 100.0, "database_connections_limit": 97.0,
        'database_connections{state="idle"}': 90.0, 'database_connections{state="active"}': 7.0,
    }  # fmt: skip
    found = advice(connection_exhaustion.examine, evidence(steps=[step(errors={"53300": 900})], gauges=gauges))
    assert [one.term for one in found] == ["immediate", "short-term", "short-term"]
    assert "state = 'idle'" in found[0].how[0].text
    assert "max_connections = 194" in texts(found)


@pytest.mark.parametrize(
    ("name", "rule", "says"),
    [
        ("28P01", error_classes.examine, "ALTER ROLE <role> PASSWORD"),
        ("HTTP 401", error_classes.examine, "feed"),
        ("42501", error_classes.examine, "GRANT"),
        ("connection refused", error_classes.examine, "ss -ltn"),
        ("53100", error_classes.examine, "df -h"),
        ("HTTP 422", error_classes.examine, "warnings"),
        ("check: one row", error_classes.examine, "--users 1"),
        ("timeout", error_classes.examine, "statement_timeout"),
        ("HTTP 500", application_errors.examine, "log"),
        ("23505", application_errors.examine, "constraint"),
        ("HTTP 429", rate_limit.examine, "--rate 85"),
        ("HTTP 503", rate_limit.examine, "balancer"),
        ("40P01", conflicts.examine, "ORDER BY id FOR UPDATE"),
        ("40001", conflicts.examine, "on 40001"),
    ],
)
def test_every_way_to_fail_has_its_advice(name: str, rule: Rule, says: str) -> None:
    found = advice(rule, evidence(steps=[step(errors={name: 300})]))
    assert says in texts(found)
    assert found[0].effect == "up to 5 % of the requests no longer fail"


def test_a_slot_is_dropped_by_its_name() -> None:
    kept = evidence(gauges={'database_slot_retained_bytes{slot="old"}': 2.0 * 2**30})
    assert "pg_drop_replication_slot('old')" in texts(advice(replication_lag.examine, kept))
