"""What is served, as it was named; and what is refused before anything starts."""

import asyncio
import os
import sys
from pathlib import Path

import pytest
import uvicorn

from plimsoll.core.errors import UsageError
from plimsoll.scale.supervisor import launching
from plimsoll.scale.supervisor.launching import KEEP_ALIVE_S, Listening, Server, check, launch, worker_environment

HERE = Path(__file__).parent


def test_an_application_is_served_by_uvicorn_at_a_descriptor() -> None:
    made = launch(["shop.web:app"], cwd=HERE, stop_s=7)
    assert made.argv("12")[:6] == [sys.executable, "-m", "uvicorn", "shop.web:app", "--fd", "12"]
    assert made.argv("12")[-2:] == ["--timeout-graceful-shutdown", "6"]
    assert made.warning == ""


@pytest.mark.parametrize("server", list(Server))
def test_workers_leave_it_to_haproxy_to_close_connections_that_idle(server: Server) -> None:
    argv = launch(["shop.web:app"], cwd=HERE, server=server).argv("12")
    assert str(KEEP_ALIVE_S) in argv


def test_uvicorn_takes_what_it_is_given() -> None:
    argv = launch(["shop.web:app"], cwd=HERE).argv("12")[3:]
    with uvicorn.main.make_context("uvicorn", argv) as read:
        assert read.params["timeout_keep_alive"] == KEEP_ALIVE_S


@pytest.mark.parametrize(
    ("word", "listening", "given"),
    [
        ("fd://{fd}", Listening.FD, "fd://7"),
        ("unix:{socket}", Listening.SOCKET, "unix:7"),
        ("--port={port}", Listening.PORT, "--port=7"),
    ],
)
def test_a_command_is_told_where_to_listen(word: str, listening: Listening, given: str) -> None:
    made = launch(["serve", "--bind", word, "{other}"], cwd=HERE)
    assert made.listening is listening
    assert made.argv("7") == ["serve", "--bind", given, "{other}"]
    assert bool(made.warning) == (listening is not Listening.FD)
    assert ("without the balancer" in made.warning) == (listening is Listening.PORT)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ([], "no application was named"),
        (["serve"], "none of {fd}, {socket} and {port}"),
        (["serve", "{fd}", "{port}"], "more than one placeholder"),
        (["shop.web:app --reload"], "none of {fd}"),
        (["serve", "{fd}", "a\0b"], "zero character"),
    ],
)
def test_what_does_not_say_where_it_listens_is_refused(words: list[str], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        launch(words, cwd=HERE)


def test_variables_are_checked_and_go_above_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLOUR", "red")
    made = launch(["served:app"], cwd=HERE, environment={"COLOUR": "blue"})
    told = worker_environment(made, "w3")
    assert (told["COLOUR"], told["PLIMSOLL_WORKER"]) == ("blue", "w3")
    with pytest.raises(UsageError, match="no name of an environment variable"):
        launch(["served:app"], cwd=HERE, environment={"A=B": ""})


@pytest.mark.parametrize(
    ("word", "why"),
    [
        ("nowhere.to:be", "No module named 'nowhere'"),
        ("served:nothing", "has no attribute 'nothing'"),
        ("served:kept", "it cannot be called"),
    ],
)
def test_an_application_that_is_none_is_told_before_the_first_start(word: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        asyncio.run(check(launch([word], cwd=HERE)))


def test_an_application_of_wsgi_is_told_how_it_is_served(tmp_path: Path) -> None:
    (tmp_path / "old.py").write_text("class Old:\n    def __call__(self, environ, start_response): ...\napp = Old()\n")
    with pytest.raises(UsageError, match="old:app is no ASGI application") as refused:
        asyncio.run(check(launch(["old:app"], cwd=tmp_path)))
    assert refused.value.remedy.endswith("gunicorn --bind fd://{fd} old:app")


def test_a_program_that_is_not_there_is_told_before_the_first_start() -> None:
    with pytest.raises(UsageError, match="no program 'no-such-program'"):
        asyncio.run(check(launch(["no-such-program", "{fd}"], cwd=HERE)))


def test_a_helper_that_an_import_starts_is_not_waited_for(tmp_path: Path) -> None:
    start = "import subprocess\nhelper = subprocess.Popen(['sleep', '600'])\n"
    (tmp_path / "helped.py").write_text(start + "def app(): ...\n")
    (tmp_path / "failing.py").write_text(start + "print('no settings', flush=True)\nraise SystemExit(3)\n")
    asyncio.run(check(launch(["helped:app"], cwd=tmp_path)))
    with pytest.raises(UsageError, match="no settings"):
        asyncio.run(check(launch(["failing:app"], cwd=tmp_path)))


def test_of_an_import_that_takes_long_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launching, "SLOW_S", 0.0)
    (tmp_path / "slow.py").write_text("open('go').readline()\ndef app(): ...\n")
    os.mkfifo(tmp_path / "go")
    go, said = os.open(tmp_path / "go", os.O_RDWR), list[str]()

    def say(line: str) -> None:
        said.append(line)
        os.write(go, b"\n")

    try:
        asyncio.run(check(launch(["slow:app"], cwd=tmp_path), say))
    finally:
        os.close(go)
    assert said == ["still importing slow:app; given up after 60 s"]
