"""Who asks: learned once where sessions are alike, and asked again beside those who go on asking."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from plimsoll.cache.queries.context import Context
from plimsoll.cache.queries.looking import begun
from plimsoll.cache.queries.sessions import Sessions, ask
from plimsoll.changes.clock import clock_s
from plimsoll.changes.database import ANOTHER

LEARNED_S: Final = 30.0  # after which a session that is alike is asked again; a fill that meets another tells at once
LEARNED_MAX: Final = 1_000  # guises whose contexts are remembered; of more, what came first goes


class RefusedCall(Exception):  # no error: a way on
    """This call is not to be kept."""


class Learning:
    """`followed` gives the database that is followed, "" if it is not known. For one event loop."""

    def __init__(self, followed: Callable[[], str], clock: Callable[[], float] = clock_s) -> None:
        self._followed = followed
        self._clock = clock
        self._learned: dict[tuple[object, ...], tuple[Context, float]] = {}
        self._asking: dict[tuple[object, ...], asyncio.Task[Context]] = {}

    def forget(self) -> None:
        """A session was another than was believed."""
        self._learned.clear()

    async def context(self, sessions: Sessions, names: Sequence[str], *, alike: bool) -> Context:
        """With these settings. Where sessions are `alike` it waits for none of them, once it has learned that.

        Raises RefusedCall where nothing may be kept of what is asked there, and what the driver raises.
        """
        who = sessions.guise.key
        learned, asked_s = self._learned.get(who, (None, 0.0)) if alike else (None, 0.0)
        names = [name.lower() for name in names] if names else ()
        if learned is None:
            return await self._asked(sessions, names, alike=alike)
        if not learned.knows(names):
            return await self._asked(sessions, (*names, *learned.settings), alike=alike)
        if self._clock() >= asked_s + LEARNED_S and who not in self._asking:
            again = self._asked(sessions, tuple(learned.settings), alike=alike)
            self._asking[who] = begun(again, lambda: self._asking.pop(who, None))
        return learned

    async def _asked(self, sessions: Sessions, names: Sequence[str], *, alike: bool) -> Context:
        now_s = self._clock()
        async with sessions.opened() as connection:
            told = await ask(connection, tuple(sorted(set(names))))
        why = told.objection or ("" if self._followed() in ("", told.database) else ANOTHER)
        if alike:
            self._learned.pop(sessions.guise.key, None)
        if why:
            raise RefusedCall(why)
        if alike:
            self._learned[sessions.guise.key] = told.context, now_s
            if len(self._learned) > LEARNED_MAX:
                del self._learned[next(iter(self._learned))]
        return told.context
