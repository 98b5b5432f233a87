"""An event loop whose clock jumps to the next timer when there is nothing to do.

Half an hour of a profile takes milliseconds, at exactly the same nanoseconds each time, and a hang becomes an error.
For code that waits for timers and for itself: the clock jumps although an answer from a socket or a thread is still on
its way. What is given to `run_in_executor` and to an `InlineExecutor` therefore runs at once, in place.
"""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor, Future
from typing import Any, ParamSpec, TypeVar, cast

_P = ParamSpec("_P")
_T = TypeVar("_T")

START_NS = 1_000_000_000_000  # not 0, which would hide a time that was never set


class DeadlockError(RuntimeError):
    """Every task waits for something that nothing is going to do."""


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """`asyncio.Runner(loop_factory=VirtualTimeLoop)`; `now_ns` is its time. Nothing is ever early, or late."""

    def __init__(self) -> None:
        self._now_ns = START_NS
        super().__init__(_JumpingSelector(self._jump))

    def now_ns(self) -> int:
        """Monotonic nanoseconds since `START_NS`."""
        return self._now_ns

    def time(self) -> float:
        return self._now_ns / 1e9

    def _jump(self, seconds: float | None) -> None:
        if seconds is None:
            waiting = ", ".join(sorted(task.get_name() for task in asyncio.all_tasks(self)))
            raise DeadlockError(f"nothing is scheduled, and these tasks wait: {waiting}")
        # whole nanoseconds: a float of seconds is right to less than one for 50 days
        self._now_ns = max(self._now_ns, round((self.time() + seconds) * 1e9))

    def run_in_executor(  # type: ignore[override]  # typeshed's overload is wider than what is called
        self, executor: Executor | None, func: Callable[..., _T], *args: Any
    ) -> asyncio.Future[_T]:
        return asyncio.wrap_future(InlineExecutor().submit(func, *args), loop=self)


class VirtualAlarm:
    """Calls back in the very nanosecond that was set; see `plimsoll.load.executors.alarm.Alarm`."""

    def __init__(self, call: Callable[[], None]) -> None:
        self._call = call
        self._loop = asyncio.get_running_loop()
        self._handle: asyncio.TimerHandle | None = None

    def set(self, at_ns: int) -> None:
        self.close()
        self._handle = self._loop.call_at(at_ns / 1e9, self._call)

    def close(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None


class InlineExecutor(Executor):
    """Does what it is given at once, in the caller's thread."""

    def submit(self, fn: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> Future[_T]:
        future: Future[_T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001  # it belongs to whoever asks for the result
            future.set_exception(error)
        return future


def run_virtual(work: Coroutine[Any, Any, _T]) -> _T:
    """Runs a coroutine in virtual time. Raises what it raises, and DeadlockError where it would hang."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(work)


def virtual_now_ns() -> int:
    """The time of the running VirtualTimeLoop."""
    return cast(VirtualTimeLoop, asyncio.get_running_loop()).now_ns()


class _JumpingSelector(selectors.DefaultSelector):
    """Looks what is ready without waiting; where nothing is, the clock jumps instead."""

    def __init__(self, jump: Callable[[float | None], None]) -> None:
        super().__init__()
        self._jump = jump

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and (timeout is None or timeout > 0):
            self._jump(timeout)
        return ready
