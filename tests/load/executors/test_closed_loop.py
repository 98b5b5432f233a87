"""Closed loops in virtual time: so many users, journeys finished where users leave, an end within bounds."""

import asyncio
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from plimsoll.core.pacing import user_changes
from plimsoll.core.profile import Profile, Stage
from plimsoll.load.executors.closed_loop import RateCap
from plimsoll.load.language.feeding import Feed, Source
from plimsoll.load.language.traveller import OUTSIDE_STEPS
from plimsoll.load.language.user import User
from plimsoll.load.processes.engine import Engine
from tests.load.virtual import HEAD_START_NS, Load, load, takes

S = 1_000_000_000
pytestmark = pytest.mark.usefixtures("virtual_users")


def users(*stages: Stage, **more: object) -> Profile:
    return replace(Profile("p", "ramping-users", stages), **more)  # type: ignore[arg-type]


def iterations(count: int, level: int, for_s: float, **more: object) -> Profile:
    return Profile("p", "iterations", (Stage(level, for_s),), iterations=count, **more)  # type: ignore[arg-type]


def first_starts(made: Load) -> list[int]:
    found: dict[int, int] = {}
    for at, user in made.starts:
        found.setdefault(user, at)
    return sorted(found.values())


def test_each_user_begins_its_next_journey_as_soon_as_the_last_has_ended() -> None:
    made = load(users(Stage(2, 2.5)), takes(1))
    assert sorted(made.starts) == [(at * S, user) for at in range(3) for user in (0, 1)]
    assert made.totals.lag.value().max_us == 0
    assert made.ended_ns == 3 * S


@example([(4, 0), (1, 0), (4, 2)], 1)  # who left as the fourth comes back as the second
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])  # one clock is enough
@given(st.lists(st.tuples(st.integers(0, 12), st.sampled_from([0, 2])), min_size=1, max_size=4), st.integers(1, 3))
def test_users_come_when_the_profile_says_never_early_and_shares_make_the_whole(
    levels: list[tuple[int, int]], processes: int
) -> None:
    profile = Profile("p", "ramping-users", (*(Stage(level, 3, ramp) for level, ramp in levels), Stage(1, 1)))
    made = [load(profile, takes(0.01), process=k, processes=processes) for k in range(processes)]
    wanted: list[int] = []
    working: set[int] = set()
    left: dict[int, int] = {}
    for change in user_changes(profile):
        if not change.starts:
            left[change.user] = change.at_ns
        elif change.at_ns - left.get(change.user, -S) > S // 100:  # else it is still on its journey, and stays
            wanted += [change.at_ns]
        working = working | {change.user} if change.starts else working - {change.user}
    begun = sorted(at for share in made for at in share.start_times)
    assert set(wanted) <= set(begun)
    assert not [at for at in first_starts_of_all(made) if at not in wanted]


def first_starts_of_all(made: list[Load]) -> list[int]:
    return [at for share in made for at in first_starts(share)]


def test_a_user_that_is_let_go_finishes_its_journey_and_begins_no_other() -> None:
    made = load(users(Stage(2, 2), Stage(1, 3)), takes(0.7))
    of_second = [at for at, user in made.starts if user == 1]
    assert of_second == [0, 700_000_000, 1_400_000_000]
    assert (2_100_000_000, 1) in made.ends
    assert len(made.starts) == len(made.ends)
    assert made.totals.journeys["j"].incomplete == 0


def test_a_user_that_was_let_go_is_taken_again_rather_than_another_made() -> None:
    made = load(users(Stage(2, 2), Stage(1, 2), Stage(2, 2)), takes(0.5))
    assert {user for _, user in made.starts} == {0, 1}


def test_a_user_still_on_its_journey_stays_when_it_is_wanted_again() -> None:
    made = load(users(Stage(2, 2), Stage(1, 1), Stage(2, 9)), takes(4))
    assert sorted(made.starts) == [(at * S, user) for at in (0, 4, 8) for user in (0, 1)]


def test_users_at_work_are_told_with_each_second() -> None:
    made = load(users(Stage(3, 2.5), Stage(1, 2)), takes(0.03))
    assert [interval.users for interval in made.intervals][:4] == [3, 3, 1, 1]
    assert [interval.target_users for interval in made.intervals][:4] == [3, 3, 3, 1]


def test_what_has_not_ended_within_the_graceful_stop_is_cut_off_and_counted() -> None:
    made = load(users(Stage(3, 2), graceful_stop_s=1.5), takes(60))
    assert made.ended_ns == 3_500_000_000
    assert made.totals.journeys["j"].incomplete == 3
    assert made.totals.journeys_finished == 0


