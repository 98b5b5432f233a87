"""A dashboard over made-up observations: `python -m tests.server.dashboard.pretending PORT [KIND [RUNS]]`.

KIND is "quiet", "empty" (nothing seen yet), "failing", "stale", "bare" (no changelog), "tokens" or "machine" (without
a database). RUNS is the
directory of runs.
"""

import asyncio
import math
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

from plimsoll.core.details import (
    IndexRow,
    LockRow,
    ProcessRow,
    SessionRow,
    StatementRow,
    TableRow,
    WaitRow,
    document,
)
from plimsoll.core.observation import CollectorState, Event, Observation
from plimsoll.core.series.key import SeriesKey
from plimsoll.postgres.dsn import Target
from plimsoll.server.serving import serve
from plimsoll.settings.environment import Environment
from plimsoll.settings.loading import parse_settings
from plimsoll.settings.masking import Secret
from plimsoll.settings.monitor import MonitorServer, MonitorSettings
from plimsoll.workflows.target import TargetRequest
from plimsoll.workflows.watch import Watch, WatchRequest
from plimsoll.workflows.watch_target import WatchedTarget
from tests.monitor.scaling import made as scaling
from tests.server.made_caches import AFTER, DEAF, STALE, caches, missing
from tests.server.made_edges import AFTER as AFTER_EDGE
from tests.server.made_edges import BEHIND, FAILING, edges, no_outbox, purges

of = SeriesKey.of
NOBODY = "postgres://shop@127.0.0.1:1/shop"  # nobody listens there
READ, ADMIN = "read-token-0123456789", "admin-token-0123456789"


def host_values(at: float, chance: Random) -> Mapping[SeriesKey, float]:
    wave = 0.5 + 0.5 * math.sin(at / 97)
    busy = 20 + 50 * wave + chance.uniform(-4, 4)
    return {
        of("host_cpu_busy_percent"): busy,
        of("host_cpu_percent", mode="user"): busy * 0.6,
        of("host_cpu_percent", mode="system"): busy * 0.3,
        of("host_cpu_percent", mode="iowait"): 3 * wave,
        of("host_cpu_percent", mode="steal"): 0.2,
        of("host_cpu_cores"): 4,
        of("host_load1"): busy / 25,
        of("host_pressure_percent", resource="cpu", kind="some"): 12 * wave + chance.uniform(0, 2),
        of("host_pressure_percent", resource="io", kind="some"): 3 * (1 - wave),
        of("host_pressure_percent", resource="memory", kind="some"): 0.0,
        of("host_memory_used_percent"): 61 + 4 * wave,
        of("host_swap_used_percent"): 2.0,
        of("host_memory_total_bytes"): 16 * 2**30,
        of("host_memory_available_bytes"): 6.1 * 2**30,
        of("host_filesystem_used_percent", mount="/"): 72.4,
        of("host_filesystem_free_bytes", mount="/"): 31 * 2**30,
        of("host_filesystem_inodes_used_percent", mount="/"): 11.0,
        of("host_filesystem_used_percent", mount="/var/lib/postgresql"): 48.0,
        of("host_filesystem_free_bytes", mount="/var/lib/postgresql"): 120 * 2**30,
        of("host_disk_write_await_ms", device="nvme0n1"): 0.8 + 2 * wave,
        of("host_disk_read_bytes_per_s", device="nvme0n1"): 4e6 * wave,
        of("host_disk_written_bytes_per_s", device="nvme0n1"): 22e6 * wave,
        of("host_network_received_bytes_per_s", interface="eth0"): 3e6 * wave,
        of("host_network_sent_bytes_per_s", interface="eth0"): 9e6 * wave,
        of("host_sockets", state="established"): 84,
        of("host_sockets", state="time wait"): 31,
        of("process_count", tree="port:8000"): 5,
        of("process_threads", tree="port:8000"): 21,
        of("process_cpu_percent", tree="port:8000"): busy * 1.4,
        of("process_memory_bytes", tree="port:8000"): 412 * 2**20,
        **{
            of(name, served=served): value
            for served in ("shop", "blog")
            for name, value in (
                ("scaling_rate_per_s", 90 + 40 * wave),
                ("scaling_capacity_per_s", 150.0),
                ("scaling_ready_workers", 3.0),
                ("scaling_wanted_workers", 3.0),
                ("scaling_max_workers", 4.0),
            )
        },
    }


