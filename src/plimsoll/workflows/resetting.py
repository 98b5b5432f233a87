"""Bringing a target back to where it was between the runs of a series, in the way that was asked for."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final

import asyncpg

from plimsoll.core.check import counted
from plimsoll.core.errors import RefusedError, UsageError
from plimsoll.load.language.scenario import Scenario
from plimsoll.postgres.template_copy import TemplateCopy
from plimsoll.settings.masking import mask
from plimsoll.settings.reset import Reset
from plimsoll.workflows.hooks import call_hook
from plimsoll.workflows.run_request import RunRequest
from plimsoll.workflows.sharing import Sharing, holding
from plimsoll.workflows.target import OpenTarget, choose, connected, open_target

COMMAND_S_MAX: Final = 3600.0
ALONE: Final = Sharing(alone=True)  # another run would lose its connections
OUTPUT_SHOWN: Final = 300  # characters of what a command that failed said last
ResetNow = Callable[[], Awaitable[None]]


def chosen_reset(said: Reset | None, request: RunRequest, scenario: Scenario) -> Reset:
    """What `--reset` says, else the environment; else the scenario's @reset, where it has one. Raises UsageError."""
    stated = choose(request.where).reset
    if said is None:
        said = Reset.read(stated) if stated else Reset("hook" if scenario.reset else "none")
    if said.kind == "hook" and scenario.reset is None:
        raise UsageError(
            "the scenario has no @reset",
            where=str(scenario.path),
            why="it is what reset by hook calls",
            remedy="from plimsoll import reset; @reset async def anew(run): ...",
        )
    return said


@asynccontextmanager
async def resetting(reset: Reset, request: RunRequest, scenario: Scenario, notes: list[str]) -> AsyncIterator[ResetNow]:
    """Gives what resets the target. A copy of the database is made before, and takes its place again at the end.

    What the reader should know of it is added to `notes`.

    Raises RefusedError for a protected target, and where the reset itself is refused or fails.
    """
    if reset.kind == "template":
        async with _from_copy(request, notes) as renew:
            yield renew
        return
    if reset.kind != "none":
        async with open_target(request.where) as opened:
            _refuse_protected(opened)

    async def by_hook() -> None:
        async with open_target(request.where) as opened:
            await call_hook(scenario.reset, scenario, opened, request.seed)

    async def by_command() -> None:
        await run_command(reset.command)

    async def not_at_all() -> None:
        pass

    yield {"hook": by_hook, "command": by_command}.get(reset.kind, not_at_all)


@asynccontextmanager
async def _from_copy(request: RunRequest, notes: list[str]) -> AsyncIterator[ResetNow]:
    async with holding(request.where, ALONE), open_target(request.where) as opened:
        _refuse_protected(opened)
        _refuse_pooled(opened)
        copy = TemplateCopy(opened.database)
        await copy.make()

    async def renew() -> None:
        async with holding(request.where, ALONE), open_target(request.where) as again:
            copy.target = again.database
            await copy.renew()

    try:
        yield renew
    finally:
        async with open_target(request.where) as again:
            copy.target = again.database
            await copy.put_back()
        if copy.ended:
            notes.append(f"{counted(copy.ended, 'connection')} of others had to be ended for the resets")


def _refuse_protected(opened: OpenTarget) -> None:
    if opened.environment.protected:
        raise RefusedError(
            "a protected environment is never reset",
            where=opened.display,
            why="it is only read, so that there is nothing to bring back",
            remedy="--reset none, or another environment",
        )


def _refuse_pooled(opened: OpenTarget) -> None:
    if opened.traits.pooled:
        raise RefusedError(
            'reset = "template" goes to the server itself',
            where=opened.display,
            why="a pooler stands between, which keeps connections to the database that is to be replaced",
            remedy='name the server itself as database, or use reset = "hook"',
        )


async def run_command(command: str) -> None:
    """Runs it with the shell. Raises RefusedError with the end of what it said where it fails."""
    process = await asyncio.create_subprocess_shell(
        command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    said = b""
    try:
        async with asyncio.timeout(COMMAND_S_MAX):
            while chunk := await process.stdout.read(65_536):
                said = (said + chunk)[-4 * OUTPUT_SHOWN :]
            code = await process.wait()
    except TimeoutError:
        raise _command_failed(f"it took longer than {COMMAND_S_MAX:g} s") from None
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, 9)
            await process.wait()
    if code:
        last = mask(said.decode(errors="replace")).strip()[-OUTPUT_SHOWN:]
        raise _command_failed(f"exit status {code}{': ' if last else ''}{last}")


def _command_failed(why: str) -> RefusedError:
    return RefusedError("the reset's command failed", why=why, remedy="run it by itself until it does")


async def checkpoint(request: RunRequest) -> str:
    """Writes out what is dirty, so that no run pays for the one before; says why not where it may not, else "".

    A server of our own stops after each run, which does the same.
    """
    if request.where.dsn is None and choose(request.where).is_embedded:
        return ""
    async with open_target(request.where) as opened:
        if opened.environment.protected or opened.target is None:
            return ""
        async with connected(opened) as connection:
            try:
                await connection.execute("CHECKPOINT")
            except asyncpg.InsufficientPrivilegeError:
                return "no CHECKPOINT before each run: the role is neither superuser nor in pg_checkpoint"
    return ""
