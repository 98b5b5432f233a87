"""Open loops in virtual time: arrivals exactly when they are due, queued within bounds, dropped beyond them."""

import asyncio
import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plimsoll.core.profile import Profile, Stage
from plimsoll.load.language.user import User
from plimsoll.load.processes.engine import Engine
from tests.load.virtual import HEAD_START_NS, load, schedule, takes

S = 1_000_000_000


def rate(level: float, for_s: float, **more: object) -> Profile:
    return replace(Profile("p", "constant-rate", (Stage(level, for_s),)), **more)  # type: ignore[arg-type]


async def at_once(_: User) -> None:
    return


rates = st.builds(
    lambda levels, arrivals, warmup: Profile(
        "p", "ramping-rate", tuple(Stage(level, 3, ramp) for level, ramp in levels), arrivals=arrivals, warmup_s=warmup
    ),
    st.lists(st.tuples(st.integers(1, 60), st.sampled_from([0, 1, 3])), min_size=1, max_size=3),
    st.sampled_from(["poisson", "even"]),
    st.sampled_from([0, 0.5, 1]),
)


@settings(max_examples=30)
@given(rates, st.integers(0, 2**31))
def test_journeys_begin_exactly_when_the_seeded_schedule_says(profile: Profile, seed: int) -> None:
    assert load(profile, at_once, seed=seed).start_times == schedule(profile, seed)


@settings(max_examples=20)
@given(rates, st.integers(1, 4))
def test_processes_together_begin_what_one_would_begin(profile: Profile, processes: int) -> None:
    shares = [load(profile, at_once, process=k, processes=processes).start_times for k in range(processes)]
    assert sorted(at for share in shares for at in share) == schedule(profile)


