"""Whether prepared statements gain as well: the server may execute them by a plan made without their values, which
cannot use a partial index for `status = $1`, nor a prefix index for `LIKE $1`."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from plimsoll.core.query_plan import PlanNode
from plimsoll.core.tuning.index import Index
from plimsoll.core.tuning.proof import Proof, QueryProof
from plimsoll.core.tuning.query import Query
from plimsoll.tune.proving.execution import indexes_of
from plimsoll.tune.proving.state import Proving
from plimsoll.tune.proving.touching import Plans

_PLANNING: Final = 2.5  # what the server takes planning anew to cost, for each table and once more (plancache.c)
TURNS: Final = "prepared, after five executions the server turns to a generic plan, which does not use the index"
DIFFERS: Final = (
    "its generic plan does not use the index: nothing is gained where plan_cache_mode is force_generic_plan"
)
# What counters show as a parameter may be a constant of the statement's; of a limit without a value the planner takes
# a tenth of all rows.
LIMITED: Final = "where its LIMIT is sent as a parameter, "
_LIMIT: Final = re.compile(r"\b(LIMIT|OFFSET)(\s+)\$(\d+)\b", re.IGNORECASE)


async def warn_last(proving: Proving) -> None:
    """Of the index that was accepted last, by which statements it is not used however they are sent."""
    one = proving.accepted[-1]
    if one.change.index is not None and one.proof is not None:
        proof = await _with_words(proving, one.change.index, one.proof)
        proving.accepted[-1] = replace(one, proof=proof)


async def _with_words(proving: Proving, index: Index, proof: Proof) -> Proof:
    """The proof, with a word on each statement that is faster for its own values only. The copy has the index."""
    plans = await proving.plans_now()
    await proving.bench.switch.show(proving.side)
    names = proving.bench.switch.builds.names
    return replace(proof, queries=[await _warned(proving, one, index, names, plans) for one in proof.queries])


async def _warned(
    proving: Proving, one: QueryProof, index: Index, names: Mapping[str, Index], known: Plans
) -> QueryProof:
    query = proving.workload.statements[one.query].query
    plans = [plan for plan in known.get(one.query, ()) if plan is not None]
    using = [plan for plan in plans if uses(plan, index, names)]
    if one.effect != "better" or not query.types or not using:
        return one
    running, written = proving.bench.running, with_limit(query)
    said = word(await running.generic(query), plans, index, names)
    if said and written != query and not word(await running.generic(written), plans, index, names):
        said = LIMITED + said
    return replace(one, why="; ".join(filter(None, (one.why, said)))) if said else one


def with_limit(query: Query) -> Query:
    """With the numbers of its LIMIT and OFFSET in the text, as an application may have them there."""
    values = query.bindings[0].values if query.bindings else ()

    def number(found: re.Match[str]) -> str:
        value = values[int(found[3]) - 1] if int(found[3]) <= len(values) else None
        return f"{found[1]}{found[2]}{value}" if value is not None and value.isdigit() else found[0]

    return replace(query, text=_LIMIT.sub(number, query.text))


def word(generic: PlanNode | None, custom: Sequence[PlanNode], index: Index, names: Mapping[str, Index]) -> str:
    """What to say of a statement whose plans with values use the index."""
    if generic is None or uses(generic, index, names):
        return ""
    planned = sum(plan.cost + _PLANNING * (1 + tables(plan)) for plan in custom) / len(custom)
    return TURNS if generic.cost < planned else DIFFERS


def uses(plan: PlanNode, index: Index, names: Mapping[str, Index]) -> bool:
    return any(names.get(name) == index for name in indexes_of(plan))


def tables(plan: PlanNode) -> int:
    return len({(one.table, one.alias) for one in plan.walk() if one.table})
