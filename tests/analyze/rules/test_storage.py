"""Waits for disks and for the log: slow ones, many of them, and those that are no bottleneck."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.recommending import storage
from plimsoll.analyze.rules import disk_io, wal_checkpoints
from plimsoll.core.details import WaitRow
from tests.analyze.building import evidence, statement, step, the_one, waits

SQL = [step(count=6_000, latency_ms=20.0)]  # 100/s: 2 s of requests in each second


def waiting(*rows: WaitRow, reads: float = 1_000.0, **more: Any) -> Evidence:
    """Average sessions by event, of 2 requests in flight."""
    gauges = {'database_io_reads_per_s{by="client backend"}': reads, **more.pop("gauges", {})}
    for row in rows:
        key = f'database_active_sessions{{wait="{row.wait.partition(":")[0]}"}}'
        gauges[key] = gauges.get(key, 0.0) + row.sessions
    return evidence(steps=SQL, gauges=gauges, waits=rows, **more)


def events(**sessions: float) -> Sequence[WaitRow]:
    return waits(**{name.replace("_", ":"): value for name, value in sessions.items()})


def test_reads_that_take_long_make_a_slow_disk() -> None:
    found = the_one(list(disk_io.examine(waiting(*events(IO_DataFileRead=1.2), reads=240.0))))
    assert found.title == "sessions wait for the disk in 60 % of the time of all requests: 240/s reads of 5.00 ms each"
    assert found.details["slow"]
    assert found.share is not None
    assert found.share.value == pytest.approx(0.6, abs=0.001)


def test_many_quick_reads_are_told_apart_from_a_slow_disk_with_who_reads() -> None:
    scan = statement("SELECT * FROM logs", read_per_call=100.0, query_id="7")
    seen = waiting(*events(IO_DataFileRead=0.8, IPC_BufferIo=0.2), reads=4_000.0, statements=[scan])
    found = the_one(list(disk_io.examine(seen)))
    assert not found.details["slow"]
    assert "it is their number, 4,000/s" in found.explanation
    assert [suspect.query_id for suspect in found.statements] == ["7"]


def test_reads_that_the_systems_cache_answers_are_no_matter_of_the_disk() -> None:
    assert not list(disk_io.examine(waiting(*events(IO_DataFileRead=1.0), reads=20_000.0)))


def test_few_waits_are_no_finding() -> None:
    assert not list(disk_io.examine(waiting(*events(IO_DataFileRead=0.2, CPU=1.8), reads=40.0)))


def test_waits_for_temporary_files_are_not_the_disks_of_tables() -> None:
    assert not list(disk_io.examine(waiting(*events(IO_BuffileRead=1.5), reads=1.0)))


def test_a_disk_that_is_slow_for_files_and_log_is_told_once() -> None:
    seen = waiting(
        *events(IO_DataFileRead=1.0, IO_WalSync=0.4), reads=200.0, statements=[statement("UPDATE a", wal_bytes=9)]
    )  # fmt: skip
    found = the_one([*disk_io.examine(seen), *wal_checkpoints.examine(seen)])
    assert found.kind == "disk-io"
    assert found.share is not None
    assert found.share.value == pytest.approx(0.7, abs=0.001)


# -- the log

WRITES = statement("UPDATE accounts SET x = $1", calls=3_000, wal_bytes=600_000)  # 50/s


def test_commits_that_wait_long_for_the_log_make_a_slow_flush() -> None:
    found = the_one(
        list(wal_checkpoints.examine(waiting(*events(IO_WALSync=0.5, LWLock_WALWrite=0.3), statements=[WRITES])))
    )
    assert found.title == "commits wait for the log to reach the disk in 40 % of the time: 16.0 ms a commit"
    assert (found.layer, found.subject) == ("system", wal_checkpoints.FLUSH)
    assert found.statements[0].query == WRITES.query


def test_a_log_that_is_flushed_quickly_is_no_finding_however_much_of_a_short_request_it_is() -> None:
    busy = replace(WRITES, calls=60_000, wal_bytes=12_000_000)  # 1,000/s: 0.8 ms each
    assert not list(wal_checkpoints.examine(waiting(*events(IO_WalSync=0.8), statements=[busy])))


def test_on_a_machine_without_a_free_core_a_flush_that_is_noticed_late_is_not_a_slow_disk() -> None:
    busy = replace(WRITES, calls=8_000, wal_bytes=1_600_000)  # 6 ms a commit, and a request waits 2.5 ms for a core
    crowd = {"database_sessions_cpu_percent": 10.0, "database_sessions_run_delay_percent": 25.0}
    crowd['database_active_sessions{wait="CPU"}'] = 0.3
    seen = waiting(*events(IO_WalSync=0.8), statements=[busy], gauges=crowd)
    assert not list(wal_checkpoints.examine(seen))
    assert list(wal_checkpoints.examine(waiting(*events(IO_WalSync=0.8), statements=[busy])))


def test_quick_commits_that_queue_for_the_log_are_a_matter_of_their_number() -> None:
    busy = replace(WRITES, calls=120_000, wal_bytes=24_000_000)
    seen = waiting(*events(IO_WalSync=0.6, LWLock_WALWrite=1.4), statements=[busy])
    found = the_one(list(wal_checkpoints.examine(seen)))
    assert found.layer == "database"
    assert "so many commits that they queue" in found.explanation


def forced(every_other: float = 40.0, wal: float = 40e6, limit: str = "1024") -> Evidence:
    """A minute in which checkpoints write in every other ten seconds, and requests then take so many ms."""
    writing = [500.0 if second // 10 % 2 else 0.0 for second in range(60)]
    seen = evidence(
        steps=SQL,
        gauges={
            "database_checkpoint_write_ms_per_s": writing, "database_wal_bytes_per_s": wal,
            'database_checkpoints_per_s{cause="requested"}': 0.05, "database_wal_full_pages_per_s": 2_000.0,
        },
        settings={"max_wal_size": {"value": limit, "unit": "MB"}},
    )  # fmt: skip
    seconds = [
        replace(one, latency_s=one.requests * every_other / 1000) if value else one
        for one, value in zip(seen.load.seconds, writing, strict=True)
    ]
    return replace(seen, load=replace(seen.load, seconds=seconds))


def test_checkpoints_that_the_log_forces_are_told_with_what_they_cost() -> None:
    found = the_one(list(wal_checkpoints.examine(forced())))
    assert found.title == "a checkpoint every 20 s, and requests take 2.0 times as long while one writes"
    assert found.share is not None
    assert found.share.value == pytest.approx(1 / 3, abs=0.02)


@pytest.mark.parametrize(
    "seen",
    [forced(every_other=21.0), forced(wal=2e6), forced(limit="not told")],
    ids=["no cost", "asked for", "unknown"],
)
def test_checkpoints_without_cost_or_of_another_cause_are_none(seen: Evidence) -> None:
    assert not list(wal_checkpoints.examine(seen))


def stormy(whole_pages: float = 4_000.0) -> Evidence:
    """Two sessions that wait for the log, and a checkpoint that writes all the time."""
    return waiting(
        *events(IO_WalWrite=0.6, LWLock_WALWrite=1.4),
        statements=[replace(WRITES, calls=90_000, wal_bytes=2_400_000_000)],
        gauges={
            "database_checkpoint_write_ms_per_s": 800.0, "database_wal_bytes_per_s": 40e6,
            'database_checkpoints_per_s{cause="requested"}': 5.0, "database_wal_full_pages_per_s": whole_pages,
        },
        settings={"max_wal_size": {"value": "32", "unit": "MB"}},
    )  # fmt: skip


def test_checkpoints_that_never_pause_are_told_in_place_of_the_commits_that_wait_for_their_log() -> None:
    found = the_one(list(wal_checkpoints.examine(stormy())))
    assert found.subject == wal_checkpoints.CHECKPOINTS
    assert found.title == ("a checkpoint every 200 ms: sessions wait for the log that it makes 81.9 % of the time")
    assert found.share is not None
    assert found.share.value == pytest.approx(4_000 * 8_192 / 40e6, abs=0.001)
    advised = next(iter(storage.recommend(found, stormy())))
    assert "max_wal_size = '12GB'" in advised.how[0].text


def test_of_checkpoints_that_put_few_whole_pages_into_the_log_the_commits_are_told() -> None:
    assert [one.subject for one in wal_checkpoints.examine(stormy(whole_pages=100.0))] == [wal_checkpoints.FLUSH]


# -- how many commits there are

EXPLICIT = [statement("BEGIN", calls=6_000), statement("COMMIT", calls=6_000), replace(WRITES, calls=6_000)]
ALONE = statement("INSERT INTO jobs VALUES ($1)", calls=6_000, wal_bytes=1_200_000)


def test_changes_outside_of_transactions_are_commits_beside_those_that_are_sent() -> None:
    """100 BEGIN…COMMIT and 100 INSERT alone each second: 0.9 sessions are 4.5 ms each, not 9."""
    gauges = {"database_commits_per_s": 200.0}
    seen = waiting(*events(IO_WalSync=0.9), statements=[*EXPLICIT, ALONE], gauges=gauges)
    assert list(wal_checkpoints.writing_commits_per_s(seen) or ()) == pytest.approx([100.0, 200.0])
    assert the_one(list(wal_checkpoints.examine(seen))).title.endswith("at least 4.50 ms a commit")


def test_several_changes_in_a_transaction_are_one_commit() -> None:
    seen = waiting(statements=[*EXPLICIT, ALONE], gauges={"database_commits_per_s": 100.0})
    assert list(wal_checkpoints.writing_commits_per_s(seen) or ()) == pytest.approx([100.0, 100.0])


def test_a_statement_that_reads_and_clears_pages_now_and_then_does_not_write() -> None:
    reads = statement("SELECT n FROM a", calls=30_000, wal_bytes=40_000)
    seen = waiting(statements=[ALONE, reads], gauges={"database_commits_per_s": 600.0})
    least, most = wal_checkpoints.writing_commits_per_s(seen) or (0.0, 0.0)
    assert most == pytest.approx((6_000 + 1_000) / 60)
    assert least == most
