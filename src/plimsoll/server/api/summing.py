"""What statements did over a window: the differences of many looks, added up. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

Document = tuple[float, Mapping[str, Any]]  # with the moment at its end

ADDED: Final = (
    "calls", "total_ms", "rows", "blocks_hit", "blocks_read", "blocks_dirtied", "temp_blocks", "wal_bytes", "io_ms",
)  # fmt: skip
SORTED_BY: Final = (*ADDED, "mean_ms")


def summed(documents: Sequence[Document], sort: str, limit: int) -> dict[str, Any]:
    """Of each statement of each role what it did in all, the weightiest first. `seconds` is how long that took.

    A document has the weightiest of its stretch only: a rare statement may be missing in some, `left_out` says how
    many were left out of the fullest.
    """
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for _, document in documents:
        for row in document.get("rows", ()):
            _add(found.setdefault(_identity(row), {}), row)
    seconds = _seconds(documents)
    total_ms = sum(_total_ms(document) for _, document in documents)
    rows = sorted((_finished(row, seconds, total_ms) for row in found.values()), key=lambda row: -row[sort])
    return {
        "start_s": min((at_s - document.get("seconds", 0.0) for at_s, document in documents), default=None),
        "end_s": max((at_s for at_s, _ in documents), default=None),
        "seconds": seconds,
        "looks": len(documents),
        "total_ms": total_ms,
        "rows": rows[:limit],
        "left_out": max(0, len(rows) - limit)
        + max((document.get("left_out", 0) for _, document in documents), default=0),
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


def _seconds(documents: Sequence[Document]) -> float:
    return float(sum(document.get("seconds", 0.0) for _, document in documents))


def _total_ms(document: Mapping[str, Any]) -> float:
    """Of all statements, those that are not shown among them."""
    totals = document.get("totals")
    stated = totals.get("total_ms") if isinstance(totals, Mapping) else None
    return float(sum(row.get("total_ms", 0.0) for row in document.get("rows", ())) if stated is None else stated)
