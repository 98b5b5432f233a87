"""The guard: a small program that is the server's parent, so that no server outlives who asked for it.

It is started as `python -I -S guard.py OWNER_PID`, in a session of its own, so Ctrl-C in the owner's terminal does not
reach it. Standard input is a pipe whose only write end the owner holds. Orders arrive on it as lines of JSON; its end
means that the owner is gone, however it went. Then the guard stops what runs, removes what it was told to own and ends.

Orders and answers, one JSON object a line:

    {"order": "own", "path": P, "uid": u}              remove P at the end, if u owns it by then (no answer)
    {"order": "keep", "path": P}                       own it no longer (no answer)
    {"order": "run", "argv": [...], "uid", "gid"}      -> {"exit": code, "output": text}
    {"order": "serve", "argv": [...], "uid", "gid", "log": P, "log_bytes_max": N, "throwaway": bool}
                                                       -> {"pid": n}, and whenever it ends {"exit": code, "output": ""}
    a program that cannot be started                   -> {"failed": reason}

Standard library only, and little of it: it starts in 30 ms and runs as root where its owner is root.
"""

import json
import os
import select
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

OUTPUT_BYTES_MAX = 64 * 1024  # of a program that was run: the last that it said
LOOK_SECONDS = 1.0  # how often the owner is looked for by its process id, should its end of the pipe have leaked

# What is sent to make a child end, and for how long each is waited for. PostgreSQL: SIGINT is a fast shutdown (with a
# checkpoint), SIGQUIT an immediate one, in which it kills its own stragglers after 5 s. Data that is about to
# be removed needs no checkpoint.
Ladder = tuple[tuple[signal.Signals, float], ...]
END_RUN: Ladder = ((signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0))
END_KEPT: Ladder = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 8.0), (signal.SIGKILL, 5.0))
END_THROWAWAY: Ladder = ((signal.SIGQUIT, 8.0), (signal.SIGKILL, 5.0))

# Nothing of the owner's environment reaches the server: no PGPORT, no locale that is not installed.
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


class Log:
    """A file that grows to `bytes_max`, then becomes NAME.1 and begins anew: at most two are ever kept.

    Its folder may belong to an unprivileged user while we are root, so it is reached by descriptor and no link is
    followed.
    """

    def __init__(self, path: str, bytes_max: int, uid: int | None, gid: int | None) -> None:
        folder, self.name = os.path.split(path)
        self.folder = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        self.bytes_max = bytes_max
        self.owner = None if uid is None or gid is None else (uid, gid)
        self.file = self._open()

    def _open(self) -> int:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW
        file = os.open(self.name, flags, 0o600, dir_fd=self.folder)
        self.size = os.fstat(file).st_size
        if self.owner and self.size == 0:
            os.fchown(file, *self.owner)
        return file

    def write(self, data: bytes) -> None:
        """A full disk loses lines; it never stops the server, which would wait for its pipe to be read."""
        try:
            if self.size + len(data) > self.bytes_max and self.size > 0:
                self._turn_over()
            self.size += os.write(self.file, data)
        except OSError:
            return

    def _turn_over(self) -> None:
        os.replace(self.name, self.name + ".1", src_dir_fd=self.folder, dst_dir_fd=self.folder)
        old, self.file = self.file, self._open()
        os.close(old)

    def close(self) -> None:
        os.close(self.file)
        os.close(self.folder)


class Tail:
    """The last that a program said."""

    def __init__(self) -> None:
        self.kept = b""

    def write(self, data: bytes) -> None:
        self.kept = (self.kept + data)[-OUTPUT_BYTES_MAX:]

    def close(self) -> None:
        """Nothing to let go."""


class Child:
    """One program that runs, where its words go, and how it is made to end."""

    def __init__(self, order: dict[str, Any], sink: Log | Tail, ladder: Ladder) -> None:
        self.sink = sink
        self.ladder = ladder
        self.process = subprocess.Popen(
            order["argv"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=ENVIRONMENT,
            umask=0o077,
            bufsize=0,
            **identity(order),
        )
        assert self.process.stdout is not None
        self.output: int | None = self.process.stdout.fileno()
        os.set_blocking(self.output, False)

    def drain(self) -> None:
        """Take what it has said, up to a megabyte: a server that never pauses must not keep us from the owner."""
        for _ in range(16):
            if self.output is None:
                return
            try:
                data = os.read(self.output, 65536)
            except BlockingIOError:
                return
            if not data:
                self.output = None
                return
            self.sink.write(data)

    def has_ended(self) -> bool:
        """Whether it has; if so everything it said is in the sink."""
        if self.process.poll() is None:
            return False
        self.drain()
        self.sink.close()
        if self.process.stdout is not None:
            self.process.stdout.close()
        return True

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)
        self.process.send_signal(signal.SIGCONT)  # one that somebody stopped could not hear it


