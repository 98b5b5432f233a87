"""Documents of many looks made one of a whole stretch: statements and tables added up, waits averaged. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from plimsoll.core.details import ROWS_MAX
from plimsoll.core.recorded import Dated, Document

LOCK_MOMENTS_MAX: Final = 5
LOCK_MOMENTS_APART_S: Final = 5.0  # looks nearer to each other show the same tree
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


def within(documents: Iterable[Dated], start_s: float, end_s: float) -> list[Document]:
    """Those whose stretch lies between the two for the greater part. `seconds` says how long each is."""
    return [found for at, found in documents if start_s <= at - _seconds(found) / 2 <= end_s]


def added(kind: str, documents: Iterable[Document]) -> Document | None:
    """One document of them all, the weightiest rows first; None of none. They come in the order of time."""
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    known = list(documents)
    for found in known:
        for row in found["rows"]:
            key = tuple(row.get(name) for name in _IDENTITY[kind])
            rows[key] = _added(rows.get(key, {}), row, _COUNTED[kind])
    if not known:
        return None
    ranked = sorted(rows.values(), key=lambda row: -(row.get(_WEIGHTIEST[kind]) or 0))
    left_out = max(found.get("left_out", 0) for found in known) + max(0, len(ranked) - ROWS_MAX)
    return {"rows": ranked[:ROWS_MAX], "left_out": left_out, "seconds": sum(map(_seconds, known))}


def _added(before: Mapping[str, Any], row: Mapping[str, Any], counted: frozenset[str]) -> dict[str, Any]:
    kept = {name: value for name, value in row.items() if value not in (None, "") or name not in before}
    sums = {name: before.get(name, 0) + (row.get(name) or 0) for name in counted & row.keys()}
    return {**before, **kept, **sums}


def averaged(kind: str, documents: Iterable[Document]) -> Document | None:
    """As `added`, of averages: each document counts for as long as it lasted; a row that is not in one was 0 there."""
    known = [found for found in documents if _seconds(found)]
    seconds = sum(map(_seconds, known))
    whole = added(kind, [_weighed(kind, found, _seconds(found) / seconds) for found in known])
    return None if whole is None else {**whole, "seconds": seconds}


def _weighed(kind: str, found: Document, share: float) -> Document:
    def row(one: Mapping[str, Any]) -> dict[str, Any]:
        return {**one, **{name: one[name] * share for name in _COUNTED[kind] & one.keys()}}

    return {**found, "rows": [row(one) for one in found["rows"]]}


def _seconds(found: Document) -> float:
    return float(found.get("seconds") or 0.0)


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
