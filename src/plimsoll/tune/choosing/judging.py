"""What a search has found, as advice: what is chosen, what would be instead of it, and why nothing else is. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from plimsoll.core.identifiers import TableName
from plimsoll.core.tuning.advice import Advised, Estimate, Rejected
from plimsoll.core.tuning.candidate import Candidate
from plimsoll.core.tuning.index import Index, IndexKey
from plimsoll.tune.candidates.covering import carrying
from plimsoll.tune.choosing.knowing import Knowledge
from plimsoll.tune.choosing.problem import Problem
from plimsoll.tune.choosing.reasons import why_not
from plimsoll.tune.choosing.search import GAIN_MIN
from plimsoll.tune.choosing.standing import change_of
from plimsoll.tune.costing.costing import NOTHING, Answer, Configuration

SPARE_MAX: Final = 5
WAITING_MAX: Final = 10
QUICK: Final = 0.1  # of what a statement costs without any index


def judged(
    problem: Problem, knowledge: Knowledge, candidates: Sequence[Candidate]
) -> tuple[list[Advised], list[Rejected]]:
    """The best configuration as advice, and the other candidates with their reasons."""
    chosen, before = knowledge.best, known_cost(problem, knowledge, NOTHING)
    advised = [_advised(problem, knowledge, one, candidates, chosen) for one in chosen]
    others = {one.index: one for one in candidates if one.index not in chosen}
    rejected = [
        Rejected(change_of(one), _not_asked(problem, one) or why_not(problem, knowledge, one.index, chosen, before))
        for one in others.values()
    ]
    return sorted(advised, key=lambda one: -one.saved_share), rejected


def spare(problem: Problem, knowledge: Knowledge, candidates: Sequence[Candidate]) -> list[Advised]:
    """What would do instead of each that is chosen, should its proof fail: of what the search has asked, those that
    make the workload cheapest then. Of those that begin with the same column only the best: what fails of one may fail
    of the next for the same reason."""
    found: dict[Index, tuple[int, float, Configuration]] = {}
    for gone in knowledge.best:
        for place, (saved, one, option) in enumerate(_instead(problem, knowledge, gone)):
            known = found.get(one)
            if known is None or (place, -saved) < known[:2]:
                found[one] = place, -saved, option
    first = sorted(found, key=lambda one: found[one][:2])[:SPARE_MAX]
    return [_advised(problem, knowledge, one, candidates, found[one][2]) for one in first]


def waiting(problem: Problem, knowledge: Knowledge, candidates: Sequence[Candidate]) -> list[Advised]:
    """What would pay beside all that is chosen, had the budget room for it: what saves most for its bytes first."""
    if problem.budget_bytes is None:
        return []
    now = known_cost(problem, knowledge, knowledge.best)
    least = GAIN_MIN * knowledge.counting(now)
    found = [
        (saved / max(1, problem.size(one)), one) for one in problem.serves
        if one not in knowledge.best and problem.size(one) <= problem.budget_bytes
        and (saved := now - known_cost(problem, knowledge, knowledge.best | {one})) >= least
    ]  # fmt: skip
    first = sorted(found, key=lambda pair: (-pair[0], pair[1].definition))[:WAITING_MAX]
    return [_advised(problem, knowledge, one, candidates, knowledge.best | {one}) for _, one in first]


def doubtful(problem: Problem, knowledge: Knowledge, unreckoned: Sequence[Candidate]) -> dict[Index, str]:
    """What is chosen for statements alone that are hardly quick with it and have a candidate of another kind, of which
    nobody can tell what it gives: that may be what they need."""
    several = [one for one in unreckoned if one.form in ("expression", "gin", "trigram")]
    own = sorted(several, key=lambda one: -len(one.index.keys))  # the plainest is told
    found: dict[Index, str] = {}
    for index in knowledge.best:
        using = [query for query in problem.served(index) if index in _used(problem, knowledge, query, knowledge.best)]
        rivals = {
            query: one.index.words for query in using if not _is_quick(problem, knowledge, query)
            for one in own if one.index.table == index.table and query in one.queries
        }  # fmt: skip
        if using and len(rivals) == len(using):
            words = " and ".join(sorted(set(rivals.values())))
            found[index] = f"{words} may do far more for the same statements: only a real build on a copy tells"
    return found


def _is_quick(problem: Problem, knowledge: Knowledge, query: str) -> bool:
    """With what is chosen, so that little is left to save."""
    plain = knowledge.known(query, NOTHING)
    best = knowledge.known(query, problem.relevant(query, knowledge.best))
    return plain is not None and best is not None and best.cost <= QUICK * plain.cost


def _instead(problem: Problem, knowledge: Knowledge, gone: Index) -> list[tuple[float, Index, Configuration]]:
    """What each saves where one is not there, the best first."""
    rest = knowledge.best - {gone}
    without = known_cost(problem, knowledge, rest)
    least = GAIN_MIN * knowledge.counting(without)
    near = [one for one in problem.serves if one not in knowledge.best and _near(problem, one, gone)]
    saving = [(without - known_cost(problem, knowledge, rest | {one}), one, rest | {one}) for one in near]
    best: dict[tuple[TableName, IndexKey], tuple[float, Index, Configuration]] = {}
    for each in sorted(saving, key=lambda one: -one[0]):
        if each[0] >= least and problem.fits(each[2]):
            best.setdefault((each[1].table, each[1].keys[0]), each)
    return list(best.values())


def known_cost(
    problem: Problem, knowledge: Knowledge, chosen: Configuration, weights: Mapping[str, float] | None = None
) -> float:
    """The workload's cost by what the search was told; a statement that it never asked so counts without indexes."""
    total = sum(problem.kept(one) for one in chosen)
    for query, weight in (weights or problem.weights).items():
        relevant = problem.relevant(query, chosen)
        answer = knowledge.known(query, relevant) or knowledge.known(query, NOTHING) or Answer(0.0)
        total += weight * answer.cost
    return total