def identity(order: dict[str, Any]) -> dict[str, Any]:
    if order["uid"] is None:
        return {}
    return {"user": order["uid"], "group": order["gid"], "extra_groups": []}


def remove(path: str, uid: int) -> None:
    """Remove a directory of that user; anything else of that name stays."""
    try:
        found = os.lstat(path)
    except OSError:
        return
    if stat.S_ISDIR(found.st_mode) and found.st_uid == uid:
        shutil.rmtree(path, ignore_errors=True)


class Guard:
    """Obeys the owner while there is one; `end` leaves nothing behind."""

    def __init__(self, owner: int) -> None:
        self.owner = owner
        self.owned: dict[str, int] = {}
        self.child: Child | None = None
        self.heard = b""  # the beginning of an order whose end has not come yet
        self.ending = False
        self.woken = self._listen_to_signals()
        self.orders: dict[str, Callable[[dict[str, Any]], object]] = {
            "own": lambda order: self.owned.update({order["path"]: order["uid"]}),
            "keep": lambda order: self.owned.pop(order["path"]),
            "run": self.run,
            "serve": self.serve,
        }

    def _listen_to_signals(self) -> int:
        """Return the descriptor at which signals wake us. Handlers, unlike ignored signals, do not reach children."""
        woken, wakes = os.pipe()
        os.set_blocking(woken, False)
        os.set_blocking(wakes, False)
        signal.set_wakeup_fd(wakes)
        for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
            signal.signal(number, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda *_: self.end_soon())
        return woken

    def end_soon(self) -> None:
        self.ending = True

    def watch(self) -> None:
        while not self.ending and os.getppid() == self.owner:
            self.turn(LOOK_SECONDS, listening=True)

    def turn(self, seconds: float, *, listening: bool) -> None:
        """Wait for something to happen and deal with it."""
        child_output = [self.child.output] if self.child and self.child.output is not None else []
        ready, _, _ = select.select([self.woken, *([0] if listening else []), *child_output], [], [], seconds)
        if self.woken in ready:
            os.read(self.woken, 4096)
        if self.child is not None:
            self.child.drain()
            if self.child.has_ended():
                self.report_end(self.child)
        if 0 in ready:
            self.hear()

    def hear(self) -> None:
        data = os.read(0, 65536)
        if not data:
            self.ending = True
        *lines, self.heard = (self.heard + data).split(b"\n")
        for line in lines:
            order = json.loads(line)
            self.orders[order["order"]](order)

    def run(self, order: dict[str, Any]) -> None:
        try:
            self.child = Child(order, Tail(), END_RUN)
        except (OSError, subprocess.SubprocessError) as error:
            self.answer({"failed": str(error)})

    def serve(self, order: dict[str, Any]) -> None:
        try:
            log = Log(order["log"], order["log_bytes_max"], order["uid"], order["gid"])
            self.child = Child(order, log, END_THROWAWAY if order["throwaway"] else END_KEPT)
        except (OSError, subprocess.SubprocessError) as error:
            self.answer({"failed": str(error)})
        else:
            self.answer({"pid": self.child.process.pid})

    def report_end(self, child: Child) -> None:
        self.child = None
        output = child.sink.kept.decode(errors="replace") if isinstance(child.sink, Tail) else ""
        self.answer({"exit": child.process.returncode, "output": output})

    def answer(self, words: dict[str, Any]) -> None:
        try:
            os.write(1, json.dumps(words).encode() + b"\n")
        except OSError:
            self.ending = True  # nobody is left to hear it

    def end(self) -> None:
        if self.child is not None:
            self.stop(self.child)
        for path, uid in self.owned.items():
            remove(path, uid)

    def stop(self, child: Child) -> None:
        for number, patience in child.ladder:
            child.signal(number)
            give_up = time.monotonic() + patience
            while self.child is not None and (left := give_up - time.monotonic()) > 0:
                self.turn(left, listening=False)
            if self.child is None:
                return


def main() -> None:
    guard = Guard(int(sys.argv[1]))
    try:
        guard.watch()
    finally:
        guard.end()


if __name__ == "__main__":
    main()
