"""What an application tells of its connection pool, by the names that pools are known by."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from plimsoll.analyze.evidence.gauges import Gauges

PREFIX: Final = "application_"
POOLS: Final = ("pool", "hikari", "connections")  # one of them is in the name
_FREE: Final = ("idle", "free", "available")
_WAITING: Final = ("pending", "waiting", "waiters", "wait_count", "queued")
_USED: Final = ("in_use", "checked_out", "checkedout", "active", "busy", "used")
_SIZE: Final = ("max", "size", "limit", "open", "total")
_NOT: Final = ("seconds", "_ms", "http", "_per_s", "_min", "timeout", "created")  # times, rates


@dataclass(frozen=True, slots=True)
class PoolTold:
    """Connections, on average: `size` in all, `free` of them, and requests `waiting` for one; None what is not told."""

    size: float | None
    free: float | None
    waiting: float | None


def pool_told(gauges: Gauges) -> PoolTold | None:
    """None where no series looks like a pool's."""
    names = sorted({key.name for key in gauges.windows if _is_of_pool(key.name)})
    free, waiting, used = (_mean(gauges, names, words) for words in (_FREE, _WAITING, _USED))
    size = _mean(gauges, [name for name in names if not _has(name, (*_FREE, *_WAITING, *_USED))], _SIZE)
    if size is None:
        size = _mean(gauges, [name for name in names if name.endswith("connections") and not _has(name, _ANY)], ("",))
    if free is None and used is not None and size is not None:
        free = max(0.0, size - used)
    known = (free, waiting, used)
    return None if all(one is None for one in known) else PoolTold(size, free, waiting)


_ANY: Final = (*_FREE, *_WAITING, *_USED)


def _is_of_pool(name: str) -> bool:
    own = name.removeprefix(PREFIX)
    return own != name and _has(own, POOLS) and not _has(own, _NOT)


def _has(name: str, words: Iterable[str]) -> bool:
    return any(word in name for word in words)


def _mean(gauges: Gauges, names: Iterable[str], words: Iterable[str]) -> float | None:
    """Of the first series whose name has one of the words."""
    found = next((name for name in names if _has(name, words)), None)
    return None if found is None else gauges.mean(found)
