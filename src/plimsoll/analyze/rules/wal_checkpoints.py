"""The write-ahead log: commits that wait for its flush, and checkpoints that come too often."""

from collections.abc import Iterator, Sequence
from statistics import median
from typing import Final

from plimsoll.analyze.accounting import RUN_DELAY, share_of
from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.evidence.load import Second
from plimsoll.analyze.evidence.settings import setting_bytes
from plimsoll.analyze.evidence.wait_parts import LOG, LOG_QUEUE, sessions_in, share_in, times
from plimsoll.analyze.evidence.waiting import slowest_steps
from plimsoll.analyze.rules.disk_io import disk_share
from plimsoll.core.details import StatementRow
from plimsoll.core.finding import Figure, Finding, Share, Suspect
from plimsoll.core.pages import PAGE_BYTES
from plimsoll.core.units import format_bytes, format_ms, format_share

KIND: Final = "wal-checkpoints"
FLUSH: Final = "flush of the write-ahead log"
CHECKPOINTS: Final = "checkpoints"
SHARE_MIN: Final = 0.15
SURE_MIN: Final = 0.05  # the lower end of its interval
SLOW_COMMIT_MS: Final = 4.0  # an SSD with its cache protected flushes in less than 0.5 ms, one without in 1 to 2 ms
QUEUED_MIN: Final = 2.0  # sessions that wait for the log: they queue for it
CHECKPOINT_EVERY_S: Final = 120.0  # more often than this is too often under steady load
LOG_OF_LIMIT_MIN: Final = 0.5  # of max_wal_size written in the stretch: else a request came from elsewhere
SLOWER_MIN: Final = 1.25  # times, while a checkpoint writes
SECONDS_MIN: Final = 4  # with a checkpoint, and without
CHANGE_BYTES: Final = 40  # of log for the smallest change of a row, about
LASTING_MIN: Final = 0.1  # of the log, once checkpoints are rare
SAME_MIN: Final = 0.9  # of the most commits that there may be: then how many there are is known
STATEMENTS_SHOWN: Final = 5


def examine(evidence: Evidence) -> Iterator[Finding]:
    forced = list(_checkpoints(evidence))
    if not any(one.details["without_pause"] for one in forced):  # else they make the log that commits wait for
        yield from _flush(evidence)
    yield from forced


def _flush(evidence: Evidence) -> Iterator[Finding]:
    share = share_in(evidence, LOG)
    if share is None or share.value < SHARE_MIN or share.low < SURE_MIN:
        return
    waiting, queued = sessions_in(evidence, LOG), sessions_in(evidence, LOG_QUEUE)
    least, commits = writing_commits_per_s(evidence) or (None, None)
    commit_ms = 1000 * waiting / commits if commits else None
    slow = commit_ms is not None and commit_ms - 2 * core_wait_ms(evidence) >= SLOW_COMMIT_MS
    if not slow and waiting < QUEUED_MIN:
        return
    if _told_of_the_disk(evidence, share):
        return
    about = "" if least is None or commits is None or least >= SAME_MIN * commits else "at least "
    each = f": {about}{format_ms(commit_ms)} a commit" if commit_ms is not None else ""
    yield Finding(
        kind=KIND,
        layer="system" if slow else "database",
        subject=FLUSH,
        title=f"commits wait for the log to reach the disk in {format_share(share.value)} of the time{each}",
        explanation=(
            f"{waiting:.1f} sessions were waiting for the write-ahead log on average, {queued:.1f} of them for others "
            f"that write it: {format_share(share.value)} of what requests took. "
            + (
                f"A commit waits {about}{format_ms(commit_ms)}; a flush takes less than 2 ms on an SSD: the disk of "
                "the log is slow to sync."
                if slow
                else "A flush is not slow by itself: there are so many commits that they queue for it."
            )
        ),
        confidence="likely" if commit_ms is not None else "possible",
        confirm_by=(
            "SET synchronous_commit = off for a run on test data: the waits must go; pg_test_fsync tells what the "
            "disk needs for a flush"
        ),
        share=share,
        figures=_flush_figures(evidence, waiting, queued, commits, commit_ms),
        chart=evidence.gauges.chart("write-ahead log", "bytes/s", "database_wal_bytes_per_s"),
        steps=slowest_steps(evidence),
        statements=writers(evidence),
        details={"slow": slow, "commit_ms": commit_ms, "commits_per_s": commits},
    )


