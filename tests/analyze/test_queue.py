"""Arrivals that wait for a free user wait for what those before them wait for."""

from dataclasses import replace

import pytest

from plimsoll.analyze.accounting import account
from plimsoll.analyze.evidence.load import LoadEvidence, queue_words, users_are_busy, without_queue
from tests.analyze.building import evidence, step


def queueing() -> LoadEvidence:
    """Requests of 100 ms, of which 80 are waiting for a free user."""
    load = evidence(steps=[step(count=6_000, latency_ms=100.0, service_ms=20.0)], wait_ms=80.0).load
    return LoadEvidence([replace(one, queued_s=one.wait_s) for one in load.seconds], load.steps)


def test_shares_are_of_the_time_that_users_spent() -> None:
    gauges = evidence(gauges={'database_active_sessions{wait="CPU"}': 1.0}).gauges

    assert account(queueing(), gauges).share("CPU") == pytest.approx(0.1)
    assert account(without_queue(queueing()), gauges).share("CPU") == pytest.approx(0.5)


def test_what_was_left_out_is_said() -> None:
    assert list(queue_words(queueing())) == [
        "80 % of the latency was waiting for a free user: left out of the account, for it has its causes"
    ]
    assert list(queue_words(evidence().load)) == []


def test_users_who_are_always_served_have_no_time_for_more_arrivals() -> None:
    slow = [step(count=600, latency_ms=3_000.0, service_ms=1_000.0)]

    assert users_are_busy(evidence(steps=slow, users=10).load)
    assert not users_are_busy(evidence(steps=slow, users=20).load)
