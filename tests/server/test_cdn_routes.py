"""Edges over the API: do they help, what do they do, and purging through a real outbox and a real edge."""

import json
from typing import Any

import asyncpg
import pytest
from fastapi import FastAPI

from plimsoll.core.observation import Observation
from plimsoll.core.series.key import SeriesKey
from plimsoll.edge.serving.control import Control
from plimsoll.edge.serving.edge import Edge
from plimsoll.postgres.dsn import read_target
from plimsoll.server.reading.edge_lines import edge_verdict
from plimsoll.settings.environment import Environment
from plimsoll.settings.masking import Secret
from plimsoll.settings.monitor import MonitorServer, MonitorSettings
from plimsoll.settings.settings import Settings
from plimsoll.workflows.target import TargetRequest
from plimsoll.workflows.watch import Watch, WatchRequest
from plimsoll.workflows.watch_target import WatchedTarget
from tests.edge.purge.ground import installed
from tests.edge.serving.town import FRESH, Scripted, ok, run, serving, within
from tests.server.asking import ADMIN, NOW, READ, Answer, an_app, ask, asked, bearer, see
from tests.server.made_edges import AFTER, BEHIND, FAILING, MISSING, SLOW, edges, no_outbox, purges

API = "/api/v1/cdn"
TOKEN = "0123456789abcdef"
JSON = {"content-type": "application/json"}


def app_of(dsn: str | None = None, *named: str, protected: bool = False) -> FastAPI:
    settings = Settings(monitor=MonitorSettings(store=None, edges=named))
    there, where = None, None
    if dsn is not None:
        target = read_target(Secret(dsn), {})
        there = WatchedTarget(Environment("prod", protected=protected), target.display, lambda: target)
        where = TargetRequest(settings, {}, dsn=Secret(dsn))
    watch = Watch(WatchRequest(settings, where), there)
    watch.board.observe(watch.recent.put)
    watch.board.observe(watch.alerts.observe)
    return an_app(watch, MonitorServer(read_token=Secret(READ), admin_token=Secret(ADMIN)))


def told(app: FastAPI, path: str) -> Any:
    answer = ask(app, f"{API}/{path}", headers=bearer(READ))
    assert answer.status == 200, answer.body
    return answer.json()


