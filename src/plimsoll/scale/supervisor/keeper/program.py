"""The keeper's program: holds sockets and children for a supervisor that may die.

    python -I -S program.py STATE_DIR CONTROL_SOCKET GRACE_SECONDS

It runs in a session of its own and says "ready" on its standard output once it can be spoken to, or why it cannot. One
supervisor at a time speaks to it over CONTROL_SOCKET, one JSON object a line; whoever else comes is told who is there.
When the supervisor goes, however it went, the keeper holds everything for GRACE_SECONDS; a supervisor that says hello
meanwhile goes on from there. If none comes, children are stopped by their ladders, sockets removed, and it ends.

    {"id": 1, "order": "hello", "version": 1, "grace": 10.0}      -> what is held, and what ended while nobody listened
    {"id": 2, "order": "bind", "name": N, "path": P | "host": H, "port": P, "backlog": B}    -> {"fd": n, ...}
    {"id": 3, "order": "release", "name": N}
    {"id": 4, "order": "start", "name": N, "argv": [...], "env": {}, "cwd": P, "sockets": [N...], "note": text,
              "stage": 1, "ladder": [[15, 10.0], [9, 5.0]]}       -> {"pid": n}; at the end, low stages stop first
    {"id": 5, "order": "signal", "name": N, "pid": n, "number": 15, "whole": false}   -> {"there": bool}
    {"id": 6, "order": "end"}                                     -> nothing: the connection ends when all has ended

Answers are {"id": n, "ok": {...}} or {"id": n, "failed": reason}; {"ended": {"name", "pid", "code", "last", "age_s",
"signalled"}} comes by itself.
"""

import fcntl
import os
import selectors
import signal
import socket
import sys
import time
from collections import deque
from pathlib import PurePath
from subprocess import SubprocessError
from typing import Any

if __name__ == "__main__":  # with -I neither our folder nor the packages' are searched
    sys.path.append(str(PurePath(__file__).parents[4]))

from plimsoll.scale.supervisor.keeper.children import CHILDREN_MAX, Child
from plimsoll.scale.supervisor.keeper.journal import Journal
from plimsoll.scale.supervisor.keeper.sockets import Sockets, bound, unlink_socket
from plimsoll.scale.supervisor.keeper.talk import Caller, peer_pid

VERSION = 1  # of what is spoken
LOGS = ("workers.log", "access.log")
JOURNAL_BYTES_MAX = 16 * 1024 * 1024  # and one older file of that size beside it
CALLERS_MAX = 8  # that have connected and not yet been refused or heard
ENDED_MAX = 256  # told to the next supervisor; of more, the oldest are forgotten
GRACE_S_MAX = 3600.0
IDLE_S = 60.0
LOOK_S = 0.05  # at least, between two looks at children that should end
START_S = 20.0  # for who started us to say hello, however short the grace is
LOCK_S = 10  # for a keeper that is about to end


