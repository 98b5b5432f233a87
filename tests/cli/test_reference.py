"""docs/reference/cli.md is what `--help` says."""

import os
import subprocess
import sys
from pathlib import Path

from fluentscribe.cli.main import app as fluentscribe
from plimsoll.cli import series_reference
from plimsoll.cli.app import app
from plimsoll.cli.reference import reference, reference_of

FILE = Path(__file__).parents[2] / "docs" / "reference" / "cli.md"
OF_THE_PLATFORM = "fluentscribe.cli.main"


def test_the_committed_reference_is_up_to_date() -> None:
    assert FILE.read_text(encoding="utf-8") == reference(), "write it again: make docs"
    platform = FILE.with_name("fluentscribe-cli.md")
    assert platform.read_text(encoding="utf-8") == reference_of(OF_THE_PLATFORM), "write it again: make docs"


def test_so_is_that_of_the_series() -> None:
    assert FILE.with_name("series.md").read_text(encoding="utf-8") == series_reference.reference(), "make docs"


def test_every_command_is_in_it_with_an_example() -> None:
    for text, of in ((reference(), app), (reference_of(OF_THE_PLATFORM), fluentscribe)):
        sections = {part.partition("\n")[0]: part for part in text.split("\n## ")}
        names = [f"{of.info.name} {command.name}" for command in of.registered_commands]
        assert names
        assert [name for name in names if f"Example: {name}" not in sections[name]] == []


def test_it_is_the_same_in_a_narrow_terminal(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "plimsoll.cli.reference", str(tmp_path / "cli.md")]
    environ = {**os.environ, "COLUMNS": "40", "TERMINAL_WIDTH": "40"}
    subprocess.run(argv, check=True, env=environ, capture_output=True)
    assert (tmp_path / "cli.md").read_text(encoding="utf-8") == reference()
