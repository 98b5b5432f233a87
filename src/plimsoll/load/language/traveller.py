"""What every step of a virtual user stands on: its journey, its rows, its deadline, and what becomes of a failure."""

from __future__ import annotations

import asyncio
from random import Random
from time import monotonic_ns
from typing import Any

from plimsoll.core.sample import StepKind
from plimsoll.load.http.failures import HttpFailure
from plimsoll.load.http.session import HttpSession
from plimsoll.load.language.feeding import FeedExhausted
from plimsoll.load.language.scenario import Journey, StepFailed, line_in
from plimsoll.load.language.world import World
from plimsoll.load.recording.recorder import BUFFER_BYTES, NAMES_MAX, NO_HTTP, ROW, ROW_BYTES
from plimsoll.load.sql.session import Run, Sessions, SqlSession
from plimsoll.postgres.error_classes import FOREIGN, error_class

NO_ROW = -1
OUTSIDE_STEPS = "(outside steps)"  # the step under which a scenario's mistakes between its steps are counted
NO_STATEMENTS: dict[str, Run] = {}
_pack_row = ROW.pack_into


class Traveller:
    """One virtual user without its steps: the executors' side of it, and the bookkeeping that its steps share.

    Its slots hold what every kind of step needs, since a class with several parents can take them from one only.
    """

    __slots__ = (
        "_arrival_ready",
        "_arrival_scheduled",
        "_first_started",
        "_journey_number",
        "_journeys",
        "_limits",
        "_numbers",
        "_own_session",
        "_problems",
        "_random",
        "_recorder",
        "_sessions",
        "_source",
        "_statements",
        "_think_ns",
        "current_journey",
        "cut_off",
        "deadline_ns",
        "expired",
        "failed",
        "nested",
        "number",
        "retries",
        "row_at",
        "session",
        "shared",
        "started",
        "state",
        "stopping",
        "task",
        "web",
    )

    def __init__(self, number: int, sessions: Sessions, random: Random, world: World) -> None:
        self.number = number
        self.shared: Any = world.shared
        self.state: dict[str, Any] = {}
        self.session: SqlSession | None = None
        self.task: asyncio.Task[None] | None = None
        self.stopping = False
        self.row_at = NO_ROW
        self.deadline_ns = 0
        self.expired = False
        self.failed = False  # the last journey
        self.retries = 0
        self.cut_off = 0
        self._recorder = world.recorder
        self._sessions = sessions
        self._statements = NO_STATEMENTS
        self._own_session: SqlSession | None = None
        self._problems = world.problems
        self._source = world.source
        self._limits = world.limits
        self._random = random
        self.current_journey = ""
        self.started = False
        self._numbers: dict[str, int] = {}
        self._journey_number = 0
        self._journeys: dict[str, tuple[int, dict[str, int]]] = {}  # by name: its number, its steps' numbers
        self._arrival_scheduled = 0
        self._arrival_ready = 0
        self._first_started = 0
        self._think_ns = 0
        self.nested = False  # within a user.step
        self.web = HttpSession(world.site, self, random) if world.site is not None else None

    # -- what the executors call --------------------------------------------------------------------------------------

    async def connect(self) -> None:
        """Opens the user's own connection before it is needed; a pool's are the process's affair."""
        if self._sessions.exclusive:
            await (await self._sessions.acquire()).open()

    async def connect_ahead(self) -> None:
        """As `connect`, but only where the journeys of this process have needed a connection so far."""
        if self._sessions.exclusive and (await self._sessions.acquire()).is_used:
            await self.connect()

    async def close(self) -> None:
        if self.web is not None:
            self.web.close()
        if self._sessions.exclusive:
            await (await self._sessions.acquire()).close()

    @property
    def made_step(self) -> bool:
        """Whether the last journey made any step."""
        return self._first_started != 0

    async def begin(self, journey: Journey, scheduled: int, ready: int) -> None:
        """Makes the user's @start, whose steps are recorded and which is no journey itself. Raises StepFailed."""
        self._begin(journey.name, scheduled, ready)
        try:
            await journey.function(self)
        except (StepFailed, FeedExhausted):
            raise
        except Exception as mistake:
            raise StepFailed(journey.name, self.describe(mistake), str(mistake)) from mistake
        finally:
            self.row_at = NO_ROW
            self.current_journey = ""  # whoever is cut off from now on was on no journey

    async def travel(self, journey: Journey, scheduled: int, ready: int) -> None:
        """Makes one journey and records it. Raises FeedExhausted, and what a stop raises; nothing else."""
        self._begin(journey.name, scheduled, ready)
        error = ""
        try:
            await journey.function(self)
        except StepFailed as failed:
            error = failed.error_class
        except (FeedExhausted, asyncio.CancelledError):
            self.row_at = NO_ROW  # its last step ended all the same: it is counted
            raise
        except Exception as mistake:  # noqa: BLE001  # a scenario's own mistake fails its journey, not the run
            error = self.describe(mistake)
            self._count_mistake(error)
        self._finish(scheduled, ready, error)
        self.failed = bool(error)
        if error:
            await asyncio.sleep(0)  # a failure may never have waited for anything, and others want to go on

    def _count_mistake(self, error: str) -> None:
        """A mistake outside any step is a failed step of its own: no error may be missing from the totals."""
        scheduled, ready = self.begin_step()
        self.end_step(OUTSIDE_STEPS, "custom", (scheduled, ready, ready), error=error)

    def _begin(self, journey: str, scheduled: int, ready: int) -> None:
        self.current_journey = journey
        known = self._journeys.get(journey)
        if known is None:
            known = self._journeys[journey] = (self._recorder.journey_number(journey), {})
        self._journey_number, self._numbers = known
        self._arrival_scheduled = scheduled
        self._arrival_ready = ready
        self._first_started = 0
        self._think_ns = 0
        self.row_at = NO_ROW

    def _finish(self, scheduled: int, ready: int, error: str) -> None:
        self.row_at = NO_ROW
        self.current_journey = ""
        recorder = self._recorder
        failed = recorder.error_number(error) if error else 0
        started = self._first_started or ready
        if recorder.end >= BUFFER_BYTES:
            recorder.hand_over()
        at, number, finished = recorder.end, self._journey_number, monotonic_ns()
        _pack_row(
            recorder.buffer, at, number, self.number, scheduled, ready, started, finished,
            self._think_ns, failed, 0, 0, 0, 0, 0,
        )  # fmt: skip
        recorder.end = at + ROW_BYTES

    # -- shared by the steps ------------------------------------------------------------------------------------------

    def begin_step(self) -> tuple[int, int]:
        """(scheduled, ready) of a step that begins now."""
        if self._arrival_scheduled:
            return self._take_arrival()
        now = monotonic_ns()
        return now, now

    def end_step(
        self,
        step: str,
        kind: StepKind,
        times: tuple[int, int, int],
        *,
        error: str = "",
        finished: int = 0,
        http: tuple[int, int, int, int, int] = NO_HTTP,
    ) -> None:
        """Records a step; `times` are scheduled, ready and started, `http` what `Exchange.measured` tells."""
        number = self._numbers.get(step)
        if number is None:
            number = self._number_of(step, kind)
        failed = self._recorder.error_number(error) if error else 0
        self.deadline_ns = 0
        self.row_at = self._recorder.record(number, self.number, *times, finished or monotonic_ns(), 0, failed, *http)
        self._first_started = self._first_started or times[2]

    def fail_last(self, error: str) -> None:
        """Marks the step just made as failed, unless it has failed already. Not within a user.step."""
        self._recorder.fail_row(self.row_at, error)

    def settle_cancelled(self, error: BaseException, overdue: str = "timeout") -> str:
        """The class of a step whose deadline passed, `overdue`; a stop is raised again."""
        if not (self.expired and isinstance(error, asyncio.CancelledError)):
            self.cut_off += not self.nested
            self.deadline_ns = 0
            raise error
        self.expired = False
        self.deadline_ns = 0
        if self.task is not None:
            self.task.uncancel()
        return overdue

    def unreadable(self, error_class: str, message: str) -> StepFailed:
        """For a reply whose body is not what it should be: the step just made has failed."""
        self._problems.note(error_class, message)
        if not self.nested and self.row_at != NO_ROW:
            self.fail_last(error_class)
        return StepFailed("reading the reply", error_class, message)

    def expire(self) -> None:
        """Gives up what the user is waiting for; called once `deadline_ns` has passed."""
        self.expired = True
        if self.task is not None:
            self.task.cancel()

    def describe(self, error: Exception) -> str:
        """The error's class; the first message of each class is kept to be shown."""
        if isinstance(error, StepFailed):
            return error.error_class
        if isinstance(error, HttpFailure):
            self._problems.note(error.error_class, str(error))
            return error.error_class
        found = error_class(error)
        if not isinstance(error, FOREIGN) or getattr(error, "filename", None):  # the scenario's own mistake
            line = line_in(error, self._source)
            found = f"scenario: {type(error).__name__}" + (f", line {line}" if line else "")
        self._problems.note(found, str(error) or type(error).__name__)
        return found

    # -- inside ----------------------------------------------------------------------------------------------------

    def _take_arrival(self) -> tuple[int, int]:
        scheduled, self._arrival_scheduled = self._arrival_scheduled, 0
        return scheduled, self._arrival_ready

    def _number_of(self, step: str, kind: StepKind) -> int:
        number = self._recorder.step_number(self.current_journey, step, kind)
        if len(self._numbers) < NAMES_MAX:  # names made anew for each call must not fill the memory
            self._numbers[step] = number
        return number