def edge_values(at: float, chance: Random) -> Mapping[SeriesKey, float]:
    wave = 0.5 + 0.5 * math.sin(at / 97)
    rates = {"hit": 700 + 200 * wave, "file": 300.0, "forwarded": 90 + 60 * wave, "stale": 12.0}
    shares = {"immutable": 100.0, "images": 97 - 4 * wave, "pages": 84 - 20 * wave, "data": 60 + 5 * chance.random()}
    waiting = {"cloudflare": 12 * wave, "local": 0.0}
    return {
        of("edge_hit_percent"): 92 - 8 * wave,
        **{of("edge_class_hit_percent", kind=kind): share for kind, share in shares.items()},
        **{of("edge_outcomes_per_s", outcome=name): rate for name, rate in rates.items()},
        **{of(f"edge_latency_ms_{name}"): ms + ms * wave for name, ms in (("p50", 0.5), ("p95", 9.0), ("p99", 60.0))},
        of("edge_served_bytes_per_s"): 2e7 + 5e6 * wave,
        of("edge_saved_bytes_per_s"): 1.8e7 + 4e6 * wave,
        of("edge_errors_percent"): 0.1 + 0.2 * wave,
        **{of("edge_purges_waiting", provider=name): round(count) for name, count in waiting.items()},
        **{of("edge_purge_lag_s", provider=name): count / 5 for name, count in waiting.items()},
    }


def database_values(at: float, chance: Random) -> Mapping[SeriesKey, float]:
    wave = 0.5 + 0.5 * math.sin(at / 97)
    return {
        of("database_up"): 1,
        of("cache_hit_percent", cache="shop"): 90 + 4 * wave + chance.uniform(-0.5, 0.5),
        of("cache_watermark_age_ms", cache="shop"): 12 + 20 * wave + chance.uniform(0, 8),
        of("cache_reads_per_s", cache="shop"): 9_000 + 3_000 * wave,
        of("cache_fill_ms_p99", cache="shop"): 8 + 4 * wave,
        of("cache_misses_per_s", cache="shop", reason="absent"): 400 + 90 * wave,
        of("cache_misses_per_s", cache="shop", reason="invalidated"): 90 * wave,
        of("cache_evictions_per_s", cache="shop", reason="capacity"): 300 + 90 * wave,
        of("cache_bytes", cache="shop"): 330 * 2**20 + 9 * 2**20 * wave,
        of("database_connections", state="active"): 4 + round(6 * wave),
        of("database_connections", state="idle"): 31,
        of("database_connections", state="idle in transaction"): 2,
        of("database_connections_limit"): 97,
        of("database_connections_used_percent"): 41.0,
        of("database_active_sessions", wait="CPU"): 2.4 * wave,
        of("database_active_sessions", wait="IO"): 0.8 * wave + chance.uniform(0, 0.2),
        of("database_active_sessions", wait="Lock"): 1.2 if math.sin(at / 97) > 0.6 else 0.0,
        of("database_active_sessions", wait="LWLock"): 0.1,
        of("database_longest_transaction_s"): 252.0,
        of("database_blocked_sessions"): 2,
        of("database_lock_chain_depth"): 2,
        of("database_longest_lock_wait_s"): 41.0,
        of("database_commits_per_s"): 900 * wave + chance.uniform(0, 40),
        of("database_rollbacks_per_s"): 2.2,
        of("database_cache_hit_percent"): 99.12,
        of("database_tuples_returned_per_s"): 41_000 * wave + 1,
        of("database_tuples_fetched_per_s"): 9_000 * wave + 1,
        of("database_tuples_inserted_per_s"): 310 * wave + 1,
        of("database_tuples_updated_per_s"): 120 * wave + 1,
        of("database_tuples_deleted_per_s"): 4.0,
        of("database_wal_bytes_per_s"): 2.2e6 * wave,
        of("database_temp_bytes_per_s"): 0.0,
        of("database_buffers_written_per_s", by="checkpointer"): 220 * wave,
        of("database_buffers_written_per_s", by="backends"): 12 * wave,
        of("database_wraparound_percent"): 12.0,
        of("database_size_bytes"): 9.4e9,
        of("database_dead_rows_percent"): 3.1,
        of("database_autovacuum_workers"): 1,
    }


