"""`fluentscribe` on the command line: what it does, and what it says when it cannot."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from socket import AF_UNIX, socket

import pytest

from fluentscribe.cli.failures import REFUSED, USAGE, CommandError
from fluentscribe.cli.main import main
from fluentscribe.cli.options import secret_of
from fluentscribe.cli.seed import DataSet, check_filled
from fluentscribe.cli.serve import _given, _where, check_host
from fluentscribe.database.dsn import as_role
from fluentscribe.database.migrating import APP, WORKER, migrations
from fluentscribe.serving import KEPT_BY_PROXY_S, server_of
from fluentscribe.settings import Settings

ERROR = re.compile(r"error: [^\n]+: [^\n]+\. try: [^\n]+\n")
ARGV = (sys.executable, "-m", "fluentscribe.cli.main")
PATIENCE_S = 60
ADMIN = "FLUENTSCRIBE_ADMIN_DSN"

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """The exit code, stdout and stderr of a command."""

    def go(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["fluentscribe", *words])
        with pytest.raises(SystemExit) as left:
            main()
        out, err = capfd.readouterr()
        return int(left.value.code or 0), out, err

    return go


@pytest.mark.parametrize(
    ("words", "code", "named"),
    [
        (["nonsense"], USAGE, "nonsense"),
        (["seed", "huge"], USAGE, "fluentscribe seed --help"),
        (["serve", "--host", "10.0.0.1"], USAGE, "--expose"),
        (["serve", "--fd", "2"], USAGE, "--fd"),
        (["serve", "--dev", "--fd", "99"], USAGE, "FLUENTSCRIBE_DSN"),
        (["serve", "--dev"], USAGE, "FLUENTSCRIBE_DSN"),
        (["worker"], USAGE, "FLUENTSCRIBE_DSN"),
        (["migrate"], REFUSED, "FLUENTSCRIBE_ADMIN_DSN is not set"),
        (["migrate", "--dsn", "postgresql://me:hushhush@127.0.0.1:1/none"], REFUSED, "could not be used"),
        (["sweep", "/nowhere", "--dsn", "postgresql://me:hushhush@127.0.0.1:1/none"], REFUSED, "no files are kept"),
        (["migrate", "--dsn", "mysql://me:hushhush@127.0.0.1/none"], REFUSED, "could not be used"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line_without_secrets(
    run: Run, monkeypatch: pytest.MonkeyPatch, words: list[str], code: int, named: str
) -> None:
    for name in ("FLUENTSCRIBE_DSN", ADMIN):
        monkeypatch.delenv(name, raising=False)
    left, out, err = run(*words)
    assert (left, out) == (code, "")
    assert ERROR.fullmatch(err), err
    assert named in err
    assert "hushhush" not in err


def test_a_data_set_goes_into_an_empty_database_or_replaces_what_is_there() -> None:
    check_filled(((), False), DataSet.SMALL, emptied=False)
    check_filled(((), True), DataSet.SMALL, emptied=True)
    with pytest.raises(CommandError) as refused:
        check_filled(((), True), DataSet.SMALL, emptied=False)
    assert (refused.value.code, refused.value.remedy) == (
        REFUSED,
        "fluentscribe seed small --replace empties them first",
    )


def test_only_addresses_of_this_machine_are_listened_on_unless_others_are_asked_for() -> None:
    for host in ("127.0.0.1", "127.0.0.9", "::1", "localhost"):
        check_host(host, expose=False)
    for host in ("::", "10.0.0.1", "example.org"):
        check_host(host, expose=True)
        with pytest.raises(CommandError):
            check_host(host, expose=False)


def test_a_socket_that_somebody_holds_is_served_and_who_connects_to_a_path_is_our_proxy(tmp_path: Path) -> None:
    environ = {"dsn": "postgresql://somebody@127.0.0.1:1/none", "token_secret": "x" * 48}
    settings = Settings.model_validate(environ)
    with socket(AF_UNIX) as held:
        held.bind(str(tmp_path / "w1"))
        with pytest.raises(CommandError, match="cannot listen on descriptor"):
            _given(held.fileno())
        held.listen()
        with _given(os.dup(held.fileno())) as given:
            assert (given.family, given.getsockname()) == (AF_UNIX, held.getsockname())
            assert _where(given.getsockname(), as_json=False) == f"serving on {tmp_path / 'w1'}"
    with pytest.raises(CommandError, match="descriptor 99"):
        _given(99)
    behind = server_of(settings, behind_proxy=True).config
    assert (behind.forwarded_allow_ips, behind.timeout_keep_alive) == ("*", KEPT_BY_PROXY_S)
    assert not server_of(settings).config.proxy_headers


def test_a_secret_is_given_by_itself_or_by_the_name_of_its_variable() -> None:
    assert secret_of("env:NAME", "it", {"NAME": " value\n"}) == "value"
    assert secret_of("postgresql://…", "it", {}) == "postgresql://…"
    assert as_role("postgresql://a:b@[::1]:5/x?y=z", "c", "d@/") == "postgresql://c:d%40%2F@[::1]:5/x?y=z"


def test_a_database_is_migrated_served_and_worked_for_until_the_owner_of_the_processes_is_gone(
    database: str, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(ADMIN, database)
    monkeypatch.setenv("PASSWORD", "of/tests")
    names = [one.name for one in migrations()]
    assert run("migrate", "--check", "--json") == (REFUSED, f"{json.dumps({'missing': names})}\n", "")
    left, _, err = run("seed", "small")
    assert (left, "migrations are missing" in err, "try: fluentscribe migrate" in err) == (REFUSED, True, True)
    assert run("migrate", "--password", "env:PASSWORD") == (0, "".join(f"applied {name}\n" for name in names), "")
    assert run("migrate", "--check") == (0, "the database is up to date\n", "")
    with (
        owned(monkeypatch, as_role(database, WORKER, "of/tests"), "worker") as worker,
        owned(monkeypatch, as_role(database, APP, "of/tests"), "serve", "--port", "0", "--dev", "--json") as server,
    ):
        assert server.stdout is not None
        where = json.loads(server.stdout.readline())
        connection = HTTPConnection(where["url"].partition("//")[2], timeout=PATIENCE_S)
        connection.request("GET", "/health/ready")
        assert connection.getresponse().read() == b'{"status":"ok"}'
        connection.close()
    assert (worker.wait(PATIENCE_S), server.wait(PATIENCE_S)) == (0, 0)


@contextmanager
def owned(monkeypatch: pytest.MonkeyPatch, dsn: str, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """A command whose owner goes at the end of the context; nobody tells it."""
    monkeypatch.setenv("FLUENTSCRIBE_DSN", dsn)
    pipe = subprocess.PIPE
    with subprocess.Popen([*ARGV, *words, "--owned"], stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            assert process.stdin is not None
            process.stdin.close()
