"""What to do about workers, given what happened and the time: the life of each, and how many there are. Pure."""

from collections.abc import Callable
from random import Random
from typing import Any, Final

from plimsoll.scale.supervisor.circuit import Broken
from plimsoll.scale.supervisor.due import drained_by, far_too_large, megabytes, next_due, too_large_or_old
from plimsoll.scale.supervisor.lives import BEING_STARTED, PASS_S_MAX, Lives
from plimsoll.scale.supervisor.states import (
    Action,
    Adopted,
    Answered,
    Died,
    Drained,
    Event,
    Limits,
    Measured,
    NotStarted,
    Reload,
    Silent,
    Started,
    State,
    Stop,
    Want,
    Worker,
)


class Fleet(Lives):
    """The workers of one application. `handle` takes what happened and returns what to do about it, in order."""

    def __init__(self, limits: Limits, chance: Random) -> None:
        super().__init__(limits, chance)
        self.wanted = 0
        self.ending = False
        self._abandoned = 0  # the generation whose reload was given up

    @property
    def broken(self) -> Broken | None:
        """Why no worker is started, if so."""
        return self._circuit.broken

    @property
    def given_up(self) -> bool:
        """Whether the last reload was: new workers cannot start."""
        return self.broken is not None or self._abandoned == self.generation

    def handle(self, event: Event, now: float) -> list[Action]:
        """Deal with `event` and everything that is due by `now` (any clock that does not go back)."""
        if (deal := self._dealing.get(type(event))) is not None:
            deal(self, event, now)
        self._advance(now)
        actions, self._actions = self._actions, []
        return actions

    def next_at(self) -> float | None:
        """When something is due though nothing happens; None for never."""
        lacking = self._serving() < self.wanted or (self._may_relieve() and bool(self._outdated()))
        started = bool(self._in(*BEING_STARTED))
        return next_due(self.workers.values(), self.limits, self._circuit, lacking=lacking, being_started=started)

    # --- what happened

    def _want(self, event: Want, now: float) -> None:
        self.wanted = min(max(event.workers, 0), self.limits.workers_max)

    def _reload(self, event: Reload, now: float) -> None:
        self.generation += 1
        self._circuit.reset()
        for worker in self._in(State.BACKING_OFF):
            worker.again_at, worker.deaths = max(now, worker.passed_until), 0
        self._note(f"reload: generation {self.generation} takes over, one worker at a time")

    def _stop(self, event: Stop, now: float) -> None:
        self.ending, self.wanted = True, 0

    def _adopted(self, event: Adopted, now: float) -> None:
        state = State.BACKING_OFF if event.pid is None else State.STARTING
        worker = self.workers[event.name] = Worker(
            event.name, event.generation, state, now, pid=event.pid, again_at=now
        )
        worker.began, worker.starts = now - event.age_s, 1
        self.generation = max(self.generation, event.generation)
        self.wanted = max(self.wanted, self._serving())  # until somebody says otherwise
        gone = "had been told to end, and did while unsupervised" if event.told_to_end else "died while unsupervised"
        found = f"taken over: process {event.pid}, {event.age_s:.0f} s old" if event.pid else gone
        self._note(found, event.name)

    def _started(self, event: Started, now: float) -> None:
        worker = self.workers.get(event.name)
        if worker is not None and worker.state is State.ASKED:
            worker.pid, worker.began, worker.ready_at = event.pid, now, None
            self._come(worker, State.STARTING, now)

    def _not_started(self, event: NotStarted, now: float) -> None:
        worker = self.workers.get(event.name)
        if worker is not None and worker.state is State.ASKED:
            self._lost(worker, f"cannot be started: {event.why}", (), now)

    def _answered(self, event: Answered, now: float) -> None:
        worker = self._its(event.name, event.pid)
        if worker is None:
            return
        worker.silent, worker.heard_at = 0, now
        if worker.state is not State.STARTING:
            return
        self._note(f"ready after {now - worker.since:.1f} s", worker.name)
        worker.ready_at = now
        self._come(worker, State.READY, now)
        self._circuit.became_ready()
        self._join(worker)

    def _silent(self, event: Silent, now: float) -> None:
        worker = self._its(event.name, event.pid)
        if worker is not None and worker.state is State.STARTING:
            if not worker.unready:
                self._note(f"{event.why}, and it is ready once that is below 500 (--health: another path)", worker.name)
            worker.unready = event.why
        if worker is None or worker.state is not State.READY:
            return
        worker.silent += 1
        long_enough = event.stopped or now >= worker.heard_at + self.limits.hung_s
        if long_enough and worker.silent >= self.limits.silent_max:
            self._end(worker, f"hung: {event.why}, {worker.silent} times in a row", now, self.limits.hung_stop_s)

    def _measured(self, event: Measured, now: float) -> None:
        if (worker := self._its(event.name, event.pid)) is not None:
            worker.memory_bytes = event.memory_bytes

    def _died(self, event: Died, now: float) -> None:
        worker = self.workers.get(event.name)
        if worker is not None and worker.state is State.ASKED:
            self._lost(worker, f"ended: {event.how}", event.last, now)  # before we heard that it was started
        elif worker is None or worker.pid != event.pid:
            return
        elif worker.state is State.DRAINING:
            worker.pid = None  # gone once the balancer has let go of it
            self._pass(worker, now, PASS_S_MAX)
        elif worker.state is State.STOPPING and not worker.restart:
            self._gone(worker, event.how)
        else:
            asked = f"{worker.why}; " if worker.state is State.STOPPING else ""
            self._lost(worker, f"{asked}ended: {event.how}", event.last, now, blameless=event.blameless)

    def _drained(self, event: Drained, now: float) -> None:
        worker = self.workers.get(event.name)
        if worker is None or worker.state is not State.DRAINING:
            return
        if worker.pid is None:
            self._gone(worker, "ended while draining")
        else:
            patience_s = self.limits.hung_stop_s if worker.urgent else self.limits.stop_s
            self._end(worker, worker.why, now, patience_s, restart=False)

    _dealing: Final[dict[type, Callable[[Any, Any, float], None]]] = {
        Want: _want,
        Reload: _reload,
        Stop: _stop,
        Adopted: _adopted,
        Started: _started,
        NotStarted: _not_started,
        Answered: _answered,
        Silent: _silent,
        Measured: _measured,
        Died: _died,
        Drained: _drained,
    }

    # --- what is due

    def _advance(self, now: float) -> None:
        self._mind_times(now)
        if self.ending:
            self._end_all(now)
            return
        self._mind_limits(now)
        self._relieve(now)
        self._trim(now)
        self._start_again(now)
        self._fill(now)
        self._begin_relief(now)

    def _mind_times(self, now: float) -> None:
        limits = self.limits
        for worker in list(self.workers.values()):
            if worker.state is State.STARTING and now >= worker.since + limits.start_s:
                because = f": {worker.unready}" if worker.unready else ""
                self._end(worker, f"not ready after {limits.start_s:g} s{because}", now, limits.hung_stop_s)
            elif worker.state is State.STOPPING and now >= worker.deadline and worker.pid is not None:
                self._kill(worker, now)
            elif worker.state is State.DRAINING and now >= drained_by(worker, limits):
                self._drained(Drained(worker.name), now)
            elif worker.state is State.READY and now >= (worker.ready_at or now) + limits.settled_s:
                worker.deaths = 0
                if self._circuit.settled(worker.began):
                    self._note("the application starts again: workers are started as wanted", worker.name)

    def _mind_limits(self, now: float) -> None:
        if self.broken is not None:
            self._abandoned = self.generation  # who serves goes on serving
        for worker in self._in(State.READY):
            if far_too_large(worker, self.limits):
                most = megabytes(self.limits.memory_bytes_max)
                why = f"uses {megabytes(worker.memory_bytes)}, more than twice of the {most} it may"
                if any(one.joined for one in self._in(State.READY) if one is not worker):
                    self._retire(worker, why, now, urgent=True)  # it would lose what comes while it ends
                else:
                    self._end(worker, why, now, self.limits.hung_stop_s)
            elif worker.generation < self.generation != self._abandoned:
                worker.outdated = f"of generation {worker.generation}, and {self.generation} takes over"
            else:
                worker.outdated = too_large_or_old(worker, self.limits, now)

    def _relieve(self, now: float) -> None:
        """Who was waited for is ready: whom it replaces goes. Whom nobody needs to replace any more is forgotten."""
        for worker in [worker for worker in self.workers.values() if worker.replaces is not None]:
            old = self.workers.get(worker.replaces or "")
            if old is None or old.state is not State.READY:
                worker.replaces = None
            elif worker.state is State.READY:
                worker.replaces = None
                self._retire(old, f"relieved by {worker.name}: {old.outdated or 'replaced'}", now)
            elif worker.state is State.BACKING_OFF and (self.broken is not None or not old.outdated):
                self._gone(worker, f"given up; {old.name} stays")

    def _start_again(self, now: float) -> None:
        for worker in self._in(State.BACKING_OFF):
            if now >= worker.again_at and self._allows(now):
                self._ask(worker, now)

    def _fill(self, now: float) -> None:
        while self._serving() < self.wanted and self._allows(now):
            self._ask(self._new(now), now)

    def _trim(self, now: float) -> None:
        """Those go first that do not serve yet, then the oldest generation, then the youngest: caches stay warm."""
        surplus = self._serving() - self.wanted - len(self._in(State.ASKED))
        candidates = self._in(State.BACKING_OFF, State.STARTING, State.READY)
        candidates.sort(key=lambda one: (one.state is State.READY, one.generation, -one.began, -one.number))
        for worker in [one for one in candidates if one.replaces is None][: max(surplus, 0)]:
            if worker.state is State.BACKING_OFF and not worker.joined:
                self._gone(worker, "not needed any more")
            else:
                self._retire(worker, "fewer are wanted", now)

    def _begin_relief(self, now: float) -> None:
        """A surge of one: the next is replaced when the one before is done."""
        outdated = self._outdated()
        if not outdated or not self._may_relieve() or not self._allows(now):
            return
        old = min(outdated, key=lambda one: (one.generation, one.began))
        worker = self._new(now)
        worker.replaces = old.name
        self._note(f"replaces {old.name}: {old.outdated}", worker.name)
        self._ask(worker, now)

    def _outdated(self) -> list[Worker]:
        return [worker for worker in self._in(State.READY) if worker.outdated]

    def _may_relieve(self) -> bool:
        """Not while somebody is on the way in for another, or anybody on the way out."""
        leaving = self._in(State.DRAINING, State.STOPPING)
        return not leaving and all(worker.replaces is None for worker in self.workers.values())

    def _end_all(self, now: float) -> None:
        for worker in self._in(State.BACKING_OFF, State.STARTING, State.READY):
            self._retire(worker, "all are stopped", now)
        for worker in self._in(State.STOPPING):
            worker.restart = False
