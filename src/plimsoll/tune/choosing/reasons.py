"""Why a candidate was not chosen: the true reason, from what the search has been told. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from plimsoll.core.tuning.advice import UNTRIED
from plimsoll.core.tuning.index import Index
from plimsoll.core.units import format_bytes
from plimsoll.tune.choosing.knowing import Knowledge
from plimsoll.tune.choosing.problem import Problem
from plimsoll.tune.choosing.search import GAIN_MIN
from plimsoll.tune.costing.costing import NOTHING, Answer, Configuration


@dataclass(frozen=True, slots=True)
class Alone:
    """What an index does without the other candidates: weighted costs of its statements before and after."""

    before: float
    after: float
    used: bool


def alone(problem: Problem, knowledge: Knowledge, index: Index) -> Alone | None:
    """None where the search ended before it was tried for each of its statements."""
    pairs = [
        (problem.weights[query], knowledge.known(query, NOTHING), knowledge.known(query, frozenset({index})))
        for query in problem.served(index)
    ]
    known = [(weight, before, after) for weight, before, after in pairs if before is not None and after is not None]
    if len(known) < len(pairs):
        return None
    before, after = sum(w * one.cost for w, one, _ in known), sum(w * one.cost for w, _, one in known)
    return Alone(before, after, any(index in one.used for _, _, one in known))


def why_not(problem: Problem, knowledge: Knowledge, index: Index, chosen: Configuration, before: float) -> str:
    """In words, of one that is not in `chosen`. `before` is the workload's cost without any."""
    size = problem.size(index)
    if problem.budget_bytes is not None and size > problem.budget_bytes:
        return f"is over the budget: takes {format_bytes(size)} of {format_bytes(problem.budget_bytes)}"
    tried = alone(problem, knowledge, index)
    if tried is None:
        return UNTRIED
    if not tried.used and not _used_with_others(knowledge, problem.served(index), index):
        return "no plan of the workload's statements uses it"
    saved, written = tried.before - tried.after, problem.upkeep(index)
    if saved > 0 and written >= saved:
        return f"costs more in writes than it saves: {_percent(written, before)} against {_percent(saved, before)}"
    if saved - written < GAIN_MIN * knowledge.counting(knowledge.best_cost):
        return f"saves {_percent(max(0.0, saved - written), before)} of the workload only"
    return _beside(problem, index, size, chosen)


def _beside(problem: Problem, index: Index, size: int, chosen: Configuration) -> str:
    """Of one that would pay by itself, but not beside what was chosen."""
    rivals = sorted(one.words for one in chosen if problem.served(one) & problem.served(index))
    if problem.budget_bytes is not None and not problem.fits(chosen | {index}):
        room = format_bytes(problem.budget_bytes - problem.bytes(chosen))
        sizes = f"{format_bytes(size)} of the {room} that it leaves"
        return f"does not fit beside what saves more for its size: takes {sizes}"
    if rivals:
        serve = "serves" if len(rivals) == 1 else "serve"
        return f"saves too little beside {' and '.join(rivals)}, which {serve} the same statements"
    return "the search ended before it was tried beside the others"


def _used_with_others(knowledge: Knowledge, queries: Iterable[str], index: Index) -> bool:
    return any(index in one.used for query in queries for one in _answers(knowledge, query))


def _answers(knowledge: Knowledge, query: str) -> Iterable[Answer]:
    return knowledge.answers.get(query, {}).values()


def _percent(part: float, whole: float) -> str:
    return f"{100 * part / whole:.2g} %" if whole > 0 else "0 %"
