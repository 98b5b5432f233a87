"""The balancer: keeps which servers are wanted, makes HAProxy so, and writes down what the next HAProxy is to know."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Final

from plimsoll.core.balancing import BalancerFigures, Glance
from plimsoll.core.errors import ServiceError
from plimsoll.scale.balancer import admission, reconciling, statistics, words
from plimsoll.scale.balancer.adapting import Adapting
from plimsoll.scale.balancer.algorithm import Algorithm
from plimsoll.scale.balancer.certificate import Certificate
from plimsoll.scale.balancer.certifying import Certifying
from plimsoll.scale.balancer.files import Files
from plimsoll.scale.balancer.limit import Gradient2
from plimsoll.scale.balancer.runtime import OrderRefusedError, Runtime, UnreachableError
from plimsoll.scale.balancer.server import LAST_RESORT, Key
from plimsoll.scale.balancer.settings import BalancerSettings
from plimsoll.scale.balancer.wanted import Wanted

REPAIRS_MAX: Final = 3  # looks at what HAProxy has before it is said that it cannot be had as wanted
REPAIR_S: Final = 30.0  # between two looks whether HAProxy is as wanted, where nothing is told
LOOK_S: Final = 0.02
ENDING_SECONDS_MAX: Final = 10.0  # for connections that idle; HAProxy closes them after PURGE_S, half of them at a time
RETURN_SECONDS_MAX: Final = 10.0  # for a HAProxy that is being restarted


class Balancer:
    """One HAProxy, which somebody else starts and restarts (`argv`) in `directory`.

    What is wanted is written down first and told then. So nothing is lost if HAProxy dies between: it reads it when
    it starts anew. Where it does not answer, telling waits for it for some seconds, then UnreachableError is raised;
    what is wanted stays, and `settle` tells it later.
    """

    def __init__(
        self,
        settings: BalancerSettings,
        directory: Path,
        *,
        algorithm: Algorithm = Algorithm.LEAST_CONNECTIONS,
        adapting: Gradient2 | None = None,
    ) -> None:
        self.settings = settings
        self.files = Files(directory)
        self.runtime = Runtime(self.files.admin_socket)
        self._wanted = Wanted(settings, algorithm)
        self._adapting = Adapting(adapting)
        named = None if settings.certificate is None else Certificate(settings.certificate, settings.key)
        self.certifying = None if named is None else Certifying(named, self.files, self.runtime)
        self._leaving: set[str] = set()
        self._cut: set[str] = set()
        self._one_at_a_time = asyncio.Lock()
        self._repair_at = 0.0

    @property
    def algorithm(self) -> Algorithm:
        return self._wanted.algorithm

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(server.name for server in self._wanted.servers)

    def argv(self, program: Path) -> list[str]:
        """What starts HAProxy. `write` first; a listening socket is passed on as the descriptor that was named."""
        return self.files.argv(program)

    def write(self) -> None:
        """Writes what a HAProxy that starts now is to know."""
        self.files.write(self.settings, self._wanted.algorithm, self._wanted.serving, self._wanted.admit)

    def restore(self) -> None:
        """Go on from what was written last by a balancer before us, if there was one in this directory."""
        if (told := self.files.read()) is not None:
            self._wanted.algorithm, servers = told
            self._wanted.restore(servers)

    def check(self, program: Path) -> None:
        """Raises UsageError where HAProxy would not take the settings. Blocks for some 50 ms."""
        if self.certifying is not None:
            self.certifying.begin()
        self.files.check(program, self.settings, self._wanted.servers)

    async def ready(self, within_s: float = RETURN_SECONDS_MAX) -> None:
        """Returns when HAProxy answers. Raises UnreachableError after that time."""
        give_up = monotonic() + within_s
        while True:
            try:
                await self.runtime.ask(statistics.SHOW_INFO)
            except UnreachableError:
                if monotonic() > give_up:
                    raise
                await asyncio.sleep(LOOK_S)
            else:
                return

    async def add(self, name: str, socket: Path, *, weight: int = 100) -> None:
        """Give it requests from now on. It must be ready: HAProxy takes it for up until a check fails.

        One that is there already stays as it is, unless it was at another address: that one is taken to have ended.
        """
        await self._add(name, words.socket_path(socket, self.files.directory), weight)

    async def add_at(self, name: str, place: str, *, weight: int = 100) -> None:
        """As `add`, for one that binds "127.0.0.1:PORT" itself."""
        await self._add(name, words.place(place), weight)

    async def hold(self, name: str) -> None:
        """Give it nothing new; what it has ends. A HAProxy that starts does not know it."""
        self._wanted.hold(name)
        await self._tell()

    async def release(self, name: str) -> None:
        self._wanted.release(name)
        await self._tell()

    async def remove(self, name: str, *, within_s: float = 30.0) -> int:
        """Hold it, wait until what it has has ended, cut off after `within_s` what has not, and forget it.

        Returns how many requests were cut off. One that is not there is removed already; where HAProxy does not answer,
        the next one does not know it, and `settle` tells this one.
        """
        if name in self._leaving:
            return 0
        self._leaving.add(name)
        try:
            if name in self._wanted:
                self._wanted.hold(name)
            await self._tell()
            left = await self._emptied(name, within_s)
            self._forget(name)
            if left:
                self._cut.add(name)
            await self._tell()
        except UnreachableError:
            self._forget(name)
            await self._written()
            return 0
        else:
            return left
        finally:
            self._leaving.discard(name)
            self._cut.discard(name)

    async def switch(self, algorithm: Algorithm) -> None:
        """Spread by another algorithm from the next request on; what waits or runs stays where it is."""
        self._wanted.algorithm = algorithm
        await self._tell()

    async def weigh(self, name: str, weight: int) -> None:
        """For weighted round-robin."""
        self._wanted.weigh(name, weight)
        await self._tell()

    async def admit(self, per_s: float | None) -> None:
        """Let so many requests a second in, and refuse the rest with 503; None: let all in."""
        admit = admission.whole(per_s)
        if admit != self._wanted.admit:
            self._wanted.admit = admit
            await self._tell()

    async def limit(self, name: str, limit: int) -> None:
        """At most so many requests at once at this server. An adaptive limit goes on from there."""
        self._wanted.limit(name, limit)
        self._adapting.forget(name)
        await self._tell()

    async def figures(self, within_s: float | None = None) -> BalancerFigures:
        """What HAProxy has counted and has in flight; of servers those that are wanted."""
        rows = statistics.lines(await self.runtime.ask(statistics.SHOW_STAT, within_s=within_s))
        told = statistics.figures(rows, await self.runtime.ask(statistics.SHOW_INFO), self._wanted.algorithm)
        return replace(told, servers=tuple(one for one in told.servers if one.name in self._wanted))

    async def glance(self, within_s: float | None = None) -> Glance:
        """The little of it that is worth looking at several times a second."""
        return statistics.glance(await self.runtime.ask(statistics.SHOW_GLANCE, within_s=within_s))

    async def in_flight(self, name: str) -> int:
        """How many requests the server has, those that wait for it alone included."""
        return reconciling.in_flight(name, await self._there())

    async def adapt(self, figures: BalancerFigures, now: float) -> None:
        """Move limits and reckoned weights by what was read at `now` (a clock that never goes back). For each tick.

        It also puts right what somebody else told HAProxy, at times, and sees whom it can let go of by now.
        """
        before = self._wanted.servers
        if not self._adapting.look(figures, now):
            return
        for name, limit in self._adapting.limits(figures, self._wanted.servers).items():
            self._wanted.limit(name, limit)
        if self.algorithm is Algorithm.HEALTH_AND_LOAD:
            for name, weight in self._adapting.weights(figures, self._wanted.servers).items():
                self._wanted.earn(name, weight)
        if self._wanted.servers != before or self._wanted.leaving or now >= self._repair_at:
            self._repair_at = now + REPAIR_S
            await self._tell()

    async def settle(self) -> None:
        """Look at what HAProxy has and make it what is wanted; after it was restarted, or at any time."""
        await self._tell()

    async def _add(self, name: str, address: str, weight: int) -> None:
        if self._wanted.is_elsewhere(name, address):
            await self.remove(name, within_s=0)  # who was there has ended
        await self._gone(name)
        self._wanted.add(name, address, weight)
        await self._tell()

    def _forget(self, name: str) -> None:
        self._wanted.remove(name)
        self._adapting.forget(name)

    async def _tell(self) -> None:
        """Write it down, then tell HAProxy; one at a time, so that what is told last is what was wanted last."""
        async with self._one_at_a_time:
            try:
                await self._written()
            finally:  # a full disk keeps nobody from being taken out of traffic
                await self._told()

    async def _told(self) -> None:
        repairs = REPAIRS_MAX
        while repairs:
            wanted = self._wanted.state
            try:
                if await self._repaired():
                    return
            except OrderRefusedError as error:
                refused: ServiceError = error  # it was restarted meanwhile, or somebody else tells it, too
            except UnreachableError as error:
                refused = error
                await self.ready()
            else:
                refused = ServiceError("HAProxy is not as it was told to be", remedy="see who else tells it things")
            repairs -= wanted == self._wanted.state  # else there was more to tell meanwhile
        raise refused

    async def _written(self) -> None:
        known = self._wanted.algorithm, self._wanted.serving, self._wanted.admit
        await asyncio.to_thread(self.files.write, self.settings, *known)

    async def _repaired(self) -> bool:
        """Whether nothing was left to be told."""
        there = await self._there()
        entries = self._wanted.entries()
        told = False
        strangers = reconciling.strangers(entries, there)  # first, for they may have the number of who is to come
        self._wanted.leaving = {key: there[key].number for key in strangers if not await self._deleted(key)}
        for order in reconciling.orders(entries, frozenset(self._wanted.held), there, self.algorithm):
            await self.runtime.order(order)
            told = True
        if (await self.runtime.ask(reconciling.SHOW_ALGORITHM)).split()[-1:] != [self.algorithm.value]:
            await self.runtime.order(reconciling.set_algorithm(self.algorithm))
            told = True
        if (await self.runtime.ask(admission.SHOW_ADMISSION)).split()[-1:] != [str(self._wanted.admit)]:
            await self.runtime.order(admission.set_admission(self._wanted.admit))
            told = True
        return not told

    async def _deleted(self, key: Key) -> bool:
        """False where HAProxy has requests at it, which are left to end, or connections that idle, which soon do."""
        await self.runtime.order(reconciling.hold(key))
        if key[1].removesuffix(LAST_RESORT) in self._cut:
            await self.runtime.order(reconciling.cut(key))
        try:
            await self.runtime.order(reconciling.delete(key))
        except OrderRefusedError:
            return False
        return True

    async def _gone(self, name: str) -> None:
        """Returns when HAProxy has forgotten a server of that name which was removed."""
        give_up = monotonic() + ENDING_SECONDS_MAX
        while name in self._wanted.leaving_names:
            if monotonic() > give_up:
                raise ServiceError(
                    f"HAProxy still has the server {name} that was removed",
                    why="it keeps connections to it",
                    remedy="end the worker, or choose another name",
                )
            await asyncio.sleep(LOOK_S)
            await self._tell()

    async def _emptied(self, name: str, within_s: float) -> int:
        """How many requests are still there when none are left or the time is over."""
        give_up = monotonic() + within_s
        while left := await self.in_flight(name):
            if monotonic() > give_up:
                break
            await asyncio.sleep(LOOK_S)
        return left

    async def _there(self) -> Mapping[Key, statistics.Found]:
        return statistics.found(statistics.lines(await self.runtime.ask(statistics.SHOW_STAT)))
