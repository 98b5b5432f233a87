"""Indexes that are there and cost more than they give: unused, twice there, covered by another, never finished.

In doubt an index stays: one too many costs some time of every write, one too few a table read from end to end.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from plimsoll.core.schema import ForeignKey
from plimsoll.core.tuning.advice import Rejected
from plimsoll.core.tuning.change import Change
from plimsoll.core.tuning.facts import DatabaseFacts
from plimsoll.core.tuning.index import ExistingIndex
from plimsoll.core.tuning.planned import Planned
from plimsoll.core.units import format_bytes, format_duration
from plimsoll.tune.choosing.upkeep import Written, columns_of, written_by
from plimsoll.tune.foreign_keys import foreign_keys_of, serves
from plimsoll.tune.overlap import covers, keeper, same

COUNTED_MIN: Final = timedelta(days=1)  # what runs every night is seen once
COUNTED_WELL: Final = timedelta(days=7)  # and what runs every week
HOT_LOST: Final = 0.2  # of a table's updates by the workload, from which on it is told which index they are not HOT for
HOT_ANYWAY: Final = 0.9  # of a table's updates: those that set an indexed column to what it is are HOT, too
NARROWER: Final = 2.0  # times: a wider index of so many pages more is felt where the index alone is read
_INDEX_ONLY: Final = "Index Only Scan"


@dataclass(frozen=True, slots=True)
class _Used:
    """Names of indexes in the plans of the workload, and of those that are read without their tables."""

    names: frozenset[str]
    alone: frozenset[str]

    def has(self, one: ExistingIndex) -> bool:
        return not self.names.isdisjoint((one.name, *one.partitions))

    def reads_alone(self, one: ExistingIndex) -> bool:
        return not self.alone.isdisjoint((one.name, *one.partitions))


@dataclass(frozen=True, slots=True)
class _Judged:
    """A drop with the reason against it, "" where there is none."""

    existing: ExistingIndex
    change: Change
    against: str


def drops(facts: DatabaseFacts, planned: Sequence[Planned]) -> tuple[list[Change], list[Rejected]]:
    """What to drop, and what looks as if it could be dropped and should not be, with the reason. Steps are left out."""
    used, written = _used(planned), written_by(planned)
    judged = [
        _with_hot(one, indexes, facts, written.get(".".join(table), Written()))
        for table, indexes in sorted(facts.indexes_by_table.items()) for one in _of_table(indexes, facts, used)
    ]  # fmt: skip
    return [one.change for one in judged if not one.against], [
        Rejected(one.change, one.against) for one in judged if one.against
    ]


def _of_table(indexes: Sequence[ExistingIndex], facts: DatabaseFacts, used: _Used) -> list[_Judged]:
    """What looks as if it could go; nothing that another reason drops is among those that stay."""
    judged, gone = list[_Judged](), set[tuple[str, str]]()
    # A partition's share goes with the whole; wide ones first, so that what covers another is what stays.
    whole = sorted((one for one in indexes if not one.partition_of), key=lambda one: (-len(one.index.keys), *_key(one)))
    for find in (_invalid, _duplicate, _unused, _covered):
        left = [one for one in whole if _key(one) not in gone]
        for one in left:
            if _key(one) in gone:
                continue
            found = find(one, [other for other in left if _key(other) not in gone], facts, used)
            if found is not None:
                judged.append(found)
                gone |= {_key(one)} if not found.against else set()
    return [one for one in judged if not one.against or _key(one.existing) not in gone]


def _with_hot(one: _Judged, indexes: Sequence[ExistingIndex], facts: DatabaseFacts, written: Written) -> _Judged:
    """Says what it may cost updates that set a column of it and of no other index. Whether they change its value, which
    is what counts, no statement tells; the server's counters do, where nearly all are HOT all the same."""
    table = facts.tables.get(one.existing.index.table)
    if table is None or one.existing.index.method == "brin":  # an update of what BRIN holds may stay HOT
        return one
    if table.updated and table.hot_updated >= HOT_ANYWAY * table.updated:
        return one
    others = (columns_of(each.index, table) for each in indexes if each != one.existing and each.index.method != "brin")
    alone = columns_of(one.existing.index, table) - frozenset[str]().union(*others)
    setting = [(columns & alone, rows) for columns, rows in written.assigned if columns & alone]
    lost = sum(rows for _, rows in setting)
    if lost < max(1.0, HOT_LOST * written.updated):
        return one
    names = ", ".join(sorted(frozenset[str]().union(*(columns for columns, _ in setting))))
    share = f"{lost / written.updated:.0%} of the table's"
    words = f"while it is there, updates of {names} ({share}) may not be HOT when they change it"
    if one.against:
        return replace(one, against=f"{one.against}; {words}")
    return replace(one, change=replace(one.change, why=f"{one.change.why} {words[0].upper()}{words[1:]}."))


def _invalid(one: ExistingIndex, others: Sequence[ExistingIndex], facts: DatabaseFacts, used: _Used) -> _Judged | None:
    if one.valid or one.constraint:
        return None
    why = (
        "The server marks it as invalid: a CREATE INDEX CONCURRENTLY or REINDEX CONCURRENTLY was broken off. No "
        "statement can use it, and writes may still maintain it."
    )
    change = _change(one, "invalid", "left over, invalid", why, "If it was wanted, it has to be built anew.")
    partitioned = one.partitions or " ON ONLY " in one.definition  # as the server writes one of a partitioned table
    against = (
        "it is of a partitioned table and awaits the indexes of its partitions: attach them" if partitioned else ""
    )
    return _Judged(one, change, against or _needed(one))