def _used(problem: Problem, knowledge: Knowledge, query: str, chosen: Configuration) -> Configuration:
    known = knowledge.known(query, problem.relevant(query, chosen))
    return known.used if known is not None else NOTHING


def _near(problem: Problem, one: Index, other: Index) -> bool:
    return bool(problem.served(one) & problem.served(other))


def _advised(
    problem: Problem, knowledge: Knowledge, index: Index, candidates: Sequence[Candidate], chosen: Configuration
) -> Advised:
    """Its share is what would be lost without it, as far as that was asked."""
    told = problem.told or problem.weights
    before, after, without = (known_cost(problem, knowledge, one, told) for one in (NOTHING, chosen, chosen - {index}))
    estimate = Estimate(without, after, problem.size(index))
    saved = max(0.0, without - after) / before if before > 0 else 0.0
    change = change_of(_candidate(problem, index, candidates))
    using = tuple(query for query in change.queries if index in _used(problem, knowledge, query, chosen))
    return Advised(replace(change, queries=using or change.queries), "estimated", "medium", saved, estimate)


def _candidate(problem: Problem, index: Index, candidates: Sequence[Candidate]) -> Candidate:
    """The one it comes from; of one made of several, all their reasons."""
    same = [one for one in candidates if one.index == index]
    if same:
        return same[0]
    served = problem.served(index)
    parts = [one for one in candidates if _is_part(one.index, index) and served & set(one.queries)]
    why = "; ".join(dict.fromkeys(_of_part(one, index) for one in parts))
    return Candidate(index, "covering" if index.include else "btree", why, tuple(sorted(served)))


def _is_part(one: Index, index: Index) -> bool:
    """Whether the index has all keys of the other one, so that what is said of them is true of it."""
    alike = (one.table, one.method, one.predicate) == (index.table, index.method, index.predicate)
    return alike and set(one.keys) <= set(index.keys)


def _of_part(one: Candidate, index: Index) -> str:
    carries = set(one.index.include) <= {*index.include, *index.columns}
    return one.why if carries else one.why.replace(carrying(one.index), "")


def _not_asked(problem: Problem, candidate: Candidate) -> str:
    """Of one that no statement tells anything about."""
    if candidate.index not in problem.serves:
        return "nothing is known of its table"
    if not problem.served(candidate.index):
        return "no statement of the workload that could be planned shows its use"
    return ""
