"""The routes, asked without a socket."""

import json
from collections.abc import Callable

import pytest
from fastapi import FastAPI, Request, Response
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.types import Receive, Scope, Send

from plimsoll.core.observation import CollectorState, Event, Observation
from plimsoll.server.doorkeeper import Doorkeeper
from plimsoll.server.guard import Guard
from plimsoll.server.headers import guarded, policy_of
from plimsoll.server.security import make_access
from tests.server.asking import ADMIN, GUARDED, NOW, READ, a_watch, an_app, ask, bearer, happen, lose, see


def test_status_says_in_a_sentence_what_is_wrong() -> None:
    watch = a_watch()
    app = an_app(watch)
    see(watch, NOW)
    assert ask(app, "status").json()["health"] == "healthy"
    lose(watch, "password=geheim was not taken")
    said = ask(app, "status").json()
    assert (said["health"], said["since_s"], said["uptime_s"], said["series"]) == ("lost", NOW - 60, 100, 2)
    assert "(1 min): The database cannot be seen: password=****" in said["sentence"]
    assert said["sentence"].startswith("Lost since 2027-01-15")
    assert said["remedy"].startswith("check that the server runs")
    assert [one["status"] for one in said["collectors"]] == ["ok", "lost"]
    assert "geheim" not in json.dumps(said)


def test_newest_values_have_an_age_and_say_when_they_are_stale() -> None:
    watch = a_watch()
    app = an_app(watch)
    see(watch, NOW - 5, 40.0)
    fresh = ask(app, "current?name=host_cpu*").json()["values"]
    assert [(one["series"], one["value"], one["unit"], one["age_s"], one["stale"]) for one in fresh] == [
        ("host_cpu_busy_percent", 40.0, "percent", 5.0, False)
    ]
    app.state.served.wall = lambda: NOW + 10
    assert [one["stale"] for one in ask(app, "current?layer=host").json()["values"]] == [True, True]
    assert ask(app, "current?layer=database").json()["values"] == []


def test_a_window_of_series() -> None:
    watch = a_watch()
    app = an_app(watch)
    for second in range(100):
        see(watch, NOW - 100 + second, float(second))
    raw = ask(app, "series?name=host_cpu_busy_percent&from=-3s").json()["series"]
    assert [(one["times"], one["mean"]) for one in raw] == [([NOW - 3, NOW - 2, NOW - 1], [97.0, 98.0, 99.0])]
    merged = ask(app, "series?name=host_*&from=-100s&points=10").json()["series"]
    assert [(one["series"], len(one["times"]), one["resolution_s"]) for one in merged] == [
        ("host_cpu_busy_percent", 10, 10.0),
        ('host_disk_reads_per_s{device="sda"}', 10, 10.0),
    ]
    assert [one["series"] for one in ask(app, "series/names").json()["series"]] == [one["series"] for one in merged]


def test_what_happened_is_listed_by_time_and_kind() -> None:
    watch = a_watch()
    app = an_app(watch)
    happen(watch, "started anew by postgres://me:geheim@db1/shop")
    watch.board.put(
        Observation("background", NOW - 60, events=(Event(NOW - 60, "checkpoint", "a checkpoint is done"),))
    )
    said = ask(app, "events").json()
    assert [one["kind"] for one in said["events"]] == ["checkpoint", "restart"]
    assert "geheim" not in json.dumps(said)
    assert [one["kind"] for one in ask(app, "events?kind=checkpoint").json()["events"]] == ["checkpoint"]
    assert ask(app, "events?from=-30s&to=-10s").json()["events"] == []
    newest = ask(app, "events?limit=1").json()
    assert ([one["kind"] for one in newest["events"]], newest["more"]) == (["restart"], True)


