"""What statements did over a window: the differences of many looks, added up. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

Document = tuple[float, Mapping[str, Any]]  # with the moment at its end

ADDED: Final = (
    "calls", "total_ms", "rows", "blocks_hit", "blocks_read", "blocks_dirtied", "temp_blocks", "wal_bytes", "io_ms",
)  # fmt: skip
STATEMENTS_MAX: Final = 10_000  # of a window, by role: where more are seen, those that came last are left out


@dataclass
class _Looks:
    """What all documents have in common, added up."""

    count: int = 0
    seconds: float = 0.0
    total_ms: float = 0.0
    start_s: float | None = None
    end_s: float | None = None
    left_out: int = 0

    def add(self, at_s: float, document: Mapping[str, Any]) -> None:
        began_s = at_s - document.get("seconds", 0.0)
        self.count += 1
        self.seconds += document.get("seconds", 0.0)
        self.total_ms += _total_ms(document)
        self.start_s = began_s if self.start_s is None else min(self.start_s, began_s)
        self.end_s = at_s if self.end_s is None else max(self.end_s, at_s)
        self.left_out = max(self.left_out, document.get("left_out", 0))


def summed(documents: Iterable[Document], sort: str, limit: int) -> dict[str, Any]:
    """Of each statement of each role what it did in all, the weightiest first. `seconds` is how long that took.

    A document has the weightiest of its stretch only: a rare statement may be missing in some, `left_out` says how
    many were left out of the fullest. One document after the other is in memory.
    """
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    looks = _Looks()
    for at_s, document in documents:
        looks.add(at_s, document)
        for row in document.get("rows", ()):
            if len(found) < STATEMENTS_MAX or _identity(row) in found:
                _add(found.setdefault(_identity(row), {}), row)
    finished = (_finished(row, looks.seconds, looks.total_ms) for row in found.values())
    rows = sorted(finished, key=lambda row: -row[sort])
    return {
        "start_s": looks.start_s,
        "end_s": looks.end_s,
        "seconds": looks.seconds,
        "looks": looks.count,
        "total_ms": looks.total_ms,
        "rows": rows[:limit],
        "left_out": max(0, len(rows) - limit) + looks.left_out,
    }


def course(documents: Iterable[Document], query_id: str) -> list[dict[str, Any]]:
    """What one statement did at each look, of all roles; looks that do not have it are left out."""
    points = []
    for at_s, document in documents:
        total: dict[str, Any] = {}
        for row in document.get("rows", ()):
            if row.get("query_id") == query_id:
                _add(total, row)
        if total:
            seconds = document.get("seconds", 0.0)
            points.append({"at_s": at_s, "seconds": seconds, **_finished(total, seconds, _total_ms(document))})
    return points


def with_newest(
    stored: Iterable[Document], newest: Document | None, start_s: float, end_s: float
) -> Iterator[Document]:
    """What is stored, and the newest of all where it is not among that and of that time."""
    last_s = start_s - 1
    for document in stored:
        last_s = document[0]
        yield document
    if newest is not None and last_s + 1 < newest[0] <= end_s:
        yield newest


def _identity(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return row.get("query_id"), row.get("user"), row.get("top_level")


def _add(total: dict[str, Any], row: Mapping[str, Any]) -> None:
    """What is not a number is as in the newest that has it."""
    for name, value in row.items():
        if name in ADDED:
            total[name] = total.get(name, 0) + value
        elif value or name not in total:
            total[name] = value


def _finished(row: Mapping[str, Any], seconds: float, total_ms: float) -> dict[str, Any]:
    calls, spent_ms = row.get("calls", 0), row.get("total_ms", 0.0)
    return {
        **row,
        "mean_ms": spent_ms / max(1, calls),
        "calls_per_s": calls / seconds if seconds else 0.0,
        "share_percent": min(100.0, 100 * spent_ms / total_ms) if total_ms else 0.0,
    }


def _total_ms(document: Mapping[str, Any]) -> float:
    """Of all statements, those that are not shown among them."""
    totals = document.get("totals")
    stated = totals.get("total_ms") if isinstance(totals, Mapping) else None
    return float(sum(row.get("total_ms", 0.0) for row in document.get("rows", ())) if stated is None else stated)
