"""Sessions that wait for the server's own short locks (LWLocks), but for those of the write-ahead log."""

from collections.abc import Iterator
from typing import Final

from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.evidence.waiting import event_share, events_of, slowest_steps, waiting_statements
from plimsoll.core.finding import Figure, Finding
from plimsoll.core.units import format_share

KIND: Final = "internal-locks"
SHARE_MIN: Final = 0.05
CLASS: Final = "LWLock"
_OF_OTHERS: Final = ("WAL", "BufferIO")  # the log's and the disk's, which have findings of their own

MEANINGS: Final = {
    "LockManager": "the table of locks: statements that touch many tables, partitions or indexes take more locks than "
    "fit the fast path (16 a session before PostgreSQL 18)",
    "BufferMapping": "the table of shared buffers: pages come and go faster than buffers are found for them",
    "BufferContent": "single pages: many sessions change the same page, a hot row, a small table, or the right end of "
    "an index",
    "ProcArray": "the list of transactions: many sessions take snapshots at once",
    "XidGen": "the next transaction's number: many write transactions begin at once",
    "SubtransSLRU": "the cache of subtransactions: SAVEPOINTs, or exception blocks in functions, with a long "
    "transaction",
    "SubtransBuffer": "the cache of subtransactions: SAVEPOINTs, or exception blocks in functions, with a long "
    "transaction",
    "MultiXactOffsetSLRU": "the cache of shared row locks: many lock the same rows for share, by foreign keys for one",
    "MultiXactMemberSLRU": "the cache of shared row locks: many lock the same rows for share, by foreign keys for one",
    "MultiXactOffsetBuffer": "the cache of shared row locks: many lock the same rows for share, by foreign keys for "
    "one",
    "MultiXactMemberBuffer": "the cache of shared row locks: many lock the same rows for share, by foreign keys for "
    "one",
    "pg_stat_statements": "the table of pg_stat_statements: new texts of statements push old ones out all the time",
    "PredicateLockManager": "the predicate locks of SERIALIZABLE transactions",
    "SerializableXactHash": "the list of SERIALIZABLE transactions",
}


QUEUES: Final = "LockManager"
ROW_LOCKS: Final = "Lock"


def _is_told_elsewhere(evidence: Evidence, event: str) -> bool:
    """The log's and the disk's have findings of their own; and whoever queues for the same rows goes through the table
    of locks each time that his turn may have come: that is lock contention."""
    return event.startswith(_OF_OTHERS) or (event == QUEUES and _by_queues(evidence))


def _by_queues(evidence: Evidence) -> bool:
    """Whether those statements that wait for the table of locks wait longer for locks themselves."""
    waits = evidence.database.waits
    crowding = {row.query_id for row in waits if row.wait == f"{CLASS}:{QUEUES}"}
    crowded = sum(row.sessions for row in waits if row.wait == f"{CLASS}:{QUEUES}")
    queued = sum(row.sessions for row in waits if row.wait.startswith(f"{ROW_LOCKS}:") and row.query_id in crowding)
    return queued > crowded


def examine(evidence: Evidence) -> Iterator[Finding]:
    events = {
        name: value for name, value in events_of(evidence, CLASS).items() if not _is_told_elsewhere(evidence, name)
    }
    share = event_share(evidence, CLASS, list(events))
    if share is None or share.value < SHARE_MIN or not events:
        return
    first = next(iter(events))
    yield Finding(
        kind=KIND,
        layer="database",
        subject=first,
        title=f"{format_share(share.value)} of the request time waits for the server's own locks, mostly {first}",
        explanation=f"Sessions wait for {MEANINGS.get(first, f'the lock {first} within the server')}. More sessions at "
        "once make it worse: such a lock is held for microseconds, and only crowding makes it show.",
        confidence="likely",
        confirm_by="run again with half of the connections: the rate should hold or rise, and these waits fall",
        share=share,
        figures=(
            Figure("request time spent waiting for the server's own locks", share.value, "share", SHARE_MIN),
            *(Figure(f"sessions that wait for {name}", round(value, 3), "count") for name, value in
              list(events.items())[:3]),
        ),
        chart=evidence.gauges.chart("sessions that wait for LWLocks", "count", "database_active_sessions", wait=CLASS),
        steps=slowest_steps(evidence),
        statements=waiting_statements(evidence, CLASS, list(events)),
        details={"events": events, "event": first},
    )  # fmt: skip
