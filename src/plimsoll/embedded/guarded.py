"""The owner's side of the guard: start it, give it orders, hear its answers."""

import json
import os
import select
import subprocess
import sys
import time
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plimsoll.core.errors import ServiceError
from plimsoll.embedded.account import Account
from plimsoll.embedded.guard import remove

LOG_BYTES_MAX = 8 * 1024 * 1024  # and one older file of that size beside it
END_SECONDS_MAX = 45.0  # more than the longest of the guard's own ladders


@dataclass(frozen=True)
class Ended:
    """How a program ended and the last that it said."""

    code: int
    output: str


class Guarded:
    """What we started under a guard's eyes. Everything of it ends when this process does, even by SIGKILL.

    `keep_open` are descriptors that the guard holds for as long as it lives (a lock on a data directory).
    """

    def __init__(self, keep_open: Sequence[int] = ()) -> None:
        self._heard = b""
        self._owner = os.getpid()
        self._owned: dict[Path, int] = {}
        program = Path(__file__).with_name("guard.py")
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(program), str(self._owner)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=tuple(keep_open),
            cwd="/",
            bufsize=0,
        )
        _ALIVE.add(self)

    @property
    def pid(self) -> int:
        """The guard's process."""
        return self._process.pid

    def own(self, path: Path, account: Account | None = None) -> None:
        """Have the directory removed at the end; say so *before* making it, so that no moment leaves one behind.

        It goes only if it then belongs to `account` (None: to us).
        """
        self._owned[path] = os.geteuid() if account is None else account.uid
        self._order({"order": "own", "path": str(path), "uid": self._owned[path]})

    def keep(self, path: Path) -> None:
        """Leave at the end what was owned until now."""
        del self._owned[path]
        self._order({"order": "keep", "path": str(path)})

    def run(self, argv: Sequence[str | Path], account: Account | None, *, timeout: float) -> Ended:
        """Run a program as `account` (None: as ourselves) and wait for it.

        Raises TimeoutError when it takes longer than `timeout` seconds (it then ends with the guard), ServiceError when
        it cannot be started.
        """
        self._order({"order": "run", **_command(argv, account)})
        answer = self._answer(timeout)
        if answer is None:
            raise TimeoutError
        return Ended(answer["exit"], answer["output"])

    def serve(self, argv: Sequence[str | Path], account: Account | None, *, log: Path, throwaway: bool) -> int:
        """Start a server whose words go to `log`; returns its process id. `throwaway`: it may be ended roughly."""
        more = {"log": str(log), "log_bytes_max": LOG_BYTES_MAX, "throwaway": throwaway}
        self._order({"order": "serve", **_command(argv, account), **more})
        answer = self._answer(10.0)
        if answer is None:
            raise ServiceError("the guard of the server does not answer", remedy="try again on a less busy machine")
        return int(answer["pid"])

    def server_exit(self, timeout: float) -> int | None:
        """The exit code of a server that has ended, or None when it still runs after `timeout` seconds."""
        answer = self._answer(timeout)
        return None if answer is None else int(answer["exit"])

    def end(self) -> bool:
        """Stop and remove everything; idempotent. False when the guard was killed: look after the server."""
        if self._owner != os.getpid():
            return True  # a forked child owns nothing
        _ALIVE.discard(self)
        self._close_pipe()
        try:
            code = self._process.wait(END_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        return code == 0

    def remove_owned(self) -> None:
        """The guard's last duty, for when it was killed."""
        for path, uid in self._owned.items():
            remove(str(path), uid)

    def _close_pipe(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()

    def _order(self, order: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(order).encode() + b"\n")
        except OSError as error:
            raise _guard_gone() from error

    def _answer(self, timeout: float) -> dict[str, Any] | None:
        give_up = time.monotonic() + timeout
        while b"\n" not in self._heard:
            if not self._readable(give_up - time.monotonic()):
                return None
            assert self._process.stdout is not None
            data = self._process.stdout.read(65536)
            if not data:
                raise _guard_gone()
            self._heard += data
        line, self._heard = self._heard.split(b"\n", 1)
        answer: dict[str, Any] = json.loads(line)
        if "failed" in answer:
            raise ServiceError(
                "cannot start a program of the server",
                why=answer["failed"],
                remedy="see that its account may run it there: permissions, a file system mounted noexec",
            )
        return answer

    def _readable(self, timeout: float) -> bool:
        assert self._process.stdout is not None
        poll = select.poll()  # select() refuses descriptors above 1023, which a load generator may well have
        poll.register(self._process.stdout, select.POLLIN)
        return bool(poll.poll(max(0.0, timeout) * 1000))

    def _forget_in_child(self) -> None:
        """A forked child would keep the pipe open beyond our death."""
        self._close_pipe()
        self._process.returncode = 0  # not the child's to wait for


def _command(argv: Sequence[str | Path], account: Account | None) -> dict[str, Any]:
    uid, gid = (None, None) if account is None else (account.uid, account.gid)
    return {"argv": [str(word) for word in argv], "uid": uid, "gid": gid}


def _guard_gone() -> ServiceError:
    return ServiceError(
        "the guard of the server is gone",
        why="somebody ended the process that looks after it",
        remedy="start the server again",
    )


_ALIVE: weakref.WeakSet[Guarded] = weakref.WeakSet()


def _after_fork() -> None:
    for guarded in list(_ALIVE):
        guarded._forget_in_child()


os.register_at_fork(after_in_child=_after_fork)