def _duplicate(
    one: ExistingIndex, others: Sequence[ExistingIndex], facts: DatabaseFacts, used: _Used
) -> _Judged | None:
    twins = [other for other in others if other.valid and same(one, other)]
    if not one.valid or len(twins) < 2 or one.constraint or keeper(twins) == one:
        return None
    kept = keeper(twins)
    why = f"{kept.name} is the same index: every write maintains both, and either serves all that the other does."
    change = _change(one, "duplicate", f"the same as {kept.name}", why, _named(one), kept)
    return _Judged(one, change, "; ".join(one.needed_by))


def _unused(one: ExistingIndex, others: Sequence[ExistingIndex], facts: DatabaseFacts, used: _Used) -> _Judged | None:
    if not one.valid or one.scans or one.constraint or one.primary or used.has(one):
        return None
    counted = _counted(facts, one)
    span = "since the server began to count" if counted is None else f"in {format_duration(_seconds(counted))}"
    why = f"No scan was counted {span}, and no plan of the workload uses it; writes maintain it."
    risk = (
        "What runs less often than that has not been seen, and an index made within that time had less of it. "
        "Standbys that the server does not know count for themselves."
    )
    change = _change(one, "unused", f"not used {span}", why, f"{risk} {_named(one)}")
    if counted is not None:
        change.details["counted_s"] = str(round(_seconds(counted)))
        change.details["confidence"] = "medium" if counted < COUNTED_WELL else "high"
    return _Judged(one, change, _needed(one) or _uncertain(one, others, facts, counted))


def _covered(one: ExistingIndex, others: Sequence[ExistingIndex], facts: DatabaseFacts, used: _Used) -> _Judged | None:
    wide = [other for other in others if other != one and other.valid and covers(other, one)]
    if not one.valid or one.constraint or not wide:
        return None
    best = min(wide, key=lambda other: (other.size_bytes, other.name))
    why = f"{best.name} starts with the same keys and serves all that this one does; writes maintain both."
    risk = f"Scans read the wider index instead: {format_bytes(best.size_bytes)}. {_named(one)}"
    change = _change(one, "covered", f"covered by {best.name}", why, risk, best)
    return _Judged(one, change, _needed(one) or _narrower(one, best, used))


def _narrower(one: ExistingIndex, wide: ExistingIndex, used: _Used) -> str:
    if not used.reads_alone(one) or wide.size_bytes < NARROWER * one.size_bytes:
        return ""
    sizes = f"{format_bytes(one.size_bytes)} against {format_bytes(wide.size_bytes)}"
    return f"the workload reads it without its table, and it is much smaller than {wide.name}: {sizes}"


def _uncertain(
    one: ExistingIndex, others: Sequence[ExistingIndex], facts: DatabaseFacts, counted: timedelta | None
) -> str:
    """Why no scans do not mean that nobody needs it; "" if nothing speaks against that."""
    if facts.settings.get("track_counts") == "off":
        return "track_counts is off: scans are not counted"
    if counted is None:
        return "the server does not tell since when it counts scans"
    if counted < COUNTED_MIN:
        return f"scans were counted for {format_duration(_seconds(counted))} only; a day is the least"
    if facts.standby:
        return "this server is a standby: the primary's scans are counted there"
    if facts.standbys:
        return f"{_standbys(facts.standbys)} this server: their scans are counted there, ask them too"
    if not all(one.index.columns):
        return "the planner takes statistics of its expression from it, on which plans may rest that do not scan it"
    key = _only_for(one, others, facts)
    return f"foreign key {key.name} has no other index: deletes in {key.referenced} look here" if key else ""


def _standbys(count: int) -> str:
    return "a standby follows" if count == 1 else f"{count} standbys follow"


def _only_for(one: ExistingIndex, others: Sequence[ExistingIndex], facts: DatabaseFacts) -> ForeignKey | None:
    """A foreign key whose checks this index serves, and no other that stays."""
    keys = foreign_keys_of(facts, one.index.table)
    serving = [other for other in others if other != one and other.valid]
    return next((key for key in keys if serves(one, key) and not any(serves(other, key) for other in serving)), None)


def _needed(one: ExistingIndex) -> str:
    """What forbids to drop it, whatever it is used for."""
    if one.needed_by:
        return "; ".join(one.needed_by)
    return "it keeps rows unique" if one.index.unique and one.valid else ""


def _counted(facts: DatabaseFacts, one: ExistingIndex) -> timedelta | None:
    since = one.counted_since or facts.counted_since
    return facts.read_at - since if since is not None and facts.read_at is not None else None


def _change(
    one: ExistingIndex, form: str, title: str, why: str, risk: str, instead: ExistingIndex | None = None
) -> Change:
    details = {"size_bytes": str(one.size_bytes), "scans": str(one.scans), "confidence": "high"}
    return Change(
        "drop-index",
        f"{one.index.table.schema}.{one.index.table.name}",
        f"Drop index {one.name}: {title}",
        why,
        existing=one,
        form=form,
        risk=risk,
        details=details | ({} if instead is None else {"instead": instead.name}),
    )


def _named(one: ExistingIndex) -> str:
    return f"A statement that names {one.name} (a hint, REINDEX, CLUSTER) fails or changes."


def _used(planned: Sequence[Planned]) -> _Used:
    nodes = [node for one in planned for plan in one.plans if plan is not None for node in plan.walk() if node.index]
    alone = (node.index for node in nodes if node.kind == _INDEX_ONLY)
    return _Used(frozenset(node.index for node in nodes), frozenset(alone))


def _seconds(span: timedelta) -> float:
    return span.total_seconds()


def _key(one: ExistingIndex) -> tuple[str, str]:
    return one.schema, one.name