def test_documents_of_the_database_come_with_their_age_and_without_secrets() -> None:
    watch = a_watch()
    app = an_app(watch)
    locks = {"rows": [{"pid": 1, "query": "ALTER ROLE me PASSWORD 'geheim'"}], "left_out": 3}
    see(watch, NOW - 60, locks=locks, sessions={"rows": [], "left_out": 0}, processes={"rows": []})
    kinds = ask(app, "database").json()["kinds"]
    assert sorted(kinds) == ["locks", "sessions"]
    app.state.served.changes.source_of_detail["locks"] = "sessions"
    watch.board.states["sessions"] = CollectorState("sessions", 30.0, "ok", NOW - 90, NOW - 60)
    assert ask(app, "database").json()["kinds"]["locks"]["stale"] is False, "two of its periods"
    lose(watch)
    kinds = ask(app, "database").json()["kinds"]
    assert (kinds["locks"]["age_s"], kinds["locks"]["stale"], kinds["locks"]["left_out"]) == (60, True, 3)
    assert "geheim" not in json.dumps(kinds)
    assert list(ask(app, "database?kind=sessions").json()["kinds"]) == ["sessions"]
    assert list(ask(app, "host").json()["kinds"]) == ["processes"]


@pytest.mark.parametrize(
    ("path", "method", "status", "code"),
    [
        ("nothing", "GET", 404, "not-found"),
        ("status", "DELETE", 405, "method-not-allowed"),
        ("series", "GET", 422, "invalid-request"),
        ("series?name=host_x", "GET", 404, "no-such-series"),
        ("series?name=host_cpu_busy_percent&points=1001", "GET", 422, "invalid-request"),
        ("series?name=host_cpu_busy_percent&from=soon", "GET", 422, "invalid-request"),
        ("current?name=host_cpu", "GET", 404, "no-such-series"),
        ("current?names=host_cpu_busy_percent", "GET", 422, "invalid-request"),
        ("status?verbose=1", "GET", 422, "invalid-request"),
        ("current?layer=roof", "GET", 422, "invalid-request"),
        ("/health/ready/x", "GET", 404, "not-found"),
    ],
)
def test_errors_say_what_and_what_to_do(path: str, method: str, status: int, code: str) -> None:
    watch = a_watch()
    see(watch, NOW)
    answer = ask(an_app(watch), path, method)
    said = answer.json()
    assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json")
    assert said["type"] == f"urn:plimsoll:problem:{code}"
    assert said["detail"]
    assert said["remedy"]


def test_the_process_lives_and_is_ready_once_it_has_seen_something() -> None:
    watch = a_watch()
    app = an_app(watch, GUARDED)
    assert (ask(app, "/health/live").status, ask(app, "/health/ready").status) == (200, 200)
    watch.board.states["host"] = CollectorState("host", 2.0, "starting", NOW)
    assert ask(app, "/health/ready").status == 503


def test_with_a_read_token_nothing_is_seen_without_it() -> None:
    app = an_app(server=GUARDED)
    paths = ("status", "current", "series/names", "database", "openapi.json")
    assert {ask(app, path).status for path in paths} == {401}
    assert {ask(app, path, headers=bearer(READ)).status for path in paths} == {200}
    assert ask(app, "status", headers=bearer(ADMIN)).status == 200
    assert ask(app, "status").headers["www-authenticate"] == 'Bearer realm="plimsoll"'


def test_a_cookie_opens_as_its_token_does_and_a_stale_one_is_as_none() -> None:
    app = an_app(server=GUARDED)
    cookie = app.state.served.access.cookie("read", 4e9)
    assert ask(app, "status", headers={"cookie": f"plimsoll_session={cookie}"}).status == 200
    assert ask(app, "status", headers={"cookie": "plimsoll_session=read.1.x"}).json()["type"].endswith("token-needed")


def test_who_guesses_tokens_is_judged_no_more_and_what_opened_before_still_opens() -> None:
    app = guarded_at(lambda: 0.0)
    assert ask(app, "status", headers=bearer(ADMIN)).status == 404
    guesses = [ask(app, "status", headers=bearer(f"guess-{number}")) for number in range(11)]
    assert [one.status for one in guesses] == [401] * 10 + [429]
    assert guesses[-1].headers["retry-after"] == "1"
    assert ask(app, "status", headers=bearer(READ)).status == 429  # nobody looks whether it is right,
    assert ask(app, "status", headers=bearer(ADMIN)).status == 404  # but what was right before is let in


