"""A tuning in a process of its own: who watches for months must not hold what a tuning imports, and may end it."""

import asyncio
import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from plimsoll.settings.masking import mask
from plimsoll.workflows.target import TargetRequest

DSN_NAME: Final = "PLIMSOLL_TUNE_DSN"  # in the environment: the words of a command are seen by every user (ps)
NICENESS: Final = 10  # it has time: what is watched has not
LIMIT_FACTOR: Final = 4  # times what search and proof may take each: a copy is made besides
ENDS_S: Final = 60.0  # for what goes with it: a server, a copy
LINE_BYTES_MAX: Final = 4_000
KEPT: Final = "kept in "  # how its last line begins
_UNEXPECTED: Final = "the tuning ended unexpectedly"


@dataclass(frozen=True, slots=True)
class TuneWish:
    """What to tune and how. `sql` is the workload as a file of SQL has it, which `sql_name` says in words; else it is
    what pg_stat_statements tells over `window_s`, or since its counters began. A DSN goes over in `variable`, where it
    came from one ("env:DATABASE_URL"): what comes next is then said with that name."""

    where: TargetRequest
    kept_root: Path
    config: Path | None = None
    variable: str = ""
    sql: str = ""
    sql_name: str = ""
    window_s: float | None = None
    time_s: float = 600.0
    budget_bytes: int | None = None
    prove: bool = False
    allow_protected: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Ended:
    """`tuning` is the id of what is kept, "" where nothing is; `error` then says why."""

    tuning: str = ""
    error: str = ""


def command_of(wish: TuneWish, sql: Path | None) -> list[str]:
    """Without secrets."""
    where = wish.where
    target = ["--dsn", wish.variable or f"env:{DSN_NAME}"] if where.dsn is not None else []
    target += ["--env", where.environment] if where.environment is not None else []
    target += ["--config", str(wish.config)] if wish.config is not None else []
    target += [word for name in wish.allow_protected for word in ("--allow-protected", name)]
    window = ["--window", f"{wish.window_s:g}s"] if wish.window_s is not None and sql is None else []
    source = ["--sql", str(sql)] if sql is not None else window
    budget = ["--budget", str(wish.budget_bytes)] if wish.budget_bytes is not None else []
    how = ["--time", f"{wish.time_s:g}s", *budget, *(["--prove"] if wish.prove else [])]
    return [sys.executable, "-m", "plimsoll.cli.main", "tune", *target, *source, *how, "--tunings", str(wish.kept_root)]


async def tune_apart(wish: TuneWish, told: Callable[[str], None]) -> Ended:
    """Tells how it goes, a line each. Cancelled, it ends the tuning and waits until nothing of it is left."""
    with ExitStack() as stack:
        sql = _written(wish, stack)
        try:
            child = await _started(command_of(wish, sql), _environ(wish))
        except OSError as error:
            return Ended(error=f"the tuning could not be started: {error.strerror or error}")
        try:
            async with asyncio.timeout((wish.window_s or 0.0) + LIMIT_FACTOR * wish.time_s):
                return await _followed(child, told)
        except TimeoutError:
            return Ended(error="the tuning was ended: it took too long")
        finally:
            await _end(child)


def _written(wish: TuneWish, stack: ExitStack) -> Path | None:
    if not wish.sql:
        return None
    path = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="plimsoll-tune-"))) / (wish.sql_name or "sql")
    path.write_text(wish.sql, encoding="utf-8")
    return path


def _environ(wish: TuneWish) -> Mapping[str, str]:
    dsn = {} if wish.where.dsn is None else {DSN_NAME: wish.where.dsn.reveal()}
    return {**os.environ, **dsn, "NO_COLOR": "1"}


async def _started(command: Sequence[str], environ: Mapping[str, str]) -> asyncio.subprocess.Process:
    child = await asyncio.create_subprocess_exec(
        *command,
        env=environ,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        limit=LINE_BYTES_MAX,
    )
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, child.pid, NICENESS)
    return child


async def _followed(child: asyncio.subprocess.Process, told: Callable[[str], None]) -> Ended:
    assert child.stderr is not None
    tuning = error = last = ""
    while line := await _line(child.stderr):
        words = mask(line.decode(errors="replace").strip())
        if words.startswith(KEPT):
            tuning = Path(words.removeprefix(KEPT)).name
        elif words.startswith("error: "):
            error = words.removeprefix("error: ")
        elif words:
            last = words
            told(words)
    code = await child.wait()
    return Ended(tuning) if tuning else Ended(error=error or (last if code else "") or _UNEXPECTED)


async def _line(stream: asyncio.StreamReader) -> bytes:
    """The next; of one that is too long its beginning."""
    try:
        return await stream.readuntil(b"\n")
    except asyncio.IncompleteReadError as error:
        return error.partial
    except asyncio.LimitOverrunError as error:
        return await stream.readexactly(max(1, error.consumed)) + b"\n"


async def _end(child: asyncio.subprocess.Process) -> None:
    """It takes down what it made; only where it does not is it killed."""
    if child.returncode is not None:
        return
    with suppress(ProcessLookupError):
        child.terminate()
    try:
        async with asyncio.timeout(ENDS_S):
            await child.communicate()
    except TimeoutError:
        with suppress(ProcessLookupError):
            child.kill()
        await child.wait()
