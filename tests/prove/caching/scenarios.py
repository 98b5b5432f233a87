"""The scenarios by name."""

from collections.abc import Mapping
from typing import Final

from tests.prove.caching import faults
from tests.prove.caching.scenario import Scenario
from tests.prove.caching.world import ITEMS, ORGS, Kind

ORDERS: Final[Mapping[str, float]] = {"one": 3, "savepoint": 2, "rollback": 2, "prepared": 1, "long": 2}
BURSTS: Final[Mapping[str, float]] = {"burst": 1}


def _scenarios() -> tuple[Scenario, ...]:
    every: tuple[Kind, ...] = ("item", "org", "again", "crowd", "scratch", "part", "shape")
    tables = ("bulk", "truncate", "partition", "columns")
    return (
        Scenario("rows", "one-row updates, several rows, moves, deletes and inserts"),
        Scenario("slow fills", "a fill pauses before and after it asks", slow=(0.5, 0.05, 0.15), readers=12),
        Scenario("joining", "fills that pause for long, and many who wait for them", slow=(0.5, 0.0, 0.8), readers=30),
        Scenario("orders", "savepoints, rollbacks, two-phase commit, long transactions", writes=ORDERS),
        Scenario(
            "old and new",
            "of several transactions between two late polls the first to begin is the last to commit",
            fault=faults.late_polls,
            writes=BURSTS,
            writers=1,
            items=range(0, ITEMS, ORGS),
            kinds=("org",),
            readers=2,
            pause_s=0.02,
            processes=3,
            seconds=10,
            options={"exact": 1.0},
        ),
        Scenario(
            "writing fills", "fills within a transaction that writes and is rolled back", options={"writing": 0.1}
        ),
        Scenario("reports", "fills by a snapshot that was taken before they began", options={"repeatable": 0.3}),
        Scenario("tables", "bulk updates, TRUNCATE, DDL, partitions", kinds=every, more=tables, served_min=0.05),
        Scenario("bulk", "updates of more rows than get tags of their own", kinds=("crowd",), more=("bulk",)),
        Scenario("truncate", "TRUNCATE, and the table is filled again", kinds=("scratch",), more=("truncate",)),
        Scenario(
            "ddl", "columns are added, partitions detached", kinds=("part", "shape"), more=("partition", "columns")
        ),
        Scenario("threads", "callers are threads", threads=4),
        Scenario("tokens", "writers read what they wrote, at once", tokens=True),
        Scenario("telling", "writers tell their own process after each commit", tells=True),
        Scenario("cut polls", "the poller's connection is cut, again and again", fault=faults.cut_polls),
        Scenario("stalled polls", "the poller's network stands still for a second", fault=faults.stalled_polls),
        Scenario("slow network", "every byte of the poller takes 150 ms, 400 ms", fault=faults.slow_polls),
        Scenario("cut fills", "connections of fills are cut and slow", fault=faults.cut_fills),
        Scenario("terminated", "all sessions are ended by pg_terminate_backend", fault=faults.terminated),
        Scenario("stopped processes", "a process stands still for a while (SIGSTOP)", fault=faults.stopped),
        Scenario(
            "lost commits",
            "commits are not waited for, and the server crashes",
            fault=faults.crashed,
            lossy=True,
            write_pause_s=0.015,
        ),
        Scenario("restart", "the server restarts", fault=faults.restarted, seconds=8),
        Scenario("crash", "the server crashes and recovers", fault=faults.crashed, seconds=8),
        Scenario(
            "trimmed", "a process sleeps for longer than the changelog is kept", fault=faults.trimmed, retain_s=0.5
        ),
        Scenario(
            "synchronous",
            "commits wait for a standby that does not apply",
            fault=faults.standby_paused,
            standby=True,
            announces=True,
        ),
    )


SCENARIOS: Final[Mapping[str, Scenario]] = {one.name: one for one in _scenarios()}
