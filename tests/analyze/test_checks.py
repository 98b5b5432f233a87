"""Numbers held against gauges that know nothing of them."""

from dataclasses import replace

from plimsoll.analyze.checks import check_gauges, too_few
from plimsoll.analyze.evidence.load import LoadEvidence
from tests.analyze.building import evidence, statement, step


def checked(in_flight: float = 2.0, active: float = 1.0, seconds: int = 60) -> dict[str, bool | None]:
    """A run of 2 request-seconds a second, and statements of 1 s a second."""
    gauges = {'database_active_sessions{wait="CPU"}': active}
    steps = [step(count=100 * seconds, latency_ms=20.0)]
    known = evidence(
        seconds=seconds, steps=steps, gauges=gauges, statements=[statement("q", calls=1_000 * seconds, mean_ms=1.0)]
    )
    load = LoadEvidence([replace(one, in_flight=round(in_flight)) for one in known.load.seconds], known.load.steps)
    return {check.name: check.agrees for check in check_gauges(load, known.gauges, known.database)}


def test_gauges_that_agree() -> None:
    assert checked() == {"requests in flight": True, "active sessions": True}


def test_many_more_requests_in_flight_than_latency_and_rate_come_to() -> None:
    assert checked(in_flight=6.0)["requests in flight"] is False


def test_sessions_that_no_statement_accounts_for() -> None:
    assert checked(active=3.0)["active sessions"] is False


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
