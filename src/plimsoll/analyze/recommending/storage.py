"""What to do about disks and the write-ahead log."""

from collections.abc import Iterator
from typing import Final

from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.evidence.settings import setting_bytes
from plimsoll.analyze.recommending.making import explained, made
from plimsoll.analyze.recommending.memory import MEBIBYTE, quarter_of_memory
from plimsoll.analyze.rules import disk_io, wal_checkpoints
from plimsoll.core.finding import Finding, How, Recommendation
from plimsoll.core.units import format_bytes

CHECKPOINT_S: Final = 900.0  # the log of so long should fit into max_wal_size
GIBIBYTE: Final = 1024**3
WAL_BUFFERS: Final = "64MB"


def recommend(finding: Finding, evidence: Evidence) -> Iterator[Recommendation]:
    if finding.kind == disk_io.KIND:
        yield from _disk(finding, evidence)
    elif finding.kind == wal_checkpoints.KIND and finding.subject == wal_checkpoints.CHECKPOINTS:
        yield from _checkpoints(finding)
    elif finding.kind == wal_checkpoints.KIND:
        yield from _flush(finding, evidence)


def _disk(finding: Finding, evidence: Evidence) -> Iterator[Recommendation]:
    if finding.details.get("slow"):
        yield made(
            finding, "measure the disk by itself", "immediate", "minutes", "none",
            How("command", "fio --name=read --filename=<a file on the data disk> --size=1G --rw=randread --bs=8k "
                "--direct=1 --iodepth=1 --runtime=20 --time_based",
                "without the load; clat is what a read takes: is it the disk, its volume's limit, or others on it?"),
            How("command", "iostat -x 1", "r_await and aqu-sz during the load"),
        )  # fmt: skip
        yield made(
            finding, "put the data on a faster disk", "long-term", "days", "the move needs a standby or a pause",
            How("setting", "local NVMe, or more provisioned IOPS", "a cloud volume is held back at its IOPS limit"),
        )  # fmt: skip
    yield from _buffers(finding, evidence)
    if finding.statements:
        yield made(
            finding, "let the statements that read most read less", "short-term", "hours", "an index costs writes",
            explained(finding.statements[0].query, "shared read=: the step that reads"),
        )  # fmt: skip


def _buffers(finding: Finding, evidence: Evidence) -> Iterator[Recommendation]:
    """Not where they have a quarter of the memory already."""
    megabytes, now = quarter_of_memory(evidence), setting_bytes(evidence.database.settings, "shared_buffers")
    if megabytes and now is not None and now >= megabytes * MEBIBYTE:
        return
    said = f"shared_buffers = {megabytes}MB" if megabytes else "shared_buffers = <a quarter of the server's memory>"
    today = "" if now is None else f"today {format_bytes(now)}; "
    yield made(
        finding, "keep what is read often in shared buffers", "short-term", "minutes", "needs a restart of the server",
        How("setting", said, f"{today}more where the often read part of the data fits then"),
    )  # fmt: skip


def _flush(finding: Finding, evidence: Evidence) -> Iterator[Recommendation]:
    if finding.details.get("slow"):
        yield made(
            finding, "measure what a flush takes", "immediate", "minutes", "none",
            How("command", "pg_test_fsync -f <a file on the disk of pg_wal>", "fdatasync: operations per second"),
        )  # fmt: skip
        yield made(
            finding, "put the log on a disk with a protected write cache", "long-term", "days",
            "the move needs a pause", How("setting", "initdb --waldir, or a link from pg_wal to the disk", ""),
        )  # fmt: skip
    yield made(
        finding, "do not let commits wait that may be lost", "immediate", "minutes",
        "after a crash the last commits (up to 3 x wal_writer_delay) are gone; nothing is damaged",
        How("sql", "SET LOCAL synchronous_commit = off;", "in transactions that may be lost: logs, counters, sessions"),
    )  # fmt: skip
    yield made(
        finding, "commit less often", "short-term", "hours", "locks are held for longer",
        How("code", "several changes in a transaction, several rows in an INSERT", "each commit waits for a flush"),
    )  # fmt: skip
    if evidence.gauges.mean("database_wal_buffers_full_per_s"):
        yield made(
            finding, "give the log larger buffers", "short-term", "minutes", "needs a restart of the server",
            How("setting", f"wal_buffers = {WAL_BUFFERS}", "they ran full during the load"),
        )  # fmt: skip


def _checkpoints(finding: Finding) -> Iterator[Recommendation]:
    rate = float(finding.details.get("lasting_log_bytes_per_s") or finding.details.get("log_bytes_per_s") or 0.0)
    rest = ", the log without most of its whole pages" if finding.details.get("without_pause") else ""
    wanted = max(1, round(2 * rate * CHECKPOINT_S / GIBIBYTE))
    yield made(
        finding, "let checkpoints come by time", "immediate", "minutes",
        f"up to {wanted} GiB more of disk, and a longer recovery after a crash",
        How("sql", f"ALTER SYSTEM SET max_wal_size = '{wanted}GB'; ALTER SYSTEM SET checkpoint_timeout = '15min'; "
            "SELECT pg_reload_conf();", f"twice the log of 15 minutes at {format_bytes(rate)}/s{rest}"),
    )  # fmt: skip
    yield made(
        finding, "write less log", "short-term", "minutes", "costs some CPU",
        How("sql", "ALTER SYSTEM SET wal_compression = 'lz4'; SELECT pg_reload_conf();", "whole pages are most of it"),
    )  # fmt: skip
