"""What the command line says: errors, states of runs, lines while a run goes on."""

import io
import os
import sys
from typing import Any

import pytest
from rich.console import Console
from rich.table import Table
from rich.text import Text

from plimsoll.cli.exits import say_error
from plimsoll.cli.main import main
from plimsoll.cli.printing import print_view
from plimsoll.cli.profile_options import ProfileOptions
from plimsoll.cli.saying import Log
from plimsoll.cli.watching import LiveWatcher
from plimsoll.core.errors import UsageError
from plimsoll.core.profile import Profile, Stage
from plimsoll.runs.standing import standing_of
from plimsoll.settings.settings import Settings
from tests.report import builders

Capture = pytest.CaptureFixture[str]


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (UsageError("no such file", remedy="plimsoll init"), "error: no such file. try: plimsoll init\n"),
        (UsageError("which environment?", remedy="--env A"), "error: which environment? try: --env A\n"),
        (UsageError("no such file"), "error: no such file\n"),
    ],
)
def test_an_error_is_one_line_with_one_stop_before_the_remedy(error: UsageError, line: str, capsys: Capture) -> None:
    say_error(error)
    assert capsys.readouterr().err == line


@pytest.mark.parametrize(
    ("arguments", "command"), [(["run", "--no-such"], "plimsoll run --help"), (["rnu"], "plimsoll --help")]
)
def test_a_wrong_command_line_is_answered_with_the_command_at_hand(
    arguments: list[str], command: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["plimsoll", *arguments])
    with pytest.raises(SystemExit):
        main()
    said = capsys.readouterr().err
    assert said.endswith(f" try: {command}\n")
    assert "?." not in said


@pytest.mark.parametrize("group", ["import", "schedule"])
def test_a_group_without_its_command_shows_its_help(
    group: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["plimsoll", group])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    said = capsys.readouterr()
    assert f"{group} [OPTIONS] COMMAND" in said.out
    assert not said.err


@pytest.mark.parametrize(
    ("stopped_by", "state"),
    [
        ("completed", "goals met"), ("interrupted", "interrupted"), ("killed", "killed"),
        ("aborted: errors>50%", "aborted"), ("a worker died", "ended early"),
    ],
)  # fmt: skip
def test_a_run_cut_short_is_listed_as_such(stopped_by: str, state: str) -> None:
    summary: dict[str, Any] = {"valid": True, "stopped_by": stopped_by, "goals": [{"passed": True}]}
    assert standing_of(summary) == state


def test_one_user_is_not_called_users() -> None:
    assert ProfileOptions(users=1).build(Settings()).name == "1 user"
    assert ProfileOptions(users=2).build(Settings()).name == "2 users"


def test_what_is_piped_is_not_wrapped_and_has_no_trailing_blanks(capsys: Capture) -> None:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_row("a", "b")
    table.add_row("longer", "longer")
    print_view(table)
    print_view(Text("word " * 40))
    lines = capsys.readouterr().out.splitlines()
    assert lines == ["a       b", "longer  longer", ("word " * 40).rstrip()]


@pytest.mark.parametrize(("seconds", "lines"), [(0, 0), (3, 1), (6, 1)])
def test_a_short_run_has_a_line_at_its_end(seconds: int, lines: int) -> None:
    written = io.StringIO()
    watcher = LiveWatcher(Console(file=written))
    watcher.began(builders.facts(), Profile("p", "constant-users", (Stage(1, 6),)))
    for interval in builders.intervals(seconds):
        watcher.measured(interval)
    watcher.close()
    assert written.getvalue().count("journeys/s") == lines


def test_a_line_that_nobody_can_read_is_lost_and_told_of_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    log, (reads, writes), (others, fresh) = Log(), os.pipe(), os.pipe()
    os.close(reads)
    with os.fdopen(writes, "w") as stderr, os.fdopen(others) as heard:
        monkeypatch.setattr(sys, "stderr", stderr)
        log.say("w1: gone")
        log.say("w2: gone")
        os.dup2(fresh, writes)
        os.close(fresh)
        log.say("w3: gone")
        log.say("w4: gone")
        monkeypatch.undo()
        stderr.close()
        said = [line.partition(" ")[2] for line in heard.read().splitlines()]
    assert said == ["2 lines before this one could not be written", "w3: gone", "w4: gone"]


def test_who_has_no_stderr_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    log = Log()
    log.say("w1: gone")
    assert log.lost == 1
