"""Answers kept, so that few questions are asked: much follows from what was said already.

Of indexes that a plan does not use nothing depends (AutoAdmin's atomic configurations, Chaudhuri and Narasayya, VLDB
1997); and more indexes never cost more. So a statement that can be made but a little cheaper by all there are need not
be asked with some.
"""

from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from itertools import islice
from math import inf
from typing import Final

from plimsoll.core.tuning.index import Index
from plimsoll.tune.choosing.problem import Problem, Question
from plimsoll.tune.costing.costing import NOTHING, Answer, Configuration

Asking = Generator[Question, Answer, float]
LEFT_MIN: Final = 1 / 3  # so that what the search asks for is what a proof would, and above NEGLIGIBLE
NEGLIGIBLE: Final = 0.0003  # of the workload's cost: by as much a statement's cost may be off


@dataclass
class Knowledge:
    """`answers` by statement, each with the indexes it was asked with; `asked` counts questions. `best` is the best
    configuration so far, of `best_cost`. `floors` are the costs of statements with all that may serve them at once."""

    problem: Problem
    answers: dict[str, dict[Configuration, Answer]] = field(default_factory=dict)
    asked: int = 0
    best: Configuration = frozenset()
    best_cost: float = inf
    before: float = 0.0
    floors: dict[str, float] = field(default_factory=dict)
    _inferred: dict[str, dict[int, Answer]] = field(default_factory=dict)
    _masks: dict[str, list[tuple[int, int, Answer]]] = field(default_factory=dict)  # of `answers`: asked with, used
    _bits: dict[Index, int] = field(default_factory=dict)

    def counting(self, cost: float) -> float:
        """Of what a share is reckoned where the workload has come down to `cost`: of that, but of LEFT_MIN of it as it
        was at least."""
        return max(cost, LEFT_MIN * self.before)

    def note(self, cost: float, chosen: Configuration, *, tidied: bool = False) -> None:
        """Keeps it where it is the best; `tidied` means that the best one had more that saves next to nothing."""
        if not self.problem.fits(chosen):  # a size that was estimated has been measured since
            return
        if cost < self.best_cost or (tidied and chosen < self.best):
            self.best, self.best_cost = chosen, cost

    def cost(self, chosen: Configuration) -> Asking:
        """The workload's cost with these indexes, upkeep among it."""
        total = yield from self.cost_of(self.problem.weights, chosen)
        return total + sum(self.problem.kept(one) for one in chosen)

    def changed_cost(self, cost: float, chosen: Configuration, option: Configuration) -> Asking:
        """That of `option`, from that of `chosen`: only statements that the difference may serve are looked at."""
        different = chosen ^ option
        touched = sorted(frozenset[str]().union(*(self.problem.served(one) for one in different)))
        was = yield from self.cost_of(touched, chosen)
        now = yield from self.cost_of(touched, option)
        written = sum(self.problem.kept(one) * (1 if one in option else -1) for one in different)
        return cost + now - was + written

    def cost_of(self, queries: Iterable[str], chosen: Configuration) -> Asking:
        """Of some statements, weighted, without upkeep."""
        total = 0.0
        for query in queries:
            answer = yield from self.answer(query, chosen)
            total += self.problem.weights[query] * answer.cost
        return total

    def answer(self, query: str, chosen: Configuration) -> Generator[Question, Answer, Answer]:
        """Known, or asked."""
        relevant = self.problem.relevant(query, chosen)
        known = self.known(query, relevant)
        if known is not None:
            return known
        self.asked += 1
        said = yield Question(query, relevant, self.best)
        self.answers.setdefault(query, {})[relevant] = said
        return said

    def known(self, query: str, relevant: Configuration) -> Answer | None:
        """By an answer to the same, or by what follows from others."""
        inferred, mask = self._inferred.setdefault(query, {}), self._mask(relevant)
        known = self.answers.get(query, {}).get(relevant) or inferred.get(mask) or self._follows(query, mask)
        if known is not None:
            inferred[mask] = known
        return known

    def gain_max(self, query: str, chosen: Configuration) -> float:
        """What a statement might save at most beside what is chosen, weighted; infinite without its floor."""
        floor = self.floors.get(query, -inf)
        known = self.known(query, self.problem.relevant(query, chosen))
        cost = known.cost if known is not None else inf
        return self.problem.weights[query] * max(0.0, cost - floor)

    def _follows(self, query: str, relevant: int) -> Answer | None:
        """A plan that uses no others is possible, and with more indexes there was none that is much cheaper."""
        least: float = self.floors.get(query, -inf)
        possible: Answer | None = None
        for asked, used, one in self._masked(query):
            if asked & relevant == relevant and one.cost > least:
                least = one.cost
            if used & relevant == used and (possible is None or one.cost < possible.cost):
                possible = one
        off = NEGLIGIBLE * self.before / (self.problem.weights[query] or 1.0)
        return possible if possible is not None and possible.cost <= least + off else None

    def _masked(self, query: str) -> list[tuple[int, int, Answer]]:
        """Answers with their sets as bits: looked through for every option there is, which sets are too slow for."""
        masks, answers = self._masks.setdefault(query, []), self.answers.get(query, {})
        for asked, one in islice(answers.items(), len(masks), None):
            masks.append((self._mask(asked - one.missing), self._mask(one.used), one))
        return masks

    def _mask(self, indexes: Configuration) -> int:
        return sum(self._bits.setdefault(one, 1 << len(self._bits)) for one in indexes)


def floor_of(knowledge: Knowledge, query: str) -> Generator[Question, Answer, Answer]:
    """Of a statement with all that may serve it; remembered as the least that it can cost."""
    every = frozenset(one for one in knowledge.problem.serves if query in knowledge.problem.served(one))
    plain = yield from knowledge.answer(query, NOTHING)
    said = yield from knowledge.answer(query, every)
    if not said.missing:
        knowledge.floors[query] = min(plain.cost, said.cost)
    return said