def test_who_asks_too_often_is_told_when_to_come_back() -> None:
    app = guarded_at(lambda: 0.0)
    said = [ask(app, "status") for _ in range(201)]
    assert said[199].status == 401
    assert (said[200].status, said[200].headers["retry-after"]) == (429, "1")
    assert ask(app, "status", headers=bearer(READ)).status == 404  # strangers keep out nobody who has a token,
    assert ask(app, "/health/live").status == 404  # nor what looks whether we live


def test_pages_have_a_pace_of_their_own_and_so_have_their_files() -> None:
    app = guarded_at(lambda: 0.0)
    for path, burst in (("/", 20), ("/_nicegui_ws/socket.io/", 0), ("/_nicegui/x.js", 500)):
        said = [ask(app, path, headers=bearer(READ)).status for _ in range(burst + 1)]
        assert said == [404] * burst + [429]


def test_a_page_of_another_site_reads_nothing_of_the_pages_socket() -> None:
    app = guarded_at(lambda: 0.0)
    headers = {"origin": "http://evil.example", **bearer(READ)}
    assert ask(app, "/_nicegui_ws/socket.io/", headers=headers).status == 403
    allowed = [(b"access-control-allow-origin", b"*"), (b"Access-Control-Allow-Credentials", b"true")]
    assert not [name for name, _ in guarded(allowed, "/", NOW) if name.lower().startswith(b"access-control")]


def guarded_at(steady: Callable[[], float]) -> FastAPI:
    """Nothing but the guard, and its clock."""
    app = FastAPI()
    app.add_middleware(Guard, keeper=Doorkeeper(make_access(GUARDED, {})), pages=True, steady=steady)
    return app


def test_whoever_leaves_before_an_answer_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    async def ends_when_nobody_listens(scope: Scope, receive: Receive, send: Send) -> None:
        while waits and (await receive())["type"] != "http.disconnect":
            pass

    async def passes_on(request: Request, call_next: RequestResponseEndpoint) -> Response:
        return await call_next(request)

    app = guarded_at(lambda: 0.0)
    app.mount("/", BaseHTTPMiddleware(ends_when_nobody_listens, passes_on))
    waits = True
    with pytest.raises(IndexError):
        ask(app, "/", headers=bearer(READ))  # nothing was sent
    assert not caplog.records
    waits = False
    assert ask(app, "/", headers=bearer(READ)).status == 500
    assert "a request failed: '/'" in caplog.text


def test_other_names_other_sites_and_large_bodies_are_refused() -> None:
    app = an_app()
    assert ask(app, "status", headers={"host": "evil.example"}).status == 421
    assert ask(app, "status", "POST", {"origin": "http://evil.example"}).status == 403
    assert ask(app, "status", "POST", {"content-length": "64001"}).status == 413
    assert (
        ask(app, "status", headers={"origin": "http://evil.example"}).headers.get("access-control-allow-origin") is None
    )


def test_every_answer_has_the_headers_that_guard_a_browser() -> None:
    app = an_app(server=GUARDED)
    for answer in (ask(app, "status"), ask(app, "/health/live"), ask(app, "/nowhere", headers=bearer(READ))):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"
        assert "server" not in answer.headers


def test_what_is_nowhere_and_what_cannot_be_done_is_told_before_pages_would() -> None:
    app = an_app()
    assert ask(app, "rules/x/override", "POST").headers["allow"] == "DELETE, PUT"
    assert ask(app, "/api/v2/status").json()["remedy"] == "see /api/v1/monitoring/openapi.json"
    assert ask(app, "status", "HEAD").status == 200


def test_a_report_runs_its_scripts_apart_from_our_pages() -> None:
    assert "sandbox allow-scripts" in policy_of("/reports/2027-01-15-checkout")
    assert "allow-same-origin" not in policy_of("/reports/2027-01-15-checkout")
    assert "sandbox" not in policy_of("/")


def test_a_browser_without_a_token_is_led_to_the_login_and_back() -> None:
    app = guarded_at(lambda: 0.0)
    answer = ask(app, "/?tab=database", headers={"accept": "text/html"})
    assert (answer.status, answer.headers["location"]) == (303, "/login?next=/%3Ftab%3Ddatabase")
