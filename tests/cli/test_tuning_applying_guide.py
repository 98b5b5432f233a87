"""The commands of docs/guides/tuning-applying.md, as a reader types them; what they do is tested elsewhere."""

import asyncio
import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from plimsoll.cli.app import app
from plimsoll.core.tuning.verified import Verified
from plimsoll.workflows.tuning import applying, verifying
from plimsoll.workflows.tuning.apply_checks import Checks
from plimsoll.workflows.tuning.applying import ApplyRequest, ApplyResult, Preview
from plimsoll.workflows.tuning.keeping import keep, kept
from plimsoll.workflows.tuning.request import Say
from plimsoll.workflows.tuning.verifying import VerifyRequest
from tests.core.tuning.tunings import NOON, made

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "tuning-applying.md"
COMMANDS = re.findall(
    r"^plimsoll ([^#\n]*)", "\n".join(re.findall(r"```sh\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)), re.MULTILINE
)
SETTINGS = '[environments.prod]\ndatabase = "postgres://127.0.0.1/shop"\nprotected = true\n'


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_the_guide_is_understood(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def seen(request: ApplyRequest) -> Preview:
        return Preview(kept(request.root, request.which), "here", (), Checks("PostgreSQL 18.1"))

    async def done(request: ApplyRequest, stop: asyncio.Event, say: Say) -> ApplyResult:
        assert request.only == ((1, 3) if "--only" in command else ())
        assert request.where.allow_protected == (("prod",) if "--allow-protected" in command else ())
        return ApplyResult(await seen(request), ())

    async def verified(request: VerifyRequest) -> Verified:
        return Verified("t", "shop", NOON, NOON, 5.0, "same", "nothing has changed")

    monkeypatch.chdir(tmp_path)
    Path("plimsoll.toml").write_text(SETTINGS)
    for module, name, instead in (
        (applying, "preview", seen),
        (applying, "apply", done),
        (verifying, "verify", verified),
    ):
        monkeypatch.setattr(module, name, instead)
    keep(made(), Path(".plimsoll/tunings"))
    result = CliRunner().invoke(app, shlex.split(command), catch_exceptions=False)
    assert (result.exit_code, result.stderr) == (0, "")


def test_the_guide_has_commands() -> None:
    assert len(COMMANDS) == 6
