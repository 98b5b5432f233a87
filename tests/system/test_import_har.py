"""What a recording expresses, run against a server that gives out tokens and identifiers of its own."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.load.importers.har.making import entry, har, page
from tests.system.harness import OK, Project

FORM = "application/x-www-form-urlencoded"
RECORDED_FORM = '<form><input type="hidden" name="csrf" value="recorded-csrf-1"></form>'
PARTS = (
    '--b\r\nContent-Disposition: form-data; name="title"\r\n\r\nA file\r\n--b\r\nContent-Disposition: form-data; '
    'name="file"; filename="a.csv"\r\nContent-Type: text/csv\r\n\r\na,b\r\n--b--\r\n'
)


@dataclass
class Shop:
    """A server that remembers what it was asked, and accepts only what it gave out itself."""

    url: str = ""
    asked: list[tuple[str, str]] = field(default_factory=list)
    bodies: dict[str, bytes] = field(default_factory=dict)

    def answer(self, method: str, path: str, headers: Any, body: bytes) -> tuple[int, str, dict[str, str]]:
        self.asked.append((method, path))
        self.bodies[f"{method} {urlsplit(path).path}"] = body
        is_user = headers.get("Authorization") == "Bearer fresh-token-9" and "sid=fresh-sid-9" in headers.get(
            "Cookie", ""
        )
        match method, urlsplit(path).path:
            case "GET", "/":
                return 302, "", {"Location": "/login"}
            case "GET", "/login":
                return 200, RECORDED_FORM.replace("recorded-csrf-1", "fresh-csrf-9"), {"Set-Cookie": "sid=fresh-sid-9"}
            case "POST", "/login":
                right = parse_qs(body.decode()) == {"csrf": ["fresh-csrf-9"], "password": ["in the environment"]}
                return 200 if right else 403, '{"accessToken": "fresh-token-9"}', {}
            case "POST", "/projects" if is_user:
                return 201, '{"id": 904}', {}
            case (("GET" | "POST"), "/projects/904") if is_user:
                return 200, "{}", {}
        return 404, "{}", {}


@pytest.fixture
def shop() -> Iterator[Shop]:
    shop = Shop()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, text, headers = shop.answer(self.command, self.path, self.headers, body)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(text))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text.encode())

        do_POST = do_GET  # noqa: N815  # the name that the library looks for

        def log_message(self, format: str, *arguments: Any) -> None:
            """Keeps the tests' output clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        shop.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield shop
        finally:
            server.shutdown()
            thread.join()


def recording() -> dict[str, Any]:
    user = {"Authorization": "Bearer recorded-token-1"}
    parts = {"mimeType": "multipart/form-data; boundary=b", "text": PARTS}
    return har(
        entry("GET", "/", status=302, reply_headers={"Location": "/login"}),
        page("/login", at=0.1, reply=RECORDED_FORM, reply_headers={"Set-Cookie": "sid=recorded-sid-1"}),
        entry(
            "POST",
            "/login",
            at=0.2,
            post={"mimeType": FORM, "text": "csrf=recorded-csrf-1&password=recorded+secret"},
            reply={"accessToken": "recorded-token-1"},
        ),
        entry("POST", "/projects", at=0.3, headers=user, json_body={"name": "é", "n": [1, None]}, reply={"id": 17}),
        entry("GET", "/projects/17?a=1&b=x+y&b=%26", at=0.4, headers=user, reply={}),
        entry("POST", "/projects/17", at=0.5, headers=user, post=parts),
        entry("GET", "/missing", at=0.6, headers=user, status=404),
    )


def test_it_sends_what_was_recorded_with_what_the_server_gives_out(bare: Project, shop: Shop) -> None:
    bare.write("visit.har", json.dumps(recording()))
    bare.environ["PASSWORD"] = "in the environment"
    assert bare.here("import", "har", "visit.har", "-o", "visit.py").code == OK

    ran = bare.here("run", "visit.py", "--url", shop.url, "--iterations", 1, "--json")

    summary = ran.assert_ended(OK)
    assert (summary["requests"], summary["errors"]) == (6, 0)
    assert shop.asked == [
        ("GET", "/"),
        ("GET", "/login"),
        ("POST", "/login"),
        ("POST", "/projects"),
        ("GET", "/projects/904?a=1&b=x+y&b=%26"),
        ("POST", "/projects/904"),
        ("GET", "/missing"),
    ]
    assert json.loads(shop.bodies["POST /projects"]) == {"name": "é", "n": [1, None]}
    sent = shop.bodies["POST /projects/904"]
    assert b'name="title"\r\n\r\nA file\r\n' in sent
    assert b'name="file"; filename="a.csv"\r\nContent-Type: text/csv\r\n\r\na,b\r\n' in sent
