"""Alerts, rules, silences, periods and statements over the API; and that only the admin token changes anything."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families

from plimsoll.core.details import document
from plimsoll.monitor.collecting.poller import Poller
from plimsoll.settings.masking import Secret
from plimsoll.settings.monitor import MonitorServer, MonitorSettings
from plimsoll.settings.settings import Settings
from plimsoll.workflows.alerts import alerting
from tests.server.asking import ADMIN, GUARDED, NOW, READ, Answer, a_watch, an_app, ask, bearer, see
from tests.server.test_summing import row

OPEN = MonitorServer(admin_token=Secret(ADMIN))
SILENCE = {"matcher": "cpu*", "for": "2h", "reason": "a load test", "author": "kim"}


def change(app: FastAPI, method: str, path: str, body: Any = None, token: str = ADMIN) -> Answer:
    data = b"" if body is None else json.dumps(body).encode()
    return ask(app, path, method, {"content-type": "application/json", **bearer(token)}, data)


def test_only_the_admin_token_changes_anything() -> None:
    app = an_app(server=GUARDED)
    changes: list[tuple[str, str, Any]] = [
        ("PUT", "rules/cpu/override", {"enabled": False}),
        ("DELETE", "rules/cpu/override", None),
        ("POST", "silences", SILENCE),
        ("DELETE", "silences/x", None),
        ("PATCH", "config", {"host_period_s": 5}),
    ]
    for method, path, body in changes:
        assert change(app, method, path, body, READ).json()["type"].endswith("admin-needed")
        assert change(an_app(), method, path, body, "").json()["type"].endswith(("wrong-token", "read-only"))
    assert app.state.served.watch.alerts.silences() == []


def test_what_fires_is_told_and_counted_until_it_is_silenced() -> None:
    watch = a_watch()
    app = an_app(watch, OPEN)
    watch.board.observe(watch.alerts.observe)
    for second in range(0, 700, 10):
        see(watch, NOW - 700 + second, 99.0)
        watch.alerts.tick(NOW - 700 + second)
    (fires,) = ask(app, "alerts").json()["alerts"]
    assert (fires["series"], fires["state"], fires["value"]) == ("host_cpu_busy_percent", "firing", 99.0)
    said = ask(app, "status").json()
    assert said["alerts"][fires["severity"]] == 1
    assert fires["summary"].rstrip(".").lower() in said["sentence"].lower()
    for second in (30, 90, 150, 210):
        watch.alerts.tick(NOW + second)
    assert [one["state"] for one in ask(app, "alerts").json()["alerts"]] == ["no-data"]
    assert "No value since" in ask(app, "status").json()["sentence"]  # it is not known to be over
    see(watch, NOW + 211, 99.0)
    watch.alerts.tick(NOW + 211)
    made = change(app, "POST", "silences", SILENCE | {"matcher": fires["rule"]})
    assert (made.status, made.json()["until"]) == (201, NOW + 7200)
    assert ask(app, "status").json()["health"] == "healthy"
    assert ask(app, "status").json()["alerts"]["silenced"] == 1
    assert [one["id"] for one in ask(app, "silences").json()["silences"]] == [made.json()["id"]]
    assert change(app, "DELETE", f"silences/{made.json()['id']}").status == 204
    assert change(app, "DELETE", f"silences/{made.json()['id']}").status == 404
    turned_off = change(app, "PUT", f"rules/{fires['rule']}/override", {"enabled": False, "author": "kim"}).json()
    assert (turned_off["enabled"], turned_off["override"]["author"]) == (False, "kim")
    assert ask(app, "alerts").json()["alerts"] == []
    assert [one["id"] for one in ask(app, "alerts/history?limit=1").json()["alerts"]] == [fires["id"]]
    assert ask(app, f"alerts/history?before={fires['id']}").json() == {"alerts": [], "next": None}
    assert change(app, "DELETE", f"rules/{fires['rule']}/override").json()["enabled"] is True


def test_the_history_of_alerts_comes_from_the_file_where_there_is_one(tmp_path: Path) -> None:
    file = tmp_path / "monitor.sqlite"
    watch = a_watch()
    watch.request = replace(watch.request, settings=Settings(monitor=MonitorSettings(store=file)))

    async def fire() -> None:
        async with alerting(watch.alerts, watch.board, store=file, watched="a test", environ={}):
            for second in range(0, 700, 10):
                see(watch, NOW - 700 + second, 99.0)

    asyncio.run(fire())
    told = ask(an_app(watch), "alerts/history?rule=cpu").json()["alerts"]
    assert [(one["rule"], one["series"]) for one in told] == [("cpu", "host_cpu_busy_percent")]
    assert ask(an_app(watch), "alerts/history?rule=memory").json() == {"alerts": [], "next": None}


def test_changes_that_cannot_be_are_refused_with_what_to_do() -> None:
    app = an_app(server=OPEN)
    wrong: list[tuple[str, str, Any, int]] = [
        ("PUT", "rules/nothing/override", {}, 404),
        ("PUT", "rules/cpu/override", {"threshold": 5}, 422),
        ("PUT", "rules/cpu/override", {"thresholds": {"mild": 5}}, 422),
        ("PUT", "rules/cpu/override", {"thresholds": {"warning": None}}, 422),
        ("POST", "silences", SILENCE | {"for": "31d"}, 422),
        ("POST", "silences", SILENCE | {"for": "soon"}, 422),
        ("POST", "silences", SILENCE | {"reason": " "}, 422),
        ("POST", "silences", SILENCE | {"matcher": "{}"}, 422),
        ("POST", "silences", [], 422),
        ("PATCH", "config", {"host_period": 0.1}, 422),
        ("PATCH", "config", {"host_period": "often"}, 422),
        ("PATCH", "config", {"store": "elsewhere"}, 422),
        ("GET", "alerts/history?before=x", None, 404),
    ]
    for method, path, body, status in wrong:
        answer = change(app, method, path, body)
        assert (path, answer.status, answer.headers["content-type"]) == (path, status, "application/problem+json")
        assert answer.json()["detail"]


def test_the_settings_are_told_without_tokens_and_periods_can_be_changed() -> None:
    watch = a_watch()
    app = an_app(watch, GUARDED)

    async def repaced() -> None:
        async with Poller([], watch.board) as poller:
            watch.poller = poller
            await watch.repace(2.0, 10.0)

    asyncio.run(repaced())
    watch.poller = None
    assert change(app, "PATCH", "config", {"database_period": "30s"}).status == 200
    told = ask(app, "config", headers=bearer(READ))
    assert (told.json()["host_period_s"], told.json()["database_period_s"]) == (2.0, 30.0)
    assert told.json()["server"]["admin_token"] is True
    assert ADMIN.encode() not in told.body


def test_statements_of_the_newest_look_are_told_where_nothing_is_kept() -> None:
    watch = a_watch()
    app = an_app(watch)
    see(watch, NOW - 5, statements=document([row("7", 10, 50.0, "ALTER ROLE me PASSWORD 'geheim'")], seconds=30.0))
    (told,) = ask(app, "statements?sort=calls&from=-1h").json()["rows"]
    assert (told["query_id"], told["calls"], told["share_percent"]) == ("7", 10, 100.0)
    detail = ask(app, "statements/7").json()
    assert (detail["query"], detail["points"][0]["mean_ms"]) == ("ALTER ROLE me PASSWORD ****", 5.0)
    assert ask(app, "statements?from=-3s").json()["rows"] == []
    assert [ask(app, f"statements/{other}").status for other in ("8", "x")] == [404, 422]


def test_prometheus_can_read_the_newest_values() -> None:
    watch = a_watch()
    app = an_app(watch, GUARDED)
    see(watch, NOW - 1, 42.0)
    assert ask(app, "/metrics").status == 401
    told = ask(app, "/metrics", headers=bearer(READ))
    assert told.headers["content-type"].startswith("text/plain; version=0.0.4")
    families = {family.name: family.samples for family in text_string_to_metric_families(told.body.decode())}
    assert [sample.value for sample in families["plimsoll_host_cpu_busy_percent"]] == [42.0]