def core_wait_ms(evidence: Evidence) -> float:
    """What a request waits for a core, on average: on a busy machine a flush that is over is noticed so much later, by
    the process that did it and by those that waited for it."""
    return 1000 * evidence.accounting.share(RUN_DELAY) * evidence.load.request_s / max(1, evidence.load.requests)


def _told_of_the_disk(evidence: Evidence, log: Share) -> bool:
    disk = disk_share(evidence)
    return disk is not None and disk.value >= 2 * log.value


def writing_commits_per_s(evidence: Evidence) -> tuple[float, float] | None:
    """Transactions that wrote, at least and at most; None if not counted.

    Each has a statement that wrote, and the server counts it as a commit: there are not more than of either. How many
    of those that wrote are within transactions, and which commits only read, nobody counts."""
    rows, seconds = evidence.database.statements, evidence.database.counted_s
    writing = sum(calls_that_wrote(row) for row in rows if row.top_level)
    if not writing or not seconds:
        return None
    explicit = sum(row.calls for row in rows if row.query.strip().rstrip(";").upper() in ("COMMIT", "END"))
    committed = evidence.gauges.mean("database_commits_per_s")
    most = writing / seconds if committed is None else min(writing / seconds, committed)
    most = max(most, min(explicit, writing) / seconds)
    return (min(most, explicit / seconds) if explicit else most), most


def calls_that_wrote(row: StatementRow) -> float:
    """A statement that reads makes a little log now and then, where it clears a page of old row versions."""
    return min(row.calls, row.wal_bytes / CHANGE_BYTES)


def writers(evidence: Evidence) -> list[Suspect]:
    found = sorted((row for row in evidence.database.statements if row.wal_bytes), key=lambda row: -row.wal_bytes)
    return [evidence.database.suspect(row) for row in found[:STATEMENTS_SHOWN]]


def _flush_figures(
    evidence: Evidence, waiting: float, queued: float, commits: float | None, commit_ms: float | None
) -> Sequence[Figure]:
    gauges = evidence.gauges
    found = [
        Figure("sessions waiting for the log", waiting, "count", QUEUED_MIN),
        Figure("of them for others that write it", queued, "count"),
    ]
    if commit_ms is not None and commits is not None:
        found += [
            Figure("wait of a commit", commit_ms, "ms", SLOW_COMMIT_MS),
            Figure("transactions that write", commits, "1/s"),
        ]
    for label, unit, name in (
        ("log made", "bytes/s", "database_wal_bytes_per_s"),
        ("writes of the log because its buffers were full", "1/s", "database_wal_buffers_full_per_s"),
    ):
        value = gauges.mean(name)
        if value:
            found.append(Figure(label, value, unit))
    return [one for one in found if one.value > 0]


# -- checkpoints


