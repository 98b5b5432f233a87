"""From what was looked at to a choice: candidates, costs and the search, on the database itself or on its copy."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from plimsoll.core.tuning.advice import Advised, Rejected
from plimsoll.core.tuning.candidate import Candidate
from plimsoll.core.tuning.facts import DatabaseFacts
from plimsoll.core.tuning.tempering import replaced_by
from plimsoll.tune.beyond.advising import beyond
from plimsoll.tune.candidates.finding import candidates
from plimsoll.tune.candidates.raising import constraint_words
from plimsoll.tune.choosing.choosing import Choice, choose, uncosted
from plimsoll.tune.costing.costing import Costing
from plimsoll.tune.costing.finding import REMEDY
from plimsoll.tune.dropping import drops
from plimsoll.tune.foreign_keys import foreign_key_candidates, foreign_keys_left
from plimsoll.tune.migrating.naming import built_by
from plimsoll.tune.migrating.steps import create_steps, drop_steps
from plimsoll.tune.until import Until
from plimsoll.workflows.tuning.looking import Looked
from plimsoll.workflows.tuning.request import Say


@dataclass(frozen=True, slots=True)
class Ideas:
    """What might be done, before it is known whether it pays: `explained` needs no costs, `against` is ruled out."""

    candidates: Sequence[Candidate]
    explained: Sequence[Advised]
    against: Sequence[Rejected]


def ideas(looked: Looked) -> Ideas:
    """By plans, statistics and the catalog alone. Pure."""
    found = candidates(looked.planned, looked.facts)
    known = {one.index for one in found}
    keys = [one for one in foreign_key_candidates(looked.facts, looked.planned) if one.index not in known]
    dropped, kept = drops(looked.facts, looked.planned)
    explained = [Advised(one, "explained", "medium") for one in dropped]
    more = beyond(looked.planned, looked.facts, looked.workload)
    return Ideas([*found, *keys], [*explained, *more], [*kept, *foreign_keys_left(looked.facts, looked.planned)])


async def decide(
    looked: Looked, found: Ideas, costing: Costing | None, budget_bytes: int | None, until: Until, say: Say
) -> Choice:
    """The indexes that pay for the whole workload, by `costing`; none where there is nothing to reckon by. `until` ends
    the search with the best until then."""
    if costing is None:
        return uncosted(found.candidates, f"nothing tells what it would give: {REMEDY}")
    replaced = replaced_by(found.explained)
    return await choose(looked.planned, found.candidates, looked.facts, costing, budget_bytes, until, say, replaced)


def with_all_steps(advised: Sequence[Advised], facts: DatabaseFacts) -> list[Advised]:
    """Each with its steps, and with what it would forbid; no two indexes get one name."""
    made: list[Advised] = []
    for one in advised:
        made.append(with_steps(_constraining(one, facts), facts))
        facts = replace(facts, indexes=[*facts.indexes, *built_by(made[-1].change)])
    return made


def _constraining(advised: Advised, facts: DatabaseFacts) -> Advised:
    """Of low confidence where an index fails for values that may be written."""
    index = advised.change.index
    words = constraint_words(index, facts.tables[index.table]) if index is not None else ""
    if not words:
        return advised
    told = advised.change.risk
    risk = told if words in told else f"{words} {told}".strip()
    return replace(advised, confidence="low", change=replace(advised.change, risk=risk))


def with_steps(advised: Advised, facts: DatabaseFacts) -> Advised:
    """With what a migration does for it, where its maker did not say."""
    change = advised.change
    if change.steps or (change.index is None and change.existing is None):
        return advised
    if change.existing is not None:
        return replace(advised, change=replace(change, steps=drop_steps(change.existing, facts)))
    assert change.index is not None
    return replace(advised, change=replace(change, steps=create_steps(change.index, facts)))
