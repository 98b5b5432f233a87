"""The owner's side of the guardian, and what it is told."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from plimsoll.core.identifiers import quote_identifier
from plimsoll.tune.cloning.names import mark_of

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

    def order(self, argv: Sequence[str], environment: Mapping[str, str]) -> None:
        """What to run at our end. Raises OSError where the guardian is gone."""
        self._say({"argv": list(argv), "env": dict(environment)})

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


def dropping(name: str, roles: Sequence[str] = ()) -> list[str]:
    """SQL that takes a copy away: whoever is just making it is ended first, for it would be there afterwards."""
    return [
        f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = '{mark_of(name)}'",
        f"DROP DATABASE IF EXISTS {quote_identifier(name)} WITH (FORCE)",
        *(f"DROP ROLE IF EXISTS {quote_identifier(role)}" for role in roles),
    ]


def psql_argv(program: str, statements: Sequence[str]) -> list[str]:
    """One by one, each whether or not those before it succeeded."""
    return [program, "-X", "-q", "-w", *(word for one in statements for word in ("-c", one))]
