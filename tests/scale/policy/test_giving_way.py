"""What others have of the database's connections: nobody more comes for a moment of it, and nobody who runs goes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plimsoll.scale.policy.lasting import GAP_S, LASTING_S, Lasting
from plimsoll.scale.policy.limits import ConnectionBudget, Limits
from tests.scale.made import BUDGETED, NAMES, policy, read

LOADED = {"rate": 400.0, "cpu": 1.0, "queue": 500.0}
each_policy = pytest.mark.parametrize("name", NAMES)


def wanted(name: str, others: list[float], ready: int = 5) -> list[int]:
    """Under a load that asks for more, each done at once."""
    one, made = policy(name, BUDGETED), []
    for index, count in enumerate(others):
        made.append(one.decide(read(index * one.period_s, ready, **LOADED, other_connections=count)).wanted)
        ready = made[-1]
    return made


@each_policy
def test_a_moment_of_others_takes_nobody_away_and_lets_nobody_in(name: str) -> None:
    assert wanted(name, [80.0, 80.0]) == [5, 5]
    assert wanted(name, [20.0] * 40 + [95.0, 20.0])[-3:] == [8, 8, 8]


@each_policy
def test_to_others_that_stay_those_who_run_give_way_one_at_a_time(name: str) -> None:
    ticks = int(LASTING_S / policy(name).period_s)
    assert wanted(name, [80.0] * (ticks + 5)) == [5] * ticks + [4, 3, 2, 2, 2]


def test_what_is_told_of_the_database_holds_at_once() -> None:
    one = policy("hybrid", Limits(1, 40, ConnectionBudget(33, pool=10, surge=0)))
    assert one.decide(read(0, 8, **LOADED, other_connections=90.0)).wanted == 3


def test_without_a_load_a_moment_of_others_does_not_lead_below_the_minimum() -> None:
    one = policy("hybrid", Limits(3, 40, BUDGETED.budget))
    assert one.decide(read(0, 3, rate=0.0, cpu=0.1, queue=0.0, other_connections=95.0)).wanted == 3


def test_a_decision_says_what_there_is_and_who_stays_all_the_same() -> None:
    decision = policy("hybrid", BUDGETED).decide(read(0, 5, **LOADED, other_connections=80.0))
    assert "the database has connections for 2: what is more is to be shed; 5 stay" in decision.because
    assert (decision.rule, decision.admit_per_s) == ("connections", 50.0)


@given(st.lists(st.tuples(st.floats(0.5, 2 * GAP_S), st.integers(0, 99)), min_size=1, max_size=25))
@settings(max_examples=40)
def test_what_has_lasted_is_the_least_of_a_minute_without_a_gap(told: list[tuple[float, int]]) -> None:
    lasting, now, seen = Lasting(), 0.0, list[tuple[float, int]]()
    for passed, value in told:
        now += passed
        seen = [*(seen if passed <= GAP_S else []), (now, value)]
        lasting.put(now, value)
    recent = [value for at, value in seen if at > now - LASTING_S]
    assert lasting.least == (min(recent) if now - seen[0][0] >= LASTING_S else None)
