"""Limits and weights, decided without HAProxy."""

from hypothesis import given
from hypothesis import strategies as st

from plimsoll.core.balancing import BalancerFigures, Counts, ServerFigures, Times, passed
from plimsoll.scale.balancer.limit import Gradient2, Limit
from plimsoll.scale.balancer.weights import Work, reckon

counts = st.builds(
    Work,
    up=st.booleans(),
    requests=st.integers(0, 10_000),
    wrong=st.integers(0, 10_000),
    at_once=st.floats(0, 1000),
)


@given(st.lists(st.tuples(st.floats(0, 1e6), st.integers(0, 1000)), max_size=50), st.integers(0, 10_000))
def test_a_limit_stays_within_its_bounds_whatever_is_measured(seen: list[tuple[float, int]], begin: int) -> None:
    gradient = Gradient2(least=3, most=90)
    limit = gradient.begin(begin)
    for response_ms, in_flight in seen:
        limit = gradient.step(limit, response_ms, in_flight)
        assert 3 <= limit.whole <= 90


def steps(limit: Limit, response_ms: float, in_flight: float, count: int) -> Limit:
    gradient = Gradient2()
    for _ in range(count):
        limit = gradient.step(limit, response_ms, in_flight)
    return limit


def test_a_limit_grows_while_all_is_well_and_shrinks_when_answers_take_longer() -> None:
    well = steps(Limit(50.0), 10.0, 50, 20)
    assert well.whole == 66  # 0.8 of a request each
    slow = steps(well, 40.0, 66, 5)
    assert slow.value < 50
    assert steps(slow, 10.0, slow.value, 20).value > slow.value


def test_a_limit_that_does_not_bind_is_not_moved() -> None:
    assert steps(Limit(50.0), 10.0, 10, 100).value == 50.0
    assert steps(Limit(50.0), 0.0, 50, 100) == Limit(50.0)


def test_what_is_too_long_for_the_goal_is_never_taken_for_usual() -> None:
    """A worker with ten places of 100 ms: who is there beyond ten waits in it."""
    for goal_ms, most in ((250.0, 32), (None, 200)):
        gradient, limit = Gradient2(response_ms_max=goal_ms), Limit(20.0)
        for _ in range(2000):
            limit = gradient.step(limit, 10 * max(10.0, limit.value), limit.value)
        assert limit.whole <= most
        assert goal_ms is None or limit.whole >= 25


def test_a_long_mean_of_slower_times_is_soon_forgotten() -> None:
    loaded = Limit(50.0, 1000.0)
    assert (steps(loaded, 10.0, 50, 60).long_ms or 0) < 100


@given(
    st.dictionaries(st.sampled_from("abcdefgh"), counts), st.dictionaries(st.sampled_from("abcd"), st.integers(1, 256))
)
def test_a_weight_is_one_of_haproxys_and_never_none(work: dict[str, Work], before: dict[str, int]) -> None:
    weights = reckon(before, work)
    assert set(weights) == set(work)
    assert all(1 <= weight <= 256 for weight in weights.values())


def played(times_ms: dict[str, float], wrong: dict[str, float], rounds: int) -> dict[str, int]:
    """Weights after some steps of 1,000 requests, spread by weight."""
    weights = dict.fromkeys(times_ms, 100)
    for _ in range(rounds):
        whole = sum(weights.values())
        work = {}
        for name, weight in weights.items():
            share = round(1000 * weight / whole)
            failed = round(share * wrong.get(name, 0.0))
            work[name] = Work(up=True, requests=share, wrong=failed, at_once=share * times_ms[name] / 1000)
        weights = reckon(weights, work)
    return weights


def test_equal_servers_keep_equal_weights() -> None:
    assert played({"a": 10.0, "b": 10.0, "c": 10.0}, {}, 10) == {"a": 100, "b": 100, "c": 100}


def test_a_server_that_takes_twice_as_long_gets_half_as_much() -> None:
    weights = played({"a": 10.0, "b": 20.0}, {}, 20)
    assert 1.7 < weights["a"] / weights["b"] < 2.3


def test_a_server_that_fails_quickly_draws_nothing() -> None:
    weights = played({"a": 10.0, "b": 1.0}, {"b": 1.0}, 20)
    assert weights["b"] <= 2
    assert weights["a"] > 150


def test_who_is_down_loses_its_weight_and_who_gets_nothing_finds_it_again() -> None:
    idle = Work(up=True, requests=0, wrong=0, at_once=0.0)
    busy = Work(up=True, requests=10, wrong=0, at_once=1.0)
    assert reckon({"a": 1, "b": 100}, {"a": idle, "b": busy})["a"] > 1
    assert reckon({"a": 100, "b": 100}, {"a": Work(False, 0, 0, 0.0), "b": busy})["a"] < 100


def figures(process: int, whole: Counts, servers: dict[str, Counts]) -> BalancerFigures:
    each = tuple(ServerFigures(name, "up", 0, 0, 50, 100, counts, Times()) for name, counts in servers.items())
    return BalancerFigures(process, 1, "round-robin", 0, 0, 0, whole, Times(), each)


def test_what_passed_is_told_by_difference_and_what_the_balancer_refused_apart() -> None:
    before = figures(7, Counts(100, 100, 5), {"w1": Counts(60, 60, 3), "w2": Counts(38, 38, 0)})
    now = figures(7, Counts(150, 140, 20), {"w1": Counts(80, 80, 5), "w3": Counts(10, 10, 1)})
    since = passed(before, now, 2.0)
    assert (since.rate_per_s, since.refused) == (25.0, 12)
    assert since.served_per_s == 14.0
    assert since.servers == {"w1": Counts(20, 20, 2), "w3": Counts(10, 10, 1)}


def test_what_was_lost_is_counted_once_however_often_the_balancer_did_and_is_no_refusal() -> None:
    before = figures(7, Counts(), {"w1": Counts(), "w2": Counts(), "w3": Counts()})
    dead = Counts(requests=3, answers=1, failures=5, cut=1)  # of two one was half answered, and one twice counted
    aborting = Counts(requests=5, answers=3, failures=1, aborted=1)
    whole = Counts(requests=12, answers=12, errors=7, failures=8, cut=1)
    since = passed(before, figures(7, whole, {"w1": dead, "w2": aborting}), 1.0)
    assert {name: counts.failures for name, counts in since.servers.items()} == {"w1": 3, "w2": 1}
    assert (since.lost, since.refused, since.served_per_s) == (5, 3, 5.0)  # one with w3, which is gone


def test_a_restarted_balancer_has_only_what_it_counted_since() -> None:
    before = figures(7, Counts(100, 100, 5), {"w1": Counts(60, 60, 3)})
    now = figures(8, Counts(150, 140, 20), {"w1": Counts(80, 80, 5)})
    assert passed(before, now, 1.0).whole == now.counts
    assert passed(before, now, 1.0).servers["w1"] == Counts(80, 80, 5)
