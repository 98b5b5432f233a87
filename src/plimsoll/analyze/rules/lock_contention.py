"""Sessions that wait for locks: who holds them, or which rows the load's own transactions fight for."""

from collections.abc import Iterator, Sequence
from typing import Final

from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.evidence.failing import failing
from plimsoll.analyze.evidence.families import LOCK_TIMEOUT, either, is_timeout
from plimsoll.analyze.evidence.holders import Holder, holders, what_is_wanted
from plimsoll.analyze.evidence.waiting import class_share, events_of, slowest_steps, waiting_statements
from plimsoll.core.finding import Figure, Finding, Share
from plimsoll.core.units import format_duration, format_share

KIND: Final = "lock-contention"
SHARE_MIN: Final = 0.05
QUERY_MAX: Final = 200  # characters that are shown
FAILS_BY_LOCKS_FROM: Final = 0.5  # share of the time above which timeouts are laid to the locks
CLASS: Final = "Lock"


def examine(evidence: Evidence) -> Iterator[Finding]:
    share = class_share(evidence, CLASS) or Share(0.0, 0.0, 0.0)
    failed = _failed(evidence, share)
    if share.value < SHARE_MIN and failed is None:
        return
    known = holders(evidence)
    first = known[0] if known else None
    stays = first is not None and first.stays
    what = _what(evidence, first)
    yield Finding(
        kind=KIND,
        layer="database",
        subject=what or "locks",
        title=_title(share, failed, first, what),
        explanation=_explained(evidence, known, what),
        confidence="confirmed" if stays else "likely" if known else "possible",
        confirm_by=_confirm(first) if first is not None and stays else _confirm_hot(what) if known else LOOK,
        share=share,
        failed=failed,
        figures=tuple(_figures(evidence, share, first)),
        chart=evidence.gauges.chart("sessions that wait for a lock", "count", "database_active_sessions", wait=CLASS),
        steps=slowest_steps(evidence),
        statements=waiting_statements(evidence, CLASS),
        details=_details(evidence, known),
    )


def _failed(evidence: Evidence, share: Share) -> float | None:
    """Requests given up because of lock_timeout; other timeouts too where locks take most of the time."""
    family = either(lambda name: name == LOCK_TIMEOUT, is_timeout if share.value >= FAILS_BY_LOCKS_FROM else _none)
    found = failing(evidence, family)
    return None if found is None else found.share


def _none(name: str) -> bool:
    return False


def _what(evidence: Evidence, first: Holder | None) -> str:
    if first is not None and first.what:
        return first.what
    return next((what for _, document in evidence.database.locks if (what := what_is_wanted(document))), "")


def _title(share: Share, failed: float | None, first: Holder | None, what: str) -> str:
    cost = f"{format_share(share.value)} of the request time" if share.value >= SHARE_MIN else ""
    cost = cost or f"{format_share(failed)} of the requests"
    goes = "is spent waiting" if share.value >= SHARE_MIN else "fail waiting"
    of = f" on {what}" if what else ""
    if first is not None and first.stays:
        behind = f"; most queue behind pid {first.queued.pid}, which waits for it" if first.queued else ""
        return f"{cost} {goes} for a lock{of} that {first.named} holds{behind}"
    return f"{cost} {goes} for locks{of} that the load's own transactions hold" if first else f"{cost} {goes} for locks"


def _explained(evidence: Evidence, known: Sequence[Holder], what: str) -> str:
    if not known:
        return UNSEEN
    return _held(known[0], what, known) if known[0].stays else _fought_for(evidence, what)


UNSEEN: Final = (
    "Sessions wait for locks, and at no look was anybody seen who held one: they are held for less than the second "
    "between two looks, by the load's own transactions, which take turns at the same rows, or by somebody else's that "
    "come "
    "and go."
)
LOOK: Final = "log_lock_waits with a short deadlock_timeout puts each wait and its holder into the server's log"


def _held(first: Holder, what: str, known: Sequence[Holder]) -> str:
    of = f" on {what}" if what else ""
    idle = first.state.startswith("idle in transaction")
    does = (
        "It does nothing: its transaction is open and keeps what it has locked until it commits, rolls back or its "
        "connection ends."
        if idle
        else "It is a prepared transaction: it keeps its locks, across restarts too, until somebody commits or rolls "
        "it "
        "back."
        if first.state == "prepared"
        else "Its statement is still under way and keeps its locks until its transaction ends."
    )
    other = " It is none of the load's sessions." if first.foreign else ""
    alike = [one for one in known if one.stays and one.application == first.application and one.user == first.user]
    if len(alike) > 1:
        other += f" {len(alike)} sessions of its kind did so, at different moments."
    return (
        f"{first.blocks} sessions waited{of} behind {first.named}, one of them for {format_duration(first.held_s)}. "
        f"{does}{other}{_queue(first)} While it holds, no work on the same rows or table goes on, however fast the "
        "server is."
    )