class Keeper:
    """Obeys one supervisor; `end` leaves nothing behind."""

    def __init__(self, state: str, control: socket.socket, grace_s: float) -> None:
        control.setblocking(False)
        self.control = control
        self.grace_s = grace_s
        self.state = state
        self.journals: dict[str, Journal] = {}
        self.sockets = Sockets()
        self.children: dict[str, Child] = {}
        self.ended: deque[dict[str, Any]] = deque(maxlen=ENDED_MAX)
        self.callers: list[Caller] = []
        self.supervisor: Caller | None = None
        self.alone_until: float | None = time.monotonic() + max(grace_s, START_S)
        self.ending = False
        self.selector = selectors.DefaultSelector()
        self.selector.register(control, selectors.EVENT_READ, self.accept)
        self.selector.register(self._listen_to_signals(), selectors.EVENT_READ, self.woken)

    def _listen_to_signals(self) -> int:
        """Return the descriptor at which signals wake us. Handlers, unlike ignored signals, do not reach children."""
        self.wakes, writes = os.pipe()
        os.set_blocking(self.wakes, False)
        os.set_blocking(writes, False)
        signal.set_wakeup_fd(writes)
        for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
            signal.signal(number, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda *_: setattr(self, "ending", True))
        return self.wakes

    def watch(self) -> None:
        while not self.ending:
            now = time.monotonic()
            if self.alone_until is not None and now >= self.alone_until:
                return
            self.turn(IDLE_S if self.alone_until is None else self.alone_until - now)

    def turn(self, seconds: float) -> None:
        """Wait for something to happen and deal with it."""
        for key, _ in self.selector.select(max(0.0, seconds)):
            key.data()

    def woken(self) -> None:
        os.read(self.wakes, 4096)
        for child in [child for child in self.children.values() if child.has_ended()]:
            self.let_go(child)

    def let_go(self, child: Child) -> None:
        self.deaf(child)
        child.close()
        del self.children[child.name]
        if self.supervisor is not None:
            self.supervisor.say({"ended": child.ending()})
            if not self.supervisor.gone:
                return
            self.drop(self.supervisor)
        self.ended.append(child.ending())

    def accept(self) -> None:
        try:
            connection, _ = self.control.accept()
        except OSError:
            return  # who came has gone
        caller = Caller(connection)
        self.callers.append(caller)
        self.selector.register(connection, selectors.EVENT_READ, lambda: self.hear(caller))
        if len(self.callers) > CALLERS_MAX:
            self.drop(next(one for one in self.callers if one is not self.supervisor))

    def hear(self, caller: Caller) -> None:
        for order in caller.orders():
            if caller.gone:
                break
            self.obey(caller, order)
        if caller.gone:
            self.drop(caller)

    def drop(self, caller: Caller) -> None:
        if caller not in self.callers:
            return
        self.callers.remove(caller)
        self.selector.unregister(caller.connection)
        caller.connection.close()
        if caller is self.supervisor:
            self.supervisor = None
            self.alone_until = time.monotonic() + self.grace_s

    def obey(self, caller: Caller, order: dict[str, Any]) -> None:
        """What cannot be done is told to who asked; nothing that is asked ends us, and with us what we hold."""
        obeying = {"bind": self.bind, "release": self.release, "start": self.start, "signal": self.signal}
        try:
            match order["order"]:
                case "hello":
                    answer = self.hello(caller, order)
                case "end" if caller is self.supervisor:
                    self.ending = True
                    return
                case known if caller is self.supervisor and not self.ending:
                    answer = obeying[known](order)
                case _:
                    raise ValueError("it is ending" if self.ending else "say hello first")
        except (OSError, SubprocessError, ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
            why = (isinstance(error, OSError) and error.strerror) or f"{type(error).__name__}: {error}"
            caller.say({"id": order.get("id"), "failed": why[:1000]})
        else:
            caller.say({"id": order.get("id"), "ok": answer})

    def hello(self, caller: Caller, order: dict[str, Any]) -> dict[str, Any]:
        if self.ending:
            return {"version": VERSION, "ending": True}
        if self.supervisor is not None and caller is not self.supervisor:
            return {"version": VERSION, "refused": self.supervisor.pid}
        if order["version"] != VERSION:
            return {"version": VERSION}
        if not 0 <= order["grace"] <= GRACE_S_MAX:
            raise ValueError(f"the grace is between 0 and {GRACE_S_MAX:g} s")
        self.grace_s = float(order["grace"])
        self.supervisor, self.alone_until = caller, None
        caller.pid = peer_pid(caller.connection) or int(order["pid"])
        held = [child.told() for child in self.children.values()]
        ended, self.ended = list(self.ended), deque(maxlen=ENDED_MAX)
        return {
            "version": VERSION,
            "keeper": os.getpid(),
            "sockets": self.sockets.told(),
            "children": held,
            "ended": ended,
        }

    def bind(self, order: dict[str, Any]) -> dict[str, Any]:
        name = str(order["name"])
        self.sockets.bind(name, order)
        return self.sockets.told_of(name)

    def release(self, order: dict[str, Any]) -> dict[str, Any]:
        self.sockets.release(str(order["name"]))
        return {}

    def start(self, order: dict[str, Any]) -> dict[str, Any]:
        name = str(order["name"])
        if name in self.children or len(self.children) >= CHILDREN_MAX:
            raise ValueError(
                f"{name} runs already" if name in self.children else f"{CHILDREN_MAX} children run already"
            )
        fds = tuple(self.sockets.give(str(one)) for one in order["sockets"])
        child = self.children[name] = Child(name, order, fds, self.journal(str(order.get("log", LOGS[0]))))
        assert child.output is not None
        self.selector.register(child.output, selectors.EVENT_READ, lambda: self.listen(child))
        return {"pid": child.pid}

    def journal(self, log: str) -> Journal:
        if log not in LOGS:
            raise ValueError(f"there is no log {log!r}")
        if log not in self.journals:
            self.journals[log] = Journal(os.path.join(self.state, log), JOURNAL_BYTES_MAX)  # noqa: PTH118 -- as above
        return self.journals[log]

    def listen(self, child: Child) -> None:
        if not child.drain():
            self.deaf(child)

    def deaf(self, child: Child) -> None:
        """Its output has ended, or it has: listen no longer."""
        stream = child.process.stdout
        if stream is not None and not stream.closed and stream.fileno() in self.selector.get_map():
            self.selector.unregister(stream.fileno())

    def signal(self, order: dict[str, Any]) -> dict[str, Any]:
        """To the child of that name and number; one that has ended meanwhile is fine."""
        child = self.children.get(str(order["name"]))
        there = child is not None and child.pid == order["pid"]
        if child is not None and there:
            child.signalled = True
            child.signal(int(order["number"]), whole=bool(order["whole"]))
        return {"there": there}

    def end(self) -> None:
        """Stage by stage, all of a stage at once: who takes requests in goes before who answers them."""
        self.ending = True
        for stage in sorted({child.stage for child in self.children.values()}):
            while going := [child for child in self.children.values() if child.stage == stage]:
                now = time.monotonic()
                for child in going:
                    child.stop_further(now)
                self.turn(max(LOOK_S, min(child.deadline for child in going) - now))
        self.sockets.release_all()


def hold(path: str) -> None:
    """Lock the state directory, for as long as we live. Raises TimeoutError if another keeper has it, and keeps it."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    signal.signal(signal.SIGALRM, _late)
    signal.alarm(LOCK_S)
    fcntl.flock(file, fcntl.LOCK_EX)
    signal.alarm(0)


def _late(*_: object) -> None:
    raise TimeoutError("another keeper holds the state directory")


def main() -> int:
    state, path, grace = sys.argv[1:]
    try:
        hold(os.path.join(state, "keeper.lock"))  # noqa: PTH118 -- as above
        control = bound(path)
        control.listen(CALLERS_MAX)
        keeper = Keeper(state, control, float(grace))
    except OSError as error:
        os.write(1, f"{error.strerror or error}\n".encode())
        return 1
    os.write(1, b"ready\n")
    os.dup2(os.open(os.devnull, os.O_RDWR), 1)
    try:
        keeper.watch()
    finally:
        keeper.end()
        unlink_socket(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
