"""Workers behind HAProxy: the supervisor's `Traffic`. The keeper holds the public socket, and HAProxy as a child."""

import asyncio
import hashlib
import signal
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from plimsoll.core.balancing import BalancerFigures
from plimsoll.core.errors import RefusedError, ServiceError
from plimsoll.scale.balancer.algorithm import EQUAL_WEIGHT, Algorithm
from plimsoll.scale.balancer.balancer import Balancer
from plimsoll.scale.balancer.files import STOP_LADDER
from plimsoll.scale.balancer.limit import Gradient2
from plimsoll.scale.balancer.runtime import OrderRefusedError
from plimsoll.scale.balancer.settings import BalancerSettings
from plimsoll.scale.supervisor.holding import Ended, HeldSocket, Keeper, Program
from plimsoll.scale.supervisor.places import Place
from plimsoll.scale.supervisor.probing import Reachable

SOCKET: Final = "public"
CHILD: Final = "haproxy"
LOG: Final = "access.log"  # of its own, so that many requests push no word of an application's out
STAGE: Final = 0  # at the keeper's end it stops before the workers
SETTLED_S: Final = 5.0  # who lives so long is started again at once
BACKOFF_S, BACKOFF_S_MAX = 0.5, 30.0


class Front:
    """`settings` but for where HAProxy listens: at `host` and `port` (0: a free one), whose socket is the keeper's.

    `say` hears when HAProxy ended, and why it cannot be started.
    """

    def __init__(
        self,
        place: Place,
        program: Path,
        settings: BalancerSettings,
        *,
        host: str,
        port: int,
        algorithm: Algorithm = Algorithm.LEAST_CONNECTIONS,
        adapting: Gradient2 | None = None,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.host, self.port = host, port
        self._place, self._program, self._settings = place, program, settings
        self.algorithm, self._adapting, self._say = algorithm, adapting, say
        self.weights: dict[str, int] = {}  # that workers were given by name, for weighted round-robin
        self._keeper: Keeper | None = None
        self._balancer: Balancer | None = None
        self.pid: int | None = None  # of HAProxy; None while there is none
        self._ending = False
        self._serves = asyncio.Event()
        self._deaths = 0  # in a row, soon after the start

    @property
    def address(self) -> str:
        """Where clients come, as a URL."""
        scheme = "http" if self._settings.certificate is None else "https"
        return f"{scheme}://[{self.host}]:{self.port}" if ":" in self.host else f"{scheme}://{self.host}:{self.port}"

    @property
    def balancer(self) -> Balancer:
        assert self._balancer is not None, "begin comes first"
        return self._balancer

    async def begin(self, keeper: Keeper) -> None:
        """Raises UsageError where HAProxy does not take the settings, RefusedError where what is held is elsewhere."""
        anew = self._keeper is not None
        self._keeper = keeper
        held = await self._listening(keeper)
        self.port = held.port
        settings = replace(self._settings, listen=f"fd@{held.fd}")
        self._balancer = Balancer(settings, self._place.sockets, algorithm=self.algorithm, adapting=self._adapting)
        if anew or keeper.held.children:  # else what lies there is of workers that are gone
            self._balancer.restore()
        self.pid = next((child.pid for child in keeper.held.children if child.name == CHILD), None)
        if self.pid is None:
            await asyncio.to_thread(self._balancer.check, self._program)
            await self._launch()
            await self._balancer.ready()
        else:
            self._compare(keeper)
            await self._certify(self._balancer)
        if self._balancer.algorithm is not self.algorithm:
            await self._balancer.switch(self.algorithm)
        else:
            await self._balancer.settle()

    def _compare(self, keeper: Keeper) -> None:
        if any(child.name == CHILD and child.note != self._digest() for child in keeper.held.children):
            self._say("HAProxy has the settings (bounds, times, TLS) it was started with, until it is started anew")

    def _digest(self) -> str:
        return hashlib.sha256(repr(self._settings).encode()).hexdigest()

    async def _certify(self, balancer: Balancer) -> None:
        """Of a HAProxy that was there before us: the certificate may have been renewed meanwhile."""
        try:
            if balancer.certifying is not None:
                await balancer.certifying.certify()
        except OrderRefusedError as error:
            self._say(f"{error}: HAProxy goes on as it was started, until it is started anew")

    async def add(self, worker: Reachable) -> None:
        weight = self.weights.get(worker.name, EQUAL_WEIGHT)
        if worker.path:
            await self.balancer.add(worker.name, Path(worker.path), weight=weight)
        else:
            await self.balancer.add_at(worker.name, f"127.0.0.1:{worker.port}", weight=weight)
        self._serves.set()

    async def spread(self, algorithm: Algorithm, weights: Mapping[str, int]) -> None:
        """From the next request on, and for every HAProxy after this one. Who is not there yet gets his weight when he
        comes. Raises ServiceError where HAProxy does not answer; the next one knows it."""
        self.algorithm, self.weights, balancer = algorithm, dict(weights), self.balancer
        try:
            await balancer.switch(algorithm)
        finally:
            for name, weight in weights.items():
                if name in balancer.names:
                    await balancer.weigh(name, weight)

    async def serving(self) -> None:
        """Returns when a first worker has been given requests."""
        await self._serves.wait()

    async def remove(self, name: str) -> None:
        await self.balancer.remove(name)

    async def ended(self, ended: Ended) -> None:
        if ended.name != CHILD or self._ending:
            return
        self.pid = None
        self._deaths = 0 if ended.age_s >= SETTLED_S else self._deaths + 1
        last = f": {ended.last[-1]}" if ended.code > 0 and ended.last else ""
        self._say(f"HAProxy ended ({ended.how}{last}): another is started")
        keeper = self._keeper
        while keeper is self._keeper:  # else it was lost with its keeper, and `begin` has started another
            if self._deaths > 1:
                await asyncio.sleep(min(BACKOFF_S * 2 ** min(self._deaths - 2, 10), BACKOFF_S_MAX))
            try:
                await self._launch()
            except ServiceError as error:
                self._deaths += 1
                self._say(str(error))
            else:
                await self._settle()
                return

    async def _settle(self) -> None:
        """Where it does not answer it has ended, and we are told of that, too."""
        try:
            await self.balancer.ready()
            await self.balancer.settle()
        except ServiceError as error:
            self._say(str(error))

    async def kill(self, why: str) -> None:
        """Another is started once it has ended. Raises ServiceError where the keeper does not answer."""
        if self._keeper is not None and self.pid is not None and not self._ending:
            self._say(f"{why}: it is killed")
            await self._keeper.signal(CHILD, self.pid, signal.SIGKILL)

    def end(self) -> None:
        """All is about to be stopped: a HAProxy that ends is no longer started again, and so needs no key."""
        self._ending = True
        if self._balancer is not None and self._balancer.certifying is not None:
            self._balancer.certifying.forget()

    async def figures(self, within_s: float | None = None) -> BalancerFigures:
        """Raises ServiceError where HAProxy does not answer."""
        return await self.balancer.figures(within_s)

    async def _listening(self, keeper: Keeper) -> HeldSocket:
        held = next((one for one in keeper.held.sockets if one.name == SOCKET), None)
        if held is None:
            return await keeper.bind_port(SOCKET, self.host, self.port)
        if held.host != self.host or self.port not in (0, held.port):
            raise RefusedError(
                "what is served here listens elsewhere",
                where=str(self._place.state),
                why=f"it listens on {held.host}:{held.port}, and {self.host}:{self.port} is asked for",
                remedy=f"--bind {held.host}:{held.port}, or wait until its grace is over",
            )
        return held

    async def _launch(self) -> None:
        assert self._keeper is not None
        balancer = self.balancer
        balancer.write()
        argv = balancer.argv(self._program)
        program = Program(argv, "/", sockets=(SOCKET,), note=self._digest(), stage=STAGE, ladder=STOP_LADDER, log=LOG)
        self.pid = await self._keeper.start(CHILD, program)
