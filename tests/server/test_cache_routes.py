"""Caches over the API: are they right, what do they do, and dropping tags in a real database."""

import json
from dataclasses import replace
from typing import Any

import asyncpg
import pytest
from fastapi import FastAPI

from plimsoll.postgres.dsn import read_target
from plimsoll.server.reading.cache_lines import cache_verdict
from plimsoll.settings.environment import Environment
from plimsoll.settings.masking import Secret
from plimsoll.settings.monitor import MonitorServer, MonitorSettings
from plimsoll.settings.settings import Settings
from plimsoll.workflows.target import TargetRequest
from plimsoll.workflows.watch import Watch, WatchRequest
from plimsoll.workflows.watch_target import WatchedTarget
from tests.changes.histories import watch as install
from tests.monitor.postgres.servers import run
from tests.server.asking import ADMIN, NOW, READ, Answer, an_app, ask, asked, bearer, see
from tests.server.made_caches import AFTER, DEAF, STALE, caches, missing

API = "/api/v1/cache"
JSON = {"content-type": "application/json"}


def app_of(dsn: str = "postgresql://nobody@127.0.0.1:1/none", *, protected: bool = False) -> FastAPI:
    settings = Settings(monitor=MonitorSettings(store=None))
    target = read_target(Secret(dsn), {})
    there = WatchedTarget(Environment("prod", protected=protected), target.display, lambda: target)
    watch = Watch(WatchRequest(settings, TargetRequest(settings, {}, dsn=Secret(dsn))), there)
    watch.board.observe(watch.recent.put)
    return an_app(watch, MonitorServer(admin_token=Secret(ADMIN)))


