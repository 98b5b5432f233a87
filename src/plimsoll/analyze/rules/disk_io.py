"""Sessions wait for files of tables and indexes: because each read is slow, or because there are so many."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.evidence.wait_parts import LOG, READS, WRITES, added, sessions_in, share_in
from plimsoll.analyze.evidence.waiting import slowest_steps
from plimsoll.core.finding import Figure, Finding, Share, Suspect
from plimsoll.core.units import format_ms, format_rate, format_share

KIND: Final = "disk-io"
SUBJECT: Final = "files of tables and indexes"
SHARE_MIN: Final = 0.15  # of the time of all requests
SURE_MIN: Final = 0.05  # the lower end of its interval: below it a few samples may be all there is
FROM_DISK_MS: Final = 0.2  # a read: a quicker one comes from the system's cache, and is no matter of the disk
SLOW_MS: Final = 2.0  # a local SSD answers a read of 8 kB in 0.1 to 0.3 ms, storage over a network in 0.5 to 1.5 ms
LOCAL_MS: Final = 0.4
LOG_MIN: Final = 0.05
STATEMENTS_SHOWN: Final = 5
PERCENT_PRESSURE: Final = "host_pressure_percent"


def examine(evidence: Evidence) -> Iterator[Finding]:
    """Waits for the log on the same slow disk are part of it: one cause is told once (see `wal_checkpoints`)."""
    share = disk_share(evidence)
    if share is None:
        return
    read_ms, reads = ms_per_read(evidence), reads_per_s(evidence)
    slow = read_ms is not None and read_ms >= SLOW_MS
    each = f"{format_rate(reads)} reads of {format_ms(read_ms)} each" if read_ms is not None else "the reads"
    yield Finding(
        kind=KIND,
        layer="system",
        subject=SUBJECT,
        title=f"sessions wait for the disk in {format_share(share.value)} of the time of all requests: {each}",
        explanation=_explained(share, slow=slow, read_ms=read_ms, reads=reads, evidence=evidence),
        confidence="likely" if read_ms is not None else "possible",
        confirm_by=(
            "measure the disk without the load (fio, 8 kB random reads): as slow there, it is the disk; "
            "else raise shared_buffers, or read less, and run again"
        ),
        share=share,
        figures=_figures(evidence, read_ms, reads),
        chart=evidence.gauges.chart("sessions that wait for I/O", "count", "database_active_sessions", wait="IO"),
        steps=slowest_steps(evidence),
        statements=readers(evidence),
        details={"slow": slow, "read_ms": read_ms, "reads_per_s": reads, "devices": devices(evidence)},
    )


def disk_share(evidence: Evidence) -> Share | None:
    """What waits for the disk explain, of files and then of the log, too; None where that is no finding."""
    files = share_in(evidence, READS | WRITES)
    if files is None or files.value < SHARE_MIN or files.low < SURE_MIN:
        return None
    read_ms = ms_per_read(evidence)
    writes = share_in(evidence, WRITES)
    if read_ms is not None and read_ms < FROM_DISK_MS and (writes is None or writes.value < SHARE_MIN):
        return None
    log = share_in(evidence, LOG)
    return added([files, log]) if log is not None and LOG_MIN <= log.value <= files.value else files


def ms_per_read(evidence: Evidence) -> float | None:
    """By Little's law: sessions that wait for reads, for each read in a second."""
    reads = reads_per_s(evidence)
    return 1000 * sessions_in(evidence, READS) / reads if reads else None


def reads_per_s(evidence: Evidence) -> float | None:
    """Of sessions of clients where the server tells them apart (16 and later), else of all."""
    gauges = evidence.gauges
    by_clients = gauges.mean("database_io_reads_per_s", by="client backend")
    return by_clients or gauges.mean("database_blocks_read_per_s")


def devices(evidence: Evidence) -> Sequence[dict[str, Any]]:
    """The disks that were read or written, the busiest first; they matter where the database is on this machine."""
    gauges = evidence.gauges
    return [
        {
            "device": device,
            "busy_percent": busy,
            "read_await_ms": gauges.mean("host_disk_read_await_ms", device=device),
            "write_await_ms": gauges.mean("host_disk_write_await_ms", device=device),
            "queue": gauges.mean("host_disk_queue", device=device),
        }
        for device, busy in list(gauges.by_label("host_disk_busy_percent", "device").items())[:3]
        if busy > 1
    ]


def readers(evidence: Evidence) -> list[Suspect]:
    """The statements that read most that was not in shared buffers."""
    found = [row for row in evidence.database.statements if row.blocks_read and row.top_level]
    ranked = sorted(found, key=lambda row: (-row.io_ms, -row.blocks_read))
    return [evidence.database.suspect(row) for row in ranked[:STATEMENTS_SHOWN]]


def _explained(share: Share, *, slow: bool, read_ms: float | None, reads: float | None, evidence: Evidence) -> str:
    base = (
        f"Sampled ten times a second, {sessions_in(evidence, READS):.1f} sessions were waiting for a read and "
        f"{sessions_in(evidence, WRITES):.1f} for a write of a file on average: {format_share(share.value)} of what "
        "requests took"
    )
    if read_ms is None:
        return f"{base}. How long a single read takes is not known."
    if slow:
        return f"{base}. A read takes {format_ms(read_ms)}, where an SSD takes 0.1 to 0.3 ms: the disk is slow."
    if read_ms > LOCAL_MS:
        return (
            f"{base}. A read takes {format_ms(read_ms)}, as from storage over a network, and more than the 0.1 to "
            f"0.3 ms of a local SSD; there are {format_rate(reads)} of them."
        )
    return f"{base}. A read takes {format_ms(read_ms)}, which is usual: it is their number, {format_rate(reads)}."


def _figures(evidence: Evidence, read_ms: float | None, reads: float | None) -> Sequence[Figure]:
    gauges = evidence.gauges
    found = [
        Figure("sessions waiting for a read", sessions_in(evidence, READS), "count"),
        Figure("sessions waiting for a write", sessions_in(evidence, WRITES), "count"),
        Figure("sessions waiting for the log", sessions_in(evidence, LOG), "count"),
    ]
    if read_ms is not None:
        found.append(Figure("time of a read", read_ms, "ms", SLOW_MS))
    if reads is not None:
        found.append(Figure("reads", reads, "1/s"))
    pressure = gauges.mean(PERCENT_PRESSURE, resource="io", kind="some")
    if evidence.setting.target_is_here and pressure is not None:
        found.append(Figure("time in which some task waited for I/O (PSI)", pressure, "percent"))
    hits = gauges.mean("database_cache_hit_percent")
    if hits is not None:
        found.append(Figure("pages found in shared buffers", hits, "percent"))
    return [one for one in found if one.value > 0]
