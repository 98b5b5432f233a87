"""Documents of many looks made one of a whole stretch: statements and tables added up, waits averaged. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from plimsoll.core.details import ROWS_MAX
from plimsoll.core.recorded import Dated, Document

LOCK_MOMENTS_MAX: Final = 5
LOCK_MOMENTS_APART_S: Final = 5.0  # looks nearer to each other show the same tree
THIN_S: Final = 5.0  # so much of a killed run is lost at most, beside what the writer holds
HELD_MAX: Final = 100  # documents of a kind, where a clock stands still
_IDENTITY: Final[Mapping[str, tuple[str, ...]]] = {
    "statements": ("query_id", "user", "top_level"),
    "tables": ("table",),
    "indexes": ("table", "index"),
    "waits": ("wait", "query_id"),
}
_COUNTED: Final[Mapping[str, frozenset[str]]] = {
    "statements": frozenset(
        (
            "calls",
            "total_ms",
            "rows",
            "blocks_hit",
            "blocks_read",
            "blocks_dirtied",
            "temp_blocks",
            "wal_bytes",
            "io_ms",
        )
    ),
    "tables": frozenset(
        ("sequential_scans", "sequential_rows", "index_scans", "inserted", "updated", "hot_updated", "deleted")
    ),
    "indexes": frozenset(("scans_now",)),
    "waits": frozenset(("sessions",)),
}  # what is of the stretch between two looks; of everything else the newest is kept
_WEIGHTIEST: Final[Mapping[str, str]] = {
    "statements": "total_ms", "tables": "sequential_rows", "indexes": "scans_now", "waits": "sessions",
}  # fmt: skip


def within(documents: Iterable[Dated], start_s: float, end_s: float) -> Iterator[Document]:
    """Those whose stretch lies between the two for the greater part. `seconds` says how long each is."""
    return (found for at, found in documents if start_s <= at - _seconds(found) / 2 <= end_s)


def added(kind: str, documents: Iterable[Document]) -> Document | None:
    """One document of them all, the weightiest rows first; None of none. They come in the order of time, one by one."""
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    looks, seconds, left_out = 0, 0.0, 0
    for found in documents:
        looks, seconds = looks + 1, seconds + _seconds(found)
        left_out = max(left_out, found.get("left_out", 0))
        for row in found["rows"]:
            key = tuple(row.get(name) for name in _IDENTITY[kind])
            rows[key] = _added(rows.get(key, {}), row, _COUNTED[kind])
    if not looks:
        return None
    ranked = sorted(rows.values(), key=lambda row: -(row.get(_WEIGHTIEST[kind]) or 0))
    left_out += max(0, len(ranked) - ROWS_MAX)
    return {"rows": ranked[:ROWS_MAX], "left_out": left_out, "seconds": seconds}


def _added(before: Mapping[str, Any], row: Mapping[str, Any], counted: frozenset[str]) -> dict[str, Any]:
    kept = {name: value for name, value in row.items() if value not in (None, "") or name not in before}
    sums = {name: before.get(name, 0) + (row.get(name) or 0) for name in counted & row.keys()}
    return {**before, **kept, **sums}


def averaged(kind: str, documents: Iterable[Document]) -> Document | None:
    """As `added`, of averages: each document counts for as long as it lasted; a row that is not in one was 0 there."""
    whole = added(kind, (_scaled(kind, found, _seconds(found)) for found in documents if _seconds(found)))
    return None if whole is None else _scaled(kind, whole, 1 / whole["seconds"])


def _scaled(kind: str, found: Document, by: float) -> Document:
    def row(one: Mapping[str, Any]) -> dict[str, Any]:
        return {**one, **{name: one[name] * by for name in _COUNTED[kind] & one.keys()}}

    return {**found, "rows": [row(one) for one in found["rows"]]}


def _seconds(found: Document) -> float:
    """Of documents of samples, the time that these stand for."""
    seconds, hz = found.get("seconds"), found.get("hz")
    return float(seconds or (found.get("samples", 0) / hz if hz else 0.0))


class Thinning:
    """What of the documents of a long run is kept, so that hours of it fit: pure, fed look by look.

    Of sessions and locks the worst of every few seconds, of waits their average; everything else comes seldom.
    Each comes with the time it was seen at, an average with the end of its stretch.
    """

    def __init__(self, every_s: float = THIN_S) -> None:
        self._every_s = every_s
        self._since: dict[str, float] = {}
        self._held: dict[str, list[Dated]] = {}

    def put(self, at_s: float, details: Mapping[str, Document]) -> dict[str, Dated]:
        """What is to be kept now; what is held comes later."""
        kept: dict[str, Dated] = {}
        for kind, found in details.items():
            if kind in _HELD:
                self._held.setdefault(kind, []).append((at_s, found))
                kept |= self._due(kind, at_s)
            else:
                kept[kind] = (at_s, found)
        return kept

    def _due(self, kind: str, at_s: float) -> dict[str, Dated]:
        since_s = self._since.setdefault(kind, at_s)
        return self.flush(kind) if abs(at_s - since_s) >= self._every_s or len(self._held[kind]) > HELD_MAX else {}

    def flush(self, *kinds: str) -> dict[str, Dated]:
        """What was held of these kinds, or of all."""
        made = {}
        for kind in kinds or tuple(self._held):
            held = self._held.pop(kind, [])
            self._since.pop(kind, None)
            found = _HELD[kind](held)
            if found is not None:
                made[kind] = found
        return made


def _averaged_waits(held: Sequence[Dated]) -> Dated | None:
    whole = averaged("waits", [document for _, document in held])
    return None if whole is None else (held[-1][0], whole)


def _worst_locks(held: Sequence[Dated]) -> Dated | None:
    """None where nobody waited."""
    worst = max(held, key=lambda dated: _trouble(dated[1]), default=None)
    return worst if worst is not None and _trouble(worst[1]) else None


def _most_sessions(held: Sequence[Dated]) -> Dated | None:
    return max(held, key=lambda dated: len(dated[1]["rows"]) + dated[1].get("left_out", 0), default=None)


_HELD: Final[Mapping[str, Callable[[Sequence[Dated]], Dated | None]]] = {
    "waits": _averaged_waits,
    "locks": _worst_locks,
    "sessions": _most_sessions,
}


def worst_locks(documents: Sequence[Dated]) -> list[Dated]:
    """The moments at which most sessions waited, the worst first; no two of them within a few seconds."""
    found: list[Dated] = []
    for at, document in sorted(documents, key=lambda dated: -_trouble(dated[1])):
        if len(found) == LOCK_MOMENTS_MAX or not _trouble(document):
            break
        if all(abs(at - known) >= LOCK_MOMENTS_APART_S for known, _ in found):
            found.append((at, document))
    return found


def _trouble(document: Document) -> float:
    """Seconds that sessions have waited in all, and at least something for each."""
    return sum(0.001 + (row.get("wait_s") or 0.0) for row in document["rows"] if row.get("depth"))
