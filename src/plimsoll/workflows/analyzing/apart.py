"""A run analyzed in a process of its own: who watches for months must not hold what an analysis imports."""

import asyncio
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from plimsoll.settings.masking import mask

LIMIT_S: Final = 300.0  # a run takes some 4 s for each of its hours
SAID_BYTES_MAX: Final = 20_000
NICENESS: Final = 10  # it has time: what is watched has not
_UNEXPECTED: Final = "the analysis ended unexpectedly"


async def analyze_apart(root: Path, run_id: str, limit_s: float = LIMIT_S) -> str:
    """Leaves analysis.json in the run's directory; what went wrong in words, "" where nothing did.

    `run_id` must be the name of a run below `root`, not what somebody typed.
    """
    command = (sys.executable, "-m", "plimsoll.cli.main", "analyze", run_id, "--runs", str(root), "--json")
    try:
        child = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
    except OSError as error:
        return f"the analysis could not be started: {error.strerror or error}"
    try:
        return await _ended(child, limit_s)
    finally:
        if child.returncode is None:  # too late, or nobody waits for it any more
            with suppress(ProcessLookupError):
                child.kill()
            await child.wait()


async def _ended(child: asyncio.subprocess.Process, limit_s: float) -> str:
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, child.pid, NICENESS)
    assert child.stderr is not None
    try:
        async with asyncio.timeout(limit_s):
            said = await _end_of(child.stderr)
            code = await child.wait()
    except TimeoutError:
        return f"the analysis was ended: it took longer than {limit_s:g} s"
    return "" if code == 0 else _words(said) or _UNEXPECTED


async def _end_of(stream: asyncio.StreamReader) -> bytes:
    """The last of what is said; all of it is read, so that the child is never held up."""
    said = b""
    while chunk := await stream.read(SAID_BYTES_MAX):
        said = (said + chunk)[-SAID_BYTES_MAX:]
    return said


def _words(said: bytes) -> str:
    """The error's line."""
    lines = [line.strip() for line in said.decode(errors="replace").splitlines() if line.strip()]
    errors = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
    return mask((errors or lines or [""])[-1])[:500]
