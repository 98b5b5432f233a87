"""What a process tells of its cache: through a real database, and as OpenMetrics."""

import asyncio
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from plimsoll.cache import Cache, Limits, tag
from plimsoll.cache.queries.counts import Counted
from plimsoll.cache.watching.lags import Lags
from plimsoll.cache.watching.openmetrics import exposition
from plimsoll.cache.watching.reporting import Reporter, report_of, report_text
from plimsoll.changes.caches import read_caches
from plimsoll.core.cache_report import OTHERS, REPORT_BYTES_MAX, AuditReport, CacheReport, Uses
from plimsoll.core.openmetrics_text import CONTENT_TYPE
from plimsoll.core.time_bounds import FILL_MS
from plimsoll.monitor.application.exposition import parse_exposition
from tests.cache.test_following import Watching, wrote


def test_whoever_follows_reports_over_the_connection_that_polls(shop: str) -> None:
    async def go() -> None:
        watching = Watching()
        with Cache("reporting", limits=Limits(entries=50), staleness_s=60) as cache:
            cache.follow(shop, wait_s=30, sinks=[watching])
            connection = await asyncpg.connect(shop)
            watching.until(await wrote(connection, "INSERT INTO orders VALUES (901, 'new')"))  # one poll later
            (seen,) = [one for one in await read_caches(connection) if one.name == "reporting"]  # others follow, too
            assert seen.role == await connection.fetchval("SELECT session_user")
            assert seen.report is not None
            assert (seen.report.entries_max, seen.report.staleness_s) == (50, 60)
            assert not seen.report.is_behind
            assert cache.status().neglected == ""
            assert sum(cache.report().lag_ms) >= 1
            await cache.fetch("a", lambda: 1, tags=[tag("order", 901)])
            assert [cache.get("a"), cache.get("b")] == [1, None]
            said = cache.report()
            assert (said.hits["process"], said.misses["absent"], said.fills) == (1, 2, 1)
            assert said.families["order"].misses == 1
            for number in range(3_000):  # each the first look after a change
                cache.invalidate(f"other:{number}")
                assert cache.get("a") == 1
            assert cache.report().families["order"].hits == pytest.approx(3_000, rel=0.25)
        assert "reporting" not in {one.name for one in await read_caches(connection)}  # it said that it ends
        await connection.close()

    asyncio.run(go())


def test_a_change_is_as_late_as_the_poll_before_it_was_sent_and_no_later() -> None:
    lags = Lags()
    lags.found()
    lags.applied(1.0, 1.5)  # nothing is known of before
    lags.applied(2.0, 2.5)  # it found nothing
    lags.found()
    lags.applied(2.010, 2.030)
    lags.found()
    lags.applied(2.020, 99.0)
    counts = dict(zip(FILL_MS, lags.told(), strict=True))
    assert {bound: count for bound, count in counts.items() if count} == {50.0: 1, float("inf"): 1}


def test_a_report_is_told_when_it_is_due_and_later_where_it_was_refused() -> None:
    sent: list[tuple[Any, ...]] = []

    async def ask(*said: Any) -> None:
        sent.append(said)

    async def go() -> None:
        reporter = Reporter("sh\0op", lambda: CacheReport(host="h"))
        for _ in range(3):
            await reporter(ask)
        assert [(name, json.loads(text)["host"]) for _, name, _, text in sent] == [("sh\ufffdop", "h")]
        assert len(reporter.instance) <= 64

    asyncio.run(go())


def test_whatever_names_there_are_it_fits_and_is_json_for_the_database() -> None:
    status = replace(
        Cache(staleness_s=None).status(),
        hits_shared=3,
        misses={"absent": 5},
        tenant_bytes={f"\0tenant \ud800 {n:03} " + "ü" * 500: 1000 - n for n in range(100)},
        families={f"f{n}": Uses(n, 1) for n in range(50)},
    )
    made = report_of(status, AuditReport(found=("\0ns\0key",)), None, "timed out")
    assert (made.hits["shared"], made.misses["absent"], made.shared_trouble) == (3, 2, "timed out")
    assert list(made.families)[:2] == ["f49", "f48"]
    assert made.tenants[OTHERS] == sum(1000 - n for n in range(20, 100))
    text = report_text(made)
    assert len(text.encode()) <= REPORT_BYTES_MAX
    assert "\0" not in json.loads(text)["audit"]["found"][0]
    huge = replace(made, tenants={f"{n}" + "ü" * 290: 1 for n in range(20)})
    assert json.loads(report_text(huge))["tenants"] == {}


def test_statements_are_told_for_all_query_caches_that_there_are() -> None:
    cache, several = Cache(staleness_s=None), [Counted(), Counted()]
    for counted in several:
        counted.cached = 3
        counted.refuse("it is no SELECT")
        cache._desk.count_queries(counted)
    report = cache.report()
    assert (report.queries, report.uncached) == (6, {"it is no SELECT": 2})
    assert 'plimsoll_cache_uncached_total{cache="cache",reason="it is no SELECT"} 2' in cache.openmetrics()
    del counted, several[:]
    assert (cache.report().queries, cache.report().uncached) == (0, {})


def test_an_application_shows_it_as_openmetrics_which_others_can_read() -> None:
    report = CacheReport(
        hits={"process": 9}, misses={"absent": 1}, fills=3, fill_s=0.5, fill_ms=(1, 2), tenants={'a"\n\\': 5},
        families={"order": Uses(7, 1)}, staleness_s=0.25, age_s=None, audit=AuditReport(10, 1, 2, 3),
    )  # fmt: skip
    text = exposition("shop", report)
    assert text.endswith("# EOF\n")
    told = parse_exposition(text, None)
    assert not told.unreadable
    values = {(one.name, one.labels): one.value for one in told.samples}
    shop = ("cache", "shop")
    assert values["plimsoll_cache_hits_total", (shop, ("tier", "process"))] == 9
    assert values["plimsoll_cache_fill_seconds_bucket", (shop, ("le", "+Inf"))] == 3
    assert values["plimsoll_cache_tenant_bytes", (shop, ("tenant", 'a"\n\\'))] == 5
    assert values["plimsoll_cache_audited_total", (shop, ("outcome", "right"))] == 4
    assert values["plimsoll_cache_behind", (shop,)] == 1
    assert not any(name == "plimsoll_cache_watermark_age_seconds" for name, _ in values)
    assert "# TYPE plimsoll_cache_hits counter" in Cache("a", staleness_s=None).openmetrics()


def test_the_guide_s_application_can_be_audited_and_read() -> None:
    guide = (Path(__file__).parents[3] / "docs" / "guides" / "cache-watching.md").read_text(encoding="utf-8")
    names: dict[str, Any] = {}
    exec(re.findall(r"```python\n(.*?)```", guide, re.DOTALL)[0], names)  # noqa: S102  # our own guide
    assert [names["order"](7) for _ in range(2)] == [{"id": 7}] * 2
    text, kind = names["metrics"]()
    assert kind == CONTENT_TYPE
    assert 'plimsoll_cache_audited_total{cache="shop",outcome="stale"} 0' in text


@pytest.mark.parametrize("name", ["", "x" * 500])
def test_any_name_of_a_cache_is_one_that_can_be_reported(name: str) -> None:
    assert 1 <= len(Reporter(name, CacheReport)._name) <= 100
