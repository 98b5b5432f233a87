"""What a change costs writers, from what writing rows to its table was measured to cost. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Final

from plimsoll.core.sql.assigned import assigned_columns
from plimsoll.core.tuning.proof import Interval95, WriteCost
from plimsoll.core.tuning.query import LeftOut
from plimsoll.tune.proving.judging import Rounds, Workload
from plimsoll.tune.proving.touching import Plans, modified

_NAME: Final = r'(?:"[^"]+"|\w+)'
_WRITES: Final = re.compile(rf"\s*(insert\s+into|update(?:\s+only)?)\s+(?:{_NAME}\s*\.\s*)?({_NAME})", re.IGNORECASE)
_HOT_LOST: Final = 0.2  # of the updates, from which on what they cost on pages with room is what counts


@dataclass(frozen=True, slots=True)
class Writers:
    """Of a table: `rows` are those that the workload updates by statements that set a column of the index, by their
    ids; calls of `left_out` have no values and were not measured. `assigned` are columns that updates give new values
    to. `any`: whether the workload writes to it at all."""

    any: bool = False
    rows: Mapping[str, float] = field(default_factory=dict)
    inserts_left_out: float = 0.0
    updates_left_out: float = 0.0
    assigned: frozenset[str] = frozenset()


def writers(
    tables: Sequence[str], columns: frozenset[str], workload: Workload, plans: Plans, left_out: Sequence[LeftOut]
) -> Writers:
    """`tables` are the table and its partitions, as plans have them; `columns` those that the index rests on."""
    writing = [one for query, one in workload.statements.items() if modified(plans.get(query, ())) & set(tables)]
    bare = tables[0].partition(".")[2]
    left = [(one, kind) for one in left_out for kind, name in [written_by(one.text)] if name == bare]
    texts = [one.query.text for one in writing] + [one.text for one, _ in left]
    assigned = [assigned_columns(text) or frozenset() for text in texts]
    setting = [one for one, names in zip(writing, assigned, strict=False) if names & columns]
    return Writers(
        bool(texts),
        {one.query.id: max(1.0, one.query.rows_per_call) * one.weight for one in setting},
        sum(one.calls for one, kind in left if kind == "insert"),
        sum(one.calls for one, kind in left if kind == "update"),
        frozenset[str]().union(*assigned),
    )


def written_by(text: str) -> tuple[str, str]:
    """("insert" or "update", the table's bare name) of a statement; empty of others."""
    found = _WRITES.match(text)
    if found is None:
        return "", ""
    name = found[2]
    return found[1][:6].lower(), name[1:-1] if name.startswith('"') else name.lower()


def upkeep_ms(writers: Writers, cost: WriteCost | None, rounds: Sequence[Rounds], workload: Workload) -> float:
    """Of the workload's stretch, beyond what the rounds show: writes that have no values, and updates that are no
    longer HOT where the table has room for them, which on the copy's full pages they were not before either."""
    if cost is None:
        return 0.0
    inserted = _more(cost.insert_us, cost.insert_more_us) * writers.inserts_left_out
    updated = _more(cost.update_us, cost.update_more_us) * writers.updates_left_out
    return (inserted + updated) / 1000 + _hot_ms(writers, cost, rounds, workload)


def _hot_ms(writers: Writers, cost: WriteCost, rounds: Sequence[Rounds], workload: Workload) -> float:
    if cost.hot_share is None or cost.hot_share[0] - cost.hot_share[1] < _HOT_LOST:
        return 0.0
    shown = {one.query: -median(one.differences) * workload.statements[one.query].weight for one in rounds}
    each = _more(cost.update_us) / 1000  # certain, however it varies
    return sum(max(0.0, each * rows - max(0.0, shown.get(query, 0.0))) for query, rows in writers.rows.items())


def _more(both: tuple[float, float] | None, found: Interval95 | None = None) -> float:
    """What a row costs more, where that stands out of what varies."""
    if both is None or (found is not None and found.low <= 0):
        return 0.0
    return max(0.0, both[1] - both[0])


def hot_words(costs: Sequence[WriteCost]) -> list[str]:
    """What is said of updates that are no longer HOT."""
    lost = [one.hot_share for one in costs if one.hot_share and one.hot_share[0] - one.hot_share[1] >= _HOT_LOST]
    return [f"{before:.0%} of the updates were HOT, {after:.0%} are with it" for before, after in lost]
