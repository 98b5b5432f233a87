"""Answers kept, so that few questions are asked: of indexes that a statement's plan does not use nothing depends.

A planner that has chosen freely among many indexes and used a few chooses the same among any that hold these few; as
AutoAdmin's atomic configurations (Chaudhuri and Narasayya, VLDB 1997).
"""

from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from math import inf

from plimsoll.tune.choosing.problem import Problem, Question
from plimsoll.tune.costing.costing import Answer, Configuration

Asking = Generator[Question, Answer, float]


@dataclass
class Knowledge:
    """`answers` by statement, each with the indexes it was asked with; `asked` counts questions. `best` is the best
    configuration so far, of `best_cost`."""

    problem: Problem
    answers: dict[str, dict[Configuration, Answer]] = field(default_factory=dict)
    asked: int = 0
    best: Configuration = frozenset()
    best_cost: float = inf

    def note(self, cost: float, chosen: Configuration, *, tidied: bool = False) -> None:
        """Keeps it where it is the best; `tidied` means that the best one had more that saves next to nothing."""
        if not self.problem.fits(chosen):  # a size that was estimated has been measured since
            return
        if cost < self.best_cost or (tidied and chosen < self.best):
            self.best, self.best_cost = chosen, cost

    def cost(self, chosen: Configuration) -> Asking:
        """The workload's cost with these indexes, upkeep among it."""
        total = yield from self.cost_of(self.problem.weights, chosen)
        return total + sum(self.problem.upkeep(one) for one in chosen)

    def changed_cost(self, cost: float, chosen: Configuration, option: Configuration) -> Asking:
        """That of `option`, from that of `chosen`: only statements that the difference may serve are looked at."""
        different = chosen ^ option
        touched = sorted(frozenset[str]().union(*(self.problem.served(one) for one in different)))
        was = yield from self.cost_of(touched, chosen)
        now = yield from self.cost_of(touched, option)
        written = sum(self.problem.upkeep(one) * (1 if one in option else -1) for one in different)
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
        """By an answer to the same, or to more of which only these were used."""
        answers = self.answers.get(query, {})
        if relevant in answers:
            return answers[relevant]
        fitting = (one for asked, one in answers.items() if one.used <= relevant <= asked)
        return next(fitting, None)
