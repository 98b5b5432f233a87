"""The search for indexes: pure, as a generator that asks what a statement would cost and is told.

Extend (Schlosser, Kossmann and Boissier, ICDE 2019): add an index, or widen a chosen one, by the most saved for each
byte; from nothing, by saving alone, and from the best pair, since a join may need two indexes to gain by either. Then
what was chosen is put to the test: left out, exchanged for another, two made one; and made no wider than it pays.
"""

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from plimsoll.core.tuning.index import Index
from plimsoll.tune.choosing.knowing import Knowledge
from plimsoll.tune.choosing.problem import Problem, Question
from plimsoll.tune.choosing.slimming import slimmed
from plimsoll.tune.costing.costing import NOTHING, Answer, Configuration

GAIN_MIN: Final = 0.003  # of the workload's cost, by one index; less is noise of the estimate
STEPS_MAX: Final = 60  # of one way up, and of mending it
PAIRS_FROM: Final = 12  # singles of which pairs are tried
PAIRS_MAX: Final = 40
SIDES_MAX: Final = 4  # of an OR


@dataclass(frozen=True, slots=True)
class Found:
    """The configuration and the workload's cost with it, and without any; `asked` is how many questions it took."""

    chosen: Configuration
    cost: float
    before: float
    asked: int


Searching = Generator[Question, Answer, Found]
Climbing = Generator[Question, Answer, tuple[float, Configuration]]


def search(problem: Problem, knowledge: Knowledge) -> Searching:
    """The best configuration that fits the budget. Whoever stops it early finds the best so far in each question."""
    before = yield from knowledge.cost(NOTHING)
    knowledge.note(before, NOTHING)
    pair = yield from _best_pair(problem, knowledge)
    starts = [(NOTHING, True), (NOTHING, False), *([(pair, True)] if pair else [])]
    for start, per_byte in starts:
        climbed = yield from _climb(problem, knowledge, start, before, per_byte=per_byte)
        yield from _mend(problem, knowledge, climbed, before)
    yield from slimmed(problem, knowledge)
    return Found(knowledge.best, knowledge.best_cost, before, knowledge.asked)


def _climb(problem: Problem, knowledge: Knowledge, start: Configuration, before: float, *, per_byte: bool) -> Climbing:
    """From a configuration up, the best step each time, while it gains."""
    chosen = start
    cost = yield from knowledge.cost(chosen)
    knowledge.note(cost, chosen)
    for _ in range(STEPS_MAX):
        step: tuple[float, float, Configuration] | None = None
        for option in _extended(problem, chosen):
            with_it = yield from knowledge.changed_cost(cost, chosen, option)
            more = max(1, problem.bytes(option) - problem.bytes(chosen))
            worth = (cost - with_it) / (more if per_byte else 1)
            if cost - with_it >= GAIN_MIN * before and problem.fits(option) and (step is None or worth > step[0]):
                step = (worth, with_it, option)
        if step is None:
            break
        _, cost, chosen = step
        knowledge.note(cost, chosen)
    return cost, chosen


def _mend(problem: Problem, knowledge: Knowledge, at: tuple[float, Configuration], before: float) -> Climbing:
    """Any one change that makes it cheaper, until none does; and what saves next to nothing is left out."""
    cost, chosen = at
    for _ in range(STEPS_MAX):
        for option in _neighbours(problem, chosen):
            with_it = yield from knowledge.changed_cost(cost, chosen, option)
            if cost - with_it >= _asked_for(problem, chosen, option) * before and problem.fits(option):
                cost, chosen = with_it, option
                knowledge.note(cost, chosen, tidied=True)
                break
        else:
            break
    return cost, chosen


def _asked_for(problem: Problem, chosen: Configuration, option: Configuration) -> float:
    """The least share of the workload that a change must save: what takes more must pay, what takes less may cost a
    little, what takes the place of another must only be better by what is no rounding."""
    if len(option) == len(chosen):
        return GAIN_MIN / 10
    more = len(option) > len(chosen) or problem.bytes(option) > problem.bytes(chosen)
    return GAIN_MIN if more else -GAIN_MIN * 0.99


def _best_pair(problem: Problem, knowledge: Knowledge) -> Generator[Question, Answer, Configuration]:
    """Of two indexes on different tables for one statement, or for the sides of an OR; nothing where none pays."""
    best, found = (yield from knowledge.cost(NOTHING)), NOTHING
    for pair in _pairs(problem):
        with_it = yield from knowledge.cost(pair)
        if with_it < best:
            best, found = with_it, pair
    return found


def _pairs(problem: Problem) -> Iterator[Configuration]:
    """Those whose statements weigh most first; all sides of an OR, of which none is used without the others."""
    several = sorted(problem.serves, key=lambda one: (-_weight(problem, one), one.definition))[:PAIRS_FROM]
    joined = (
        frozenset(two) for two in combinations(several, 2)
        if two[0].table != two[1].table and problem.served(two[0]) & problem.served(two[1])
    )  # fmt: skip
    fitting = (some for some in (*_either(problem), *joined) if problem.fits(some))
    yield from (some for some, _ in zip(fitting, range(PAIRS_MAX), strict=False))


def _either(problem: Problem) -> list[Configuration]:
    groups = {query: problem.sides & serving for query, serving in problem.serving.items()}
    return [frozenset(some) for _, some in sorted(groups.items()) if 2 <= len(some) <= SIDES_MAX]


def _weight(problem: Problem, index: Index) -> float:
    return sum(problem.weights[query] for query in problem.served(index))


def _extended(problem: Problem, chosen: Configuration) -> Iterator[Configuration]:
    """One index more, or one that is wider; within the budget."""
    added = (chosen | {one} for one in problem.serves if one not in chosen)
    wider = (chosen - {old} | {new} for old in chosen for new in _wider(problem, old))
    return _fitting(problem, chosen, (*added, *wider))


def _neighbours(problem: Problem, chosen: Configuration) -> Iterator[Configuration]:
    """Without one; two made one; one exchanged; one that takes the place of two."""
    ordered = sorted(chosen, key=lambda one: one.definition)
    without = (chosen - {one} for one in ordered)
    pairs = [two for two in combinations(ordered, 2) if two[0].table == two[1].table]
    pairs += [(second, first) for first, second in pairs]
    joined = ((pair, problem.merged(*pair)) for pair in pairs)
    merged = (chosen - set(pair) | {one} for pair, one in joined if one is not None)
    others = [one for one in problem.serves if one not in chosen]
    swapped = (chosen - {old} | {new} for old in ordered for new in others)
    grown = (chosen | {new} for new in others)
    return _fitting(problem, chosen, (*without, *merged, *grown, *swapped))


def _wider(problem: Problem, old: Index) -> Iterator[Index]:
    for other in problem.serves:
        new = problem.merged(old, other) if other.table == old.table else None
        if new is not None:
            yield new


def _fitting(problem: Problem, chosen: Configuration, options: Iterable[Configuration]) -> Iterator[Configuration]:
    seen = {chosen}
    for option in options:
        if option not in seen and problem.fits(option):
            seen.add(option)
            yield option