def _checkpoints(evidence: Evidence) -> Iterator[Finding]:
    gauges, length_s = evidence.gauges, evidence.load.duration_s
    requested = (gauges.mean("database_checkpoints_per_s", cause="requested") or 0.0) * length_s
    log_bytes = (gauges.mean("database_wal_bytes_per_s") or 0.0) * length_s
    limit = setting_bytes(evidence.database.settings, "max_wal_size")
    if round(requested) < 1 or limit is None or log_bytes < LOG_OF_LIMIT_MIN * limit:
        return
    every_s, pages = length_s / requested, (gauges.mean("database_wal_full_pages_per_s") or 0.0) * length_s * PAGE_BYTES
    whole_pages = min(1.0, pages / log_bytes)
    slowed, without_pause = _slowed(evidence), _without_pause(evidence) and log_bytes >= limit
    share = _for_whole_pages(evidence, whole_pages) if without_pause else slowed and slowed[0]
    if every_s > CHECKPOINT_EVERY_S or share is None:
        return
    slower = None if without_pause or slowed is None else slowed[1]
    lasting = max(LASTING_MIN, 1 - whole_pages) if slower is None else 1.0
    yield Finding(
        kind=KIND,
        layer="database",
        subject=CHECKPOINTS,
        title=_title(every_s, slower, share),
        explanation=(
            f"The load made {format_bytes(log_bytes)} of log, and max_wal_size is {format_bytes(limit)}: that forced "
            f"{requested:.0f} checkpoints in {length_s:.0f} s. Each writes all changed pages, and after it the first "
            f"change of a page puts the whole of it into the log, which is {format_share(whole_pages)} of the log "
            "here. "
            + (
                "There is hardly a moment without a checkpoint to compare with. Sessions wait for the log in "
                f"{format_share(share.value)} of what requests took, as far as whole pages are what it is made of."
                if slower is None
                else f"What requests took longer meanwhile is {format_share(share.value)} of all their time."
            )
        ),
        confidence="likely",
        confirm_by='raise max_wal_size and run again: checkpoints of cause "requested" and '
        + ("most of the log must go" if slower is None else "the slow seconds must go"),
        share=share,
        figures=[
            Figure("time between checkpoints", every_s, "s", CHECKPOINT_EVERY_S),
            *([Figure("latency while a checkpoint writes, against the rest", slower, "count", SLOWER_MIN)]
              if slower is not None else []),
            Figure("log made", log_bytes / length_s, "bytes/s"),
            Figure("whole pages in the log", whole_pages, "share"),
        ],
        chart=gauges.chart("time that checkpoints spend writing", "ms/s", "database_checkpoint_write_ms_per_s"),
        steps=slowest_steps(evidence),
        statements=writers(evidence),
        details={
            "every_s": every_s,
            "log_bytes_per_s": log_bytes / length_s,
            "lasting_log_bytes_per_s": log_bytes / length_s * lasting,
            "max_wal_size": limit,
            "without_pause": slower is None,
        },
    )  # fmt: skip


def _title(every_s: float, times: float | None, share: Share) -> str:
    every = f"{every_s:.0f} s" if every_s >= 1 else format_ms(1000 * every_s)
    if times is not None:
        return f"a checkpoint every {every}, and requests take {times:.1f} times as long while one writes"
    return (
        f"a checkpoint every {every}: sessions wait for the log that it makes {format_share(share.value)} of the time"
    )


def _without_pause(evidence: Evidence) -> bool:
    """Checkpoints write in nearly every second: none are left to compare with."""
    points = evidence.gauges.summed("database_checkpoint_write_ms_per_s")
    writing = {int(at) for at, value in points if value > 0}
    return sum(int(one.start_s) not in writing for one in evidence.load.seconds if one.requests) < SECONDS_MIN


def _for_whole_pages(evidence: Evidence, whole_pages: float) -> Share | None:
    """Waits for the log, as far as it is made of pages that only checkpoints put there."""
    share = share_in(evidence, LOG)
    waited = share and times(share, whole_pages)
    return waited if waited is not None and waited.value >= SHARE_MIN and waited.low >= SURE_MIN else None


def _slowed(evidence: Evidence) -> tuple[Share, float] | None:
    """What requests took longer in seconds in which a checkpoint wrote, of all time, and how many times as long."""
    points = evidence.gauges.summed("database_checkpoint_write_ms_per_s")
    writing = {int(at) for at, value in points if value > 0}
    during = [one for one in evidence.load.seconds if int(one.start_s) in writing and one.requests]
    rest = [one for one in evidence.load.seconds if int(one.start_s) not in writing and one.requests]
    if min(len(during), len(rest)) < SECONDS_MIN:
        return None
    usual, slow = median(map(_latency, rest)), median(map(_latency, during))
    if usual <= 0 or slow < SLOWER_MIN * usual:
        return None
    longer = [
        max(0.0, one.latency_s - usual * one.requests) if int(one.start_s) in writing else 0.0
        for one in evidence.load.seconds
    ]
    return share_of(longer, evidence.load.seconds), slow / usual


def _latency(second: Second) -> float:
    return second.latency_s / second.requests
