"""The users of one process: making them, watching their deadlines, and ending their work."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any

from plimsoll.load.executors.clock import Clock
from plimsoll.load.language.feeding import FeedExhausted
from plimsoll.load.language.scenario import AsyncFunction, Journey, StepFailed
from plimsoll.load.language.user import User

START_RETRY_S = 1.0  # after a user's @start failed
IDLE_PAUSE_S = 0.001  # after a journey that failed or made no step: it may never have waited for anything
START_JOURNEY = "(start)"

MakeUser = Callable[[int], User]


class Crew:
    """Users by number; one that was let go is taken again when it is needed. At most `users_max`."""

    def __init__(self, make_user: MakeUser, start: AsyncFunction | None, users_max: int, clock: Clock) -> None:
        self.users: list[User] = []
        self.users_max = users_max
        self._now_ns = clock.now_ns
        self.ended_because = ""
        self.failure: Exception | None = None
        self.ended = asyncio.Event()
        self.cut_journeys: Counter[str] = Counter()
        self._make_user = make_user
        self._start = Journey(START_JOURNEY, 1, False, start) if start else None
        self._free: list[User] = []
        self._working: set[User] = set()

    @property
    def working(self) -> int:
        return len(self._working)

    @property
    def can_grow(self) -> bool:
        return bool(self._free) or len(self.users) < self.users_max

    async def connect(self, count: int) -> None:
        """Makes users and opens their connections ahead of the load. Raises what connecting raises."""
        while len(self.users) < min(count, self.users_max):
            self._free.append(self._new_user())
        await asyncio.gather(*(user.connect() for user in self._free))

    def _new_user(self) -> User:
        user = self._make_user(len(self.users))
        self.users.append(user)
        return user

    def put_to_work(self, work: Callable[[User], Coroutine[Any, Any, None]]) -> User:
        """Starts a user on `work`, after its @start where this is its first time."""
        user = self._free.pop(0) if self._free else self._new_user()
        user.stopping = False
        self._working.add(user)
        user.task = asyncio.get_running_loop().create_task(self._employ(user, work))
        return user

    async def _employ(self, user: User, work: Callable[[User], Coroutine[Any, Any, None]]) -> None:
        try:
            if not user.started:
                await self._welcome(user)
            if user.started:
                await work(user)
        except FeedExhausted as exhausted:
            self.end(f"feed exhausted: {exhausted}")
        except Exception as error:  # noqa: BLE001  # nobody else would ever hear of it: the engine raises it
            self.failure = self.failure or error
            self.ended.set()
        except asyncio.CancelledError:
            if user.current_journey:
                self.cut_journeys[user.current_journey] += 1
        finally:
            self._working.discard(user)
            self._free.append(user)

    async def _welcome(self, user: User) -> None:
        while self._start is not None:
            now = self._now_ns()
            try:
                await user.begin(self._start, now, now)
                break
            except StepFailed:
                await asyncio.sleep(START_RETRY_S)
                if user.stopping:
                    return
        user.started = True

    def end(self, because: str) -> None:
        """The load cannot go on in this process; the first reason counts."""
        self.ended_because = self.ended_because or because
        self.ended.set()

    def expire_overdue(self, now_ns: int) -> None:
        """Gives up every step whose deadline has passed: one sweep instead of a timer for each."""
        for user in self.users:
            if 0 < user.deadline_ns < now_ns:
                user.expire()

    async def finish(self, within_s: float) -> None:
        """Lets everybody finish the journey they are on; who has not after `within_s` is cut off."""
        for user in self._working:
            user.stopping = True
        tasks = [user.task for user in self._working if user.task is not None]
        if tasks and within_s > 0:
            await asyncio.wait(tasks, timeout=within_s)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def close(self) -> None:
        await asyncio.gather(*(user.close() for user in self.users))