def test_what_ends_within_the_graceful_stop_is_kept() -> None:
    made = load(users(Stage(3, 2), graceful_stop_s=1.5), takes(3))
    assert made.ended_ns == 3 * S
    assert made.totals.journeys_finished == 3
    assert made.totals.journeys["j"].incomplete == 0


@pytest.mark.parametrize(("at_once", "ended_ns", "finished"), [(True, 2_250_000_000, 4), (False, 3 * S, 6)])
def test_a_stop_ends_at_once_or_after_the_journeys_under_way(at_once: bool, ended_ns: int, finished: int) -> None:
    async def stop(engine: Engine) -> None:
        await asyncio.sleep(HEAD_START_NS / 1e9 + 2.25)
        engine.stop(at_once=at_once)

    made = load(users(Stage(2, 3600)), takes(1), stop=stop)
    assert made.ended_ns == ended_ns
    assert made.totals.journeys_finished == finished
    assert made.totals.journeys["j"].incomplete == 6 - finished


def test_a_second_stop_at_once_cuts_a_graceful_one_short() -> None:
    async def stop(engine: Engine) -> None:
        await asyncio.sleep(HEAD_START_NS / 1e9 + 2)
        engine.stop(at_once=False)
        await asyncio.sleep(1)
        engine.stop(at_once=True)

    made = load(users(Stage(1, 3600), graceful_stop_s=30), takes(100), stop=stop)
    assert made.ended_ns == 3 * S


@pytest.mark.parametrize("processes", [1, 3])
def test_iterations_are_made_exactly_and_the_load_then_ends_early(processes: int) -> None:
    profile = iterations(10, 3, 3600)
    made = [load(profile, takes(1), process=k, processes=processes) for k in range(processes)]
    assert sum(len(share.starts) for share in made) == 10
    assert max(share.ended_ns for share in made) == 4 * S


def test_iterations_end_with_their_time_though_not_all_are_made() -> None:
    made = load(iterations(10_000, 2, 4.5), takes(1))
    assert len(made.starts) == 10
    assert made.ended_ns == 5 * S


def test_a_used_up_unique_feed_ends_the_run_in_good_order() -> None:
    with_feed = Feed(Source("values", [1, 2, 3], "here")).unique()
    with_feed.bind(1, 0, 1, [1, 2, 3])
    drawn: list[int] = []

    async def draw(user: User) -> None:
        drawn.append(user.draw(with_feed))
        async with user.step("use it"):
            await asyncio.sleep(1)

    made = load(users(Stage(2, 3600)), draw)
    assert drawn == [1, 2, 3]
    assert made.ending is not None
    assert made.ending.because.startswith("feed exhausted")
    assert made.ended_ns == 2 * S
    assert made.totals.journeys_finished == 3


def test_a_feed_that_is_used_up_within_a_step_ends_the_run_too() -> None:
    with_feed = Feed(Source("values", [1], "here")).unique()
    with_feed.bind(1, 0, 1, [1])

    async def draw(user: User) -> None:
        async with user.step("draw"):
            user.draw(with_feed)
        await asyncio.sleep(1)

    made = load(users(Stage(1, 60)), draw)
    assert made.ending is not None
    assert made.ending.because.startswith("feed exhausted")


def test_a_user_who_thinks_longer_than_a_step_may_take_goes_on_afterwards() -> None:
    async def look_and_think(user: User) -> None:
        async with user.step("look"):
            await asyncio.sleep(0.25)
        await user.think(100)

    made = load(users(Stage(1, 250)), look_and_think)
    assert made.start_times == [0, 100_250_000_000, 200_500_000_000]
    assert made.totals.journeys["j"].latency.value().max_us == 250_000


def test_the_users_of_the_drain_go_and_do_not_come_back_with_its_last_interval() -> None:
    made = load(users(Stage(3, 2), graceful_stop_s=10.0), takes(4.5))
    assert [interval.users for interval in made.intervals] == [3, 3, 3, 3, 0]


def test_a_pause_before_the_first_step_is_in_no_latency_and_no_wait() -> None:
    async def think_first(user: User) -> None:
        await user.think(5)
        async with user.step("work"):
            await asyncio.sleep(0.25)

    totals = load(users(Stage(1, 20)), think_first).totals
    assert totals.steps["j", "work"].latency.value().max_us == 250_000
    assert totals.wait.value().max_us == 0
    assert totals.journeys["j"].latency.value().max_us == 250_000


