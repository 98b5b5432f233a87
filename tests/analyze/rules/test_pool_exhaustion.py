"""A pool that is too small: ours, the application's, a pooler's; and pools that are used without anybody waiting."""

from dataclasses import replace
from typing import Any

import pytest

from plimsoll.analyze.rules.pool_exhaustion import examine
from plimsoll.core.finding import Finding
from tests.analyze.building import SETTING, evidence, step, the_one

POOL_OF_2 = replace(SETTING, open_loop=False, users_max=30, pool=2)
HTTP = [step(kind="http", count=6_000, latency_ms=300.0)]  # 30 under way


def sessions(active: float, idle_in_transaction: float, idle: float) -> dict[str, Any]:
    return {
        'database_active_sessions{wait="CPU"}': active,
        'database_connections{state="active"}': active,
        'database_connections{state="idle in transaction"}': idle_in_transaction,
        'database_connections{state="idle"}': idle,
    }


def ours(cpu: float, service_ms: float = 20.0, **said: Any) -> list[Finding]:
    """100 requests/s, each of which waits for 280 ms and then takes 20: two connections are always in use."""
    gauges = {'database_active_sessions{wait="CPU"}': cpu}
    steps = [step(count=6_000, latency_ms=300.0, service_ms=service_ms)]
    return list(examine(evidence(steps=steps, gauges=gauges, wait_ms=300.0 - service_ms, setting=POOL_OF_2, **said)))


def test_our_own_pool_is_named_where_the_database_does_little_for_those_who_have_a_connection() -> None:
    finding = the_one(ours(cpu=0.2))
    assert finding.title == "93.3 % of the request time is spent waiting for one of 2 connections"
    assert finding.share is not None
    assert finding.share.value == pytest.approx(0.9333 * 0.9, abs=0.01), "less what the database works meanwhile"
    assert finding.details["in_use"] == pytest.approx(1.0)


def test_a_pool_that_waits_for_slow_statements_is_no_finding() -> None:
    assert ours(cpu=1.95) == []


def test_a_pool_in_full_use_for_which_nobody_waits_is_no_finding() -> None:
    busy = evidence(steps=[step(count=6_000, latency_ms=20.0)], setting=POOL_OF_2)
    assert list(examine(busy)) == []


def test_users_with_connections_of_their_own_wait_for_no_pool() -> None:
    steps = [step(count=6_000, latency_ms=300.0, service_ms=20.0)]
    assert list(examine(evidence(steps=steps, wait_ms=280.0))) == []


def test_an_applications_pool_shows_by_its_sessions_all_in_use_and_more_requests_under_way() -> None:
    finding = the_one(list(examine(evidence(steps=HTTP, gauges=sessions(0.5, 3.5, 3.0)))))
    assert finding.subject == "the application's connection pool"
    assert finding.share is not None
    assert finding.share.value == pytest.approx(26 / 30, abs=0.01), "of 30 under way 4 have a session"
    assert finding.confidence == "likely"


def test_a_pool_so_small_that_hardly_any_request_ends_is_told_by_requests_under_way() -> None:
    made = evidence(steps=[step(kind="http", count=1, latency_ms=1.0)], gauges=sessions(0.0, 2.0, 1.0))
    still = replace(made, load=replace(made.load, seconds=[replace(one, in_flight=40) for one in made.load.seconds]))
    finding = the_one(list(examine(still)))
    assert finding.share is not None
    assert finding.share.value == pytest.approx(38 / 40, abs=0.01)


def test_what_the_application_tells_of_its_pool_is_believed() -> None:
    told = {"application_db_pool_connections": 10.0, "application_db_pool_idle_connections": 0.0}
    finding = the_one(list(examine(evidence(steps=HTTP, gauges=sessions(0.5, 3.5, 9.0) | told))))
    assert (finding.confidence, finding.details["size"]) == ("confirmed", 10)
    free = told | {"application_db_pool_idle_connections": 6.0}
    assert list(examine(evidence(steps=HTTP, gauges=sessions(0.5, 3.5, 9.0) | free))) == []


def test_an_application_whose_processes_are_busy_is_not_short_of_connections() -> None:
    busy = {'process_cpu_percent{tree="port:8000"}': 98.0, 'process_count{tree="port:8000"}': 1.0}
    assert list(examine(evidence(steps=HTTP, gauges=sessions(0.5, 3.5, 3.0) | busy))) == []


def test_an_application_that_waits_for_a_core_all_the_time_is_not_short_of_connections() -> None:
    tree = 'tree="port:8000"'
    without = {f"process_cpu_percent{{{tree}}}": 22.0, f"process_count{{{tree}}}": 1.0}
    starved = without | {f"process_run_delay_percent{{{tree}}}": 75.0}
    assert list(examine(evidence(steps=HTTP, gauges=sessions(0.5, 3.5, 3.0) | starved))) == []
    assert list(examine(evidence(steps=HTTP, gauges=sessions(0.5, 3.5, 3.0) | without))) != []


def test_sessions_that_come_and_go_below_their_most_are_no_pool() -> None:
    course = [2.0 + second % 9 for second in range(60)]
    assert list(examine(evidence(steps=HTTP, gauges=sessions(0.5, 0.0, 9.0) | {
        'database_connections{state="idle in transaction"}': course
    }))) == []  # fmt: skip


def test_a_pooler_shows_by_fewer_sessions_than_users() -> None:
    slow = [step(count=6_000, latency_ms=300.0)]
    finding = the_one(list(examine(evidence(steps=slow, gauges=sessions(4.0, 0.0, 3.0)))))
    assert (finding.subject, finding.details["whose"]) == ("the pooler before the database", "pooler")
    assert list(examine(evidence(steps=slow, gauges=sessions(4.0, 0.0, 29.0)))) == [], "each user has a session"


def test_a_transaction_pooler_shows_by_the_wait_before_each_statement() -> None:
    steps = [step(count=6_000, latency_ms=300.0, service_ms=20.0)]
    gauges = sessions(0.2, 0.0, 1.8)
    own = replace(SETTING, open_loop=False, users_max=30)
    direct = evidence(steps=steps, gauges=gauges, wait_ms=280.0, setting=own)
    said = ["a transaction pooler stands between: statements are not prepared"]
    pooled = replace(direct, summary=replace(direct.summary, warnings=said))
    finding = the_one(list(examine(pooled)))
    assert (finding.details["whose"], finding.details["size"]) == ("pooler", 2)
    assert finding.share is not None
    assert finding.share.value == pytest.approx(0.84, abs=0.01)
    assert list(examine(direct)) == []
