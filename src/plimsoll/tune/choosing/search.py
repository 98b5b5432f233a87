"""The search for indexes: pure, as a generator that asks what a statement would cost and is told.

From above: with all candidates at once each statement uses a few; these together are the cheapest there can be, and of
them what costs least for its room is given up, until they fit. From below, as Extend does (Schlosser, Kossmann and
Boissier, ICDE 2019): an index is added, or a chosen one widened, by the most saved for each byte, or by saving alone.
Then what was chosen is put to the test: left out, exchanged for another, two made one.
"""

from collections.abc import Generator, Iterable, Iterator, Mapping
from itertools import chain
from math import inf
from typing import Final

from plimsoll.core.tuning.index import Index
from plimsoll.tune.choosing.knowing import Knowledge, floor_of
from plimsoll.tune.choosing.problem import Problem, Question
from plimsoll.tune.choosing.slimming import filled, slimmed
from plimsoll.tune.choosing.steps import exchanged, extended, in_order, joined, narrowed, replaced, without
from plimsoll.tune.costing.costing import NOTHING, Answer, Configuration

GAIN_MIN: Final = 0.003  # of the workload's cost with what is chosen, by one index; less is noise of the estimate
STEPS_MAX: Final = 60  # of one way up, and of mending it
Searching = Generator[Question, Answer, None]
Climbing = Generator[Question, Answer, tuple[float, Configuration]]
Bettering = Generator[Question, Answer, tuple[float, Configuration] | None]


def search(problem: Problem, knowledge: Knowledge) -> Searching:
    """Leaves the best configuration that fits the budget in the knowledge, and the best so far in each question."""
    before = knowledge.before = yield from knowledge.cost(NOTHING)
    knowledge.note(before, NOTHING)
    used = yield from _used_of_all(problem, knowledge)
    fitting = yield from _down(problem, knowledge, used)
    for start in (fitting, (before, NOTHING)):
        climbed = yield from _up(problem, knowledge, start)
        yield from _mend(problem, knowledge, climbed)
    yield from slimmed(problem, knowledge)
    yield from filled(problem, knowledge, GAIN_MIN * knowledge.counting(knowledge.best_cost))
    yield from _tried_alone(problem, knowledge)


def tidied(problem: Problem, knowledge: Knowledge) -> Searching:
    """For a search that was ended: of the best until then, each that saves next to nothing beside the others is left
    out, and what stays is no wider than it pays."""
    cost = knowledge.best_cost = yield from knowledge.cost(knowledge.best)
    while better := (yield from _lighter(problem, knowledge, cost, knowledge.best, without(knowledge.best))):
        cost = better[0]
        knowledge.note(*better, tidied=True)
    yield from slimmed(problem, knowledge)


def _used_of_all(problem: Problem, knowledge: Knowledge) -> Generator[Question, Answer, Configuration]:
    """What statements use where they have everything, those that cost most first; noted as it grows."""
    plain: dict[str, float] = {}
    for query, weight in problem.weights.items():
        answer = yield from knowledge.answer(query, NOTHING)
        plain[query] = weight * answer.cost
    chosen, cost = NOTHING, knowledge.before
    for query in sorted(plain, key=lambda one: (-plain[one], one)):
        said = yield from floor_of(knowledge, query)
        added = said.used - chosen
        gain = plain[query] - problem.weights[query] * said.cost - sum(map(problem.kept, added))
        if gain > 0:
            chosen, cost = chosen | added, cost - gain
            knowledge.note(cost, chosen)
    return chosen


def _down(problem: Problem, knowledge: Knowledge, start: Configuration) -> Climbing:
    """Gives up, each time, what costs least for the bytes that it frees, until the budget holds; or puts something
    smaller in its place."""
    chosen = start
    cost = yield from knowledge.cost(chosen)
    while not problem.fits(chosen):
        best = yield from _least_lost(problem, knowledge, cost, chosen, without(chosen))
        gone = next(iter(chosen - best[2]), None)
        if gone is not None:
            instead = yield from _least_lost(problem, knowledge, cost, chosen, replaced(problem, chosen, gone))
            best = min(best, instead, key=lambda one: one[0])
        _, cost, chosen = best
    knowledge.note(cost, chosen)
    return cost, chosen


def _least_lost(
    problem: Problem, knowledge: Knowledge, cost: float, chosen: Configuration, options: Iterator[Configuration]
) -> Generator[Question, Answer, tuple[float, float, Configuration]]:
    """What is lost for a byte freed, the cost then, and the configuration."""
    best: tuple[float, float, Configuration] = (inf, cost, NOTHING)
    for option in options:
        freed = problem.bytes(chosen) - problem.bytes(option)
        if freed > 0:
            with_it = yield from knowledge.changed_cost(cost, chosen, option)
            best = min(best, ((with_it - cost) / freed, with_it, option), key=lambda one: one[0])
    return best


