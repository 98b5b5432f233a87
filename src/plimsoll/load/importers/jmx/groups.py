"""Thread groups as courses of load."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final, Literal

from plimsoll.load.importers.jmx.context import Context
from plimsoll.load.importers.jmx.curve import UNTIL_STOPPED_S, Load, added
from plimsoll.load.importers.jmx.schedule import read_schedule
from plimsoll.load.importers.jmx.scope import Scope, is_sampler
from plimsoll.load.importers.jmx.timers import RATES, samples_per_s
from plimsoll.load.importers.jmx.tree import Element

USERS_MAX: Final = 100_000
STEPS_MAX: Final = 100  # of a plugin's ramp
_JMETERS_OWN: Final = (
    "ThreadGroup.start_time", "ThreadGroup.end_time", "ThreadGroup.same_user_on_next_iteration",
    "ThreadGroup.delayedStart", "OpenModelThreadGroup.random_seed", "ThreadGroup.main_controller", "LogFilename",
    "Iterations",
)  # fmt: skip
_ERRORS: Final = {
    "stopthread": "a failed step ends its journey here; its user goes on with the next",
    "stoptest": "a failed step ends its journey here; [abort] in the profile's file ends the run",
    "stoptestnow": "a failed step ends its journey here; [abort] in the profile's file ends the run",
}


def load_of(context: Context, group: Element, scope: Scope) -> Load:
    """How a group's load arrives; one user for some minutes where that cannot be said."""
    for name in _JMETERS_OWN:
        group.text(name)
        group.part(name)
    make = _MAKERS.get(group.kind)
    load = make(context, group) if make else None
    context.account.take(group)
    if load is None:
        context.account.part(group, "how its load arrives is not understood: one user was put")
        load = Load("users", ((0.0, 1.0), (UNTIL_STOPPED_S, 1.0)))
    if load.why:
        context.account.part(group, load.why)
    return _with_rate(context, group, scope, load)


def on_error(context: Context, group: Element) -> str:
    """What a failed sample does: "continue", "startnextloop", "stopthread", "stoptest", "stoptestnow"."""
    what = group.text("ThreadGroup.on_sample_error", "continue").strip().lower()
    if what in _ERRORS:
        context.account.part(group, _ERRORS[what])
    return what


def loops_of(context: Context, group: Element) -> int:
    """How often each thread goes round; -1 is for ever."""
    controller = group.part("ThreadGroup.main_controller")
    text = controller.text("LoopController.loops", "1")
    loops = context.number(text, math.nan)
    if math.isnan(loops):
        context.account.part(group, f"loops is {text[:60]}, which only JMeter knows: 1 was put")
        return 1
    return max(-1, round(loops))


def _number(context: Context, group: Element, name: str, otherwise: float = 0.0) -> float:
    """A number of a group. What only JMeter knows is said, and so is what comes from a default."""
    text = group.text(name).strip()
    if not text:
        return otherwise
    number = context.number(text, math.nan)
    if math.isnan(number):
        context.account.part(group, f"{_short(name)} is {text[:60]}, which only JMeter knows: {otherwise:g} was put")
        return otherwise
    if "${" in text:
        context.note(f"{_short(name)} {number:g} is what {text} is by default")
    return max(0.0, number)


def _short(name: str) -> str:
    return name.rpartition(".")[2]


def _users(context: Context, group: Element, name: str) -> float:
    return float(min(USERS_MAX, round(_number(context, group, name, 1.0))))


def _plain(context: Context, group: Element) -> Load:
    """JMeter's own: so many threads within a ramp, for a time, or so many loops each."""
    users = max(1.0, _users(context, group, "ThreadGroup.num_threads"))
    ramp = _number(context, group, "ThreadGroup.ramp_time")
    timed = group.flag("ThreadGroup.scheduler")
    delay = _number(context, group, "ThreadGroup.delay") if timed else 0.0
    duration = _number(context, group, "ThreadGroup.duration") if timed else 0.0
    group.text("ThreadGroup.delay")
    group.text("ThreadGroup.duration")
    loops = loops_of(context, group)
    if duration > 0:
        why = "" if loops == -1 else "may end before its time, by its loops; here the time counts"
        return Load("users", _ramped(users, ramp, duration, delay), users=round(users), why=why)
    if loops == -1:
        why = f"runs until it is stopped: {UNTIL_STOPPED_S / 60:g} minutes were put"
        return Load("users", _ramped(users, ramp, max(UNTIL_STOPPED_S, ramp * 2), delay), users=round(users), why=why)
    why = f"its threads start within {ramp:g} s; here all at once" if users > 1 and ramp > 1 else ""
    return Load("iterations", iterations=max(1, round(users * loops)), users=round(users), why=why)


def _ramped(users: float, ramp: float, duration: float, delay: float = 0.0) -> tuple[tuple[float, float], ...]:
    ramp = min(ramp, duration)
    start = ((0.0, 0.0),) if delay else ()
    if not ramp:
        return (*start, *(((delay, 0.0),) if delay else ()), (delay, users), (delay + duration, users))
    held = ((delay + duration, users),) if duration > ramp else ()
    return (*start, (delay, 0.0), (delay + ramp, users), *held)


