"""Waking up at a moment, never before it.

A timerfd wakes 0.06 ms late in the median, where an event loop's own timer is up to 1.2 ms early (uvloop) or 0.6 ms
late (asyncio): for statements of 0.1 ms that would swamp what is measured. Where there is no timerfd (macOS) the loop's
timer wakes early and the rest is waited out.
"""

import asyncio
import ctypes
import os
import sys
from collections.abc import Callable
from time import monotonic_ns
from typing import Protocol

_CLOCK_MONOTONIC = 1
_TFD_NONBLOCK = 0o4000
_TFD_CLOEXEC = 0o2000000
_TFD_TIMER_ABSTIME = 1
_EARLY_S = 0.0015  # how early a loop's timer may fire


class Alarm(Protocol):
    """Calls back at (never before) the time last set, in monotonic nanoseconds. One alarm has one time."""

    def set(self, at_ns: int) -> None: ...

    def close(self) -> None: ...


class _Itimerspec(ctypes.Structure):
    _fields_ = (
        ("interval_s", ctypes.c_long),
        ("interval_ns", ctypes.c_long),
        ("value_s", ctypes.c_long),
        ("value_ns", ctypes.c_long),
    )


class TimerFd:
    """A Linux timerfd on the monotonic clock, absolute. Raises OSError where the kernel has none."""

    def __init__(self, call: Callable[[], None]) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        self._settime = libc.timerfd_settime
        self._fd: int = libc.timerfd_create(_CLOCK_MONOTONIC, _TFD_NONBLOCK | _TFD_CLOEXEC)
        if self._fd < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create failed")
        self._call = call
        self._spec = _Itimerspec()
        self._pointer = ctypes.byref(self._spec)
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._fd, self._ring)

    def set(self, at_ns: int) -> None:
        self._spec.value_s, self._spec.value_ns = divmod(max(1, at_ns), 1_000_000_000)
        self._settime(self._fd, _TFD_TIMER_ABSTIME, self._pointer, None)

    def _ring(self) -> None:
        try:
            os.read(self._fd, 8)
        except BlockingIOError:
            return  # it was set anew in the meantime
        self._call()

    def close(self) -> None:
        self._loop.remove_reader(self._fd)
        os.close(self._fd)


class LoopTimer:
    """The event loop's own timer, set early; the rest is waited out in the loop's thread."""

    def __init__(self, call: Callable[[], None]) -> None:
        self._call = call
        self._loop = asyncio.get_running_loop()
        self._handle: asyncio.TimerHandle | None = None
        self._at_ns = 0

    def set(self, at_ns: int) -> None:
        self.close()
        self._at_ns = at_ns
        self._handle = self._loop.call_later(max(0.0, (at_ns - monotonic_ns()) / 1e9 - _EARLY_S), self._ring)

    def _ring(self) -> None:
        if self._at_ns - monotonic_ns() > 2 * _EARLY_S * 1e9:
            self.set(self._at_ns)
            return
        while monotonic_ns() < self._at_ns:
            pass
        self._call()

    def close(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None


def make_alarm(call: Callable[[], None]) -> Alarm:
    """The best alarm this system has; needs a running loop."""
    if sys.platform == "linux":
        try:
            return TimerFd(call)
        except (OSError, AttributeError):
            pass  # an old or restricted kernel
    return LoopTimer(call)
