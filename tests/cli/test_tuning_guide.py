"""The commands of docs/guides/tuning.md, as a reader types them; what carries a tuning out is tested elsewhere."""

import asyncio
import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from plimsoll.cli.app import app
from plimsoll.workflows import tune as workflow
from plimsoll.workflows.tune import TuneResult
from plimsoll.workflows.tuning.keeping import keep
from plimsoll.workflows.tuning.request import Say, TuneRequest
from tests.report.tuning import made

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "tuning.md"
COMMANDS = re.findall(
    r"^plimsoll ([^#\n]*)", "\n".join(re.findall(r"```sh\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)), re.MULTILINE
)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_the_guide_works(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def made_by_hand(request: TuneRequest, stop: asyncio.Event, say: Say) -> TuneResult:
        say("planning 5 statements")
        assert (request.prove, request.kept_root) == (True, Path(".plimsoll/tunings"))
        return TuneResult(made.proved(), request.kept_root / made.ID)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", "postgres://127.0.0.1/shop")
    monkeypatch.setattr(workflow, "tune", made_by_hand)
    keep(made.proved(), Path(".plimsoll/tunings"))
    told = f'"id": "{made.ID}"' if "--json" in command else "3 changes save 89 %"
    done = CliRunner().invoke(app, shlex.split(command), catch_exceptions=False)
    assert (done.exit_code, told in done.stdout) == (0, True)
    named = re.findall(r"--(?:out|undo-out|html|markdown) (\S+)", command)
    assert [name for name in named if not Path(name).is_file()] == []


def test_the_guide_has_commands() -> None:
    assert len(COMMANDS) == 5
