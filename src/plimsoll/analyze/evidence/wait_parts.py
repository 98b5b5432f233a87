"""What sessions of the database waited for, event by event, as parts of the time of all requests. Pure."""

from collections import defaultdict
from collections.abc import Callable, Collection

from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.core.analysis import Accounting
from plimsoll.core.details import WaitRow
from plimsoll.core.finding import Share

# As "class:event" in small letters: the case of some names changed between versions.
READS = frozenset((
    "io:datafileread", "io:datafileprefetch", "io:slruread", "ipc:bufferio",
    "io:aioiocompletion", "io:aioiouringsubmit", "io:aioiouringexecution",
))  # fmt: skip
WRITES = frozenset((
    "io:datafilewrite", "io:datafileextend", "io:datafileflush", "io:datafilesync", "io:datafileimmediatesync",
    "io:slruwrite", "io:slrusync",
))  # fmt: skip
LOG = frozenset((
    "io:walsync", "io:walwrite", "io:walinitsync", "io:walinitwrite", "io:walsyncmethodassign",
    "lwlock:walwrite", "lwlock:walinsert", "lwlock:walbufmapping",
))  # fmt: skip
LOG_QUEUE = frozenset(("lwlock:walwrite", "lwlock:walinsert", "lwlock:walbufmapping"))


def scaled(accounting: Accounting, factor: float, *parts: str) -> Share | None:
    """So much of these parts together; None where there are none."""
    found = [slice_.share for part in parts if (slice_ := accounting.slice(part)) is not None]
    if not found:
        return None
    low, value, high = (
        round(min(1.0, factor * sum(getattr(one, name) for one in found)), 4) for name in ("low", "value", "high")
    )
    return Share(value, low, high)


def sessions_in(evidence: Evidence, events: Collection[str]) -> float:
    """Sessions in these waits, on average."""
    return _sum(evidence, lambda row: row.wait.lower() in events)


def share_in(evidence: Evidence, events: Collection[str]) -> Share | None:
    """The part of the time of all requests that sessions spent in these waits; None where waits were not sampled."""
    chosen: dict[str, float] = defaultdict(float)
    whole: dict[str, float] = defaultdict(float)
    for row in evidence.database.waits:
        name = row.wait.partition(":")[0]
        whole[name] += row.sessions
        chosen[name] += row.sessions if row.wait.lower() in events else 0.0
    shares = [
        share
        for name, sessions in chosen.items()
        if sessions and (share := scaled(evidence.accounting, sessions / whole[name], name)) is not None
    ]
    return added(shares) if whole else None


def times(share: Share, factor: float) -> Share:
    return Share(*(round(min(1.0, factor * value), 4) for value in (share.value, share.low, share.high)))


def added(shares: Collection[Share]) -> Share:
    """Together, at most all."""
    value, low, high = (
        round(min(1.0, sum(getattr(one, name) for one in shares)), 4) for name in ("value", "low", "high")
    )
    return Share(value, low, high)


def _sum(evidence: Evidence, wanted: Callable[[WaitRow], bool]) -> float:
    return sum(row.sessions for row in evidence.database.waits if wanted(row))