def test_a_file_that_is_not_there_is_the_scenarios_mistake_and_no_refused_connection(tmp_path: Path) -> None:
    async def read(_: User) -> None:
        (tmp_path / "nowhere").read_text()

    step = load(users(Stage(1, 1)), read).totals.steps["j", OUTSIDE_STEPS]
    assert set(step.error_classes) == {"scenario: FileNotFoundError"}


def test_a_journey_without_any_step_does_not_keep_the_loop_to_itself() -> None:
    async def nothing(_: User) -> None:
        return

    made = load(users(Stage(1, 1)), nothing)
    assert 900 <= len(made.starts) <= 1001


def test_a_failing_start_is_tried_again_and_no_journey_is_made_before_it_succeeds() -> None:
    tried: list[int] = []

    async def log_in(user: User) -> None:
        tried.append(user.number)
        if len(tried) < 3:
            raise KeyError("no such account")

    made = load(users(Stage(1, 5)), takes(1), start=log_in)
    assert len(tried) == 3
    assert made.start_times[0] == 2 * S
    assert made.ending is not None
    assert any("KeyError" in error for error in made.ending.problems)


def test_a_user_whose_start_never_succeeded_makes_no_journey() -> None:
    async def log_in(user: User) -> None:
        raise KeyError("no such account")

    made = load(users(Stage(2, 3)), takes(1), start=log_in)
    assert made.starts == []
    assert made.totals.requests == 0


def test_a_rate_cap_spaces_journeys_evenly_and_never_beyond_itself() -> None:
    made = load(users(Stage(4, 10)), takes(0.001), rate_max_per_s=2)
    assert made.start_times == [n * S // 2 for n in range(20)]


@given(st.lists(st.integers(0, 10**10), min_size=1).map(sorted), st.floats(0.1, 1e5))
def test_moments_of_a_rate_cap_are_at_least_a_gap_apart(times: list[int], rate: float) -> None:
    cap = RateCap(rate)
    moments = [now + cap.take(now) for now in times]
    gap = round(1e9 / rate)
    assert all(later - earlier >= gap for earlier, later in pairwise(moments))


def test_failures_belong_to_the_interval_in_which_they_happened() -> None:
    async def fail(user: User) -> None:
        await asyncio.sleep(0.6)
        async with user.step("work"):
            raise ValueError("no")

    made = load(users(Stage(1, 2.2)), fail)
    assert [interval.errors for interval in made.intervals] == [1, 2, 1]
    assert made.totals.journeys["j"].errors == made.totals.journeys_finished == 4


def test_a_step_within_a_step_is_not_one_itself() -> None:
    async def nested(user: User) -> None:
        async with user.step("outer"):
            async with user.step("inner"):
                await asyncio.sleep(0.1)
            async with user.step("inner again"):
                await asyncio.sleep(0.2)
        async with user.step("after"):
            pass

    made = load(users(Stage(1, 0.2)), nested)
    steps = made.totals.steps
    assert {name for _, name in steps} == {"outer", "after"}
    assert steps["j", "outer"].latency.value().max_us == 300_000


def test_steps_cut_off_at_the_end_are_counted_apart_from_journeys() -> None:
    async def cut(user: User) -> None:
        async with user.step("outer"), user.step("inner"):
            await asyncio.sleep(60)

    made = load(users(Stage(3, 1), graceful_stop_s=0), cut)
    assert made.totals.incomplete == 3
    assert made.totals.journeys["j"].incomplete == 3


def test_a_check_fails_the_step_just_made_also_when_its_row_was_handed_over_in_between() -> None:
    async def check_late(user: User) -> None:
        async with user.step("look"):
            await asyncio.sleep(0.1)
        await user.think(1.0)  # an interval ends meanwhile
        user.check("late", False)

    made = load(users(Stage(1, 2)), check_late)
    assert made.totals.steps["j", "look"].error_classes == {"check: late": 2}
    assert made.totals.requests == 2
    assert made.totals.journeys["j"].errors == 2


def test_a_check_without_a_step_is_the_scenario_s_mistake() -> None:
    async def check(user: User) -> None:
        await asyncio.sleep(1)
        user.check("nothing", False)

    made = load(users(Stage(1, 0.5)), check)
    assert made.ending is not None
    assert any(error.startswith("scenario: UsageError") for error in made.ending.problems)


def test_step_names_made_anew_each_time_are_bounded() -> None:
    async def many(user: User) -> None:
        for number in range(2_500):
            async with user.step(f"look up {number}"):
                pass
        await asyncio.sleep(1)

    made = load(users(Stage(1, 0.5)), many)
    assert made.totals.requests == 2_500
    assert len(made.totals.steps) <= 2_001
    assert made.totals.steps["j", "(other)"].count >= 500
