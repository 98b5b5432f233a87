"""What processes report comes to one account: by hand-made reports, and read off a real server."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.changes.caches import SeenCache
from plimsoll.core.cache_figures import RatioRow, advice_of
from plimsoll.core.cache_report import (
    AuditReport,
    CacheReport,
    ShadowRatio,
    ShadowReport,
    Uses,
    quantile_ms,
)
from plimsoll.core.observation import Observation
from plimsoll.core.series.key import SeriesKey
from plimsoll.core.time_bounds import FILL_MS
from plimsoll.monitor.caches.collector import CachesCollector, values_of
from plimsoll.monitor.caches.combining import Reports, figures_of, row_of
from tests.changes.histories import watch
from tests.monitor.postgres.servers import figures, link_to, run, sessions

FIRST = CacheReport(
    policy="s3-fifo", started_s=1.0, hits={"process": 100, "shared": 0}, misses={"absent": 50},
    fills=50, fill_ms=(0, 0, 0, 50), families={"order": Uses(90, 40)}, tenants={"acme": 10, "": 5},
    staleness_s=0.25, age_s=0.03, bytes=100, bytes_max=1_000, entries=4,
)  # fmt: skip
LATER = replace(
    FIRST, lag_ms=(0, 0, 0, 0, 0, 8, 2),
    hits={"process": 1_000, "shared": 42}, misses={"absent": 108}, fills=108, fill_ms=(0, 0, 0, 50, 58),
    families={"order": Uses(990, 140)}, gone={"capacity": 10},
    shadow=ShadowReport(500, 4.0, (ShadowRatio("s3-fifo", 1.0, 0.88), ShadowRatio("2q", 2.0, 0.941))),
)  # fmt: skip


def seen(report: CacheReport | None, instance: str = "a", ago: float = 0.5) -> SeenCache:
    return SeenCache("shop", instance, "app", ago, report)


def test_rates_are_of_the_time_between_reports_and_sums_of_all_processes() -> None:
    reports = Reports(10.0)
    assert reports.next([seen(FIRST), seen(FIRST, "b")], 100.0) == {}
    now = [seen(LATER), seen(LATER, "b", 2.5), seen(LATER, "new"), seen(LATER, "dead", 30.0)]
    found = reports.next(now, 110.0)
    one = figures_of("shop", now, found)
    assert (one.processes, one.silent, one.behind) == (3, 1, 0)
    assert one.hits_per_s["shared"] == pytest.approx(42 / 10 + 42 / 8)
    assert one.reads_per_s == pytest.approx(1_000 / 10 + 1_000 / 8)
    assert one.hit_percent == pytest.approx(94.2)
    assert one.gone_per_s["capacity"] == pytest.approx(10 / 10 + 10 / 8)  # nothing had gone before
    assert (one.bytes, one.age_ms, one.staleness_ms) == (300, 30.0, 250.0)
    assert [(row.family, round(row.hit_percent or 0)) for row in one.families] == [("order", 90)]
    assert [(row.tenant, row.bytes) for row in one.tenants] == [("acme", 30)]
    assert one.fill_ms_p50 == pytest.approx(3.5)
    assert one.lag_ms_p50 == pytest.approx(8.125)
    assert one.lag_ms_p99 == pytest.approx(19.5)
    assert one.advice == ("2Q at twice the size: 94.1 % instead of 88 %",)
    rows = {row.instance: row for row in (row_of(each, found.get(("shop", each.instance))) for each in now)}
    assert (rows["a"].reads_per_s, rows["new"].reads_per_s, rows["dead"].standing) == (100.0, None, "silent")
    for steady_s in (110.1, 110.09):  # the same report, as two clocks have it
        again = reports.next([seen(LATER, ago=0.6)], steady_s)
        assert again["shop", "a"].seconds == 10.0


@given(st.integers(1, 10**6), st.integers(0, 10**6), st.floats(0.5, 30.0))
def test_a_share_of_hits_is_never_above_100_percent(hits: int, shared: int, seconds: float) -> None:
    reports = Reports(30.0)
    none = CacheReport(started_s=1.0, hits={"process": 0, "shared": 0}, families={"order": Uses()})
    all_ = replace(none, hits={"process": hits, "shared": shared}, families={"order": Uses(hits, 0)})
    reports.next([seen(none)], 100.0)
    found = reports.next([seen(all_)], 100.0 + seconds)
    one = figures_of("shop", [seen(all_)], found)
    assert (one.hit_percent, one.families[0].hit_percent) == (100.0, 100.0)
    assert row_of(seen(all_), found["shop", "a"]).hit_percent == 100.0


def test_of_hardly_any_reads_the_hit_ratio_is_no_series() -> None:
    reports, key = Reports(10.0), SeriesKey.of("cache_hit_percent", cache="shop")
    reports.next([seen(FIRST)], 100.0)
    one = figures_of("shop", [seen(LATER)], reports.next([seen(LATER)], 110.0))
    assert values_of(one)[key] == pytest.approx(94.2)
    assert key not in values_of(replace(one, reads_per_s=0.5))
    gone = figures_of("shop", [seen(LATER, ago=30.0)], {})
    assert {str(key): value for key, value in values_of(gone).items()} == {'cache_processes{cache="shop"}': 0.0}


def test_a_process_that_was_started_anew_or_hears_too_little_is_told_as_such() -> None:
    reports = Reports(10.0)
    reports.next([seen(LATER)], 100.0)
    anew = replace(FIRST, started_s=2.0, age_s=None, trouble="connection refused")
    assert reports.next([seen(anew)], 110.0) == {}
    one = figures_of("shop", [seen(anew), seen(None, "odd")], {})
    assert (one.processes, one.silent, one.behind, one.age_ms, one.hit_percent) == (1, 1, 1, None, None)
    assert (row_of(seen(anew), None).standing, row_of(seen(None), None).standing) == ("behind", "unreadable")


def test_advice_compares_what_was_simulated_with_what_was_simulated() -> None:
    def advice(**ratios: float) -> tuple[str, ...]:
        sizes = {"half": 0.5, "same": 1.0, "twice": 2.0}
        rows = [RatioRow(name.split("_")[0], sizes[name.split("_")[1]], ratio) for name, ratio in ratios.items()]
        return advice_of("lru", rows)

    assert advice(sieve_same=0.9) == ()
    assert advice(lru_same=0.88, sieve_same=0.90) == ("SIEVE at this size: 90 % instead of 88 %",)
    assert advice(lru_half=0.878, lru_same=0.88) == ("LRU at half the size would do: 87.8 % instead of 88 %",)
    assert advice(lru_half=0.5, lru_same=0.88, lru_twice=0.885)[0].startswith("no other policy")


def test_a_quantile_lies_within_the_bucket_of_the_fill_that_it_names() -> None:
    assert quantile_ms([], 0.5) is None
    assert quantile_ms([0] * len(FILL_MS), 0.5) is None
    assert quantile_ms([0, 0, 0, 0, 10], 0.5) == pytest.approx(3.5)
    assert quantile_ms([1] * len(FILL_MS), 1.0) == 5_000.0


def test_it_is_read_off_the_server(database: str) -> None:
    async def go() -> tuple[Observation, Observation, list[str]]:
        link = link_to(database)
        collector, off = CachesCollector(link, 5.0), list[str]()

        async def no() -> None:
            told = (await collector.collect()).details["caches"]
            off.append(f"{told['missing']}: {told['remedy']}")

        async with sessions(database, 1) as (one,):
            await no()
            await one.execute("CREATE TABLE orders (id int)")
            await watch(one, "orders=order:{id}")
            await one.execute("ALTER FUNCTION plimsoll_changes.caches() RENAME TO caches_away")
            await no()
            await one.execute("ALTER FUNCTION plimsoll_changes.caches_away() RENAME TO caches")
            audited = replace(LATER, audit=AuditReport(9, 2, found=("order:7",)), shared_trouble="away")
            await report(one, replace(audited, families={"ordr": Uses(3, 12), **LATER.families}))
            first = await collector.collect()
            await report(one, {"age_s": "x"}, "b")
            await one.execute("UPDATE plimsoll_changes.caches SET reported_at = reported_at + interval '2 s'")
            second = await collector.collect()
        await link.close()
        return first, second, off

    first, second, off = run(go())
    assert off == ["no changes are written down here for caches, or by an earlier version: plimsoll cache install"] * 2
    values = figures(first)
    assert values['cache_stale_found_per_s{cache="shop"}'] == pytest.approx(2 / 5)
    assert values['cache_shared_away_processes{cache="shop"}'] == 1
    assert 'cache_hit_percent{cache="shop"}' not in values
    told: Mapping[str, Any] = first.details["caches"]
    assert (told["rows"][0]["standing"], told["caches"][0]["stale_keys"]) == ("right", ("order:7",))
    assert told["caches"][0]["unwritten"] == ({"family": "ordr", "filled": 12},)
    assert figures(second)['cache_stale_found_per_s{cache="shop"}'] == 0
    assert figures(second)['cache_processes{cache="shop"}'] == 2


async def report(connection: asyncpg.Connection, said: Any, instance: str = "a") -> None:
    text = json.dumps(said.to_json() if isinstance(said, CacheReport) else said)
    await connection.execute("SELECT plimsoll_changes.report('shop', $1, $2::jsonb)", instance, text)
