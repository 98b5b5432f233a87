"""`plimsoll serve` as a process of a benchmark: it ends when its standard input does, so also when we are killed."""

import asyncio
import contextlib
import os
import re
import sys
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PATIENCE_S = 60.0  # a bound, not a wait
LINES_MAX = 1000
PROGRAM = """
import os, signal, sys, threading

def ended():
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)

threading.Thread(target=ended, daemon=True).start()
from plimsoll.cli.main import main
main()
"""


@dataclass(slots=True)
class Serving:
    """`state` is what it keeps in files; `said` are its last lines."""

    process: asyncio.subprocess.Process
    state: Path
    port: int = 0
    said: deque[str] = field(default_factory=lambda: deque(maxlen=LINES_MAX))

    async def says(self, pattern: str) -> re.Match[str]:
        """The next line that matches."""
        assert self.process.stderr is not None
        async with asyncio.timeout(PATIENCE_S):
            while line := (await self.process.stderr.readline()).decode(errors="replace").rstrip():
                self.said.append(line)
                if (found := re.search(pattern, line)) is not None:
                    return found
        raise SystemExit("plimsoll serve ended:\n" + "\n".join(self.said))


@contextlib.asynccontextmanager
async def serving(folder: Path, application: str, *words: str) -> AsyncIterator[Serving]:
    """Serves it at a free port, with its state in `folder`."""
    argv = ["serve", application, "--name", "it", "--bind", "127.0.0.1:0", "--grace", "0s", "--drain", "1s", *words]
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, *argv, stdin=pipe, stderr=pipe, cwd=folder, env=environ
    )
    one = Serving(process, folder / ".plimsoll" / "serve" / "it")
    try:
        one.port = int((await one.says(r"serving at http://127\.0\.0\.1:(\d+)"))[1])
        yield one
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            async with asyncio.timeout(PATIENCE_S):
                await process.communicate()
        except TimeoutError:
            process.kill()
            await process.wait()
