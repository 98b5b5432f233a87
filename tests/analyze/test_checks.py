"""Numbers held against gauges that know nothing of them."""

from dataclasses import replace
from typing import Any

from plimsoll.analyze.checks import check_gauges, too_few
from plimsoll.analyze.evidence.load import LoadEvidence
from plimsoll.core.details import WaitRow
from tests.analyze.building import evidence, statement, step


def checked(
    in_flight: float = 2.0, active: float = 1.0, seconds: int = 60, errors: Any = None, **database: Any
) -> dict[str, bool | None]:
    """A run of 2 request-seconds a second, and statements of 1 s a second."""
    gauges = {'database_active_sessions{wait="CPU"}': active}
    steps = [step(count=100 * seconds, latency_ms=20.0, errors=errors)]
    known = evidence(
        seconds=seconds,
        steps=steps,
        gauges=gauges,
        statements=[statement("q", calls=1_000 * seconds, mean_ms=1.0)],
        **database,
    )
    load = LoadEvidence([replace(one, in_flight=round(in_flight)) for one in known.load.seconds], known.load.steps)
    return {check.name: check.agrees for check in check_gauges(load, known.gauges, known.database)}


def test_gauges_that_agree() -> None:
    assert checked() == {"requests in flight": True, "active sessions": True}


def test_many_more_requests_in_flight_than_latency_and_rate_come_to() -> None:
    assert checked(in_flight=6.0)["requests in flight"] is False


def test_sessions_that_no_statement_accounts_for() -> None:
    assert checked(active=3.0)["active sessions"] is False


def test_commits_that_wait_for_the_log_are_not_in_the_time_of_statements() -> None:
    assert checked(active=3.0, waits=[WaitRow("IO:WALSync", "1", 1.2), WaitRow("LWLock:WALWrite", "1", 0.8)])[
        "active sessions"
    ]


def test_statements_that_fail_or_do_not_end_are_not_counted_so_nothing_is_told() -> None:
    assert checked(active=3.0, errors={"40001": 600})["active sessions"] is None
    still = evidence(steps=[step(count=0)], gauges={'database_active_sessions{wait="Lock"}': 8.0})
    seconds = [replace(one, in_flight=8) for one in still.load.seconds]
    found = check_gauges(replace(still.load, seconds=seconds), still.gauges, still.database)
    assert [check.agrees for check in found] == [None, None]


def test_whether_somebody_waits_at_a_seconds_end_is_chance_where_few_do() -> None:
    rare = evidence(seconds=10, steps=[step(count=120, latency_ms=18.0)])
    seconds = [replace(one, in_flight=0) for one in rare.load.seconds]
    assert next(iter(check_gauges(replace(rare.load, seconds=seconds), rare.gauges, rare.database))).agrees is True


def test_a_few_seconds_tell_nothing() -> None:
    assert checked(seconds=4)["requests in flight"] is None


def test_what_is_too_little_to_tell() -> None:
    assert "only 40 requests" in too_few(evidence(steps=[step(count=40)], seconds=40).load)
    assert "only 3 s" in too_few(evidence(seconds=3, steps=[step(count=300)]).load)
    assert too_few(evidence().load) == ""


def test_steps_that_hold_pauses_cannot_be_held_against_users_who_wait() -> None:
    known = evidence()
    seconds = [replace(one, custom_s=0.5) for one in known.load.seconds]

    check, _ = check_gauges(replace(known.load, seconds=seconds), known.gauges, known.database)

    assert check.agrees is None
