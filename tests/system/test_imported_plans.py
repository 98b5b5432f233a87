"""An imported test plan, run: its requests arrive as the plan says, and its statements are made on the server."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from plimsoll.load.importers.jmx.plan import import_plan
from tests.load.importers.jmx.plans import (
    asserted,
    element,
    group,
    headers,
    http,
    jdbc,
    plan,
    posted,
    regex,
)
from tests.system.harness import OK, Project


@dataclass
class Site:
    """A stand-in for the platform: it answers what a plan looks for, and keeps what it was asked."""

    asked: list[tuple[str, str, str]] = field(default_factory=list)  # method and path, header, body
    url: str = ""

    @contextmanager
    def open(self) -> Iterator["Site"]:
        asked = self.asked

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                asked.append((f"{self.command} {self.path}", self.headers.get("Authorization", ""), body))
                content = b'{"token": "t-1", "items": [{"id": 7}, {"id": 8}]}'
                self.send_response(404 if self.path == "/missing" else 200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PUT = answer  # noqa: N815  # as the library wants it

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()


def shop() -> bytes:
    """A plan of a visit that logs in once, looks around, buys, and writes it down in the database."""
    token = {"referenceNames": "token", "jsonPathExprs": "$.token", "match_numbers": "1"}
    log_in = posted(
        "log in",
        "/login",
        headers(Content_Type="application/json"),
        element(
            "JSONPostProcessor", "t", properties={f"JSONPostProcessor.{key}": value for key, value in token.items()}
        ),
        body='{"login": "${login}", "password": "${secret}", "n": ${__intSum(1,2)}}',
    )
    look = http(
        "look",
        "https://recorded.example/items?page=2&size=${size}",
        headers(Authorization="Bearer ${token}"),
        regex("id", '"id": *([0-9]+)', number="-1"),
        asserted("response_data", 16, "items"),
    )
    each = {"ForeachController.inputVal": "id", "ForeachController.returnVal": "item"}
    return plan(
        element(
            "SetupThreadGroup", "make", jdbc("m", "CREATE TABLE bought (item int, by text)", kind="Update Statement")
        ),
        element("CSVDataSet", "c", properties={"filename": "people.csv", "variableNames": "login,secret"}),
        group(
            element("OnceOnlyController", "once", log_in),
            look,
            element("ForeachController", "each", http("item", "/items/${item}"), properties=each),
            element(
                "IfController",
                "if",
                posted("buy", "/buy", item="${id_1}", note="a & b"),
                properties={"IfController.condition": '${__jexl3(${id_matchNr} == 2 && "${login}" != "",)}'},
            ),
            http("missing", "/missing", asserted("response_code", 8, "404")),
            jdbc("b", "", kind="AutoCommit(false)"),
            jdbc(
                "write",
                "INSERT INTO bought VALUES (?, ?)",
                kind="Prepared Update Statement",
                queryArguments="${id_2},${login}",
                queryArgumentsTypes="INTEGER,VARCHAR",
            ),
            jdbc("done", "", kind="Commit"),
            jdbc(
                "count",
                "SELECT count(*) FROM bought WHERE by = '${login}'",
                asserted("response_data", 16, "1"),
                variableNames="n",
            ),
            loops="2",
        ),
        variables={"size": "${__P(size,20)}"},
    )


def test_requests_and_statements_are_made_as_the_plan_says(project: Project) -> None:
    made = import_plan(shop(), "shop.jmx")
    assert "recorded.example" not in made.source.partition('"""\n\n')[2]
    project.write("people.csv", "ann,pw-1\nbob,pw-2\n")
    project.write("plimsoll.toml", made.profile.text)
    with Site().open() as site:
        words = ("--url", site.url, "--dsn", "env:TEST_DSN", "--profile", made.profile.name)
        outcome = project.run_here(made.source, *words)
    summary = outcome.assert_ended(OK)
    assert summary["errors"] == 0, summary["steps"]
    visit = [
        ("GET /items?page=2&size=20", "Bearer t-1", ""),
        ("GET /items/7", "", ""),
        ("GET /items/8", "", ""),
        ("POST /buy", "", "item=7&note=a+%26+b"),
        ("GET /missing", "", ""),
    ]
    (path, _, body), *others = site.asked
    assert (path, json.loads(body)) == ("POST /login", {"login": "ann", "password": "pw-1", "n": 3})
    assert others == visit * 2
    assert project.sql("SELECT string_agg(item || by, ',' ORDER BY by) FROM bought") == "8ann,8bob"
    counts = {each["name"]: each["count"] for each in summary["steps"]}
    assert counts == {"log in": 1, "look": 2, "item": 4, "buy": 2, "missing": 2, "done": 2, "count": 2}
