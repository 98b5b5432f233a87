"""`plimsoll serve` as a user runs it: real HAProxy and uvicorn, signals, and what it says of what it cannot serve."""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from threading import Timer
from typing import IO

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from plimsoll.cli.app import app
from plimsoll.cli.serve_request import worker_limits
from plimsoll.cli.serve_told import Told, name_of, told_of
from plimsoll.cli.worker_options import address_of
from plimsoll.core.errors import RefusedError, ServiceError, UsageError
from plimsoll.settings.loading import load_settings, parse_settings

GUIDES = [Path(__file__).parents[2] / "docs" / "guides" / name for name in ("serving.md", "scale-watching.md")]
COMMANDS = list(
    dict.fromkeys(
        found
        for guide in GUIDES
        for found in re.findall(r"^plimsoll (serve .*)$", guide.read_text("utf-8"), re.MULTILINE)
    )
)
PATIENCE_S = 60.0  # a bound, not a wait
APPLICATION = """
async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        for _ in range(2):
            await send({"type": (await receive())["type"] + ".complete"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})
"""


SECRET_DSN = "postgresql://shop:hunter2@db/shop"
FILE = f"""
[serve.shop]
application = "shop.main:app"
workers = "2..8"
drain = 5
retry = ["put", "delete"]
database = "{SECRET_DSN}"
timeout = {{server = "90s", keep_alive = 5}}
certificate = "tls.pem"
access_log = false
"""