def _open_model(context: Context, group: Element) -> Load | None:
    text = group.text("OpenModelThreadGroup.schedule")
    return read_schedule(context.known(text) or "")


def _seconds(context: Context, group: Element, name: str) -> float:
    """A time in the group's unit, minutes or seconds."""
    return _number(context, group, name) * (60 if group.text("Unit", "M").upper().startswith("M") else 1)


def _stepped(context: Context, group: Element, per_s: float, kind: Literal["users", "rate"]) -> Load:
    """The Concurrency and Arrivals Thread Groups: to a target within a ramp, in steps, then held."""
    target = _number(context, group, "TargetLevel", 1.0) * per_s
    ramp, hold = _seconds(context, group, "RampUp"), _seconds(context, group, "Hold")
    steps = min(STEPS_MAX, round(_number(context, group, "Steps")))
    held = (ramp + (hold or UNTIL_STOPPED_S), target)
    if steps < 1 or not ramp:
        points = [(0.0, 0.0), (ramp, target), held] if ramp else [(0.0, target), held]
    else:
        points = _stairs(target, ramp, steps, held)
    return Load(kind, tuple(points), users=max(1, round(target)))


def _stairs(target: float, ramp: float, steps: int, end: tuple[float, float]) -> list[tuple[float, float]]:
    points: list[tuple[float, float]] = []
    for number in range(steps):
        level = target * (number + 1) / steps
        points += [(number * ramp / steps, level), ((number + 1) * ramp / steps, level)]
    return [*points, (ramp, target), end]


def _concurrency(context: Context, group: Element) -> Load:
    return _stepped(context, group, 1.0, "users")


def _arrivals(context: Context, group: Element) -> Load:
    group.text("ConcurrencyLimit")
    return _stepped(context, group, 1 / 60 if group.text("Unit", "M").upper().startswith("M") else 1.0, "rate")


def _ultimate(context: Context, group: Element) -> Load | None:
    """Rows of (threads, delay, startup, hold, shutdown), each a course of its own; they add up."""
    curves = []
    for row in group.items("ultimatethreadgroupdata"):
        cells = context.numbers(row)
        if not cells:
            return None
        if len(cells) >= 5:
            users, delay, rise, hold, fall = cells[:5]
            up, end = delay + rise, delay + rise + hold
            curves.append(((0.0, 0.0), (delay, 0.0), (up, users), (end, users), (end + fall, 0.0)))
    points = added(curves)
    peak = max((level for _, level in points), default=0)
    return Load("users", points, users=round(peak)) if peak >= 1 else None


def _stepping(context: Context, group: Element) -> Load | None:
    """Some users after a delay, then so many more every so many seconds, held for the flight time."""
    number = {key: _number(context, group, key) for key in _STEPPING}
    total, each, period = number["ThreadGroup.num_threads"], number["Start users count"], number["Start users period"]
    if total < 1 or each < 1:
        return None
    now, level = number["Threads initial delay"], min(total, number["Start users count burst"] or each)
    points = [(0.0, 0.0), (now, 0.0)] if now else []
    before = 0.0
    while True:
        rise = number["rampUp"]
        points += [(now, before), (now + rise, level)] if rise else [(now, level)]
        now += rise
        if level >= total or len(points) > 4 * STEPS_MAX:
            break
        points.append((now + period, level))
        now, before, level = now + period, level, min(total, level + each)
    points.append((now + (number["flighttime"] or UNTIL_STOPPED_S), level))
    return Load("users", tuple(points), users=round(total))


_STEPPING: Final = (
    "ThreadGroup.num_threads", "Threads initial delay", "Start users count", "Start users count burst",
    "Start users period", "Stop users count", "Stop users period", "flighttime", "rampUp",
)  # fmt: skip


def _with_rate(context: Context, group: Element, scope: Scope, load: Load) -> Load:
    """A throughput timer's rate instead of users: journeys a second, where each makes all of the group's steps."""
    inner = scope.within(group)
    timers = [each for each in (*inner.outermost_first(), *group.walk()) if each.enabled and each.kind in RATES]
    if not timers or load.kind == "rate":
        return load
    timer = timers[-1]
    steps = sum(1 for each in group.walk() if each.enabled and is_sampler(each) and each.kind != "TestAction") or 1
    end = max((time for time, _ in load.points), default=0.0)
    points = tuple((at, rate / steps) for at, rate in samples_per_s(context, timer, load.users, end))
    for each in timers:
        if points:
            shown = f"{max(rate for _, rate in points):.4g} journeys a second of {steps} steps each"
            context.account.part(each, f"is the profile's rate: {shown}")
        else:
            context.account.leave(each, "its rate is known to JMeter alone")
    return Load("rate", points, users=load.users) if points else load


_MAKERS: Final[dict[str, Callable[[Context, Element], Load | None]]] = {
    "ThreadGroup": _plain,
    "SetupThreadGroup": _plain,
    "PostThreadGroup": _plain,
    "OpenModelThreadGroup": _open_model,
    "ConcurrencyThreadGroup": _concurrency,
    "ArrivalsThreadGroup": _arrivals,
    "UltimateThreadGroup": _ultimate,
    "SteppingThreadGroup": _stepping,
}
