"""The choice among candidates: asks a costing what the search wants to know, for as long as there is time."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from plimsoll.core.tuning.advice import Advised, Estimate, Rejected
from plimsoll.core.tuning.candidate import Candidate
from plimsoll.core.tuning.change import Change
from plimsoll.core.tuning.facts import DatabaseFacts
from plimsoll.core.tuning.index import Index
from plimsoll.core.tuning.planned import Planned
from plimsoll.core.tuning.query import Query
from plimsoll.tune.choosing.knowing import Knowledge
from plimsoll.tune.choosing.problem import Problem, problem_of
from plimsoll.tune.choosing.reasons import why_not
from plimsoll.tune.choosing.search import Searching, search
from plimsoll.tune.choosing.upkeep import Written, upkeep, written_by
from plimsoll.tune.costing.costing import NOTHING, Answer, Configuration, Costing
from plimsoll.tune.costing.sizes import index_bytes


@dataclass(frozen=True, slots=True)
class Choice:
    """`chosen` are estimated, the one that saves most first. `words` say how the search went and by what costs."""

    chosen: Sequence[Advised]
    rejected: Sequence[Rejected]
    words: str


async def choose(
    planned: Sequence[Planned],
    candidates: Sequence[Candidate],
    facts: DatabaseFacts,
    costing: Costing,
    budget_bytes: int | None,
    time_s: float,
    say: Callable[[str], None],
) -> Choice:
    """What is worth its room for the whole workload, and of everything else why not."""
    queries = {one.query.id: one.query for one in planned if any(one.plans)}
    unfit = [Rejected(change_of(one), why) for one in candidates if (why := costing.unfit(one.index))]
    fit = [one for one in candidates if not costing.unfit(one.index)]
    problem = problem_for(queries, fit, facts, budget_bytes, written_by(planned))
    knowledge = Knowledge(problem)
    say(f"searching among {len(fit)} indexes for {len(queries)} statements by {costing.words}")
    try:
        ended = await _searched(search(problem, knowledge), queries, costing, time_s)
    finally:
        await costing.close()
    chosen, rejected = judged(problem, knowledge, fit)
    how = "" if ended else f", stopped after {time_s:g} s with the best until then"
    return Choice(chosen, [*rejected, *unfit], f"{knowledge.asked} plans by {costing.words}{how}")


def problem_for(
    queries: dict[str, Query],
    candidates: Sequence[Candidate],
    facts: DatabaseFacts,
    budget_bytes: int | None,
    written: Mapping[str, Written],
) -> Problem:
    """Sizes and upkeep by the facts; an index on a table of which nothing is known is taken to be empty."""
    weights = {name: query.calls for name, query in queries.items()}
    serves = problem_of([one for one in candidates if one.index.table in facts.tables], weights)
    return Problem(
        weights,
        serves,
        cache(lambda index: index_bytes(index, facts.tables[index.table])),
        lambda index: upkeep(index, facts.tables[index.table], written.get(".".join(index.table), Written())),
        budget_bytes,
    )


def judged(
    problem: Problem, knowledge: Knowledge, candidates: Sequence[Candidate]
) -> tuple[list[Advised], list[Rejected]]:
    """The best configuration as advice, and the other candidates with their reasons."""
    chosen, before = knowledge.best, _known_cost(problem, knowledge, NOTHING)
    after = _known_cost(problem, knowledge, chosen)
    advised = [_advised(problem, knowledge, one, candidates, before, after) for one in chosen]
    others = {one.index: one for one in candidates if one.index not in chosen}
    rejected = [
        Rejected(change_of(one), _not_asked(problem, one) or why_not(problem, knowledge, one.index, chosen, before))
        for one in others.values()
    ]
    return sorted(advised, key=lambda one: -one.saved_share), rejected


def change_of(candidate: Candidate) -> Change:
    """The candidate as a change."""
    index = candidate.index
    columns = ", ".join(key.text for key in index.keys)
    return Change(
        "create-index", f"{index.table.schema}.{index.table.name}", f"Create index on {index.table} ({columns})",
        candidate.why, candidate.queries, index=index, form=candidate.form,
    )  # fmt: skip


async def _searched(searching: Searching, queries: dict[str, Query], costing: Costing, time_s: float) -> bool:
    """Answers questions until there are no more (True) or the time is over; the knowledge keeps what was found."""
    try:
        async with asyncio.timeout(time_s):
            question = next(searching)
            while True:
                question = searching.send(await costing.answer(queries[question.query], question.indexes))
    except StopIteration:
        return True
    except TimeoutError:
        return False
    finally:
        searching.close()


def _advised(
    problem: Problem, knowledge: Knowledge, index: Index, candidates: Sequence[Candidate], before: float, after: float
) -> Advised:
    """Its share is what would be lost without it, as far as that was asked."""
    without = _known_cost(problem, knowledge, knowledge.best - {index})
    estimate = Estimate(without, after, problem.size(index))
    saved = max(0.0, without - after) / before if before > 0 else 0.0
    return Advised(change_of(_candidate(problem, index, candidates)), "estimated", "medium", saved, estimate)


def _candidate(problem: Problem, index: Index, candidates: Sequence[Candidate]) -> Candidate:
    """The one it comes from; of one made of several, all their reasons."""
    same = [one for one in candidates if one.index == index]
    if same:
        return same[0]
    served = problem.served(index)
    parts = [
        one for one in candidates if one.index.table == index.table and set(one.index.columns) & set(index.columns)
    ]
    why = "; ".join(dict.fromkeys(one.why for one in parts if served & set(one.queries)))
    return Candidate(index, "covering" if index.include else "btree", why, tuple(sorted(served)))


def _known_cost(problem: Problem, knowledge: Knowledge, chosen: Configuration) -> float:
    """The workload's cost by what the search was told; a statement that it never asked so counts without indexes."""
    total = sum(problem.upkeep(one) for one in chosen)
    for query, weight in problem.weights.items():
        relevant = problem.relevant(query, chosen)
        answer = knowledge.known(query, relevant) or knowledge.known(query, NOTHING) or Answer(0.0)
        total += weight * answer.cost
    return total


def _not_asked(problem: Problem, candidate: Candidate) -> str:
    """Of one that no statement tells anything about."""
    if candidate.index not in problem.serves:
        return "nothing is known of its table"
    if not problem.served(candidate.index):
        return "no statement of the workload that could be planned shows its use"
    return ""