HELD = """
import asyncio, os, pathlib
if os.environ["PLIMSOLL_WORKER"] == "check":
    pathlib.Path("start").read_bytes()
""" + APPLICATION.replace(
    '    await send({"type": "http.response.start"',
    """    if scope["path"] == "/held":
        await asyncio.to_thread(pathlib.Path("end").read_bytes)
    await send({"type": "http.response.start\"""",
)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "shop.py").write_text(APPLICATION)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@contextmanager
def serving(*words: str) -> Iterator[tuple[subprocess.Popen[str], IO[str]]]:
    argv = [sys.executable, "-m", "plimsoll.cli.main", "serve", "--bind", "127.0.0.1:0", "--grace", "0s", *words]
    process = subprocess.Popen(argv, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    bound = Timer(PATIENCE_S, process.kill)
    bound.start()
    try:
        yield process, process.stderr
    finally:
        bound.cancel()
        process.kill()
        process.communicate(timeout=PATIENCE_S)


def until(lines: IO[str], pattern: str) -> re.Match[str]:
    """The first line that matches; what ends without it fails."""
    seen = []
    for line in lines:
        seen.append(line)
        if found := re.search(pattern, line):
            return found
    pytest.fail("".join(seen))


def asked(port: str, method: str = "GET", path: str = "/") -> str:
    with closing(HTTPConnection("127.0.0.1", int(port), timeout=PATIENCE_S)) as connection:
        connection.request(method, path)
        return connection.getresponse().read().decode()


def served_words(*words: str) -> None:
    CliRunner().invoke(app, ["serve", *words], catch_exceptions=False)


def test_it_serves_takes_new_code_and_ends_in_order(home: Path) -> None:
    with serving("shop:app", "--workers", "1..2", "--capacity", "100") as (process, said):
        port = until(said, r"serving at http://127.0.0.1:(\d+), by 1 to 2 workers$")[1]
        assert asked(port) == "ok"
        (home / "shop.py").write_text(APPLICATION.replace('b"ok"', 'b"new"').replace('b"2"', 'b"3"'))
        process.send_signal(signal.SIGHUP)
        until(said, "reload: the workers are replaced one after another")
        until(said, "w1: gone")
        assert asked(port) == "new"
        process.send_signal(signal.SIGTERM)
        until(said, "ending: ")
        assert (said.read().splitlines()[-1][-5:], process.wait(PATIENCE_S)) == ("ended", 0)
    assert (home / ".plimsoll" / "serve" / "shop" / "workers.log").exists()


def test_a_hangup_while_it_starts_or_ends_kills_nobody(home: Path) -> None:
    for name in ("start", "end"):
        os.mkfifo(home / name)
    (home / "shop.py").write_text(HELD)
    with serving("shop:app", "--workers", "1") as (process, said), ThreadPoolExecutor(1) as beside:
        with (home / "start").open("wb"):  # returns once the application is being imported
            process.send_signal(signal.SIGHUP)
            until(said, "SIGHUP: it is just being started")
            process.send_signal(signal.SIGUSR1)
            until(said, "SIGUSR1 means nothing here")
        port = until(said, r"serving at http://127.0.0.1:(\d+), ")[1]
        held = beside.submit(asked, port, "POST", "/held")
        with (home / "end").open("wb"):
            process.send_signal(signal.SIGTERM)
            until(said, "ending: ")
            process.send_signal(signal.SIGHUP)
            until(said, "SIGHUP: nothing is replaced any more")
        assert held.result(PATIENCE_S) == "ok"
        assert (said.read().splitlines()[-1][-5:], process.wait(PATIENCE_S)) == ("ended", 0)


def test_of_workers_that_die_at_their_start_it_tells_why_and_ends_when_told() -> None:
    command = (sys.executable, "-I", "-S", "-c", "import sys; sys.exit('no settings found password=hunter2')", "{fd}")
    with serving("--workers", "5", "--name", "shop", "--concurrency", "3", "--", *command) as (process, said):
        until(said, r"given 3 requests at once \(--concurrency\), and may be silent for 60 s \(--hung-after\)$")
        until(said, "broken: workers die at their start")
        until(said, r" {4}no settings found password=\*\*\*\*$")
        process.send_signal(signal.SIGINT)
        assert (said.read().splitlines()[-1][-5:], process.wait(PATIENCE_S)) == ("ended", 0)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_the_guide_is_understood(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    why = "cannot import the application|there is no program|the variable is not set"
    with pytest.raises((UsageError, RefusedError), match=why):
        CliRunner().invoke(app, shlex.split(command), catch_exceptions=False)


def test_the_guide_has_commands() -> None:
    assert len(COMMANDS) >= 4


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("shop:app --workers 8..2", "8 to 2 is no range"),
        ("shop:app --workers many", '"many" is no range'),
        ("shop:app --workers 1..999", "999 workers are too many"),
        ("shop:app --bind 8000", '"8000" is no address with a port'),
        ("shop:app --bind localhost:99999", "no address with a port"),
        ("shop:app --balance random", '"random" is no way to spread requests'),
        ("shop:app --policy kpa", "the policy kpa needs to know what a worker carries"),
        ("shop:app --age 1s", "workers would be replaced again and again"),
        ("shop:app --capacity 0", "wrong capacity of a worker"),
        ("shop:app --name ../x", "is no name for a served application"),
        ("shop:app --health x", "'x'"),
        ("shop:app --goal errors<1%", "no bound of what a request takes"),
        ("shop:app --goal p95>1s", "no bound of what a request takes"),
        ("shop:app --concurrency many", '"many" is no number'),
        ("shop:app --concurrency 0", "requests of a server at once"),
        ("shop:app --queue 0", "requests that wait"),
        ("shop:app --timeout 5s", "is not NAME=TIME"),
        ("shop:app --timeout queue=5s", "names no time"),
        ("shop:app --retry put,post", "'POST' is never sent again"),
        ("shop:app --trust 10.0.0.0/99", "is no network"),
        ("shop:app --cookie a=b", "no name for a cookie"),
        ("shop:app --database nonsense", "not a connection string"),
        ("shop:app --database postgresql:///x --connections 40", "both --database and --connections"),
        ("shop:app --database postgresql:///x --pool 0", "wrong --pool"),
        ("shop:app --read cpu=x", "nobody to read figures from"),
        ("shop:app --figures 8765", "it must begin with http://"),
        ("shop:app --figures http://x --read rate=x", "wrong --read"),
        ("shop:app --figures http://x --read cpu=a --read cpu=b", "two sources of cpu"),
        ("shop:app --figures http://x --read other_connections=x", "--read other_connections is of no use"),
        ("shop:app --figures env:NOBODY_SET_IT", "the variable NOBODY_SET_IT is not set"),
        ("shop:app --figures http://x --figures-token-file missing", "cannot read the token"),
        ("shop:app --key key.pem", "a key without its certificate"),
        ("shop:app --bind 127.0.0.1:0 --certificate none.pem", "cannot read the certificate"),
        ("-- sleep 600", "does not say where it listens"),
        ("missing:app --bind 127.0.0.1:0", "No module named 'missing'"),
    ],
)
def test_what_cannot_be_served_is_told(words: str, why: str) -> None:
    with pytest.raises(UsageError) as raised:
        served_words(*shlex.split(words))
    assert why in str(raised.value)
    assert list(Path().glob(".plimsoll/serve/*")) == []


