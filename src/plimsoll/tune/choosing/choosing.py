"""The choice among candidates: asks a costing what the search wants to know, for as long as there is time."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from time import monotonic
from typing import Final

from plimsoll.core.tuning.advice import NO_SEARCH, Advised, Rejected
from plimsoll.core.tuning.candidate import Candidate
from plimsoll.core.tuning.facts import DatabaseFacts
from plimsoll.core.tuning.index import Index
from plimsoll.core.tuning.planned import Planned, loads
from plimsoll.core.tuning.query import Query
from plimsoll.core.tuning.tempering import tempered_loads
from plimsoll.tune.choosing.judging import doubtful, judged, spare, waiting
from plimsoll.tune.choosing.knowing import Knowledge
from plimsoll.tune.choosing.problem import Problem, problem_of
from plimsoll.tune.choosing.search import Searching, search, tidied
from plimsoll.tune.choosing.standing import change_of, explained
from plimsoll.tune.choosing.upkeep import Written, upkeep, written_by
from plimsoll.tune.choosing.weights import unit_of, weights_of
from plimsoll.tune.costing.costing import Costing
from plimsoll.tune.costing.sizes import index_bytes
from plimsoll.tune.reserve import Reserve
from plimsoll.tune.until import Until

__all__ = ["Choice", "change_of", "choose", "uncosted"]

RENT: Final = 0.005  # of the workload: what indexes as large as all tables have to save besides what writing them costs

SAID_EVERY_S: Final = 10.0
TIDYING_S: Final = 3.0  # of what a search that was ended has found


@dataclass(frozen=True, slots=True)
class Choice:
    """`chosen` are estimated, the one that saves most first, and after them those that are explained. What is in
    `reserve` is among the `rejected` as well. `words` say how the search went and by what costs, `notes` what is to be
    known of it."""

    chosen: Sequence[Advised]
    rejected: Sequence[Rejected]
    words: str
    reserve: Reserve = field(default_factory=Reserve)
    notes: Sequence[str] = ()


async def choose(
    planned: Sequence[Planned],
    candidates: Sequence[Candidate],
    facts: DatabaseFacts,
    costing: Costing,
    budget_bytes: int | None,
    until: Until,
    say: Callable[[str], None],
    replaced: Collection[str] = (),
) -> Choice:
    """What is worth its room for the whole workload, and of everything else why not. Where it ends early, the best
    until then. `replaced` are statements that will be written differently."""
    queries = {one.query.id: one.query for one in planned if any(one.plans)}
    asked = [one for one in candidates if not one.always]
    fit = [one for one in asked if not costing.unfit(one.index)]
    problem = problem_for(planned, fit, facts, budget_bytes, costing.size, replaced, freely=costing.freely)
    knowledge = Knowledge(problem)
    say(f"searching among {len(fit)} indexes for {len(queries)} statements by {costing.words}")
    began = monotonic()
    try:
        ended = await _searched(search(problem, knowledge), knowledge, queries, costing, until, say)
        if not ended and knowledge.best:
            brief = Until.within(TIDYING_S, asyncio.Event())
            await _searched(tidied(problem, knowledge), knowledge, queries, costing, brief, say)
    finally:
        await costing.close()
    unreckoned = [one for one in asked if costing.unfit(one.index)]
    against = {one.index: costing.unfit(one.index) for one in unreckoned}
    against |= doubtful(problem, knowledge, unreckoned)
    knowledge.best = knowledge.best.difference(against)
    advised, others = judged(problem, knowledge, [one for one in fit if one.index not in against])
    unfit = [Rejected(change_of(one), against[one.index]) for one in asked if one.index in against]
    standing, left = _standing(candidates, problem, knowledge)
    how = "" if ended else f", stopped after {monotonic() - began:.3g} s ({until.why}) with the best until then"
    words = f"{knowledge.asked} plans by {costing.words}{how}{_held_back(problem)}"
    reserve = Reserve(spare(problem, knowledge, fit), waiting(problem, knowledge, fit), budget_bytes)
    notes = [] if ended else [f"the search for indexes was not at its end ({until.why}): there may be better ones"]
    return Choice([*advised, *standing], [*unfit, *others, *left], words, reserve, notes)


def uncosted(candidates: Sequence[Candidate], why: str) -> Choice:
    """Where nothing tells costs: none is chosen, but those that stand on their reason."""
    standing, _ = explained([one for one in candidates if one.always], (), lambda index: 0, None)
    rejected = [Rejected(change_of(one), why) for one in candidates if not one.always]
    return Choice(standing, rejected, f"{NO_SEARCH}{why}")


def problem_for(
    planned: Sequence[Planned],
    candidates: Sequence[Candidate],
    facts: DatabaseFacts,
    budget_bytes: int | None,
    measured: Callable[[Index], int | None],
    replaced: Collection[str] = (),
    *,
    freely: bool = True,
) -> Problem:
    """Sizes as measured, else by the facts, as upkeep is; an index on a table of which nothing is known is left out."""
    known = [one for one in planned if any(one.plans)]
    counting = tempered_loads(known, replaced)
    weights = weights_of(known, counting)
    serves = problem_of([one for one in candidates if one.index.table in facts.tables], weights)
    shares = {(one.index.table, one.index.predicate): one.share for one in candidates if one.index.predicate}
    rent = RENT * sum(counting.values()) / max(1, _bytes(facts))
    written, unit, there = written_by(planned), unit_of(planned), facts.indexes_by_table

    @cache
    def estimated(index: Index) -> int:
        return index_bytes(index, facts.tables[index.table], shares.get((index.table, index.predicate), 1.0))

    @cache
    def kept_up(index: Index) -> float:
        rows = written.get(".".join(index.table), Written())
        share = shares.get((index.table, index.predicate), 1.0)  # what is not of its rows has no entry in it
        return unit * share * upkeep(index, facts.tables[index.table], rows, len(there.get(index.table, ())))

    return Problem(
        weights, serves, lambda index: measured(index) or estimated(index), kept_up, budget_bytes, rent, freely,
        weights_of(known, loads(known)),
    )  # fmt: skip


def _held_back(problem: Problem) -> str:
    """Of statements that count for less than they take, as shares that are said in reasons are by that."""
    held = sum(problem.weights[query] < 0.999 * weight for query, weight in problem.told.items())
    if not held:
        return ""
    which = "a statement" if held == 1 else f"{held} statements"
    return f"; {which} that would drown the others counted for no more than all other slow ones together"


def _bytes(facts: DatabaseFacts) -> int:
    return sum(one.bytes for one in facts.tables.values())


def _standing(
    candidates: Sequence[Candidate], problem: Problem, knowledge: Knowledge
) -> tuple[list[Advised], list[Rejected]]:
    """Those of foreign keys, in what room is left."""
    always = [one for one in candidates if one.always]
    room = None if problem.budget_bytes is None else problem.budget_bytes - problem.bytes(knowledge.best)
    return explained(always, list(knowledge.best), problem.size, room)


async def _searched(
    searching: Searching,
    knowledge: Knowledge,
    queries: Mapping[str, Query],
    costing: Costing,
    until: Until,
    say: Callable[[str], None],
) -> bool:
    """Answers questions until there are no more (True) or the time is over; the knowledge keeps what was found."""
    said = monotonic()
    try:
        question = next(searching)
        while True:
            answer = await costing.answer(queries[question.query], question.indexes)
            if until.over:  # it may have been cut off, and would say that an index is of no use
                return False
            question = searching.send(answer)
            if monotonic() - said > SAID_EVERY_S:
                said = monotonic()
                say(_so_far(knowledge))
    except StopIteration:
        return True
    finally:
        searching.close()


def _so_far(knowledge: Knowledge) -> str:
    saved = 1.0 - knowledge.best_cost / knowledge.before if knowledge.before > 0 else 0.0
    return f"{knowledge.asked} plans; {len(knowledge.best)} indexes would save {max(0.0, saved):.0%} of the cost so far"
