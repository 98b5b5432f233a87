"""Children: started with the descriptors they serve, heard, signalled, and gone when the keeper is."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from typing import Any

from plimsoll.scale.supervisor.keeper.journal import Journal, Words

CHILDREN_MAX = 300  # with as many sockets it stays below the 1024 descriptors that are usual
READ_BYTES = 65536
READS_MAX = 16  # in one turn: a child that never pauses must not keep us from the others
NOTE_CHARS_MAX = 2000
PATIENCE_S_MAX = 3600.0
KILL_S = 5.0
PR_SET_PDEATHSIG = 1

_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
_KEEPER = os.getpid()


def _end_with_the_keeper() -> None:
    """In the child, before its program: it is killed when we are (Linux; elsewhere there is no such thing)."""
    if _LIBC is not None:
        _LIBC.prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
        if os.getppid() != _KEEPER:
            os._exit(1)  # we were killed between the fork and here


class Child:
    """One program that runs, in a session of its own, so that what it starts is reached with it."""

    def __init__(self, name: str, order: dict[str, Any], fds: tuple[int, ...], journal: Journal) -> None:
        self.name = name
        self.note = str(order.get("note", ""))[:NOTE_CHARS_MAX]
        self.stage = int(order["stage"])
        self.ladder = _ladder(order["ladder"])
        self.rung = -1  # of the ladder; -1: it is not being stopped
        self.deadline = 0.0
        self.signalled = False  # by order
        self.words = Words(name, journal)
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            [str(word) for word in order["argv"]],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=str(order["cwd"]),
            env={str(name): str(value) for name, value in order["env"].items()},
            pass_fds=fds,
            start_new_session=True,
            preexec_fn=_end_with_the_keeper,  # noqa: PLW1509 -- the keeper has one thread
            bufsize=0,
        )
        assert self.process.stdout is not None
        self.output: int | None = self.process.stdout.fileno()
        os.set_blocking(self.output, False)

    @property
    def pid(self) -> int:
        return self.process.pid

    def drain(self) -> bool:
        """Take what it has said, a megabyte at most; False once it will say no more."""
        for _ in range(READS_MAX):
            if self.output is None:
                return False
            try:
                data = os.read(self.output, READ_BYTES)
            except BlockingIOError:
                return True
            if not data:
                self.output = None
                return False
            self.words.hear(data)
        return True

    def has_ended(self) -> bool:
        """Whether it has; then what is left of its session's group is killed, and everything it said is written."""
        if os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            return False
        self.signal(signal.SIGKILL, whole=True)  # before it is waited for: until then the number is its own
        self.process.wait()
        self.drain()
        self.words.close()
        return True

    def close(self) -> None:
        self.output = None
        if self.process.stdout is not None:
            self.process.stdout.close()

    def signal(self, number: int, *, whole: bool) -> None:
        """To it, or to the `whole` group of processes that it began."""
        with suppress(ProcessLookupError, PermissionError):
            (os.killpg if whole else os.kill)(self.pid, number)

    def stop_further(self, now: float) -> None:
        """The next rung of its ladder, if the time of the one before is over."""
        if self.rung + 1 < len(self.ladder) and (self.rung < 0 or now >= self.deadline):
            self.rung += 1
            number, patience = self.ladder[self.rung]
            self.deadline = now + patience
            self.signal(number, whole=number == signal.SIGKILL)

    def told(self) -> dict[str, Any]:
        age_s = round(time.monotonic() - self.began, 3)
        return {"name": self.name, "pid": self.pid, "note": self.note, "age_s": age_s}

    def ending(self) -> dict[str, Any]:
        code = self.process.returncode
        return {**self.told(), "code": code, "last": list(self.words.last), "signalled": self.signalled}


def _ladder(steps: list[list[float]]) -> list[tuple[int, float]]:
    """Signals and how long each is waited for; the last is always one that cannot be refused."""
    ladder = [(int(number), min(max(float(patience), 0.0), PATIENCE_S_MAX)) for number, patience in steps[:8]]
    if not ladder or ladder[-1][0] != signal.SIGKILL:
        ladder.append((int(signal.SIGKILL), KILL_S))
    return ladder
