"""Many edges look like one; one that is away is told; what waits in an outbox is read off a real server."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import asyncpg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plimsoll.core.edge_report import CLASSES, OUTCOMES, EdgeReport
from plimsoll.core.errors import UsageError
from plimsoll.core.series.catalogue import CATALOGUE
from plimsoll.core.series.key import SeriesKey
from plimsoll.core.time_bounds import ANSWER_MS
from plimsoll.edge.figures import Traffic
from plimsoll.edge.serving.control import Control
from plimsoll.edge.serving.edge import Edge
from plimsoll.edge.serving.measuring import Measured
from plimsoll.monitor.edges.collector import EdgesCollector, edge_address, values_of
from plimsoll.monitor.edges.combining import Looks, SeenEdge, classes_of, row_of, totals_of
from plimsoll.monitor.edges.purges import PurgesCollector
from plimsoll.settings.alert_rules import default_rules
from plimsoll.settings.masking import Secret
from tests.edge.purge.ground import installed
from tests.edge.serving.town import FRESH, Scripted, ask, ok, run, serving
from tests.monitor.postgres.servers import link_to

TOKEN = "0123456789abcdef"
FIRST = EdgeReport(instance="a", host="web1", pid=7, told={"pages": {"hit": 100, "forwarded": 10}}, entries=5, bytes=10)
LATER = replace(
    FIRST,
    told={"pages": {"hit": 160, "forwarded": 30, "write": 20}, "data": {"forwarded": 20}},
    latency_ms=(0, 90, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 30), errors=12, saved_bytes=1_000, served_bytes=3_000,
    countries={"DE": 20}, because={"uri-miss": 20}, passed={"private": 10},
)  # fmt: skip


def seen(report: EdgeReport | None, edge: str = "web1:8080") -> SeenEdge:
    return SeenEdge(edge, report, "" if report else "nobody listens there")


def test_rates_are_sums_of_all_edges_and_shares_are_of_all_their_requests() -> None:
    looks = Looks(5.0)
    assert looks.next([seen(FIRST), seen(FIRST, "b")], 100.0) == {}
    now = [seen(LATER), seen(LATER, "b"), seen(LATER, "new"), seen(None, "dead")]
    found = looks.next(now, 110.0)
    total = totals_of(now, list(found.values()))
    assert (total.edges, total.silent) == (3, 1)
    assert total.requests_per_s == pytest.approx(2 * 12.0)
    assert total.hit_percent == pytest.approx(60.0)  # 60 of 60 + 20 + 20: what no cache answers does not count
    assert total.errors_percent == pytest.approx(10.0)
    assert total.latency_ms_p95 == pytest.approx(4_400.0)
    assert (total.saved_bytes_per_s, total.countries_per_s) == (200.0, {"DE": 4.0})
    assert [(row.kind, row.hit_percent) for row in classes_of(list(found.values()))] == [
        ("pages", pytest.approx(75.0)), ("data", 0.0),
    ]  # fmt: skip
    assert [row_of(one, found.get(one.edge)).standing for one in now] == ["up", "up", "up", "silent"]


def test_another_process_at_an_address_begins_anew() -> None:
    looks = Looks(5.0)
    looks.next([seen(LATER)], 100.0)
    assert looks.next([seen(replace(LATER, instance="b"))], 105.0) == {}


def test_of_too_few_requests_no_share_is_told() -> None:
    looks = Looks(5.0)
    looks.next([seen(FIRST)], 100.0)
    few = replace(FIRST, told={"pages": {"hit": 100, "forwarded": 29}}, latency_ms=(19,), errors=19)
    total = totals_of([seen(few)], list(looks.next([seen(few)], 105.0).values()))
    assert (total.hit_percent, total.errors_percent) == (None, None)
    assert SeriesKey.of("edge_hit_percent") not in values_of(total, [])


def test_shares_are_of_the_last_minute_and_rates_of_the_last_look() -> None:
    looks = Looks(5.0)
    for step in range(21):  # 2 requests each 5 s; after 70 s none is a hit
        hits, misses = min(2 * step, 28), max(0, 2 * step - 28)
        report = replace(FIRST, told={"pages": {"hit": hits, "forwarded": misses}}, latency_ms=(2 * step,))
        found = list(looks.next([seen(report)], 5.0 * step).values())
    total = totals_of([seen(report)], found, looks.wide)
    assert total.requests_per_s == pytest.approx(0.4)
    assert total.hit_percent == pytest.approx(50.0)  # of 24 requests of a minute 12
    assert totals_of([seen(report)], found).hit_percent is None


counts = st.dictionaries(st.sampled_from(OUTCOMES), st.integers(0, 10**6))
reports = st.builds(
    EdgeReport, instance=st.sampled_from("ab"), told=st.dictionaries(st.sampled_from(CLASSES), counts),
    latency_ms=st.lists(st.integers(0, 10**6), max_size=len(ANSWER_MS)).map(tuple),
    errors=st.integers(0, 10**6), cut=st.integers(0, 10**6), countries=st.dictionaries(st.text(max_size=2), st.just(3)),
)  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(reports, reports), max_size=2))
def test_shares_are_shares_and_all_series_are_known(
    pairs: list[tuple[EdgeReport, EdgeReport]],
) -> None:
    looks = Looks(5.0)
    looks.next([seen(before, str(n)) for n, (before, _) in enumerate(pairs)], 1.0)
    now = [seen(after, str(n)) for n, (_, after) in enumerate(pairs)]
    between = list(looks.next(now, 6.0).values())
    for key, value in values_of(totals_of(now, between), classes_of(between)).items():
        assert set(dict(key.labels)) == set(CATALOGUE[key.name].labels)
        assert 0 <= value <= (100 if key.name.endswith("_percent") else float("inf"))


def test_every_rule_of_edges_judges_a_series_that_there_is() -> None:
    rules = [rule for rule in default_rules().values() if rule.name.startswith("edge_")]
    assert len(rules) == 9
    assert all(rule.series.name in CATALOGUE for rule in rules)


def test_an_address_has_no_password_and_its_token_is_not_shown() -> None:
    address = edge_address("http://web1:8080/.plimsoll/purge", Secret(TOKEN))
    assert (address.target, TOKEN in repr(address)) == ("/.plimsoll/figures", False)
    for wrong in ("ftp://a", "web1:8080", "http://u:p@web1"):
        with pytest.raises(UsageError, match="not the address of an edge"):
            edge_address(wrong, Secret(TOKEN))
    with pytest.raises(UsageError, match="too many"):
        EdgesCollector([f"http://web{n}" for n in range(65)], Secret(TOKEN))


@asynccontextmanager
async def an_edge(token: str = TOKEN) -> AsyncIterator[int]:
    edge, traffic = Edge(Scripted(ok(FRESH))), Traffic()
    async with serving(Control(edge, Measured(edge, traffic), token, traffic)) as at:
        yield at


def test_edges_are_asked_and_who_does_not_answer_takes_nothing_from_the_others() -> None:
    async def story() -> None:
        async with an_edge() as one, an_edge() as two, an_edge("another-token-0123") as closed:
            ports = [one, two, closed, 1]
            collector = EdgesCollector([f"http://127.0.0.1:{port}" for port in ports], Secret(TOKEN))
            await collector.collect()
            for port in (one, two):
                for _ in range(15):
                    await ask(port, "/a")
            told = await collector.collect()
            await collector.close()
        found = json.loads(json.dumps(told.details["edges"]))
        assert [row["standing"] for row in found["rows"]] == ["up", "up", "silent", "silent"]
        assert "does not take the token in PLIMSOLL_EDGE_TOKEN" in found["rows"][2]["why"]
        assert "nobody listens there" in found["rows"][3]["why"]
        assert TOKEN not in json.dumps(found)
        assert told.values[SeriesKey.of("edge_silent_processes")] == 2
        assert told.values[SeriesKey.of("edge_hit_percent")] == pytest.approx(100 * 28 / 30)

    run(story)


def test_what_waits_for_a_provider_is_read_off_the_server(database: str) -> None:
    async def story() -> None:
        link = link_to(database)
        collector = PurgesCollector(link)
        db = await asyncpg.connect(database)
        try:
            bare = await collector.collect()
            await installed(db, "local", "cloudflare")
            await db.execute("SELECT plimsoll_edge.ask('{tag,tag}', '{order:1,order:2}', '{f,f}', '{cloudflare}')")
            await db.execute("UPDATE plimsoll_edge.outbox SET asked_at = now() - interval '5 min'")
            await db.execute("UPDATE plimsoll_edge.outbox SET parked = true WHERE what = 'order:2'")
            told = await collector.collect()
        finally:
            db.terminate()
            await link.close()
        assert bare.details["purges"]["remedy"] == "plimsoll edge install"
        waiting = [told.values[SeriesKey.of("edge_purges_waiting", provider=one)] for one in ("local", "cloudflare")]
        assert waiting == [0.0, 1.0]
        assert told.values[SeriesKey.of("edge_purges_parked", provider="cloudflare")] == 1
        assert told.values[SeriesKey.of("edge_purge_lag_s", provider="cloudflare")] >= 300
        assert told.values[SeriesKey.of("edge_purge_lag_s", provider="local")] == 0
        assert told.details["purges"]["rows"][1]["provider"] == "cloudflare"

    run(story)
