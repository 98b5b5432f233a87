"""Intervals made up by hand, small enough to add up in one's head."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from hypothesis import strategies as st

from plimsoll.core.histogram import Histogram
from plimsoll.core.interval import GeneratorUse, Interval, JourneyInterval, StepInterval

NOTHING = Histogram()


def times(count: int, ms: float = 1.0) -> Histogram:
    return Histogram.of_us(np.full(count, round(ms * 1000)))


def step(count: int, ms: float = 1.0, **error_classes: int) -> StepInterval:
    return StepInterval("sql", count, error_classes, times(count, ms), times(count, ms / 2))


def journey(count: int, ms: float = 1.0, *, errors: int = 0, dropped: int = 0, incomplete: int = 0) -> JourneyInterval:
    return JourneyInterval(count, errors, times(count, ms), dropped, incomplete)


def second(
    start_s: float,
    steps: Mapping[tuple[str, str], StepInterval] | None = None,
    journeys: Mapping[str, JourneyInterval] | None = None,
    **changes: Any,
) -> Interval:
    """The second from `start_s`; without more said, ten selects and ten journeys of 1 ms."""
    plain: dict[str, Any] = {
        "width_s": 1.0, "warmup": False, "users": 1, "target_users": None, "target_rate_per_s": None, "wait": NOTHING,
        "lag": NOTHING, "generator": GeneratorUse(0.1, 0.0, 1.0),
    }  # fmt: skip
    return Interval(
        start_s=start_s,
        steps={("look", "select"): step(10)} if steps is None else dict(steps),
        journeys={"look": journey(10)} if journeys is None else dict(journeys),
        **plain | changes,
    )


@st.composite
def some_second(draw: st.DrawFn, start_s: float = 0.0, *, warmup: bool = False) -> Interval:
    """A second in which anything may have happened to two journeys that share a step's name."""
    counts = st.integers(0, 40)
    steps = {
        key: step(draw(counts), draw(st.floats(0.01, 900)), **{"40001": draw(counts), "timeout": draw(counts)})
        for key in draw(st.sets(st.sampled_from([("a", "select"), ("b", "select"), ("b", "update")])))
    }
    journeys = {
        name: journey(
            draw(counts), draw(st.floats(0.01, 900)),
            errors=draw(counts), dropped=draw(counts), incomplete=draw(counts),
        )
        for name in draw(st.sets(st.sampled_from(["a", "b"])))
    }  # fmt: skip
    return second(
        start_s,
        steps,
        journeys,
        warmup=warmup,
        retries=draw(counts),
        reconnects=draw(counts),
        incomplete=draw(counts),
        samples_lost=draw(counts),
        wait=times(draw(counts)),
        lag=times(draw(counts), 2),
        target_rate_per_s=draw(st.none() | st.integers(0, 500).map(float)),
        generator=GeneratorUse(draw(counts) / 8, draw(counts) / 8, 1.0),  # eighths add up exactly
    )


@st.composite
def some_run(draw: st.DrawFn) -> tuple[list[Interval], list[Interval]]:
    """The warm-up's seconds, and those measured after it."""
    warm, measured = draw(st.integers(0, 3)), draw(st.integers(1, 4))
    return (
        [draw(some_second(float(at), warmup=True)) for at in range(warm)],
        [draw(some_second(float(warm + at))) for at in range(measured)],
    )