def _up(problem: Problem, knowledge: Knowledge, start: tuple[float, Configuration]) -> Climbing:
    """From a configuration up, the step each time that saves most for its bytes, while it gains. What cannot be better
    than an option that was asked about is not asked about: by what it gave last time, or if its statements came to
    their floors."""
    cost, chosen = start
    last: dict[Index, float] = {}
    for _ in range(STEPS_MAX):
        best: tuple[float, float, Configuration] | None = None
        least = GAIN_MIN * knowledge.counting(cost)
        for bound, size, one, option in _promising(problem, knowledge, chosen, last, least):
            if best is not None and bound / size <= best[0]:
                break
            with_it = yield from knowledge.changed_cost(cost, chosen, option)
            if option > chosen:
                last[one] = cost - with_it
            gains = cost - with_it >= least and problem.fits(option)
            if gains and (best is None or (cost - with_it) / size > best[0]):
                best = (cost - with_it) / size, with_it, option
                knowledge.note(with_it, option)
        if best is None:
            break
        _, cost, chosen = best
    return cost, chosen


def _promising(
    problem: Problem, knowledge: Knowledge, chosen: Configuration, last: Mapping[Index, float], least: float
) -> list[tuple[float, int, Index, Configuration]]:
    """What may be added and might save `least`: the most that it can save, the bytes that it takes, the candidate that
    it comes from; the most promising first."""
    room, had = _room(problem, knowledge, chosen), problem.bytes(chosen)
    options = [
        (min(last.get(one, inf), _sum(room, problem.served(new))), max(1, problem.bytes(option) - had), one, option)
        for one, new, option in extended(problem, chosen) if problem.fits(option)
    ]  # fmt: skip
    return sorted((one for one in options if one[0] >= least), key=lambda one: -one[0] / one[1])


def _mend(problem: Problem, knowledge: Knowledge, at: tuple[float, Configuration]) -> Climbing:
    """Any one change that makes it cheaper, until none does; and what saves next to nothing is left out."""
    cost, chosen = at
    for _ in range(STEPS_MAX):
        better = yield from _better(problem, knowledge, cost, chosen)
        if better is None:
            break
        cost, chosen = better
        knowledge.note(cost, chosen, tidied=True)
    return cost, chosen


def _better(problem: Problem, knowledge: Knowledge, cost: float, chosen: Configuration) -> Bettering:
    """The first change that pays: one less, two made one, one smaller; then one more, one for another."""
    narrower = chain.from_iterable(narrowed(problem, chosen, one) for one in in_order(chosen))
    for options in (without(chosen), joined(problem, chosen), narrower):
        best = yield from _lighter(problem, knowledge, cost, chosen, options)
        if best is not None:
            return best
    return (yield from _other(problem, knowledge, cost, chosen))


def _lighter(
    problem: Problem, knowledge: Knowledge, cost: float, chosen: Configuration, options: Iterable[Configuration]
) -> Bettering:
    """The cheapest of some that are fewer, smaller or both; None where none is worth it."""
    best: tuple[float, Configuration] | None = None
    for option in options:
        if problem.fits(option):
            with_it = yield from knowledge.changed_cost(cost, chosen, option)
            worth = cost - with_it - _asked_for(problem, chosen, option) * knowledge.counting(cost)
            best = (with_it, option) if worth >= 0 and (best is None or with_it < best[0]) else best
    return best


def _other(problem: Problem, knowledge: Knowledge, cost: float, chosen: Configuration) -> Bettering:
    """One more, or one for another. What it saves without anything given up for it is the most that it can save."""
    room, enough = _room(problem, knowledge, chosen), GAIN_MIN / 10 * knowledge.counting(cost)
    for new in problem.serves:
        if new in chosen or _sum(room, problem.served(new)) < enough:
            continue
        added = yield from knowledge.changed_cost(cost, chosen, chosen | {new})
        if cost - added >= 10 * enough and problem.fits(chosen | {new}):
            return added, chosen | {new}
        for option in exchanged(problem, chosen, new):
            most = cost - added + sum(map(problem.kept, chosen - option))
            if most >= enough and problem.fits(option):
                with_it = yield from knowledge.changed_cost(cost, chosen, option)
                if cost - with_it >= enough and problem.fits(option):
                    return with_it, option
    return None


def _asked_for(problem: Problem, chosen: Configuration, option: Configuration) -> float:
    """The least share of the workload that a change must save: what takes more must pay, what is fewer may cost a
    little, what is only smaller must be better by what is no rounding."""
    if problem.bytes(option) > problem.bytes(chosen):
        return GAIN_MIN
    return -GAIN_MIN * 0.99 if len(option) < len(chosen) else 1e-6


def _room(problem: Problem, knowledge: Knowledge, chosen: Configuration) -> dict[str, float]:
    """What each statement might still save."""
    return {query: knowledge.gain_max(query, chosen) for query in problem.weights}


def _sum(room: Mapping[str, float], queries: Iterable[str]) -> float:
    return sum(room[query] for query in queries)


def _tried_alone(problem: Problem, knowledge: Knowledge) -> Generator[Question, Answer, None]:
    """So that of each that is not chosen it can be said what it gives by itself."""
    for index in problem.serves:
        if index not in knowledge.best:
            yield from knowledge.cost_of(sorted(problem.served(index)), frozenset({index}))
