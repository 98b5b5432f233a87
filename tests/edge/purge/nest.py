"""`python -m tests.edge.purge.nest N` forks a purger for each line of JSON on its stdin, and says its pid and its end.

A process of its own for each, which begins within milliseconds, and may be killed, or kills itself where it is told to:
before or after a named step, each time by SIGKILL, so that nothing is put in order. N is a mutation's number, or -1.
"""

import asyncio
import json
import os
import signal
import sys
from dataclasses import dataclass
from random import Random
from typing import Any, Final

import asyncpg

from plimsoll.edge.providers.cloudflare import Cloudflare
from plimsoll.edge.providers.local import Local
from plimsoll.edge.providers.provider import Batch, Limits, Outcome, Provider
from plimsoll.edge.purge import outbox_sql as sql
from plimsoll.edge.purge.purger import Purger, Timing
from tests.edge.providers.servers import TOKEN, CloudflareLike
from tests.edge.purge.mutations import DSN, MUTATIONS, mutated

# What a purger asks the database by `outbox_sql`, in this order; a commit is called by what stands before it.
STEPS: Final = {
    "PEEK": "the changelog looked at",
    "LOCK": "the position locked",
    "ASK_CALL": "rows written",
    "MOVE": "the position moved",
    "FIRST": "what is due looked for",
    "LEASE": "rows leased",
    "HOLD": "rows held",
    "DONE": "acknowledged rows deleted",
    "FREE": "rows asked for again freed",
    "POSTPONE": "failed rows postponed",
    "PAUSE": "the provider's word noted",
}
COMMIT: Final = "commit of: "
CALL: Final = "the call of a provider"
LEASE_S: Final = 0.2
LOOK_S: Final = 0.02


@dataclass
class Fate:
    """Dies at the `nth` time that `step` comes, before or after it; never, if that is 0."""

    step: str = ""
    after: bool = False
    nth: int = 0

    def at(self, step: str, *, after: bool) -> None:
        if (step, after) == (self.step, self.after):
            self.nth -= 1
            if self.nth == 0:
                os.kill(os.getpid(), signal.SIGKILL)


class Told(asyncpg.Connection):  # type: ignore[misc]  # asyncpg ships no types
    """A connection whose statements are steps of a fate."""

    fate = Fate()

    async def execute(self, query: str, *args: Any, **more: Any) -> Any:
        return await self._told(super().execute, query, *args, **more)

    async def fetch(self, query: str, *args: Any, **more: Any) -> Any:
        return await self._told(super().fetch, query, *args, **more)

    async def fetchrow(self, query: str, *args: Any, **more: Any) -> Any:
        return await self._told(super().fetchrow, query, *args, **more)

    async def fetchval(self, query: str, *args: Any, **more: Any) -> Any:
        return await self._told(super().fetchval, query, *args, **more)

    async def _told(self, ask: Any, query: str, *args: Any, **more: Any) -> Any:
        step = next((step for name, step in STEPS.items() if getattr(sql, name) == query), "")
        if query == "COMMIT;":
            step = f"{COMMIT}{getattr(self, 'before', '')}"
        if step:
            self.before = step
            self.fate.at(step, after=False)
        try:
            return await ask(query, *args, **more)
        finally:
            if step:
                self.fate.at(step, after=True)


class ToldProvider:
    def __init__(self, provider: Provider, fate: Fate) -> None:
        self._provider, self._fate = provider, fate

    @property
    def name(self) -> str:
        return self._provider.name

    @property
    def limits(self) -> Limits:
        return self._provider.limits

    async def purge(self, batch: Batch) -> Outcome:
        self._fate.at(CALL, after=False)
        outcome = await self._provider.purge(batch)
        self._fate.at(CALL, after=True)
        return outcome

    async def close(self) -> None:
        await self._provider.close()


async def purger(told: dict[str, Any]) -> None:
    """Until it is killed, or who began the nest is no more."""
    DSN["dsn"] = told["dsn"]
    fate = Told.fate = Fate(told["step"], told["after"], told["nth"])
    cdn = Cloudflare(CloudflareLike.zone, TOKEN, plan="enterprise", api=f"{told['cdn']}/client/v4")
    providers = [ToldProvider(one, fate) for one in (Local([told["edge"]], TOKEN), cdn)]

    async def connect() -> asyncpg.Connection:
        return await asyncpg.connect(told["dsn"], connection_class=Told, statement_cache_size=0)

    timing = Timing(lease_s=LEASE_S, look_s=LOOK_S)
    made = Purger(connect, providers, name=str(os.getpid()), timing=timing, random=Random(told["seed"]))
    parent, running = os.getppid(), asyncio.create_task(made.run(asyncio.Event()))
    while os.getppid() == parent and _is_alive(told["owner"]) and not running.done():
        await asyncio.wait([running], timeout=1.0)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def main() -> None:
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            sys.stdin.close()
            os.close(0)
            try:
                asyncio.run(purger(json.loads(line)))
            finally:
                os._exit(1)  # it ends by being killed, or wrongly
        print(pid, flush=True)  # noqa: T201  # whoever started it reads this
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201


if __name__ == "__main__":
    number = int(sys.argv[1])
    with mutated(MUTATIONS[number] if number >= 0 else None):
        main()
