"""Who holds what others wait for: the roots of the lock trees, over the worst moments of a stretch."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.core.recorded import Dated, Document
from plimsoll.core.units import format_duration

HELD_MIN_S: Final = 2.0  # that others waited for one of the load's own: twice what a deadlock takes to be found
CIRCLE: Final = "waits in a circle"
_OF_ROW: Final = re.compile(r"\(a row of (?P<what>[^)]+)\)")
_ON: Final = re.compile(r" on (?:(?:tuple|page|extend) of )?(?P<what>[^\s;(]+\.[^\s;(]+)")
_WHOLE: Final = re.compile(
    r"(?:AccessExclusive|Exclusive|ShareRowExclusive|ShareUpdateExclusive|Share)Lock on "
    r"(?!(?:the transaction|tuple|page|extend|advisory|its)\b)"
)
_ADVISORY: Final = re.compile(r" on (?P<what>advisory lock \d+, \d+)")

HolderKind = Literal["idle", "prepared", "statement", "waiting"]


@dataclass(frozen=True, slots=True)
class Queued:
    """A session that waits for a holder, to get a table for itself: `blocks` others queue behind it."""

    pid: int
    user: str
    application: str
    query: str
    blocks: int


@dataclass(frozen=True, slots=True)
class Holder:
    """A session at the root of a tree. `held_s` is how long another has been waiting for it; `blocks` the most
    sessions that waited behind it; `foreign` says that it shares neither application nor user with them."""

    pid: int
    user: str
    application: str
    state: str
    transaction_s: float | None
    held_s: float
    blocks: int
    at_s: float
    foreign: bool
    what: str
    lock: str
    held: str
    query: str
    queued: Queued | None = None

    @property
    def stays(self) -> bool:
        """Whether it is one culprit, and not a transaction of the load that came first, nor one of a circle."""
        return self.foreign or (self.held_s >= HELD_MIN_S and CIRCLE not in self.held)

    @property
    def named(self) -> str:
        """ "pid 4711 (user app, application psql, idle in transaction, transaction open for 12.3 s)"."""
        if self.pid <= 0:
            return self.application or "a prepared transaction"
        known = [
            f"user {self.user}" if self.user else "",
            f"application {self.application}" if self.application else "",
        ]
        age = f"transaction open for {format_duration(self.transaction_s)}" if self.transaction_s else ""
        return f"pid {self.pid} ({', '.join(filter(None, (*known, self.state, age)))})"

    @property
    def began_s(self) -> float | None:
        """Since the start of the load; negative where its transaction is older."""
        return None if self.transaction_s is None else self.at_s - self.transaction_s


def holders(evidence: Evidence) -> list[Holder]:
    """Who blocked most sessions first; those who stay before those that merely came first."""
    found: dict[int, Holder] = {}
    for dated in evidence.database.locks:
        for one in (_to_the_end(root, evidence) for root in _roots(dated)):
            known = found.get(one.pid)
            if known is None or (one.blocks, one.held_s) > (known.blocks, known.held_s):
                found[one.pid] = one
    return sorted(found.values(), key=lambda one: (not one.stays, -one.blocks, -one.held_s, one.pid))


def _to_the_end(one: Holder, evidence: Evidence) -> Holder:
    """Trees are kept seldom, the longest wait is seen each second: one that began before the tree was seen, and grew
    since, is the same wait, and its holder's transaction as much older."""
    if not one.stays:
        return one
    gauges, name = evidence.gauges, "database_longest_lock_wait_s"
    points = [point for key in gauges.keys(name) for point in gauges.points(key)]
    later = [wait_s for at_s, wait_s in points if one.held_s < wait_s and at_s > one.at_s and wait_s >= at_s - one.at_s]
    grown_s = max(later, default=one.held_s) - one.held_s
    age_s = None if one.transaction_s is None else one.transaction_s + grown_s
    return replace(one, held_s=one.held_s + grown_s, transaction_s=age_s, at_s=one.at_s + grown_s)


def lock_moments(evidence: Evidence) -> Mapping[int, Sequence[float]]:
    """The moments at which each root was seen."""
    seen: dict[int, list[float]] = {}
    for at_s, document in evidence.database.locks:
        for row in document["rows"]:
            if not row["depth"] and row["blocks"]:
                seen.setdefault(row["pid"], []).append(at_s)
    return seen


def what_is_wanted(document: Document) -> str:
    """The table whose rows are wanted by most, or the lock; "" where it is not known."""
    counts: dict[str, int] = {}
    for row in document["rows"]:
        what = wanted(row["lock"]) if row["depth"] else ""
        if what:
            counts[what] = counts.get(what, 0) + 1
    return max(counts, key=lambda one: counts[one], default="")


def wanted(lock: str) -> str:
    """The table or lock that a lock's text names: "ShareLock on the transaction of pid 3 (a row of public.a)"."""
    found = _OF_ROW.search(lock) or _ADVISORY.search(lock) or _ON.search(lock)
    return found["what"] if found else ""


def _roots(dated: Dated) -> list[Holder]:
    at_s, document = dated
    rows = document["rows"]
    waiting = [row for row in rows if row["depth"]]
    names = {(row["application"], row["user"]) for row in waiting}
    return [_holder(at_s, row, waiting, names) for row in rows if not row["depth"] and row["blocks"]]


def _holder(
    at_s: float, row: Mapping[str, Any], waiting: Sequence[Mapping[str, Any]], names: set[tuple[str, str]]
) -> Holder:
    direct = [other for other in waiting if other["waits_for"] == row["pid"]]
    return Holder(
        pid=row["pid"],
        user=row["user"],
        application=row["application"],
        state=row["state"],
        transaction_s=row["transaction_s"],
        held_s=max((other["wait_s"] or 0.0 for other in direct), default=0.0),
        blocks=row["blocks"],
        at_s=at_s,
        foreign=(row["application"], row["user"]) not in names,
        what=what_is_wanted({"rows": direct}),
        lock=next((other["lock"] for other in direct), row["lock"]),
        held=row["lock"],
        query=row["query"],
        queued=_queued(row, direct),
    )


def _queued(root: Mapping[str, Any], direct: Sequence[Mapping[str, Any]]) -> Queued | None:
    """The one in between, for which most of those wait who wait at all."""
    alone = [other for other in direct if other["blocks"] and _WHOLE.match(other["lock"])]
    row = max(alone, key=lambda other: int(other["blocks"]), default=None)
    if row is None or 2 * row["blocks"] < root["blocks"]:
        return None
    return Queued(row["pid"], row["user"], row["application"], row["query"], row["blocks"])
