"""The keeper: the parent of a scheduled run, so that no run outlives who asked for it and none is lost to it.

It is started as `python -I -S keeper.py FOLDER SECONDS COMMAND...`, in a session of its own. Standard input is a pipe
whose only write end its owner holds: its end means that the run is to stop, asked for or because the owner is gone.
Then, and when the time is up, the run is told as by Ctrl-C, after a while again, and at last killed with its children.

In FOLDER it writes `summary.json` (what the run prints), `log` (what it says, the first and the last of it), at the end
`end.json`, {"exit": code, "stopped": why}, and holds `lock` as long as it lives. Standard library only.
"""

import fcntl
import json
import os
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

LOG_BYTES_MAX = 256 * 1024  # half of it for the beginning, half for the end
# SIGINT ends a run in good order: it needs its graceful stop, its teardown, and its report. The second ends it at once.
LADDER = ((signal.SIGINT, 120.0), (signal.SIGINT, 15.0), (signal.SIGKILL, 15.0))


class Log:
    """What a run says: the first of it as it comes, of the rest the last."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._room = LOG_BYTES_MAX // 2
        self._tail = b""
        self._left_out = 0

    def write(self, data: bytes) -> None:
        first, rest = data[: self._room], data[self._room :]
        self._room -= len(first)
        self._put(first)
        self._tail += rest
        over = len(self._tail) - LOG_BYTES_MAX // 2
        if over > 0:
            self._left_out += over
            self._tail = self._tail[over:]

    def close(self) -> None:
        if self._left_out:
            self._put(f"\n... {self._left_out} bytes left out ...\n".encode())
        self._put(self._tail)
        os.close(self._file)

    def _put(self, data: bytes) -> None:
        with suppress(OSError):  # a full disk loses words, not the run
            os.write(self._file, data)


class Keeper:
    """One run from its start to the file that says how it ended."""

    def __init__(self, folder: Path, seconds: float, command: list[str]) -> None:
        self.folder = folder
        self.deadline = time.monotonic() + seconds
        self.log = Log(folder / "log")
        self.stopped = ""
        self.heard = False
        self.woken = self._listen()
        with (folder / "summary.json").open("wb") as printed:
            self.child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=printed, stderr=subprocess.PIPE, start_new_session=True
            )
        assert self.child.stderr is not None
        self.words: int | None = self.child.stderr.fileno()
        os.set_blocking(self.words, False)

    def _listen(self) -> int:
        """The descriptor at which signals wake us. Handlers, unlike ignored signals, do not reach the child."""
        woken, wakes = os.pipe()
        for end in (woken, wakes):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(wakes)
        for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
            signal.signal(number, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda *_: self._heard())
        return woken

    def _heard(self) -> None:
        """Who ends us ends everything (a service manager): the run has heard it too, and twice would cut it short."""
        self.heard = True

    def watch(self) -> None:
        """Until the run has ended, told to or not."""
        while not self.stopped and self.child.poll() is None:
            left = self.deadline - time.monotonic()
            if left <= 0:
                self.stopped = "timeout"
            elif self._turn(left, listening=True):
                self.stopped = "asked"
        for rung, (number, patience) in enumerate(LADDER if self.stopped else ()):
            if not self._wait_after(None if self.heard and rung == 0 else number, patience):
                break

    def _wait_after(self, number: signal.Signals | None, patience: float) -> bool:
        """Whether it goes on in spite of a signal."""
        if number is not None and self.child.poll() is None:
            with suppress(ProcessLookupError):
                if number == signal.SIGKILL:
                    os.killpg(self.child.pid, number)
                else:
                    self.child.send_signal(number)
        until = time.monotonic() + patience
        while self.child.poll() is None and (left := until - time.monotonic()) > 0:
            self._turn(left, listening=False)
        return self.child.poll() is None

    def _turn(self, seconds: float, *, listening: bool) -> bool:
        """Waits for something to happen; whether the owner's end of the pipe is closed."""
        watched = [self.woken, *([0] if listening else []), *([] if self.words is None else [self.words])]
        ready, _, _ = select.select(watched, [], [], seconds)
        if self.woken in ready:
            with suppress(BlockingIOError):
                os.read(self.woken, 4096)
        if self.words in ready:
            self._drain()
        return 0 in ready and not os.read(0, 4096)

    def _drain(self) -> None:
        """Takes what there is, up to a megabyte at once."""
        with suppress(BlockingIOError):
            for _ in range(16):
                if self.words is None:
                    return
                data = os.read(self.words, 65536)
                self.log.write(data)
                self.words = self.words if data else None

    def finish(self) -> None:
        """Takes what it said last, ends what it left behind, and writes down how it ended."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.child.pid, signal.SIGKILL)
        self._drain()
        self.log.close()
        path = self.folder / "end.json"
        temporary = self.folder / "end.tmp"
        with temporary.open("w", encoding="utf-8") as file:
            json.dump({"exit": self.child.returncode, "stopped": self.stopped}, file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)


def main() -> None:
    folder, seconds, *command = sys.argv[1:]
    os.umask(0o077)
    with (Path(folder) / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        keeper = Keeper(Path(folder), float(seconds), command)
        keeper.watch()
        keeper.finish()


if __name__ == "__main__":
    main()
