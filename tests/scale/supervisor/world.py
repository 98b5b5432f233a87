"""Workers that do as a test says, in virtual time: what a fleet decides is done, and what comes of it is told."""

import heapq
import signal
from itertools import count
from random import Random

from plimsoll.scale.supervisor.fleet import Fleet
from plimsoll.scale.supervisor.states import (
    Action,
    Answered,
    Died,
    Drained,
    Event,
    Join,
    Leave,
    Limits,
    Note,
    Pass,
    Release,
    Signal,
    Silent,
    Start,
    Started,
    State,
    Tick,
    Worker,
)

STEPS_MAX = 100_000  # a fleet that is due without end is a failure, not a hang


class World:
    """`boots`: whether a process that is started will answer; it takes `boot_s`, and as long to die if it will not."""

    def __init__(self, limits: Limits | None = None, *, boot_s: float = 1.0, seed: int = 1) -> None:
        self.fleet = Fleet(limits or Limits(), Random(seed))
        self.now, self.boot_s, self.boots = 0.0, boot_s, True
        self.running: dict[str, int] = {}
        self.joined: set[str] = set()
        self.hung: set[int] = set()
        self.passed: dict[str, tuple[float, tuple[str, ...]]] = {}  # until when, to whom
        self.starts: list[float] = []
        self.notes: list[str] = []
        self.said: list[str] = []
        self.most = 0  # that ever ran at once
        self._coming: list[tuple[float, int, Event]] = []
        self._numbers = count(1)

    def tell(self, event: Event) -> None:
        for action in self.fleet.handle(event, self.now):
            self._do(action)
        due = self.fleet.next_at()
        assert due is None or due > self.now, "due again without anything that changes"

    def later(self, seconds: float, event: Event) -> None:
        heapq.heappush(self._coming, (self.now + seconds, next(self._numbers), event))

    def run(self, seconds: float) -> None:
        until = self.now + seconds
        for _ in range(STEPS_MAX):
            due = self.fleet.next_at()
            comes = self._coming[0][0] if self._coming else None
            at = min((time for time in (due, comes) if time is not None), default=until)
            if at >= until:
                self.now = until
                return
            self.now = max(self.now, at)
            self._happen(heapq.heappop(self._coming)[2] if comes == at else Tick())
        raise AssertionError("it never comes to rest")

    def kill(self, name: str) -> None:
        self._happen(Died(name, self.running[name], "killed by SIGKILL"))

    def hang(self, name: str, seconds: float = 21, *, stopped: bool = False) -> None:
        """It answers no more; told every 7 s, for as long as it takes."""
        pid = self.running[name]
        self.hung.add(pid)
        for _ in range(int(seconds // 7)):
            self.run(7)
            self.tell(Silent(name, pid, "no answer in 5 s", stopped))

    def worker(self, name: str) -> Worker:
        return self.fleet.workers[name]

    def states(self) -> dict[str, State]:
        return {name: worker.state for name, worker in sorted(self.fleet.workers.items())}

    def _happen(self, event: Event) -> None:
        match event:
            case Died():
                if self.running.get(event.name) != event.pid:
                    return  # it has ended already
                del self.running[event.name]
            case Answered():
                if self.running.get(event.name) != event.pid or event.pid in self.hung:
                    return
        self.tell(event)

    def _do(self, action: Action) -> None:
        match action:
            case Start():
                assert action.name not in self.running, "two processes at one socket"
                assert self.now >= self.passed.get(action.name, (0.0, ()))[0], "others would answer for it"
                pid = self.running[action.name] = 1000 + next(self._numbers)
                self.starts.append(self.now)
                self.most = max(self.most, len(self.running))
                self.later(0.01, Started(action.name, pid))
                told = Answered(action.name, pid) if self.boots else Died(action.name, pid, "exit code 1", ("no db",))
                self.later(0.01 + self.boot_s, told)
            case Join():
                assert action.name in self.running, "traffic to nobody"
                self.joined.add(action.name)
            case Leave():
                self.joined.remove(action.name)
                self.later(0.5, Drained(action.name))
            case Signal():
                if action.number == signal.SIGKILL or action.pid not in self.hung:
                    self.later(0.1, Died(action.name, action.pid, signal.Signals(action.number).name))
            case Release():
                assert action.name not in self.running, "a socket taken from somebody who serves"
                self.joined.discard(action.name)
                self.passed.pop(action.name, None)  # the next of that name has a socket of its own
            case Pass():
                assert action.name not in self.running, "its requests are taken from somebody who serves"
                assert set(action.to) <= self.joined - {action.name}, "passed to nobody"
                self.passed[action.name] = action.until, action.to
            case Note():
                self.notes.append(action.text)
                self.said += action.said
