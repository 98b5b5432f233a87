"""docs/guides/edge-static.md: its commands and its program."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from plimsoll.cli.app import app
from plimsoll.edge import Static
from plimsoll.edge.static.coding import SUFFIXES
from plimsoll.edge.static.manifest import USUAL
from plimsoll.edge.static.policy import Policy

GUIDE = (Path(__file__).parents[3] / "docs" / "guides" / "edge-static.md").read_text("utf-8")
COMMANDS = re.findall(r"^plimsoll (.*)$", "\n".join(re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL)), re.MULTILINE)
PROGRAMS = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)


@pytest.fixture(autouse=True)
def dist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("dist").mkdir()
    Path("dist/main.a1b2c3d4.js").write_text("let a = 1\n" * 500)


def test_its_commands_work() -> None:
    assert COMMANDS
    for command in COMMANDS:
        done = CliRunner().invoke(app, shlex.split(command), catch_exceptions=False)
        assert (done.exit_code, "1" in done.stdout) == (0, True)


def test_its_program_works() -> None:
    names: dict[str, Any] = {"application": lambda: None}
    for program in PROGRAMS:
        exec(program, names)  # noqa: S102  # the guide's own
    assert isinstance(names["behind"], Static)


def test_it_tells_what_is_so() -> None:
    for name in ("a.html", "a.pdf", "main.a1b2c3d4.js", "a.png"):
        assert f"`{Policy().cache_control(name)}" in GUIDE
    assert all(f"`{name}`" in GUIDE for name in USUAL)
    assert all(coding in GUIDE.lower() for coding in ("brotli", *SUFFIXES) if coding != "br")