def kind(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json()["type"].rpartition(":")[2]


def drop(*tags: str, token: str = ADMIN) -> tuple[str, str, dict[str, str], bytes]:
    """What `ask` takes."""
    return f"{API}/invalidate", "POST", bearer(token) | JSON, json.dumps({"tags": tags}).encode()


def test_each_route_tells_its_part_of_what_was_reported() -> None:
    app = app_of()
    assert "not seen yet" in ask(app, f"{API}/status").json()["missing"]
    see(app.state.served.watch, NOW - 2, caches=caches(AFTER, AFTER))
    found = ask(app, f"{API}/status").json()
    assert found["sentence"] == "2 processes, 94.2 % of 4,100 reads/s are hits, at most 12.0 ms old"
    assert (found["standing"], found["age_s"], found["caches"][0]["policy"]) == ("good", 2.0, "s3-fifo")
    assert [one["pid"] for one in ask(app, f"{API}/processes").json()["processes"]] == [4001, 4002]
    tags = ask(app, f"{API}/tags?cache=shop").json()
    assert [one["family"] for one in tags["families"]] == ["order", "org", "table"]
    assert tags["tenants"][0] == {"cache": "shop", "tenant": "acme", "bytes": 60 * 2**20}
    shadow = ask(app, f"{API}/shadow").json()["caches"]
    assert shadow[0]["advice"] == [
        "2Q at this size: 89.1 % instead of 88 %",
        "2Q at twice the size: 94.1 % instead of 88 %",
    ]
    assert ask(app, f"{API}/audit").json()["caches"][0]["audited"] == 10_240
    assert kind(ask(app, f"{API}/processes?cache=shoe")) == (404, "not-found")
    assert kind(ask(app, f"{API}/status?name=shop")) == (422, "invalid-request")
    see(app.state.served.watch, NOW - 1, caches=missing())
    assert ask(app, f"{API}/status").json()["remedy"] == "plimsoll cache install"


def test_tags_that_nobody_writes_are_named_and_are_the_verdict() -> None:
    app = app_of()
    see(app.state.served.watch, NOW - 2, caches=caches(AFTER, AFTER, written={"order"}))
    found = ask(app, f"{API}/tags").json()["unwritten"]
    assert found == [{"cache": "shop", "family": "org", "filled": 240}]
    found = ask(app, f"{API}/status").json()
    assert (found["standing"], found["word"]) == ("warning", "Tags unwritten")
    assert found["sentence"].startswith("Nobody writes tags of org (240 values); ")
    assert "plimsoll cache install" in found["remedy"]


def test_a_cache_that_is_asked_for_by_name_is_told_alone() -> None:
    app, shop, users = app_of(), caches(AFTER, AFTER), caches(DEAF, name="users")
    both = {name: [*shop[name], *users[name]] for name in ("caches", "rows")}
    see(app.state.served.watch, NOW - 2, caches=dict(shop) | both)
    assert ask(app, f"{API}/status").json()["word"] == "Behind"
    found = ask(app, f"{API}/status?cache=shop").json()
    assert found["sentence"] == "2 processes, 94.2 % of 4,100 reads/s are hits, at most 12.0 ms old"
    assert ask(app, f"{API}/status?cache=users").json()["sentence"].startswith("1 process passes the cache by")


def test_the_verdict_says_the_worst_first() -> None:
    def said(*reports: Any, lapsed: str = "") -> tuple[str, str]:
        found = cache_verdict(caches(*reports), lapsed)
        return found.standing, f"{found.word}: {found.sentence}"

    assert said() == ("unknown", "No cache: No process reports a cache")
    standing, words = said(STALE, DEAF, AFTER)
    assert (standing, words.partition(";")[0]) == ("bad", "Stale: The audit found 2 stale values: order:7, order:9")
    standing, words = said(DEAF, AFTER)
    assert (standing, words.partition(" for ")[0]) == ("warning", "Behind: 1 of 2 processes passes the cache by,")
    assert said(replace(AFTER, shared_trouble="timed out"))[1].startswith(
        "Without tier 2: 1 process without tier 2; 94"
    )
    gone = dict(caches(AFTER))
    gone["caches"] = [{**one, "processes": 0} for one in gone["caches"]]
    assert (
        cache_verdict(gone).sentence == "No process has reported its cache lately; 1 process did within the last minute"
    )
    assert said(AFTER, lapsed="not seen since 12:00:00")[0] == "unknown"
    assert (
        cache_verdict(None, "not seen: connection refused").sentence
        == "What caches report cannot be seen: connection refused"
    )


@pytest.mark.parametrize(
    ("trouble", "cause", "remedy"),
    [
        ("the server fails: Error 111 connecting to a:1. Connection refused.",
         "Error 111 connecting to a:1. Connection refused", "runs and can be reached"),
        ("the server fails: invalid username-password pair or user is disabled.",
         "invalid username-password pair or user is disabled", "user and password in the URL"),
        ("the server fails: certificate verify failed", "certificate verify failed", "valkeys://"),
        ("the server fails: no answer in time", "no answer in time", "is busy"),
        ("the name is another database's on this server", "the name is another database's on this server", "two names"),
    ],
)  # fmt: skip
def test_what_is_to_be_done_about_tier_2_is_told_by_its_cause(trouble: str, cause: str, remedy: str) -> None:
    found = cache_verdict(caches(replace(AFTER, shared_trouble=f"not in use: {trouble}"), AFTER))
    assert found.sentence.startswith("1 of 2 processes without tier 2; 94.2 % of ")
    assert found.cause == cause
    assert remedy in found.remedy


def test_tags_are_dropped_with_the_admin_token_and_not_where_it_is_protected(database: str) -> None:
    async def go() -> None:
        app = app_of(database)
        nothing = await asked(app, *drop("order:1"))
        assert (kind(nothing), nothing.json()["remedy"]) == ((409, "refused"), "plimsoll cache install")
        connection = await asyncpg.connect(database)
        await install(connection)
        done = await asked(app, *drop("order:1", "org:*", "order:1"))
        row = await connection.fetchrow("SELECT xid::text, tags FROM plimsoll_changes.changelog")
        await connection.close()
        assert (done.status, done.json()) == (
            200,
            {"tags": ["order:1", "org:*"], "xid": row["xid"], "unwritten": ["order:1", "org:*"]},
        )
        assert row["tags"] == ["order:1", "org:*"]
        assert kind(await asked(app, *drop("order 1"))) == (422, "invalid-request")
        assert kind(await asked(app, *drop())) == (422, "invalid-request")
        assert kind(await asked(app, *drop("order:1", token=READ)))[0] in (401, 403)

    run(go())
    refused = ask(app_of(database, protected=True), *drop("order:*"))
    assert kind(refused) == (409, "refused")
    assert "--allow-protected prod 'order:*'" in refused.json()["remedy"]
    assert kind(ask(app_of(), *drop("order:1"))) == (409, "refused")  # nobody listens there
    alone = an_app(server=MonitorServer(admin_token=Secret(ADMIN)))
    assert kind(ask(alone, f"{API}/status")) == (409, "no-database")


@pytest.mark.parametrize("trouble", ["postgresql://app:hunter2@10.0.0.1/shop refused", "password=hunter2 is wrong"])
def test_no_secret_that_a_process_reports_is_told(trouble: str) -> None:
    app = app_of()
    see(app.state.served.watch, NOW - 2, caches=caches(replace(DEAF, trouble=trouble)))
    assert "hunter2" not in ask(app, f"{API}/processes").body.decode()
    assert "hunter2" not in ask(app, f"{API}/status").body.decode()
