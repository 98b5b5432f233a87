"""The scenarios by name."""

from collections.abc import Mapping
from typing import Final

from tests.prove.caching import faults, shared_faults
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
            "of several transactions between two polls the first to begin is the last to commit",
            fault=faults.polls_at_commits,
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
        Scenario("tables", "bulk updates, TRUNCATE, DDL, partitions", kinds=every, more=tables),
        Scenario("bulk", "updates of more rows than get tags of their own", kinds=("crowd", "ward"), more=("bulk",)),
        Scenario(
            "columns",
            "updates of columns that caches keep, beside others and alone",
            writes={"one": 1, "beside": 3, "move": 1},
        ),
        Scenario("truncate", "TRUNCATE, and the table is filled again", kinds=("scratch",), more=("truncate",)),
        Scenario(
            "ddl", "columns are added, partitions detached", kinds=("part", "shape"), more=("partition", "columns")
        ),
        Scenario("threads", "callers are threads", threads=4),
        Scenario(
            "copies",
            "values are made of other cached values",
            kinds=("item", "copy"),
            slow=(0.5, 0.05, 0.1),
            readers=8,
        ),
        Scenario("tokens", "writers read what they wrote, at once", tokens=True),
        Scenario("telling", "writers tell their own process after each commit", tells=True),
        Scenario("cut polls", "the poller's connection is cut, again and again", fault=faults.cut_polls),
        Scenario("stalled polls", "the poller's network stands still for a second", fault=faults.stalled_polls),
        Scenario("slow network", "every byte of the poller is 30 to 400 ms under way", fault=faults.slow_polls),
        Scenario("cut fills", "connections of fills are cut and slow", fault=faults.cut_fills),
        Scenario("terminated", "all sessions are ended by pg_terminate_backend", fault=faults.terminated),
        Scenario(
            "pooled",
            "polls and slow fills go through a transaction pooler, and the server's sessions are ended",
            fault=faults.terminated,
            pooled=True,
            slow=(0.5, 0.05, 0.15),
            readers=12,
        ),
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


def _shared() -> tuple[Scenario, ...]:
    rows: tuple[Kind, ...] = ("item", "org", "again")
    slow = (0.3, 0.02, 0.1)
    return (
        Scenario("shared rows", "as rows, and values are shared", shared=True, processes=3),
        Scenario("shared orders", "as orders, and values are shared", shared=True, writes=ORDERS, processes=3),
        Scenario(
            "shared reports",
            "as reports, and one process hears of changes late",
            shared=True,
            options={"repeatable": 0.5},
            fault=faults.one_late,
        ),
        Scenario(
            "shared copies", "values are made of others", shared=True, kinds=("item", "copy"), slow=slow, processes=3
        ),
        Scenario("shared threads", "callers are threads, and others event loops", shared=True, threads=4),
        Scenario("shared tokens", "writers read what they wrote, at once", shared=True, tokens=True),
        Scenario("shared stalls", "the pollers' network stands still", shared=True, fault=faults.stalled_polls),
        Scenario(
            "one late", "one process hears of changes late", shared=True, fault=faults.one_late, slow=slow, readers=8
        ),
        Scenario("shared stops", "processes stand still (SIGSTOP)", shared=True, fault=faults.stopped),
        Scenario(
            "shared trimmed",
            "one stands still for longer than the changelog is kept",
            shared=True,
            fault=faults.trimmed,
            retain_s=0.5,
        ),
        Scenario(
            "shared losses",
            "commits that are not waited for, crashes",
            shared=True,
            lossy=True,
            fault=faults.crashed,
            write_pause_s=0.015,
        ),
        Scenario(
            "all asleep",
            "all processes stand still for longer than the changelog is kept",
            shared=True,
            fault=faults.all_asleep,
            retain_s=0.5,
            seconds=8,
        ),
        Scenario("flushed", "FLUSHALL", shared=True, fault=shared_faults.flushed),
        Scenario(
            "tags evicted",
            "keys of tags are deleted",
            shared=True,
            fault=shared_faults.tags_evicted,
            kinds=rows,
            slow=slow,
            write_pause_s=0.02,
        ),
        Scenario(
            "frozen",
            "Valkey stands still (SIGSTOP), and each value is asked for about once a second",
            shared=True,
            fault=shared_faults.frozen,
            processes=3,
            readers=2,
            pause_s=0.02,
            kinds=("item",),
        ),
        Scenario(
            "old dump", "Valkey is killed and restarts from an old dump", shared=True, fault=shared_faults.old_dump
        ),
        Scenario("full", "Valkey is full, and denies or evicts", shared=True, fault=shared_faults.full),
        Scenario(
            "bad network", "the network to Valkey is slow, cut, silent", shared=True, fault=shared_faults.bad_network
        ),
        Scenario(
            "slow Valkey",
            "Valkey is 80 ms away",
            shared=True,
            processes=3,
            fault=shared_faults.slow,
            kinds=("item",),
            write_pause_s=0.03,
        ),
        Scenario("one by one", "processes are killed and replaced", shared=True, fault=shared_faults.one_by_one),
        Scenario(
            "all at once",
            "all processes are killed, others write, and they are replaced",
            shared=True,
            fault=shared_faults.all_at_once,
            seconds=9,
        ),
    )


ONE_TIER: Final = tuple(one.name for one in _scenarios())
TWO_TIERS: Final = tuple(one.name for one in _shared())
SCENARIOS: Final[Mapping[str, Scenario]] = {one.name: one for one in (*_scenarios(), *_shared())}
