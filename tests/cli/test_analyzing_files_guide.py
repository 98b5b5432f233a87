"""The commands of docs/guides/analyzing-files.md, as a reader types them."""

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from plimsoll.cli.app import app
from tests.analyze.reading.writing import csv_text, rows

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "analyzing-files.md"
COMMANDS = re.findall(
    r"^plimsoll (.*)$", "\n".join(re.findall(r"```sh\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)), re.MULTILINE
)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_the_guide_works(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    given = [*rows(600, elapsed=5, label="look up"), *rows(600, elapsed=9, label="log in", threadName="buyers 1-2")]
    Path("results.jtl").write_text(csv_text(sorted(given, key=lambda one: str(one["timeStamp"]))), encoding="utf-8")
    done = CliRunner().invoke(app, shlex.split(command), catch_exceptions=False)
    assert (done.exit_code, "log in" in done.stdout) == (4 if "--goal" not in command else 0, True)


def test_the_guide_has_commands() -> None:
    assert len(COMMANDS) == 4