def told(*words: str) -> Told:
    """What it would be told, by the file and these words."""
    context = get_command(app).commands["serve"].make_context("serve", list(words))  # type: ignore[attr-defined]
    return told_of(context)


def test_options_beat_the_file_which_beats_defaults(home: Path) -> None:
    (home / "plimsoll.toml").write_text(FILE)
    of_file = told()
    assert (of_file.application, of_file.name) == (["shop.main:app"], "shop")
    it = of_file.options
    assert (it.workers, it.drain, it.retry, it.database, it.grace) == ("2..8", "5s", "put,delete", SECRET_DSN, "10s")
    assert (it.timeout, it.certificate, it.access_log) == (["server=90s", "keep_alive=5s"], Path("tls.pem"), False)
    assert SECRET_DSN not in repr(load_settings(home / "plimsoll.toml").serve)
    by_words = told("other:app", "--name", "shop", "--workers", "4", "--access-log")
    assert (by_words.application, by_words.options.drain) == (["other:app"], "5s")
    assert (by_words.options.workers, by_words.options.access_log) == ("4", True)
    assert "workers" not in by_words.stated


@pytest.mark.parametrize("document", ["guides/serving.md", "reference/settings.md"])
def test_the_tables_that_are_documented_are_understood(document: str) -> None:
    text = (Path(__file__).parents[2] / "docs" / document).read_text("utf-8")
    tables = [found for found in re.findall(r"```toml\n(.*?)```", text, re.DOTALL) if "[serve." in found]
    assert [parse_settings(table).serve["shop"]["application"] for table in tables] == [("shop.main:app",)]


@pytest.mark.parametrize(
    ("text", "words", "why"),
    [
        ('[serve.shop]\napplication = "a:b"\nbalance = "random"', "", "plimsoll.toml, [serve.shop] balance"),
        ('[serve.shop]\napplication = "a:b"\ncapacity = 2.0\nworkers = "3..1"', "", "[serve.shop] or an option"),
        ("[serve.a]\n[serve.b]", "", "plimsoll.toml has [serve.a], [serve.b]"),
        ("[serve.a]\nworkers = 2", "", "[serve.a] says neither application nor command"),
        ("", "", "what is to be served?"),
        ("", "--config none.toml", "cannot read none.toml"),
    ],
)
def test_what_the_file_says_wrong_is_placed(home: Path, text: str, words: str, why: str) -> None:
    (home / "plimsoll.toml").write_text(text)
    with pytest.raises(UsageError) as raised:
        served_words(*shlex.split(words))
    assert why in str(raised.value)


def test_an_address_that_is_taken_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        with pytest.raises(ServiceError) as raised:
            served_words("shop:app", "--bind", f"127.0.0.1:{taken.getsockname()[1]}")
        assert "in use" in str(raised.value)


def test_it_imports_no_numerics_and_no_pages() -> None:
    code = """
import sys, plimsoll.cli.serve, plimsoll.workflows.serve
print([one for one in sys.argv[1:] if one in sys.modules])
"""
    heavy = (
        "numpy",
        "polars",
        "scipy",
        "plotly",
        "pandas",
        "sqlglot",
        "nicegui",
        "aiohttp",
        "httpx",
        "rich",
        "uvicorn",
        "asyncpg",
    )
    done = subprocess.run([sys.executable, "-c", code, *heavy], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_addresses_and_names() -> None:
    assert address_of("[::1]:80") == ("::1", 80)
    assert [name_of(word) for word in ("shop.Main:app", "/usr/bin/gunicorn", "…")] == ["shop-main", "gunicorn", "app"]


def test_a_size_without_its_unit_is_no_limit_of_a_worker() -> None:
    with pytest.raises(UsageError, match="5 bytes are less than any worker uses"):
        worker_limits("5", None, "30s", None, 0)
    assert worker_limits("16MB", None, "30s", None, 0).memory_bytes_max == 16_000_000


def test_a_command_s_worker_may_be_busy_for_as_long_as_a_request_may_take() -> None:
    assert worker_limits(None, None, "30s", None, 0).hung_s == 20
    assert [worker_limits(None, None, "30s", None, server_s).hung_s for server_s in (5, 120)] == [20, 120]
    assert worker_limits(None, None, "30s", "45s", 120).hung_s == 45
    with pytest.raises(UsageError, match="wrong --hung-after"):
        worker_limits(None, None, "30s", "5s", 120)
