"""Who takes the cores that the load generator runs on: the target's own processes, or others. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from plimsoll.analyze.accounting import DATABASE_TREE, application_trees
from plimsoll.analyze.evidence.cpu_use import DATABASES, OTHER_SERVER, SERVICES, UNNAMED, UNNAMED_MIN, allowed_cores
from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.core.details import OURS
from plimsoll.core.units import format_share

TOLD_MIN: Final = 0.15  # of a core
NAMED_MAX: Final = 3

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Taker:
    """A watched tree, or all listed processes of one name; `of_target` where requests are served by it."""

    name: str
    cores: float
    of_target: bool = False


def takers(evidence: Evidence) -> list[Taker]:
    """All that can run on the generator's cores, but for itself; the busiest first. Trees are watched each second, and
    wholly; the list of the busiest processes every few, without those that ended between."""
    rows = _rows(evidence)
    ours = allowed_cores(rows, [OURS])
    target = [Taker(_tree_words(tree), cores, True) for tree, cores in _trees(evidence, rows, ours).items()]
    listed = [*target, *_listed(evidence, rows, ours)]
    return sorted([*listed, *_rest(evidence, rows, ours)], key=lambda one: -one.cores)


def is_taken_by_target(found: Iterable[Taker]) -> bool:
    """Whether the target takes as much as all others."""
    both = list(found)
    target = sum(one.cores for one in both if one.of_target)
    return target >= max(TOLD_MIN, sum(one.cores for one in both) - target)


def taker_words(found: Iterable[Taker], of_target: bool) -> list[str]:
    """The busiest of a side, with the part of a core that they use."""
    chosen = [one for one in found if one.of_target == of_target and one.cores >= TOLD_MIN]
    return [f"{one.name} ({format_share(one.cores)} of a core)" for one in chosen[:NAMED_MAX]]


def _rows(evidence: Evidence) -> Sequence[Row]:
    """Of all looks that know what was used since the look before, each with its part of the mean."""
    looks = [document for _, document in evidence.processes if document.get("known", True)]
    return [{**row, "used": row["cpu_percent"] / 100 / len(looks)} for document in looks for row in document["rows"]]


def _trees(evidence: Evidence, rows: Sequence[Row], ours: frozenset[int] | None) -> Mapping[str, float]:
    trees = [DATABASE_TREE, *application_trees(evidence.gauges)]
    meets = [tree for tree in trees if _meet(allowed_cores(rows, [tree]), ours)]
    used = {tree: evidence.gauges.mean("process_cpu_percent", tree=tree) for tree in meets}
    return {tree: percent / 100 for tree, percent in used.items() if percent}


def _listed(evidence: Evidence, rows: Sequence[Row], ours: frozenset[int] | None) -> list[Taker]:
    """What is of no watched tree, by name."""
    watched = bool(evidence.gauges.keys("process_cpu_percent", tree=DATABASE_TREE))
    serving = SERVICES if watched else SERVICES | DATABASES
    beside = bool(evidence.gauges.keys("process_cpu_percent"))
    used: dict[str, float] = {}
    for row in rows:
        if not row.get("tree") and _meet(allowed_cores([row], [""]), ours):
            name = OTHER_SERVER if watched and row["name"] == "postgres" else row["name"]
            used[name] = used.get(name, 0.0) + row["used"]
    return [Taker(name, cores, beside and name in serving) for name, cores in used.items()]


def _rest(evidence: Evidence, rows: Sequence[Row], ours: frozenset[int] | None) -> list[Taker]:
    """What the machine was busy with beyond all that is watched or listed: taken to spread evenly over the cores."""
    busy, machine = evidence.gauges.mean("host_cpu_busy_percent"), evidence.gauges.mean("host_cpu_cores")
    if busy is None or machine is None:
        return []
    watched = (evidence.gauges.mean("process_cpu_percent") or 0.0) / 100
    listed = sum(row["used"] for row in rows if row.get("tree", "") in ("", OURS))
    rest = busy / 100 * machine - watched - listed
    part = 1.0 if ours is None else len(ours) / machine
    return [Taker(UNNAMED, rest * part)] if rest > UNNAMED_MIN * machine else []


def _meet(one: frozenset[int] | None, other: frozenset[int] | None) -> bool:
    """Whether they have a core in common; None is all of them."""
    return one is None or other is None or bool(one & other)


def _tree_words(tree: str) -> str:
    return "the database" if tree == DATABASE_TREE else f"the application ({tree.replace(':', ' ')})"
