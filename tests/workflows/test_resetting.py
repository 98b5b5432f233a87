"""Which reset is meant, and what a command that resets may do."""

import asyncio
from pathlib import Path

import pytest

from plimsoll.core.errors import RefusedError, UsageError
from plimsoll.core.profile import Profile, Stage
from plimsoll.load.language.scenario import Scenario
from plimsoll.settings.loading import parse_settings
from plimsoll.settings.masking import Secret
from plimsoll.settings.reset import Reset
from plimsoll.workflows.resetting import chosen_reset, resetting, run_command
from plimsoll.workflows.run_request import RunRequest
from plimsoll.workflows.target import TargetRequest


async def anew(run: object) -> None:
    pass


HOOKED = Scenario(Path("s.py"), (), (), reset=anew)
PLAIN = Scenario(Path("s.py"), (), ())


def request(settings: str = "", dsn: str | None = None, allow: tuple[str, ...] = ()) -> RunRequest:
    where = TargetRequest(parse_settings(settings), {}, dsn=Secret(dsn) if dsn else None, allow_protected=allow)
    return RunRequest(Path("s.py"), Profile("p", "constant-users", (Stage(1, 1),)), where)


STATED = '[environments.dev]\ndatabase = "embedded"\nreset = "command: make data"'


def test_what_is_said_goes_before_the_environment_and_that_before_the_scenario() -> None:
    assert chosen_reset(Reset("template"), request(STATED), HOOKED) == Reset("template")
    assert chosen_reset(None, request(STATED), HOOKED) == Reset("command", "make data")
    assert chosen_reset(None, request(), HOOKED) == Reset("hook")
    assert chosen_reset(None, request(), PLAIN) == Reset("none")
    assert chosen_reset(Reset("none"), request(STATED), HOOKED) == Reset("none")


def test_a_hook_that_is_not_there_is_missed_before_anything_runs() -> None:
    with pytest.raises(UsageError, match="no @reset"):
        chosen_reset(Reset("hook"), request(), PLAIN)


@pytest.mark.parametrize("text", ["templates", "command:", "command:   ", ""])
def test_other_resets_are_refused_with_all_there_are(text: str) -> None:
    with pytest.raises(UsageError, match='"template", "hook", "none"'):
        Reset.read(text)


def test_plimsoll_toml_says_where_a_wrong_reset_stands() -> None:
    with pytest.raises(UsageError, match=r"line 3.*reset.*templat") as refused:
        parse_settings('[environments.dev]\ndatabase = "embedded"\nreset = "templat"')
    assert "none of" in str(refused.value)


def test_a_command_that_fails_is_told_with_its_last_words_and_no_password() -> None:
    with pytest.raises(RefusedError, match="exit status 3: cannot reach postgresql://app:") as failed:
        asyncio.run(run_command("echo cannot reach postgresql://app:hunter2hunter2@db/app; exit 3"))
    assert "hunter2" not in str(failed.value)
    asyncio.run(run_command("true"))


@pytest.mark.parametrize("reset", [Reset("template"), Reset("hook"), Reset("command", "false")])
def test_a_protected_environment_is_never_reset(database: str, reset: Reset) -> None:
    protected = f'[environments.prod]\ndatabase = "{database}"\nprotected = true'

    async def enter() -> None:
        async with resetting(reset, request(protected, database, ("prod",)), HOOKED, []):
            pytest.fail("it was let in")

    with pytest.raises(RefusedError, match="protected environment is never reset"):
        asyncio.run(enter())
