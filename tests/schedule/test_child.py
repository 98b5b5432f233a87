"""A run as a child process: ended in good order, in time, and not lost with whoever started it."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from plimsoll.core.cron import parse_cron
from plimsoll.schedule import keeper
from plimsoll.schedule.child import Folder, command_of, keep, outlived, prune
from plimsoll.schedule.outcome import Ended
from plimsoll.settings.masking import Secret
from plimsoll.settings.schedules import Schedule, read_zone
from tests.system.harness import until

# Goes on until it is told as by Ctrl-C, then says so in its summary.
PATIENT = """trap 'echo "{\\"run_id\\": \\"r1\\"}"; exit 130' INT; echo ready >&2; while :; do sleep 0.02; done"""
STUBBORN = "trap '' INT; echo ready >&2; while :; do sleep 0.02; done"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    made = Folder(tmp_path / "7")
    made.create()
    yield made
    made.close()


def kept(folder: Folder, script: str, *, seconds: float = 60.0, stopped: bool = False) -> Ended:
    """How a shell script ended; `stopped` as soon as it is ready."""

    async def go() -> Ended:
        stop = asyncio.Event()
        running = asyncio.create_task(keep(folder, ["sh", "-c", script], seconds, stop))
        if stopped:
            await asyncio.to_thread(until, lambda: running.done() or _is_ready(folder), "a run that is ready")
            stop.set()
        return await running

    return asyncio.run(go())


def _is_ready(folder: Folder) -> bool:
    log = folder.path / "log"
    return log.is_file() and "ready" in log.read_text()


def test_what_it_prints_says_and_ends_with_is_kept(folder: Folder) -> None:
    ended = kept(folder, """echo '{"run_id": "r1"}'; echo 'error: password=hunter2' >&2; exit 4""")
    assert ended == Ended(4, "", {"run_id": "r1"}, "error: password=****\n")
    assert not folder.is_kept()


def test_a_stop_ends_it_as_ctrl_c_does(folder: Folder) -> None:
    assert kept(folder, PATIENT, stopped=True) == Ended(130, "asked", {"run_id": "r1"}, "ready\n")


def test_when_the_time_is_up_it_is_ended_in_the_same_way(folder: Folder) -> None:
    ended = kept(folder, PATIENT, seconds=0.3)
    assert (ended.exit_code, ended.stopped) == (130, "timeout")


def test_a_run_outlives_its_owner_only_to_end_in_good_order(folder: Folder) -> None:
    words = [sys.executable, "-I", "-S", keeper.__file__, str(folder.path), "60", "sh", "-c", PATIENT]
    script = "import subprocess, sys; subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE).wait()"
    owner = subprocess.Popen([sys.executable, "-c", script, *words], start_new_session=True)
    until(lambda: _is_ready(folder), "a run that is ready")
    assert folder.is_kept()
    os.kill(owner.pid, signal.SIGKILL)
    owner.wait()
    assert asyncio.run(outlived(folder)) == Ended(130, "asked", {"run_id": "r1"}, "ready\n")


IMPATIENT = """
from plimsoll.schedule import keeper
keeper.LADDER = tuple((number, 0.05) for number, _ in keeper.LADDER)
keeper.main()
"""


def test_what_does_not_listen_is_killed(folder: Folder) -> None:
    words = [sys.executable, "-c", IMPATIENT, str(folder.path), "60", "sh", "-c", STUBBORN]
    with subprocess.Popen(words, stdin=subprocess.PIPE, start_new_session=True) as impatient:
        until(lambda: _is_ready(folder), "a run that is ready")
    assert impatient.returncode == 0
    assert (folder.read().exit_code, folder.read().stopped) == (-9, "asked")


def test_a_log_keeps_the_first_and_the_last(tmp_path: Path) -> None:
    log = keeper.Log(tmp_path / "log")
    for part in (b"first", b"x" * keeper.LOG_BYTES_MAX * 2, b"last"):
        log.write(part)
    log.close()
    said = (tmp_path / "log").read_bytes()
    assert said.startswith(b"first")
    assert said.endswith(b"last")
    assert b"bytes left out" in said
    assert len(said) < keeper.LOG_BYTES_MAX + 100


def test_a_folder_without_an_end_tells_nothing_of_it(folder: Folder) -> None:
    (folder.path / "summary.json").write_text('{"run_id": ')
    assert folder.read() == Ended(None)
    assert folder.is_owned()
    folder.close()
    assert not folder.is_owned()


def test_only_the_last_folders_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plimsoll.schedule.child.KEPT_FOLDERS_MAX", 2)
    for name in ("9", "10", "11", "other"):
        (tmp_path / name).mkdir()
    prune(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["10", "11", "other"]


def test_the_command_of_a_run_holds_everything_but_secrets() -> None:
    schedule = Schedule(
        "nightly", parse_cron("@daily"), read_zone("UTC"), Path("a.py"), profile="smoke", environment="prod",
        goals=["p95<1s", "-odd"], allow_protected=["prod"], wait_s=60, notify=[Secret("json://hunter2")],
    )  # fmt: skip
    command = command_of(schedule, config=Path("other.toml"), runs=Path("runs"))
    assert command[4:8] == ["run", "a.py", "--json", "--alone"]
    assert command[8:] == [
        "--wait=60", "--runs=runs", "--seed=1", "--processes=1", "--config=other.toml", "--profile=smoke", "--env=prod",
        "--goal=p95<1s", "--goal=-odd", "--allow-protected=prod",
    ]  # fmt: skip