def kind(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json()["type"].rpartition(":")[2]


def purge(*, token: str = ADMIN, **wanted: Any) -> tuple[str, str, dict[str, str], bytes]:
    """What `ask` takes."""
    return f"{API}/cache/invalidate", "POST", bearer(token) | JSON, json.dumps(wanted).encode()


def test_each_route_tells_its_part() -> None:
    bare = told(app_of(), "status")
    assert (bare["standing"], bare["missing"]) == ("unknown", "No edge is watched")
    assert bare["purges"]["missing"] == "no database is watched here"
    app = app_of(None, "http://u:secret@10.0.0.1:8080")
    assert told(app, "status")["missing"] == "what edges tell was not seen yet"
    see(app.state.served.watch, NOW - 2, edges=edges(AFTER, AFTER), purges=purges(parked=2))
    found = told(app, "status")
    assert (found["standing"], found["word"], found["total"]["edges"]) == ("warning", "Purges refused", 2)
    assert found["purges"]["providers"][1]["parked"] == 2
    metrics = told(app, "metrics")
    assert [one["kind"] for one in metrics["classes"]] == ["immutable", "pages", "images", "data"]
    assert [one["edge"] for one in metrics["edges"]] == ["10.0.0.0:8080", "10.0.0.1:8080"]
    config = told(app, "config")
    assert (config["edges"], config["providers"]) == (["10.0.0.1:8080"], ["local", "cloudflare"])
    assert {rule["name"] for rule in config["rules"]} >= {"edge_hits", "edge_purges_parked"}
    assert kind(ask(app, f"{API}/status?edge=1", headers=bearer(READ))) == (422, "invalid-request")


def test_what_alarms_of_edges_is_told_apart() -> None:
    app = app_of()
    watch = app.state.served.watch
    parked = {SeriesKey.of("edge_purges_parked", provider="fastly"): 3.0, SeriesKey.of("host_cpu_busy_percent"): 5.0}
    watch.board.put(Observation("purges", NOW, parked))
    (alert,) = told(app, "alerts")["alerts"]
    assert (alert["rule"], alert["summary"]) == (
        "edge_purges_parked", "fastly has refused purges too often: 3 are parked",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("documents", "standing", "words"),
    [
        ((edges(AFTER, AFTER), purges()), "good", "2 edges, 92.4 % of 856 requests/s are hits"),
        ((edges(AFTER, away=True), purges()), "warning", "1 of 2 edges does not answer"),
        ((edges(away=True), purges()), "bad", "The edge does not answer"),
        ((edges(FAILING), purges()), "bad", "18.7 % of the answers are errors"),
        ((edges(SLOW), purges()), "bad", "5 of 100 answers begin after 9.3"),
        ((edges(AFTER), purges(oldest_s=90.0)), "warning", "A purge for cloudflare has waited for 1 min 30 s"),
        ((edges(AFTER), purges(oldest_s=900.0, trouble="HTTP 503")), "bad", "A purge for cloudflare"),
        ((edges(BEHIND), no_outbox()), "warning", "1 edge tells nothing by tag"),
        ((edges(MISSING), None), "warning", "Of little help: 1 edge, 20 % of 400 requests/s are hits"),
    ],
)
def test_the_worst_is_the_verdict(documents: tuple[Any, Any], standing: str, words: str) -> None:
    said = edge_verdict(*documents)
    assert (said.standing, said.sentence[: len(words)]) == (standing, words)


def test_a_purge_goes_through_the_outbox_where_there_is_one(database: str) -> None:
    async def story() -> None:
        app = app_of(database, "http://127.0.0.1:1")
        db = await asyncpg.connect(database)
        try:
            await installed(db, "local", "fastly")
            done = await asked(app, *purge(tags=["order:7"], prefixes=["https://a.example/x/"], hard=True))
            rows = await db.fetch("SELECT provider, kind, what, hard FROM plimsoll_edge.outbox ORDER BY 1, 2")
        finally:
            db.terminate()
        assert done.status == 200, done.body
        assert done.json()["unable"] == {"fastly": ["prefix"]}
        assert [tuple(row)[:2] for row in rows] == [("fastly", "tag"), ("local", "prefix"), ("local", "tag")]
        assert all(row["hard"] for row in rows)

    run(story)


def test_without_an_outbox_the_edges_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLIMSOLL_EDGE_TOKEN", TOKEN)

    async def story() -> None:
        edge = Edge(Scripted(ok(FRESH, "Cache-Tag: order:7")))
        await within(edge, "/a")
        async with serving(Control(edge, edge, TOKEN)) as at:
            done = await asked(app_of(None, f"http://127.0.0.1:{at}"), *purge(tags=["order:7"], hard=True))
        assert (done.status, done.json()["providers"]) == (200, ["local"])
        assert edge.store.statistics().entries == 0
        assert kind(await asked(app_of(None, "http://127.0.0.1:1"), *purge(everything=True)))[0] >= 400

    run(story)


def test_what_may_not_be_purged_is_refused() -> None:
    app = app_of("postgresql://nobody@127.0.0.1:1/none", protected=True)
    assert kind(ask(app, *purge(token=READ, tags=["order:7"]))) == (403, "admin-needed")
    protected = ask(app, *purge(tags=["order:7"]))
    assert (protected.status >= 400, "--allow-protected prod" in protected.json()["remedy"]) == (True, True)
    for wrong in ({}, {"tags": ["a b"]}, {"urls": ["x"]}, {"everything": True, "tags": ["order:7"]}, {"tag": ["a:1"]}):
        assert ask(app, *purge(**wrong)).status == 422, wrong
