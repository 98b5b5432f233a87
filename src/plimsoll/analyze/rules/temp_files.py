"""Sorts and hashes that do not fit into work_mem and go to temporary files, where they cost the requests time. Pure.

A statement counts where what it writes and reads of temporary files is a good part of all its pages, or of what it
waits for; a few pages beside a large scan are nobody's bottleneck. What the files alone cost is not known exactly: the
whole time of these statements bounds it from above; their waits for the files, or what copying so many pages takes,
from below.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Final

from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.evidence.settings import setting_bytes
from plimsoll.analyze.statements.costs import (
    share_of_requests,
    share_of_statements,
    statements,
    steps_of,
    suspects,
    waited,
    working_ms,
)
from plimsoll.core.details import StatementRow
from plimsoll.core.finding import STATEMENTS_MAX, Figure, Finding, Share
from plimsoll.core.pages import PAGE_BYTES
from plimsoll.core.units import format_bytes, format_count, format_share

KIND: Final = "temp-files"
SHARE_MIN: Final = 0.05  # of the time of all requests
PAGES_SHARE_MIN: Final = 0.20  # of all pages that a statement touches
PAGES_MIN: Final = 64  # of temporary files, a call: half a megabyte
WAITED_MIN: Final = 0.10  # of a statement's samples
PAGE_MS: Final = 0.005  # to copy a page to the system or back, and what sorting in runs takes more
IN_MEMORY: Final = 2.5  # times its size in a file, rows take in memory
WORK_MEM_BYTES: Final = 4 * 2**20  # the default
_EVENTS: Final = ("IO:BufFileRead", "IO:BufFileWrite", "IO:BufFileTruncate")


def examine(evidence: Evidence) -> Iterator[Finding]:
    rows = [row for row in statements(evidence) if _spills(evidence, row)]
    share = share_of_statements(evidence, rows)
    if not rows or share.value < SHARE_MIN:
        return
    share = Share(share.value, min(share.low, _least(evidence, rows)), share.high)
    work_mem, wanted = _work_mem(evidence), work_mem_for(rows[0])
    yield Finding(
        kind=KIND,
        layer="database",
        subject=f"statement {rows[0].query_id}",
        title=f"work_mem is too small: statements that take {format_share(share.value)} of the request time spill to "
        "temporary files",
        explanation=_explanation(rows, work_mem, wanted),
        confidence="likely",
        confirm_by=f"EXPLAIN (ANALYZE, BUFFERS) of the statement says 'external merge' or more than one batch; with "
        f"work_mem = {megabytes(wanted)} it should not",
        share=share,
        figures=(
            Figure("temporary pages of a call", round(_temp_pages(rows[0]), 1), "count", PAGES_MIN),
            Figure("written to temporary files", _bytes_per_s(evidence, rows), "bytes/s"),
            Figure("work_mem", work_mem, "bytes", wanted),
            Figure("calls", rows[0].calls, "count"),
            Figure("a call takes", round(rows[0].mean_ms, 3), "ms"),
        ),
        chart=evidence.gauges.chart("temporary files", "bytes/s", "database_temp_bytes_per_s"),
        steps=steps_of(evidence, rows),
        statements=suspects(evidence, rows[:STATEMENTS_MAX]),
        details={"work_mem_bytes": work_mem, "wanted_bytes": wanted},
    )


def work_mem_for(row: StatementRow) -> int:
    """In which its rows would fit: half of the pages were written, the other half read back; a power of two."""
    in_memory = _temp_pages(row) / 2 * PAGE_BYTES * IN_MEMORY
    return int(2 ** math.ceil(math.log2(max(in_memory, 2 * WORK_MEM_BYTES))))


def megabytes(size: float) -> str:
    """As a setting is written."""
    return f"'{math.ceil(size / 2**20)}MB'"


def _spills(evidence: Evidence, row: StatementRow) -> bool:
    pages = _temp_pages(row)
    if pages < PAGES_MIN:
        return False
    touched = pages + (row.blocks_hit + row.blocks_read) / max(1, row.calls)
    return pages >= PAGES_SHARE_MIN * touched or (waited(evidence, row, *_EVENTS) or 0.0) >= WAITED_MIN


def _temp_pages(row: StatementRow) -> float:
    return row.temp_blocks / max(1, row.calls)


def _least(evidence: Evidence, rows: Sequence[StatementRow]) -> float:
    """The share of the requests' time that the files cost at least."""
    copied = [row.temp_blocks * PAGE_MS for row in rows]
    seen = [working_ms(evidence, row) * (waited(evidence, row, *_EVENTS) or 0.0) for row in rows]
    return share_of_requests(evidence, sum(map(max, copied, seen))).value


def _bytes_per_s(evidence: Evidence, rows: Sequence[StatementRow]) -> float:
    seconds = evidence.database.counted_s or evidence.load.duration_s
    return round(sum(row.temp_blocks for row in rows) / 2 * PAGE_BYTES / max(seconds, 1e-9))


def _work_mem(evidence: Evidence) -> int:
    return setting_bytes(evidence.database.settings, "work_mem") or WORK_MEM_BYTES


def _explanation(rows: Sequence[StatementRow], work_mem: int, wanted: int) -> str:
    first = rows[0]
    others = f"; {len(rows) - 1} more statements spill as well" if len(rows) > 1 else ""
    return (
        f"Each call writes and reads {format_count(round(_temp_pages(first)))} pages of temporary files "
        f"({format_bytes(_temp_pages(first) * PAGE_BYTES)}), as a sort or hash does not fit into work_mem "
        f"({format_bytes(work_mem)}); it would take about {format_bytes(wanted)}{others}. The share is the whole "
        "time of these statements, of which the files are a part."
    )