@pytest.mark.usefixtures("virtual_users")
def test_an_hour_is_over_in_moments_with_every_start_on_its_nanosecond_and_no_lag() -> None:
    profile = rate(10, 3600, arrivals="even")
    before = time.monotonic()
    made = load(profile, takes(0.05))
    assert made.start_times == [n * S // 10 for n in range(36_000)]
    assert time.monotonic() - before < 60
    assert made.totals.lag.value().max_us == 0
    assert made.totals.journeys["j"].latency.value().max_us == 50_000
    assert [interval.start_s for interval in made.intervals] == list(range(3601))


@pytest.mark.usefixtures("virtual_users")
def test_slow_answers_delay_no_start_while_users_are_left() -> None:
    profile = rate(5, 20, arrivals="even", max_users=10)
    made = load(profile, takes(1.9))
    assert made.start_times == schedule(profile)
    assert made.totals.dropped == 0


@pytest.mark.usefixtures("virtual_users")
def test_an_arrival_without_a_free_user_waits_and_its_waiting_counts() -> None:
    made = load(rate(1, 3, arrivals="even", max_users=1), takes(1.5))
    assert made.start_times == [0, 3 * S // 2, 3 * S]
    assert made.totals.wait.value().max_us == 1_000_000
    assert made.totals.latency().max_us == 2_500_000  # due at 2, begun at 3, done at 4.5
    assert made.totals.lag.value().max_us == 0


@pytest.mark.usefixtures("virtual_users")
@pytest.mark.parametrize("queue_max", [0, 1, 3])
def test_beyond_the_queue_s_bound_arrivals_are_dropped(queue_max: int) -> None:
    profile = rate(10, 1, arrivals="even", max_users=2, queue_max=queue_max, graceful_stop_s=60, lateness_limit_s=60)
    made = load(profile, takes(30))
    assert len(made.starts) == 2 + queue_max
    assert made.totals.dropped == 8 - queue_max
    assert made.totals.journeys_begun == 10


@pytest.mark.usefixtures("virtual_users")
def test_the_first_users_are_made_as_they_are_needed_also_without_a_queue() -> None:
    made = load(rate(10, 1, arrivals="even", max_users=10, queue_max=0), takes(5))
    assert made.start_times == schedule(rate(10, 1, arrivals="even"))
    assert made.totals.dropped == 0


@pytest.mark.usefixtures("virtual_users")
def test_what_waited_longer_than_the_lateness_limit_is_dropped() -> None:
    profile = rate(1, 4, arrivals="even", max_users=1, lateness_limit_s=1.5, graceful_stop_s=20)
    made = load(profile, takes(2))
    # due 0 begins at 0, due 1 at 2, due 2 would begin at 4 (2 s late), due 3 at 4 (1 s late)
    assert made.start_times == [0, 2 * S, 4 * S]
    assert made.totals.dropped == 1


@pytest.mark.usefixtures("virtual_users")
def test_overdue_arrivals_are_dropped_though_no_user_ever_comes_back() -> None:
    made = load(rate(1, 5, arrivals="even", max_users=1, lateness_limit_s=1, graceful_stop_s=0), takes(1000))
    assert made.totals.dropped == 4
    assert made.totals.journeys["j"].incomplete == 1
    dropped_by_second = [interval.dropped for interval in made.intervals]
    assert dropped_by_second[2:4] == [1, 1], "each as it became too late, not all at the end"


@pytest.mark.usefixtures("virtual_users")
def test_what_is_still_queued_after_the_graceful_stop_is_dropped() -> None:
    made = load(rate(2, 3, arrivals="even", max_users=1, graceful_stop_s=2, lateness_limit_s=60), takes(1))
    assert len(made.ends) == 5, "three in time and two within the grace"
    assert made.totals.dropped + made.totals.journeys_finished + made.totals.journeys["j"].incomplete == 6
    assert made.ended_ns == 5 * S


@pytest.mark.usefixtures("virtual_users")
def test_users_who_never_had_an_arrival_are_no_incomplete_journeys() -> None:
    async def log_in(user: User) -> None:
        await asyncio.sleep(0.001)

    made = load(rate(200, 0.01, arrivals="even", max_users=50), at_once, start=log_in)
    assert all(journey.incomplete == 0 for journey in made.totals.journeys.values())


@pytest.mark.usefixtures("virtual_users")
def test_stopped_at_once_nothing_more_begins_and_what_runs_is_incomplete() -> None:
    async def stop(engine: Engine) -> None:
        await asyncio.sleep(HEAD_START_NS / 1e9 + 2.25)
        engine.stop(at_once=True)

    made = load(rate(2, 60, arrivals="even"), takes(1), stop=stop)
    assert made.start_times == [0, S // 2, S, 3 * S // 2, 2 * S]
    assert made.ended_ns == 9 * S // 4
    assert made.totals.journeys_finished == 3
    assert made.totals.journeys["j"].incomplete == 2
    assert made.totals.end_s == 2.25


@pytest.mark.usefixtures("virtual_users")
def test_the_measured_time_is_the_profile_s_also_when_the_last_arrival_came_long_before_its_end() -> None:
    made = load(rate(0.3, 10.5, arrivals="even"), takes(0.1))
    assert len(made.starts) == 4
    assert made.totals.measured_s == 10.5


@pytest.mark.usefixtures("virtual_users")
def test_the_warm_up_is_left_out_exactly_by_when_a_sample_was_due() -> None:
    profile = rate(10, 3, arrivals="even", warmup_s=1.5)
    made = load(profile, takes(0.35))
    due = schedule(profile)
    assert made.totals.journeys_finished == sum(at >= 3 * S // 2 for at in due)
    assert made.totals.measured_s == pytest.approx(3.25)  # the last was due at 4.4
    assert [interval.warmup for interval in made.intervals][:3] == [True, True, False]
    warm = sum(interval.requests for interval in made.intervals if interval.warmup)
    assert warm == sum(at + 350_000_000 <= 3 * S // 2 for at in due)


def test_samples_due_on_the_boundary_of_the_warm_up_are_measured() -> None:
    made = load(rate(4, 1, arrivals="even", warmup_s=1), takes(0))
    assert made.start_times == [n * S // 4 for n in range(8)]
