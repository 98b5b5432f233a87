"""What was chosen is made no wider than it pays: a column more in a key, or one that is only carried, takes room and
time of every write, and all that is fetched from the table instead is a few pages. Pure."""

from collections.abc import Generator, Iterator
from dataclasses import replace
from typing import Final

from plimsoll.core.tuning.index import Index
from plimsoll.tune.choosing.knowing import Knowledge
from plimsoll.tune.choosing.problem import Problem, Question
from plimsoll.tune.costing.costing import NOTHING, Answer

WIDER_MIN: Final = 0.03  # of what the statements that use it cost without any index: a wider one must save so much more
SMALLER: Final = 0.5  # times as large at most: one of fewer rows, which most writes leave alone


def slimmed(problem: Problem, knowledge: Knowledge) -> Generator[Question, Answer, None]:
    """Puts narrower indexes in the place of the best ones, where hardly anything is lost by that."""
    for wide in sorted(knowledge.best, key=lambda one: one.definition):
        using = yield from _using(problem, knowledge, wide)
        before = yield from knowledge.cost_of(using, NOTHING)
        for narrow in sorted(_narrower(problem, wide), key=lambda one: (problem.size(one), one.definition)):
            option = knowledge.best - {wide} | {narrow}
            cost = yield from knowledge.changed_cost(knowledge.best_cost, knowledge.best, option)
            if cost - knowledge.best_cost <= WIDER_MIN * before:
                knowledge.best, knowledge.best_cost = option, cost
                break


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


def _is_smaller(problem: Problem, one: Index, wide: Index) -> bool:
    """Of a few of the table's rows, for the same statements."""
    alike = (one.table, one.method) == (wide.table, wide.method) and problem.served(wide) <= problem.served(one)
    return alike and one.predicate != "" and problem.size(one) <= SMALLER * problem.size(wide)


def _narrower(problem: Problem, wide: Index) -> Iterator[Index]:
    """Those that the search knows, and itself without what it only carries."""
    found = [one for one in problem.serves if is_narrower(one, wide) or _is_smaller(problem, one, wide)]
    if wide.include:
        found.append(problem.narrowed(wide, replace(wide, include=())))
    yield from dict.fromkeys(found)
