"""The supervisor: joins what is decided (`fleet`) with what is there (keeper, workers, balancer)."""

import asyncio
import os
import re
import signal
import time
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import suppress
from random import Random
from types import TracebackType
from typing import Any, Final, Self

from plimsoll.core.errors import PlimsollError, ServiceError, UsageError
from plimsoll.scale.supervisor import states
from plimsoll.scale.supervisor.acting import Hands, digest, kill_group
from plimsoll.scale.supervisor.fleet import Fleet
from plimsoll.scale.supervisor.holding import Ended, Keeper, find_or_start
from plimsoll.scale.supervisor.launching import Launch, check
from plimsoll.scale.supervisor.places import Place, forget, lock
from plimsoll.scale.supervisor.probing import Probing
from plimsoll.scale.supervisor.status import Noted, Status, status_of
from plimsoll.scale.supervisor.traffic import NoTraffic, Traffic
from plimsoll.scale.supervisor.watching import Meter, watch
from plimsoll.settings.masking import mask

NOTES_MAX: Final = 1000  # kept in memory; the oldest go
GRACE_S_MAX: Final = 3600.0  # the keeper's, too
MEASURE_S: Final = 2.0
AGAIN_S, AGAIN_S_MAX = 0.5, 30.0  # until a keeper that died and could not be replaced is tried again
LEAST_WAIT_S: Final = 0.005  # of the timer: a bound, should the fleet ever be due without end
_WORKER: Final = re.compile(r"w[1-9][0-9]{0,3}", re.ASCII)