_SQL = (
    "SELECT o.id, o.placed_at, c.name, sum(l.price * l.pieces) AS total FROM orders o JOIN customers c ON c.id = "
    "o.customer_id JOIN order_lines l ON l.order_id = o.id WHERE o.status = $1 AND o.placed_at > $2"
    " GROUP BY o.id, c.name ORDER BY total DESC LIMIT 50"
)
_UPDATE = "UPDATE accounts SET balance = balance - $1 WHERE id = $2 RETURNING balance"


def _sessions() -> list[SessionRow]:
    return [
        SessionRow(
            4021,
            "shop",
            "shop",
            "web",
            "10.0.0.4",
            "active",
            "Lock:transactionid",
            41.2,
            41.2,
            41.1,
            "71",
            (4011,),
            _UPDATE,
        ),
        SessionRow(
            4011,
            "shop",
            "shop",
            "worker",
            "10.0.0.5",
            "idle in transaction",
            "Client:ClientRead",
            252.0,
            250.1,
            None,
            None,
            (),
            _UPDATE,
        ),
        SessionRow(
            4033, "report", "shop", "psql", "local", "active", "IO:DataFileRead", 12.1, 12.1, 12.0, "72", (), _SQL
        ),
    ]


def _locks() -> list[LockRow]:
    return [
        LockRow(4011, 0, None, "", None, "shop", "worker", "idle in transaction", 252.0, 2, _UPDATE),
        LockRow(4021, 1, 4011, "ShareLock on transaction 88213", 41.2, "shop", "web", "active", 41.2, 1, _UPDATE),
        LockRow(
            4024, 2, 4021, "ExclusiveLock on tuple of public.accounts", 12.0, "shop", "web", "active", 12.1, 0, _UPDATE
        ),
    ]


def _statements() -> list[StatementRow]:
    return [
        StatementRow(
            str(70 + n),
            "shop",
            1200 - n * 70,
            4100.0 / (n + 1),
            900,
            12_000,
            40 * n,
            3,
            0,
            9000,
            2.0,
            True,
            _SQL if n % 2 == 0 else _UPDATE,
        )
        for n in range(12)
    ]


def _tables() -> list[TableRow]:
    return [
        TableRow(
            f"public.{name}",
            120_000 * n,
            900 * n,
            31_000_000 * n,
            2_000_000,
            14 - n,
            88_000 // n,
            4000 * n,
            30,
            20,
            11,
            2,
            40,
            3600.0 * n,
            7200.0,
        )
        for n, name in enumerate(("orders", "order_lines", "customers", "accounts"), 1)
    ]


def _indexes() -> list[IndexRow]:
    return [
        IndexRow("public.orders", "orders_pkey", 4_000_000, 91_000, 400, True, True),
        IndexRow("public.orders", "orders_note_idx", 9_000_000, 0, 0, False, True),
        IndexRow("public.accounts", "accounts_new_idx", 1_000_000, 0, 0, False, False),
    ]


def _processes() -> list[ProcessRow]:
    return [
        ProcessRow(900 + n, name, "postgres", 41.0 / (n + 1), 90_000_000, 4)
        for n, name in enumerate(("postgres", "gunicorn", "nginx"))
    ]


def _waits() -> list[WaitRow]:
    return [WaitRow("CPU", "70", 1.4), WaitRow("IO:DataFileRead", "72", 0.8), WaitRow("Lock:transactionid", "71", 0.6)]


_SERVED = {
    "rows": [scaling.row(scaling.loaded(queue=9)), {**scaling.row(scaling.BROKEN), "served": "blog"}],
    "ended": [],
}
_CACHES = {"failing": caches(DEAF, AFTER), "stale": caches(STALE, AFTER), "bare": missing()}


_EDGES = {"failing": edges(FAILING, away=True), "stale": edges(BEHIND), "bare": edges(away=True)}
_PURGES = {"failing": purges(oldest_s=400.0, trouble="HTTP 503"), "stale": purges(parked=3), "bare": no_outbox()}


