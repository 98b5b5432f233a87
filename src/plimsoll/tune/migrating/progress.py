"""How a build gets on, from the server's own account of it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from plimsoll.core.units import format_share

# $1: the process that builds. One row, also where it builds nothing: then it may wait for a lock.
PROGRESS: Final = """
SELECT p.phase, p.blocks_total, p.blocks_done, p.tuples_total, p.tuples_done, p.lockers_total, p.lockers_done,
       coalesce(nullif(p.current_locker_pid, 0), (pg_catalog.pg_blocking_pids($1))[1]) AS waits_for
FROM (SELECT) AS always LEFT JOIN pg_catalog.pg_stat_progress_create_index p ON p.pid = $1
"""
EVERY_S: Final = 10.0  # within one phase


@dataclass(slots=True)
class Teller:
    """Says what is new: another phase, another process that is waited for, else how far it is now and then."""

    _said: tuple[str, int | None] = ("", None)
    _at: float = 0.0

    def words(self, row: Mapping[str, Any], now: float) -> str:
        """A line, or "" where there is nothing new. `now` in seconds."""
        key = (row["phase"] or "", row["waits_for"])
        if key == self._said and (now - self._at < EVERY_S or not row["phase"]):
            return ""
        self._said, self._at = key, now
        waits = f"waits for process {row['waits_for']}" if row["waits_for"] else ""
        return ", ".join(filter(None, (phase_words(row), waits)))


def phase_words(row: Mapping[str, Any]) -> str:
    """ "building index: scanning table, 43 %"; "" where nothing is built."""
    phase = row["phase"] or ""
    share = _share(row)
    return phase if share is None or not phase else f"{phase}, {format_share(share)}"


def _share(row: Mapping[str, Any]) -> float | None:
    """Of the phase. Rows are counted while they are loaded into the tree, blocks while the table is read."""
    for what in ("tuples", "blocks", "lockers"):
        total = row[f"{what}_total"]
        if total:
            return min(1.0, float(row[f"{what}_done"] or 0) / float(total))
    return None
