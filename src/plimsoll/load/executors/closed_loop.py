"""Closed loops: so many users, each on its next journey as soon as the last has ended."""

import asyncio
from collections.abc import Iterator

from plimsoll.core.pacing import user_changes
from plimsoll.core.profile import Profile
from plimsoll.load.executors.clock import Clock
from plimsoll.load.executors.crew import IDLE_PAUSE_S, Crew
from plimsoll.load.language.scenario import Journey
from plimsoll.load.language.user import User


class RateCap:
    """Holds a closed loop below so many journeys per second, evenly: each gets the next free moment. Pure."""

    def __init__(self, rate_per_s: float) -> None:
        self._gap_ns = round(1e9 / rate_per_s)
        self._next_ns = 0

    def take(self, now_ns: int) -> int:
        """How long to wait, in ns, for the moment that this call takes."""
        moment_ns = max(self._next_ns, now_ns)
        self._next_ns = moment_ns + self._gap_ns
        return moment_ns - now_ns


class ClosedLoop:
    """Drives constant-users, ramping-users and iterations; `journeys` says what is made next, and may end.

    Process k of P has users k, k + P, ... of the profile.
    """

    def __init__(
        self,
        crew: Crew,
        profile: Profile,
        journeys: Iterator[Journey],
        process: int,
        processes: int,
        clock: Clock,
        cap: RateCap | None = None,
    ) -> None:
        self._crew = crew
        self._cap = cap
        self._clock = clock
        self._journeys = journeys
        self._changes = [change for change in user_changes(profile) if change.user % processes == process]
        self._by_iterations = profile.executor == "iterations"
        self._at_work: dict[int, User] = {}
        self._leaving: dict[int, tuple[User, asyncio.Task[None] | None]] = {}  # with the work they were asked to end
        self._begun = asyncio.Event()  # once those who begin with the load are at work

    @property
    def users_at_start(self) -> int:
        return sum(change.at_ns == 0 and change.starts for change in self._changes)

    async def run(self, start_ns: int) -> None:
        """Follows the profile until it ends, or every iteration has been made."""
        following = asyncio.create_task(self._follow(start_ns))
        made = asyncio.create_task(self._all_made())
        try:
            await asyncio.wait({following, made} if self._by_iterations else {following}, return_when="FIRST_COMPLETED")
        finally:
            following.cancel()
            made.cancel()

    async def _follow(self, start_ns: int) -> None:
        for change in self._changes:
            await self._clock.wait_until(start_ns + change.at_ns)
            if change.starts:
                self._at_work[change.user] = self._kept(change.user) or self._crew.put_to_work(self._go_round)
            else:
                leaving = self._at_work.pop(change.user)
                leaving.stopping = True
                self._leaving[change.user] = (leaving, leaving.task)
            if len(self._at_work) == self.users_at_start:
                self._begun.set()

    def _kept(self, number: int) -> User | None:
        """The user that was asked to leave and is still on its journey: it stays, rather than another coming too.

        One that has left may since be at work under another number: its task is another then.
        """
        user, task = self._leaving.pop(number, (None, None))
        if user is None or task is None or task.done() or user.task is not task:
            return None
        user.stopping = False
        return user

    async def _all_made(self) -> None:
        if self.users_at_start:
            await self._begun.wait()
        tasks = [user.task for user in self._at_work.values() if user.task is not None]
        if tasks:
            await asyncio.wait(tasks)

    async def _go_round(self, user: User) -> None:
        for journey in self._journeys:
            now = self._clock.now_ns()
            if self._cap is not None and (pause_ns := self._cap.take(now)):
                await self._clock.wait_until(now + pause_ns)
                if user.stopping:
                    return
                now = self._clock.now_ns()
            await user.travel(journey, now, now)
            if user.failed or not user.made_step:
                await asyncio.sleep(IDLE_PAUSE_S)
            if user.stopping:
                return
