"""All clients of the WebSocket: woken once a second, and told the same where they ask the same."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from plimsoll.runs.follower import LiveRuns
from plimsoll.server.api import reading
from plimsoll.server.api.json_text import to_text
from plimsoll.server.live import news
from plimsoll.server.live.runs import runs_json
from plimsoll.server.state import Served

_LOG = logging.getLogger(__name__)

TICK_S: Final = 1.0
HEARTBEAT_S: Final = 15.0  # after so long without news a client is told that there are none
_CACHED_MAX: Final = 100  # messages of one tick


@dataclass(eq=False)
class Client:
    """What a client asked for, and up to which number it was told. Nothing else is kept for it."""

    topics: tuple[str, ...] = ()
    told: int = 0
    quiet_ticks: int = 0
    wake: asyncio.Event = field(default_factory=asyncio.Event)


class Hub:
    """Runs while it has clients; without any it costs nothing."""

    def __init__(self, served: Served, clients_max: int) -> None:
        self._served = served
        self._clients_max = clients_max
        self.tick_s = TICK_S
        self.others: Callable[[], int] = lambda: 0  # sockets of pages, which are counted with them
        self._clients: set[Client] = set()
        self._ticking: asyncio.Task[None] | None = None
        self._runs = LiveRuns(served.watch.request.runs_root)
        self._status = ""
        self._cached: dict[tuple[tuple[str, ...], int], str | None] = {}

    @property
    def is_full(self) -> bool:
        return len(self._clients) + self.others() >= self._clients_max

    def join(self, client: Client) -> Callable[[], None]:
        """What is returned takes it out again."""
        self._clients.add(client)
        if self._ticking is None:
            self._ticking = asyncio.create_task(self._tick(), name="pushing")
        return lambda: self._leave(client)

    def _leave(self, client: Client) -> None:
        self._clients.discard(client)
        if not self._clients and self._ticking is not None:
            self._ticking.cancel()
            self._ticking = None

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(self.tick_s)
            await self._look_unless_broken()
            self._cached.clear()
            for client in self._clients:
                client.wake.set()

    async def _look_unless_broken(self) -> None:
        try:
            await self._look()
        except Exception:  # noqa: BLE001  # whatever it is, clients are told the rest
            _LOG.exception("looking for news failed")

    async def _look(self) -> None:
        """At what changes without a look of a collector, if somebody asks for it."""
        asked = {topic for client in self._clients for topic in client.topics}
        if "status" in asked:
            self._look_at_status()
        if "runs" in asked:
            await self._look_at_runs()

    def _look_at_status(self) -> None:
        said = reading.status(self._served)
        lasting = to_text([said["health"], said["sentence"], said["alerts"], _standing(said["collectors"])])
        if lasting != self._status:
            self._status = lasting
            self._served.changes.mark("status")

    async def _look_at_runs(self) -> None:
        runs = runs_json(await asyncio.to_thread(self._runs.look))  # it reads files
        if runs != self._served.runs:
            self._served.runs = runs
            self._served.changes.mark("runs")

    # -- messages

    def hello(self) -> str:
        return self._message("hello", heartbeat_s=HEARTBEAT_S, first=self._served.changes.first)

    def begin(self, client: Client) -> str:
        """All that there is of what a client asks for."""
        client.told, client.quiet_ticks = self._served.changes.number, 0
        return self._message("state", topics=news.newest(self._served, client.topics))

    def resume(self, client: Client, since: int) -> str:
        """What a client missed, or all that there is, with the word that something may be missing."""
        missed = news.missed(self._served, client.topics, since)
        client.told, client.quiet_ticks = self._served.changes.number, 0
        if missed is None:
            return self._message("fresh-start", why=_WHY_FRESH, topics=news.newest(self._served, client.topics))
        return self._message("missed", since=since, topics=missed)

    def next(self, client: Client) -> str | None:
        """What changed since a client was told; a heartbeat where nothing did for long; else None."""
        text = self._update(client.topics, client.told)
        client.told = self._served.changes.number
        client.quiet_ticks = 0 if text is not None else client.quiet_ticks + 1
        if text is None and client.quiet_ticks * self.tick_s >= HEARTBEAT_S:
            client.quiet_ticks = 0
            return self._message("heartbeat")
        return text

    def _update(self, topics: tuple[str, ...], since: int) -> str | None:
        if (topics, since) not in self._cached and len(self._cached) < _CACHED_MAX:
            self._cached[topics, since] = self._made(topics, since)
        known = (topics, since) in self._cached
        return self._cached[topics, since] if known else self._made(topics, since)

    def _made(self, topics: tuple[str, ...], since: int) -> str | None:
        found = news.changed(self._served, topics, since)
        return self._message("update", topics=found) if found else None

    def _message(self, kind: str, **more: Any) -> str:
        return to_text({"seq": self._served.changes.number, "type": kind, "at_s": self._served.wall(), **more})


_WHY_FRESH: Final = "what was missed is no longer in memory, or is too much: ask GET /api/v1/monitoring/series for it"


def _standing(collectors: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    return [(one["name"], one["status"], one["why"]) for one in collectors]
