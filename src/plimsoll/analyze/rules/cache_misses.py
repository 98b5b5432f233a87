"""Pages that are not in shared buffers and cost the requests time: what is read is larger than the cache. Pure.

Time decides, not the hit percentage: what sessions waited for data files, or what the server timed. Few reads that are
slow are the disk's fault, and reads of a scan that an index would spare are that scan's: neither is told here.
"""

from collections.abc import Iterator
from typing import Final

from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.evidence.settings import setting_bytes
from plimsoll.analyze.statements.costs import share_of_requests, statements, steps_of, suspects
from plimsoll.analyze.statements.scans import whole_scans
from plimsoll.core.details import StatementRow
from plimsoll.core.finding import STATEMENTS_MAX, Figure, Finding
from plimsoll.core.pages import PAGE_BYTES
from plimsoll.core.units import format_bytes, format_count, format_share

KIND: Final = "cache-misses"
SHARE_MIN: Final = 0.05  # of the time of all requests
READS_MIN: Final = 200.0  # pages a second: fewer are a disk that is slow
HIT_MAX: Final = 98.0  # percent of the pages asked for
MANY: Final = 0.9  # of all reads, to name statements by
SHARED_BUFFERS_BYTES: Final = 128 * 2**20  # the default
_READ: Final = "IO:DataFileRead"


def examine(evidence: Evidence) -> Iterator[Finding]:
    spared = {scan.row.query_id for scan in whole_scans(evidence)}
    rows = [row for row in statements(evidence) if row.blocks_read and row.query_id not in spared]
    seconds = evidence.database.counted_s or evidence.load.duration_s or 1.0
    reads = sum(row.blocks_read for row in rows)
    hit = 100 * (1 - reads / max(1, reads + sum(row.blocks_hit for row in rows)))
    share = share_of_requests(evidence, sum(_read_ms(evidence, row) for row in rows))
    if share.value < SHARE_MIN or reads < READS_MIN * seconds or hit > HIT_MAX:
        return
    shared, size = _shared_buffers(evidence), evidence.database.schema.get("size_bytes")
    if size is not None and size <= shared:
        return  # all of it fits: what is read is read for the first time
    ranked = sorted(rows, key=lambda row: -row.blocks_read)
    yield Finding(
        kind=KIND,
        layer="database",
        subject="shared buffers",
        title=f"reading pages that are not in shared buffers takes {format_share(share.value)} of the request time",
        explanation=_explanation(hit, reads / seconds, shared, size),
        confidence="likely" if size is not None and size > shared else "possible",
        confirm_by="raise shared_buffers, or make the data that is read smaller, and run again: reads a second and the "
        "time waited for data files should fall",
        share=share,
        figures=(
            Figure("pages found in shared buffers", round(hit, 2), "percent", HIT_MAX),
            Figure("pages read", round(reads / seconds, 1), "1/s", READS_MIN),
            Figure("shared_buffers", shared, "bytes"),
            *([Figure("size of the database", size, "bytes", shared)] if size is not None else []),
        ),
        chart=evidence.gauges.chart("pages read", "1/s", "database_blocks_read_per_s"),
        steps=steps_of(evidence, ranked[:1]),
        statements=suspects(evidence, _most(ranked, reads)),
        details={"hit_percent": round(hit, 2), "shared_buffers_bytes": shared, "size_bytes": size},
    )


def _read_ms(evidence: Evidence, row: StatementRow) -> float:
    """What it waited for data files: by its samples, and by the server's clock where that is switched on."""
    mine = [wait for wait in evidence.database.waits if wait.query_id == row.query_id]
    sampled = sum(wait.sessions for wait in mine)
    read = sum(wait.sessions for wait in mine if wait.wait == _READ)
    seen = row.total_ms * read / sampled if sampled else 0.0
    return max(seen, min(row.io_ms, row.total_ms) if not row.temp_blocks else 0.0)


def _most(ranked: list[StatementRow], reads: int) -> list[StatementRow]:
    """Those that together make most of the reads."""
    named: list[StatementRow] = []
    for row in ranked[:STATEMENTS_MAX]:
        if sum(one.blocks_read for one in named) >= MANY * reads:
            break
        named.append(row)
    return named


def _shared_buffers(evidence: Evidence) -> int:
    return setting_bytes(evidence.database.settings, "shared_buffers") or SHARED_BUFFERS_BYTES


def _explanation(hit: float, reads_per_s: float, shared: int, size: float | None) -> str:
    held = f" of a database of {format_bytes(size)}" if size is not None else ""
    return (
        f"{hit:.1f} % of the pages that statements ask for are in shared buffers ({format_bytes(shared)}{held}); "
        f"{format_count(round(reads_per_s))} a second ({format_bytes(reads_per_s * PAGE_BYTES)}/s) are read from the "
        "operating system, which has them in memory or reads them from the disk."
    )
