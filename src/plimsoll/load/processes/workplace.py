"""Where the worker processes of a run live: on this machine, or on several. What the coordinator needs of either."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from plimsoll.load.processes.plan import LoadPlan


class WorkerProcess(Protocol):
    """One worker process, talked to in the messages of `frames`."""

    @property
    def number(self) -> int: ...

    @property
    def name(self) -> str:
        """For the reader of an error: "worker process 3", and on which machine if that is not ours."""

    @property
    def alive(self) -> bool:
        """False once it is known to have ended."""

    @property
    def last_words(self) -> str:
        """Once it has been reaped: the last line that it printed, or its exit status."""

    @property
    def place_lost(self) -> str:
        """Why nothing can be known of it any more, where it is its machine that was lost."""

    def local_ns(self, here_ns: int) -> int:
        """A moment of our monotonic clock by the clock of its machine."""

    async def send(self, message: object) -> None:
        """Raises ConnectionError once the process has gone."""

    async def receive(self) -> Any:
        """The next message, None once the process has gone."""

    async def kill(self) -> None:
        """Ends it, whatever it does."""

    async def reap(self) -> None:
        """Waits for its end, which has been seen coming, for a bounded time."""


class Workplace(Protocol):
    """Where all of a run's worker processes live.

    `goes_on` says whether the load goes on elsewhere when one process was lost. `machines` describes each machine but
    ours. `warnings` grow until the samples have been collected.
    """

    @property
    def processes(self) -> int: ...

    @property
    def goes_on(self) -> bool: ...

    @property
    def machines(self) -> tuple[Mapping[str, str], ...]: ...

    @property
    def warnings(self) -> Sequence[str]: ...

    def check(self, plan: LoadPlan) -> None:
        """Raises RefusedError for a load that this place must not make."""

    async def start(self, plan: LoadPlan, values: bytes) -> Sequence[WorkerProcess]:
        """Starts all processes and hands each its task. Raises RefusedError."""

    async def begin_ns(self) -> int:
        """When the load may begin by our monotonic clock, so that no process hears of it too late."""

    async def collect(self, samples: Path) -> None:
        """Once all have ended, brings their samples into this directory; what could not be brought is a warning."""

    async def dismiss(self) -> None:
        """Ends whatever `start` began, however far it came."""
