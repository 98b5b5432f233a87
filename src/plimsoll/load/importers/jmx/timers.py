"""Timers as `user.think`. JMeter's apply to every sampler beside and below them, before it."""

from __future__ import annotations

from typing import Final

from plimsoll.load.importers.jmx.code import Code, Line, Statement
from plimsoll.load.importers.jmx.context import Context
from plimsoll.load.importers.jmx.curve import UNTIL_STOPPED_S
from plimsoll.load.importers.jmx.listing import reason_of
from plimsoll.load.importers.jmx.scope import Scope
from plimsoll.load.importers.jmx.tree import Element

# A uniform spread has the deviation of a bell curve where it reaches so many deviations to either side.
_SPREAD: Final = 3**0.5
PAUSE_MS_MAX: Final = 86_400_000.0  # a day
RATES: Final = frozenset({"ConstantThroughputTimer", "PreciseThroughputTimer", "VariableThroughputTimer"})


def is_timer(element: Element) -> bool:
    return element.kind.endswith("Timer")


def is_pause(element: Element) -> bool:
    """Whether it makes a user wait, or may; a rate does not."""
    return (is_timer(element) and element.kind not in RATES) or (
        element.kind == "TestAction" and element.text("ActionProcessor.action", "1") == "1"
    )


def pauses(context: Context, scope: Scope) -> list[Statement]:
    """The pauses before a sampler of this scope."""
    return [line for element in scope.outermost_first() if is_timer(element) for line in _pause(context, element)]


def _pause(context: Context, element: Element) -> list[Statement]:
    if element.kind in RATES:
        return []  # a rate is the profile's
    context.element = element
    delay = context.text(element, "ConstantTimer.delay", "0")
    spread = context.text(element, "RandomTimer.range", "0")
    if element.kind == "ConstantTimer":
        line = think(delay)
    elif element.kind == "UniformRandomTimer":
        line = _uniform(delay, spread)
    elif element.kind in ("GaussianRandomTimer", "PoissonRandomTimer"):
        line = _bell(context, element)
    else:
        if not context.account.spoken_for(element):
            context.account.leave(element, reason_of(element) or "no such timer: there is no pause")
        return []
    context.account.take(element)
    context.account.unread(element)
    return [line] if line else []


def think(delay: Code) -> Line | None:
    """A pause of milliseconds."""
    if delay.known is not None and delay.python.startswith('"'):
        seconds = _known(delay) / 1000
        return Line(f"await user.think({seconds:g})") if seconds > 0 else None
    return Line(f"await user.think({delay.as_count} / 1000)", delay.uses)


def _uniform(delay: Code, spread: Code) -> Line | None:
    if delay.python.startswith('"') and spread.python.startswith('"'):
        low, high = _known(delay) / 1000, (_known(delay) + _known(spread)) / 1000
        return Line(f"await user.think({low:g}, {high:g})") if high > 0 else None
    low_code, high_code = (f"{code.as_count} / 1000" for code in (delay, spread))
    return Line(f"await user.think({low_code}, {low_code} + {high_code})", delay.uses | spread.uses)


def _bell(context: Context, element: Element) -> Line | None:
    mean = context.number(element.text("ConstantTimer.delay"))
    spread = max(0.0, context.number(element.text("RandomTimer.range")))
    if element.kind == "PoissonRandomTimer":
        mean, spread = mean + spread, spread**0.5
    context.account.part(element, "a uniform pause of the same mean and deviation")
    low, high = max(0.0, mean - _SPREAD * spread) / 1000, (mean + _SPREAD * spread) / 1000
    return Line(f"await user.think({low:.3g}, {high:.3g})") if high > 0 else None


def _known(code: Code) -> float:
    try:
        return min(max(0.0, float((code.known or "0").strip())), PAUSE_MS_MAX)
    except ValueError:
        return 0.0


def samples_per_s(context: Context, element: Element, threads: int, end: float) -> list[tuple[float, float]]:
    """A throughput timer's course over all threads, (second, samples a second); nothing where it is not known."""
    if element.kind == "VariableThroughputTimer":
        return _shaped(context, element)
    if element.kind == "ConstantThroughputTimer":
        mode = element.text("calcMode")
        alone = mode in ("", "0") or "this thread only" in mode.lower()
        rate = context.number(element.text("throughput")) / 60 * (threads if alone else 1)
    else:
        period = context.number(element.text("throughputPeriod"), 3600) or 3600
        rate = context.number(element.text("throughput")) / period
        end = end or context.number(element.text("duration"))
    return [(0.0, rate), (end or UNTIL_STOPPED_S, rate)] if rate > 0 else []


def _shaped(context: Context, element: Element) -> list[tuple[float, float]]:
    """The Throughput Shaping Timer: rows of (from, to, seconds), one after the other."""
    points: list[tuple[float, float]] = []
    now = 0.0
    for row in element.items("load_profile"):
        cells = context.numbers(row)
        if len(cells) < 3:
            return []
        points += [(now, cells[0]), (now + cells[2], cells[1])]
        now += cells[2]
    return points if any(rate > 0 for _, rate in points) else []
