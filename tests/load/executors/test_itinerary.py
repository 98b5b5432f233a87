"""Closed loops ask for the next journey when they need it: its mix is the one of that moment."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from plimsoll.core.pacing import arrival_offsets_ns, share
from plimsoll.core.profile import Profile, Stage
from plimsoll.load.language.scenario import Journey
from plimsoll.load.processes.itinerary import BLOCK, Itinerary
from plimsoll.load.processes.plan import LoadPlan
from tests.load.virtual import plan_of

S = 1_000_000_000


async def nothing(user: object) -> None:
    pass


JOURNEYS = tuple(Journey(name, weight, False, nothing) for name, weight in (("read", 3.0), ("write", 1.0), ("dump", 0)))
STAGES = (Stage(8, 10), Stage(2, 10, journeys=(("dump", None),)))


def plan(executor: str = "ramping-users", processes: int = 1) -> LoadPlan:
    return plan_of(Profile("p", executor, STAGES), processes=processes)  # type: ignore[arg-type]  # one of the literals


def names(journeys: Iterator[Journey], count: int) -> list[str]:
    return [journey.name for journey in islice(journeys, count)]


def test_the_moment_decides_between_mixes() -> None:
    now = 0
    journeys = Itinerary(plan(), JOURNEYS, 0).on_demand(lambda: now)
    day = Counter(names(journeys, 1000))
    now = 10 * S
    assert Counter(names(journeys, 500)) == {"dump": 500}
    now = 9 * S
    day += Counter(names(journeys, BLOCK))
    assert set(day) == {"read", "write"}
    assert 0.7 < day["read"] / day.total() < 0.8


def test_iterations_are_made_once_each_by_all_processes_together() -> None:
    profile = Profile("p", "iterations", (Stage(2, 60),), iterations=BLOCK + 7)
    plans = [(k, replace(plan_of(profile, processes=3), processes=3)) for k in range(3)]
    made = [journey.name for k, one in plans for journey in Itinerary(one, JOURNEYS, k).on_demand(lambda: 0)]
    assert len(made) == BLOCK + 7
    alone = [journey.name for journey in Itinerary(plan_of(profile), JOURNEYS, 0).on_demand(lambda: 0)]
    assert Counter(made) == Counter(alone)


def test_arrivals_take_the_mix_of_their_stage_whoever_makes_them() -> None:
    def scheduled(process: int, processes: int) -> list[tuple[int, str]]:
        one = plan("ramping-rate", processes)
        offsets = share(arrival_offsets_ns(one.profile, one.seed), process, processes)
        return [(at, journey.name) for at, journey in Itinerary(one, JOURNEYS, process).scheduled(offsets)]

    whole = scheduled(0, 1)
    assert sorted(scheduled(0, 2) + scheduled(1, 2)) == whole
    assert {name for at, name in whole if at >= 10 * S} == {"dump"}
    assert {name for at, name in whole if at < 10 * S} == {"read", "write"}
