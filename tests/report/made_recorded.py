"""What might have been watched beside the made-up runs of `builders`, two minutes from the same start."""

import math
import random
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from plimsoll.core.details import IndexRow, LockRow, StatementRow, TableRow, WaitRow, document
from plimsoll.core.observation import Event
from plimsoll.core.recorded import Recorded
from plimsoll.core.series.catalogue import info_of
from plimsoll.core.series.key import SeriesKey, parse_series
from plimsoll.core.series.window import SeriesWindow

BEGAN_S = datetime.fromisoformat("2026-02-14T10:15:00+01:00").timestamp()
SECONDS = 120
Course = Callable[[int], float]
LONG = (
    "SELECT accounts.id, accounts.balance, branches.name FROM accounts JOIN branches ON branches.id = accounts.branch"
)


def window(text: str, course: Course, *, every_s: int = 1, resolution_s: float = 0.0) -> SeriesWindow:
    times = [BEGAN_S + second for second in range(every_s, SECONDS + 1, every_s)]
    values = [course(second) for second in range(every_s, SECONDS + 1, every_s)]
    return SeriesWindow(
        parse_series(text), info_of(text.partition("{")[0]), resolution_s, times, values, values, values
    )


def after(second: int, value: float, before: float = 0.0) -> Course:
    return lambda at: value if at >= second else before


def wave(mean: float, swing: float, seed: int) -> Course:
    def course(at: int) -> float:
        noise = random.Random(seed * 1000 + at).gauss(0, swing / 4)
        return max(0.0, mean + swing * math.sin(at / 9) + noise)

    return course


COURSES: Mapping[str, Course] = {
    'database_active_sessions{wait="CPU"}': wave(2.1, 0.5, 1),
    'database_active_sessions{wait="IO"}': wave(0.6, 0.3, 2),
    'database_active_sessions{wait="Lock"}': after(70, 5.2),
    'database_active_sessions{wait="LWLock"}': wave(0.2, 0.1, 3),
    'database_active_sessions{wait="Client"}': after(0, 0.0),
    "database_commits_per_s": wave(420, 40, 4),
    "database_rollbacks_per_s": after(80, 12.0),
    "database_wal_bytes_per_s": wave(6e6, 1e6, 5),
    "database_blocked_sessions": after(70, 5.0),
    "database_lock_chain_depth": after(70, 2.0),
    "host_cpu_busy_percent": wave(61, 9, 6),
    'host_cpu_percent{mode="iowait"}': wave(4, 2, 7),
    'host_pressure_percent{kind="some",resource="cpu"}': wave(22, 6, 8),
    'host_pressure_percent{kind="some",resource="io"}': wave(6, 3, 9),
    "host_memory_used_percent": wave(48, 1, 10),
    'host_disk_read_await_ms{device="sda"}': wave(0.9, 0.3, 11),
    'host_disk_write_await_ms{device="sda"}': wave(2.2, 1.0, 12),
    'host_disk_write_await_ms{device="sdb"}': after(0, 0.4),
}


def windows() -> Mapping[SeriesKey, SeriesWindow]:
    made = [window(text, course) for text, course in COURSES.items()]
    made.append(window("database_cache_hit_percent", wave(98.7, 0.4, 13), every_s=10))
    return {one.key: one for one in made}


def statement(query_id: str, calls: int, total_ms: float, query: str) -> StatementRow:
    return StatementRow(
        query_id, "app", calls, total_ms, calls * 3, calls * 40, calls, 0, 0, calls * 120, 0.0, True, query
    )


def lock(pid: int, depth: int, waits_for: int | None, wait_s: float | None, query: str) -> LockRow:
    what = "ShareLock on transaction 4711" if depth else ""
    state = "active" if depth else "idle in transaction"
    return LockRow(pid, depth, waits_for, what, wait_s, "app", "checkout", state, 41.0, 2 - depth, query)


def table(name: str, sequential_rows: int, updated: int) -> TableRow:
    return TableRow(
        name, 100_000, 3_000, 14 << 20, None, 12, sequential_rows, 9_000, 40, updated, updated // 2, 3, 10, 9.0, 9.0
    )


def recorded(**changes: Any) -> Recorded:
    statements = [
        statement("11", 52_000, 181_000.0, f"{LONG} WHERE accounts.id = $1 FOR UPDATE"),
        statement("12", 9_100, 22_000.0, "UPDATE accounts SET balance = balance + $1 WHERE id = $2"),
        statement("13", 80, 4_000.0, ""),
    ]
    waits = [WaitRow("CPU", "11", 2.1), WaitRow("Lock:transactionid", "12", 2.2), WaitRow("IO:DataFileRead", None, 0.6)]
    tables = [table("public.accounts", 2_400_000, 9_100), table("public.branches", 0, 0)]
    tree = [
        lock(4211, 0, None, None, "UPDATE accounts SET balance = 0 WHERE id = 1"),
        lock(4212, 1, 4211, 12.4, "UPDATE accounts SET balance = balance + 1 WHERE id = 1"),
        lock(4213, 2, 4212, 8.1, "SELECT * FROM accounts WHERE id = 1 FOR UPDATE"),
    ]
    made: dict[str, Any] = {
        "began_s": BEGAN_S,
        "measured_from_s": BEGAN_S + 5,
        "ended_s": BEGAN_S + SECONDS,
        "windows": windows(),
        "events": [
            Event(BEGAN_S + 33, "checkpoint", "a checkpoint asked for by time", "background"),
            Event(BEGAN_S + 52, "autovacuum", "autovacuum of public.accounts", "relations"),
        ],
        "statements": document(statements, seconds=115.0),
        "waits": document(waits, seconds=115.0),
        "locks": [(BEGAN_S + 84, document(tree)), (BEGAN_S + 100, document(tree[:2]))],
        "tables": document(tables, seconds=115.0),
        "indexes": document([IndexRow("public.accounts", "accounts_pkey", 2 << 20, 9_000, 900, True, True)]),
        "facts": {"settings": {"shared_buffers": {"value": "16384", "unit": "8kB", "source": "configuration file"}}},
        "notes": [],
    }
    return Recorded(**made | changes)
