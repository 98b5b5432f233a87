"""What was chosen is made no wider than it pays: a column more in a key, or one that is only carried, takes room and
time of every write, and all that is fetched from the table instead is a few pages. Pure."""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from typing import Final

from plimsoll.core.tuning.index import Index
from plimsoll.tune.choosing.knowing import Knowledge
from plimsoll.tune.choosing.problem import Problem, Question
from plimsoll.tune.costing.costing import NOTHING, Answer, Configuration

WIDER_MIN: Final = 0.03  # of what the statements that use it cost without any index: a wider one must save so much more
SMALLER: Final = 0.5  # times as large at most: one of fewer rows, which most writes leave alone


def slimmed(problem: Problem, knowledge: Knowledge) -> Generator[Question, Answer, None]:
    """Puts narrower indexes in the place of the best ones, where hardly anything is lost by that."""
    for wide in sorted(knowledge.best, key=lambda one: one.definition):
        using = yield from _using(problem, knowledge, wide)
        before = yield from knowledge.cost_of(using, NOTHING)
        for narrow in sorted(_narrower(problem, wide, using), key=lambda one: (problem.size(one), one.definition)):
            option = knowledge.best - {wide} | {narrow}
            cost = yield from knowledge.changed_cost(knowledge.best_cost, knowledge.best, option)
            if cost - knowledge.best_cost <= WIDER_MIN * before:
                knowledge.best, knowledge.best_cost = option, cost
                break


def filled(problem: Problem, knowledge: Knowledge, least: float) -> Generator[Question, Answer, None]:
    """Puts others into the room that was given back: each time what saves most for its bytes, `least` at least, and so
    much of what its statements cost that it would not be given up for a narrower one itself."""
    found = problem.budget_bytes is not None
    while found:
        best: tuple[float, float, Configuration] = (0.0, knowledge.best_cost, knowledge.best)
        for one in problem.serves:
            option = knowledge.best | {one}
            if one in knowledge.best or not problem.fits(option):
                continue
            before = yield from knowledge.cost_of(sorted(problem.served(one)), NOTHING)
            cost = yield from knowledge.changed_cost(knowledge.best_cost, knowledge.best, option)
            saved = knowledge.best_cost - cost
            if saved >= max(least, WIDER_MIN * before) and problem.fits(option):
                best = max(best, (saved / max(1, problem.size(one)), cost, option), key=lambda each: each[0])
        found = best[2] != knowledge.best
        _, knowledge.best_cost, knowledge.best = best


def is_narrower(one: Index, wide: Index) -> bool:
    """Whether the wide one has all of its keys first, and more."""
    alike = (one.table, one.method, one.predicate) == (wide.table, wide.method, wide.predicate)
    starts = wide.keys[: len(one.keys)] == one.keys
    return alike and starts and one != wide and set(one.include) <= {*wide.include, *wide.columns}


def _using(problem: Problem, knowledge: Knowledge, index: Index) -> Generator[Question, Answer, list[str]]:
    found: list[str] = []
    for query in sorted(problem.served(index)):
        answer = yield from knowledge.answer(query, knowledge.best)
        found += [query] * (index in answer.used)
    return found


def _is_smaller(problem: Problem, one: Index, wide: Index, using: Sequence[str]) -> bool:
    """Of a few of the table's rows, for the statements that use the wide one: others may, and do not."""
    alike = (one.table, one.method) == (wide.table, wide.method) and problem.served(one).issuperset(using)
    return alike and one.predicate != "" and problem.size(one) <= SMALLER * problem.size(wide)


def _narrower(problem: Problem, wide: Index, using: Sequence[str]) -> Iterator[Index]:
    """Those that the search knows, and itself without what it only carries."""
    found = [one for one in problem.serves if is_narrower(one, wide) or _is_smaller(problem, one, wide, using)]
    if wide.include:
        found.append(problem.narrowed(wide, replace(wide, include=())))
    yield from dict.fromkeys(found)