def _queue(first: Holder) -> str:
    """Who wants the table for himself, and so keeps everybody out who could have shared it with the holder."""
    one = first.queued
    if one is None:
        return ""
    named = ", ".join(filter(None, (f"user {one.user}", one.application and f"application {one.application}")))
    return (
        f" {one.blocks} of them queue behind pid {one.pid} ({named}), which waits for it itself and wants the table "
        f"alone: {one.query[:QUERY_MAX].strip()}. Whoever comes after that waits, too, even who could have shared the "
        "table with the holder."
    )


def _fought_for(evidence: Evidence, what: str) -> str:
    event = next(iter(events_of(evidence, CLASS)), "")
    return _EVENTS.get(event, _EVENTS["transactionid"]).format(what=what or "a table")


_EVENTS: Final = {
    "transactionid": "Transactions of the load change the same rows of {what} and wait for each other to end: such "
    "rows "
    "take one transaction after the other, so their rate is bounded by how long one holds the lock, from its "
    "first change to its commit, round trips included. More users or more CPU do not help.",
    "tuple": "More than one transaction queues for the same row of {what}: a row takes one transaction after the "
    "other, so the rate is bounded by how long one holds it, from its change to its commit.",
    "relation": "Sessions wait for a lock on the whole of {what}: a statement that needs it alone (ALTER, DROP, "
    "TRUNCATE, LOCK TABLE, REINDEX, VACUUM FULL, CREATE INDEX without CONCURRENTLY) waits or works, and all that "
    "come later queue behind it.",
    "extend": "Sessions wait to make {what} longer: many insert into one table at once, and each takes its turn.",
    "advisory": "Sessions wait for an advisory lock that the application takes itself: what it guards happens one at a "
    "time.",
}


def _confirm(first: Holder) -> str:
    if first.pid <= 0:
        return "ROLLBACK PREPARED the transaction and run again: the waits should be gone"
    return f"end pid {first.pid}, or find out why its transaction stays open, and run again: the waits should be gone"


def _confirm_hot(what: str) -> str:
    return (
        f"run again with fewer users or with keys of {what or 'the table'} spread wider: the share of lock waits "
        f"should "
        "fall while the rate stays"
    )


def _figures(evidence: Evidence, share: Share, first: Holder | None) -> Iterator[Figure]:
    gauges = evidence.gauges
    yield Figure("request time spent waiting for locks", share.value, "share", SHARE_MIN)
    for label, value, unit in (
        ("sessions that wait for a lock, on average", gauges.mean("database_active_sessions", wait=CLASS), "count"),
        ("most sessions blocked at once", gauges.highest("database_blocked_sessions"), "count"),
        ("longest wait for a lock", _longest_s(evidence), "s"),
        ("deepest chain of waits", gauges.highest("database_lock_chain_depth"), "count"),
        ("the holder's transaction was open for", first.transaction_s if first else None, "s"),
    ):
        if value:
            yield Figure(label, round(value, 3), unit)


def _longest_s(evidence: Evidence) -> float | None:
    """None where waits are too short for looks a second apart: a statement takes longer on average than any was seen to
    wait, as one that waits for each of those before it in turn."""
    seen_s = evidence.gauges.highest("database_longest_lock_wait_s") or 0.0
    mean_ms = max((one.mean_ms for one in waiting_statements(evidence, CLASS)[:1]), default=0.0)
    return seen_s if 1000 * seen_s >= mean_ms else None


def _details(evidence: Evidence, known: Sequence[Holder]) -> dict[str, object]:
    details: dict[str, object] = {"events": dict(events_of(evidence, CLASS)), "held": bool(known and known[0].stays)}
    if known:
        first = known[0]
        details |= {
            "holder_pid": first.pid, "user": first.user, "application": first.application, "state": first.state,
            "since_s": first.began_s, "query": first.query, "lock": first.lock, "blocks": first.blocks,
        }  # fmt: skip
        if first.queued:
            details |= {"queued_pid": first.queued.pid, "queued_query": first.queued.query}
        details["event"] = next(iter(events_of(evidence, CLASS)), "")
    return details
