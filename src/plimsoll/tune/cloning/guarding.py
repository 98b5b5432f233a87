"""The owner's side of the guardian."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

END_SECONDS_MAX: Final = 5.0


class Guarding:
    """From its making on what was ordered happens when this process ends, even by SIGKILL, unless it is let go."""

    def __init__(self) -> None:
        program = Path(__file__).with_name("guardian.py")
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(program), str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
            bufsize=0,
        )

    @property
    def pid(self) -> int:
        """The guardian's process."""
        return self._process.pid

    def order(self, module: str, words: str) -> None:
        """Which module of ours to run at our end, with what on its input. Raises OSError where the guardian is gone."""
        argv = [sys.executable, "-m", module]
        self._say({"argv": argv, "path": os.pathsep.join(filter(None, sys.path)), "input": words})

    def let_go(self) -> None:
        """Nothing is left to do: it ends."""
        with suppress(OSError):  # somebody ended it, and there is nothing left for it to do
            self._say({})
        self._close()

    def leave_it_to_it(self) -> None:
        """What was ordered is to happen now, without our waiting for it."""
        assert self._process.stdin is not None
        self._process.stdin.close()

    def _close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(END_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _say(self, order: Mapping[str, object]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
