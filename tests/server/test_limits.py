"""How often a client may ask."""

import pytest

from plimsoll.server.limits import Buckets


def test_a_client_may_ask_in_a_burst_and_then_at_its_pace() -> None:
    buckets = Buckets(per_s=2, burst=3)
    assert [buckets.take("a", 0.0) for _ in range(4)] == [0, 0, 0, 0.5]
    assert [buckets.take("a", at) for at in (0.4, 0.5, 0.6)] == pytest.approx([0.1, 0, 0.4])


def test_one_client_costs_another_nothing() -> None:
    buckets = Buckets(per_s=1, burst=1)
    assert [buckets.take(client, 0.0) for client in "aab"] == [0, 1, 0]


def test_a_clock_that_steps_back_gives_nothing() -> None:
    buckets = Buckets(per_s=1, burst=1)
    assert [buckets.take("a", at) for at in (10.0, 5.0, 5.5)] == [0, 1, 0.5]


def test_clients_are_bounded_and_the_quietest_is_forgotten() -> None:
    buckets = Buckets(per_s=1, burst=1, clients_max=2)
    for client in "abac":
        buckets.take(client, 0.0)
    assert [buckets.take(client, 0.0) for client in "acb"] == [1, 1, 0]
