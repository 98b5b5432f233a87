"""Where a statement took far longer on the copy than the workload's source tells: its values, its role or the copy are
not those of the application, so that what is saved is not, either. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from plimsoll.core.tuning.advice import Advised
from plimsoll.core.tuning.proof import QueryProof
from plimsoll.core.tuning.query import Query
from plimsoll.core.units import format_ms
from plimsoll.tune.proving.promised import LESS

TIMES: Final = 5.0
MS_MIN: Final = 1.0  # of difference: EXPLAIN takes some of it itself


def told_otherwise(advised: Sequence[Advised], queries: Sequence[Query]) -> list[Advised]:
    """With a word at each statement that a change makes faster, and a step less sure of that change."""
    known = {one.id: one for one in queries if one.total_ms > 0}
    return [_told_otherwise(one, known) for one in advised]


def _told_otherwise(one: Advised, known: Mapping[str, Query]) -> Advised:
    if one.proof is None:
        return one
    queries = [_with_word(each, known.get(each.query)) for each in one.proof.queries]
    if queries == list(one.proof.queries):
        return one
    return replace(one, confidence=LESS[one.confidence], proof=replace(one.proof, queries=queries))


def _with_word(one: QueryProof, query: Query | None) -> QueryProof:
    said = word(one.before.ms.value, query.mean_ms) if query is not None and one.effect == "better" else ""
    return replace(one, why="; ".join(filter(None, (one.why, said)))) if said else one


def word(measured_ms: float, counted_ms: float) -> str:
    """ "" where they agree well enough, or it was measured as quicker: what is saved is by the source's time."""
    if measured_ms <= TIMES * counted_ms or measured_ms - counted_ms < MS_MIN:
        return ""
    return f"measured {measured_ms / counted_ms:,.0f} times what the workload tells: {format_ms(counted_ms)} a call"