def details(kind: str = "quiet") -> Mapping[str, Mapping[str, Any]]:
    return {
        "sessions": document(_sessions()),
        "locks": document(_locks()),
        "statements": document(_statements(), seconds=10.0, left_out=31),
        "tables": document(_tables(), seconds=60.0),
        "indexes": document(_indexes(), seconds=60.0),
        "processes": document(_processes()),
        "waits": document(_waits()),
        "scaling": _SERVED,
        "edges": _EDGES.get(kind) or edges(AFTER_EDGE, AFTER_EDGE),
        "purges": _PURGES.get(kind) or purges(),
        "caches": _CACHES.get(kind) or caches(*[AFTER] * 5),
    }


def history(now: float) -> Iterator[Observation]:
    """An hour at the default periods, with a gap of two minutes."""
    chance = Random(7)
    for step in range(900):
        at = now - 1800 + step * 2
        if 1200 < step * 2 < 1320:
            continue
        yield Observation("host", at, host_values(at, chance))
        if step % 5 == 0:
            yield Observation("database", at, database_values(at, chance))
            yield Observation("edges", at, edge_values(at, chance))


def pretend(watch: Watch, kind: str) -> None:
    """Fills a watch."""
    watch.board.observe(watch.recent.put)
    watch.board.observe(watch.alerts.observe)
    now = time.time()
    if kind == "empty":
        return
    for observation in history(now):
        watch.board.put(observation)
    events = [Event(now - 900, "checkpoint", "timed, 1,204 pages"), Event(now - 300, "run", "20261126-101500 began")]
    watch.board.put(Observation("database", now, details=details(kind), events=events))
    states = {"host": ("ok", 2.0), "processes": ("ok", 10.0), "sessions": ("ok", 10.0), "statements": ("slow", 10.0)}
    for name, (status, period) in states.items():
        watch.board.states[name] = CollectorState(name, period, status, now - 600, now, "", 1.4)  # type: ignore[arg-type]  # one of the words
    if kind == "failing":
        why = "connection refused on db.example.org:5432"
        watch.board.states["database"] = CollectorState("database", 10.0, "lost", now - 252, now - 260, why, 3.0)


async def keep_going(watch: Watch, kind: str) -> None:
    chance = Random(8)
    while True:
        await asyncio.sleep(2)
        now = time.time()
        watch.board.put(Observation("host", now, host_values(now, chance)))
        watch.board.put(Observation("database", now, database_values(now, chance)))
        watch.board.put(Observation("edges", now, edge_values(now, chance)))
        if int(now) % 10 < 2:
            watch.board.put(Observation("statements", now, details=details(kind)))
        watch.alerts.tick(now, watch.board.states)
        for name, state in watch.board.states.items():
            if state.status != "lost":
                watch.board.states[name] = CollectorState(
                    name, state.period_s, state.status, state.since_s, now, "", 1.4
                )


def main(port: int, kind: str, runs_root: Path) -> None:
    target = Target((("db.example.org", 5432),), "shop", "shop")
    there = WatchedTarget(Environment("staging"), target.display, lambda: target)
    settings_read = parse_settings("")
    where = TargetRequest(settings_read, {}, dsn=Secret(NOBODY))
    watch = Watch(WatchRequest(settings_read, where, runs_root), None if kind == "machine" else there)
    with_tokens = MonitorServer(port=port, read_token=Secret(READ), admin_token=Secret(ADMIN))
    settings = MonitorSettings(server=with_tokens if kind == "tokens" else MonitorServer(port=port))

    def begin(url: str) -> None:
        pretend(watch, kind)
        sys.stdout.write(f"{url}\n")
        sys.stdout.flush()

    async def go() -> None:
        stop = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
        going = asyncio.create_task(keep_going(watch, kind)) if kind != "empty" else None
        await serve(watch, settings, stop, environ={}, dashboard=True, listening=begin)
        if going is not None:
            going.cancel()

    asyncio.run(go())


if __name__ == "__main__":
    kind, runs = (*sys.argv[2:], *("quiet", "no-runs")[len(sys.argv[2:]) :])
    main(int(sys.argv[1]), kind, Path(runs))
