"""docs/reference/cli.md is what `--help` says."""

import os
import subprocess
import sys
from pathlib import Path

from plimsoll.cli.main import app
from plimsoll.cli.reference import reference

FILE = Path(__file__).parents[2] / "docs" / "reference" / "cli.md"


def test_the_committed_reference_is_up_to_date() -> None:
    assert FILE.read_text(encoding="utf-8") == reference(), "write it again: make docs"


def test_every_command_is_in_it_with_an_example() -> None:
    sections = {part.partition("\n")[0]: part for part in reference().split("\n## ")}
    names = [f"plimsoll {command.name}" for command in app.registered_commands]
    assert names
    assert [name for name in names if "Example: plimsoll" not in sections[name]] == []


def test_it_is_the_same_in_a_narrow_terminal(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "plimsoll.cli.reference", str(tmp_path / "cli.md")]
    environ = {**os.environ, "COLUMNS": "40", "TERMINAL_WIDTH": "40"}
    subprocess.run(argv, check=True, env=environ, capture_output=True)
    assert (tmp_path / "cli.md").read_text(encoding="utf-8") == reference()
