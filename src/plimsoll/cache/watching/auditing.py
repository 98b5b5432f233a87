"""Running a fill again for the audit, in an event loop or a thread: with the caller's own, while he waits for it.

A fill of a request may hold what is the request's, as a connection; nobody else, and nothing later, may run it.
"""

from collections.abc import Callable, Iterable
from typing import Any

from plimsoll.cache.fill.calling import call_with
from plimsoll.cache.fill.desk import Desk
from plimsoll.cache.fill.filling import Filling, running
from plimsoll.cache.store.entry import Begun, Stamp
from plimsoll.cache.watching.audit import Audit
from plimsoll.changes.clock import clock_s

Fill = Callable[..., Any]


async def audited(desk: Desk, key: str, tags: Iterable[str], held: Any, fill: Fill) -> None:
    """What it raises is nobody's affair: the hit is given all the same."""
    audit, filling, begun = _begun(desk, key, tags)
    stamp = desk.tier1.stamp(key)
    try:
        with running(filling):
            value = call_with(fill, filling)
            if hasattr(value, "__await__"):
                value = await value
    except Exception:  # noqa: BLE001  # the fill's own
        audit.not_known()
        return
    _compared(audit, filling, begun, held, value, stamp)


def audited_sync(desk: Desk, key: str, tags: Iterable[str], held: Any, fill: Fill) -> None:
    """As `audited`, in a thread."""
    audit, filling, begun = _begun(desk, key, tags)
    stamp = desk.tier1.stamp(key)
    try:
        with running(filling):
            value = call_with(fill, filling)
    except Exception:  # noqa: BLE001  # the fill's own
        audit.not_known()
        return
    _compared(audit, filling, begun, held, value, stamp)


def _begun(desk: Desk, key: str, tags: Iterable[str]) -> tuple[Audit, Filling, Begun]:
    assert desk.audit is not None
    filling = Filling(key, tags, followed=desk.tier1.database)
    filling.afresh = True
    return desk.audit, filling, desk.tier1.begin()


def _compared(audit: Audit, filling: Filling, begun: Begun, held: Any, value: Any, stamp: Stamp | None) -> None:
    """Not what says itself that it must not be kept, nor what was read by an old snapshot or out of the cache."""
    snapshot, known = filling.snapshot, begun.seen
    is_old = snapshot is not None and known is not None and not snapshot.covers(known)
    if filling.refused or filling.rests_on_cached or is_old:
        audit.not_known()
    else:
        audit.compare(filling.key, held, value, clock_s(), stamp)