class Supervisor:
    """Keeps the wanted number of workers ready. As a context manager it starts, and stops everything at the end.

    One event loop has it; its methods are called there. `on_note` hears what happens, as it is noted.
    """

    def __init__(
        self,
        place: Place,
        made: Launch,
        *,
        traffic: Traffic | None = None,
        limits: states.Limits | None = None,
        probing: Probing | None = None,
        grace_s: float = 10.0,
        measure_s: float = MEASURE_S,
        chance: Random | None = None,
        on_note: Callable[[Noted], None] | None = None,
    ) -> None:
        if not 0 <= grace_s <= GRACE_S_MAX:
            raise UsageError(f"the grace cannot be {grace_s:g} s", remedy=f"use 0 to {GRACE_S_MAX:g}")
        self.place, self.grace_s = place, grace_s
        self.limits, self.probing = limits or states.Limits(), probing or Probing()
        self.notes: deque[Noted] = deque(maxlen=NOTES_MAX)
        self._made, self._traffic, self._on_note = made, traffic or NoTraffic(), on_note
        self._fleet = Fleet(self.limits, chance or Random(os.getpid()))
        self._meter, self._measure_s = Meter(), measure_s
        self._keeper: Keeper | None = None
        self._hands: Hands | None = None
        self._early: set[tuple[str, int]] = set()  # those that ended while we were taking over
        self._tasks: set[asyncio.Task[None]] = set()
        self._watched: dict[str, asyncio.Task[None]] = {}
        self._changed = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._lock: int | None = None

    # --- what a user of it calls

    async def start(self) -> int:
        """Find the keeper of the place or start one. Returns how many workers were taken over.

        Raises UsageError if the application cannot be started at all, RefusedError if somebody supervises there,
        ServiceError for everything else; nothing of ours is left behind then.
        """
        self._lock = lock(self.place)
        try:
            ladder = ((signal.SIGTERM, self.limits.stop_s), (signal.SIGKILL, 5.0))
            self._hands = Hands(self.place, self._made, self._traffic, ladder, self._tell)
            self._keeper = keeper = await find_or_start(self.place, self.grace_s, self._ended)
            try:
                if not keeper.held.children:
                    await check(self._made, self._note)
                await self._traffic.begin(keeper)
            except BaseException:
                await (keeper.close() if keeper.held.children else keeper.end())
                raise
        except BaseException:
            self._unlock()
            raise
        self._hands.take(keeper)
        taken_over = self._adopt(keeper)
        self._do(self._mind_keeper())
        self._do(self._measure())
        return taken_over

    def want(self, workers: int) -> None:
        """So many shall serve, from now on."""
        self._tell(states.Want(workers))

    async def reload(self, made: Launch | None = None) -> None:
        """Replace every worker, one at a time, by one of the code that is there now, or of `made`.

        Raises UsageError if that cannot be started at all; then nothing is replaced.
        """
        await check(made or self._made, self._note)
        if made is not None and self._hands is not None:
            self._made = self._hands.made = made
        self._tell(states.Reload())

    def status(self) -> Status:
        pid = 0 if self._keeper is None else self._keeper.held.keeper
        return status_of(self._fleet, asyncio.get_running_loop().time(), self._meter.cpu_shares, pid)

    async def until(self, holds: Callable[[Status], bool]) -> Status:
        """Wait until that is so; it is asked whenever something has happened."""
        while not holds(status := self.status()):
            self._changed.clear()
            await self._changed.wait()
        return status

    async def stop(self) -> None:
        """Let every worker end what it has in hand, bounded by the limits, then the keeper and what else it holds."""
        try:
            if self._keeper is not None:
                self._tell(states.Stop())
                with suppress(TimeoutError):
                    async with asyncio.timeout(self.limits.drain_s + 2 * self.limits.stop_s):
                        await self.until(lambda status: not status.workers)
        finally:
            await self._let_go(end=True)

    async def leave(self) -> None:
        """End, but leave workers and keeper to a supervisor that comes within the grace."""
        await self._let_go(end=False)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    # --- what happens

    def _tell(self, event: states.Event) -> None:
        """Everything that happens comes through here; what it leads to is begun at once."""
        now = asyncio.get_running_loop().time()
        for action in self._fleet.handle(event, now):
            self._act(action)
        if isinstance(event, states.Started):
            self._watch(event.name, event.pid)
        if self._timer is not None:
            self._timer.cancel()
        due = self._fleet.next_at()
        if due is None or self._lock is None:
            self._timer = None
        else:
            at = max(due, now + LEAST_WAIT_S)
            self._timer = asyncio.get_running_loop().call_at(at, self._tell, states.Tick())
        self._changed.set()

    def _act(self, action: states.Action) -> None:
        hands = self._hands
        assert hands is not None
        match action:
            case states.Start():
                self._do(hands.start(action))
            case states.Signal():
                self._unwatch(action.name)
                self._do(hands.signal(action))
            case states.Join():
                self._do(hands.join(action, self._note, self._is_joined))
            case states.Leave():
                self._do(hands.leave(action, self._note))
            case states.Pass():
                self._do(hands.pass_on(action))
            case states.Release():
                self._do(hands.release(action))
            case states.Note():
                self._note(action.text, action.worker, action.said)

    def _ended(self, ended: Ended) -> None:
        if _WORKER.fullmatch(ended.name):
            self._unwatch(ended.name)
            if ended.name not in self._fleet.workers:
                self._early.add((ended.name, ended.pid))
            self._tell(states.Died(ended.name, ended.pid, ended.how, ended.last))
        else:
            self._do(self._traffic.ended(ended))

    def _adopt(self, keeper: Keeper) -> int:
        """Workers that run go on; places whose worker died while nobody looked are filled again."""
        assert self._hands is not None
        children = [child for child in keeper.held.children if _WORKER.fullmatch(child.name)]
        running = [child for child in children if (child.name, child.pid) not in self._early]
        otherwise = False
        for child in running:
            left = self._hands.adopt(child)
            otherwise = otherwise or left.digest != digest(self._made)
            self._tell(states.Adopted(child.name, child.pid, left.generation, child.age_s))
            self._watch(child.name, child.pid)
        names = {child.name for child in running}
        told = {one.name for one in keeper.held.ended if one.signalled}
        for held in keeper.held.sockets:
            if _WORKER.fullmatch(held.name) and held.name not in names:
                self._tell(states.Adopted(held.name, None, 1, told_to_end=held.name in told))
        if otherwise:
            self._note("workers that were taken over were started otherwise than is asked for now: they are replaced")
            self._tell(states.Reload())
        return len(running)

    def _watch(self, name: str, pid: int) -> None:
        self._unwatch(name)
        hands, worker = self._hands, self._fleet.workers.get(name)
        if hands is not None and worker is not None and worker.pid == pid and worker.state is states.State.STARTING:
            looking = watch(hands.where[name], pid, self.probing, self.limits.start_s, self._tell)
            self._watched[name] = self._do(looking)

    def _unwatch(self, name: str) -> None:
        if (watched := self._watched.pop(name, None)) is not None:
            watched.cancel()

    def _is_joined(self, name: str) -> bool:
        worker = self._fleet.workers.get(name)
        return worker is not None and worker.joined

    async def _measure(self) -> None:
        while True:
            running = [(one.name, one.pid) for one in self._fleet.workers.values() if one.pid is not None]
            for measured in self._meter.look(running, asyncio.get_running_loop().time()):
                self._tell(measured)
            await asyncio.sleep(self._measure_s)

    async def _mind_keeper(self) -> None:
        """When it dies, what it held has died with it: start anew."""
        assert self._hands is not None
        while True:
            assert self._keeper is not None
            await self._keeper.gone.wait()
            self._hands.drop()
            self._note("the keeper ended, and with it every worker: another is started")
            for worker in list(self._fleet.workers.values()):
                if worker.pid is not None:
                    self._unwatch(worker.name)
                    kill_group(worker.pid)
                    self._tell(states.Died(worker.name, worker.pid, "with its keeper", blameless=True))
            await self._keeper.close()
            self._keeper = await self._another_keeper()
            self._hands.take(self._keeper)

    async def _another_keeper(self) -> Keeper:
        again_s = AGAIN_S
        while True:
            try:
                keeper = await find_or_start(self.place, self.grace_s, self._ended)
                await self._traffic.begin(keeper)
            except (PlimsollError, OSError) as error:
                self._note(f"{error}; tried again in {again_s:g} s")
                await asyncio.sleep(again_s)
                again_s = min(again_s * 2, AGAIN_S_MAX)
            else:
                return keeper

    # --- housekeeping

    def _note(self, text: str, worker: str = "", said: tuple[str, ...] = ()) -> None:
        noted = Noted(time.time(), worker, mask(text), tuple(mask(line) for line in said))
        self.notes.append(noted)
        if self._on_note is not None:
            asyncio.get_running_loop().call_soon(self._show, noted)  # after what is being done is done

    def _show(self, noted: Noted) -> None:
        """Who looks on and raises is heard of once and no more."""
        try:
            if self._on_note is not None:
                self._on_note(noted)
        except Exception as error:  # noqa: BLE001 -- whatever it is, workers come first
            self._on_note = None
            self._note(f"who was told of notes failed, and is told no more: {error!r}")

    def _do(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        """A part of ours that fails is told, and does not take the others along."""
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._note(f"something went wrong in the supervisor: {error!r}")

    async def _let_go(self, *, end: bool) -> None:
        keeper, self._keeper = self._keeper, None
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if keeper is not None:
            with suppress(ServiceError):
                await (keeper.end() if end else keeper.close())
                if end:
                    forget(self.place)
        self._unlock()

    def _unlock(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
