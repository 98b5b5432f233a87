"""The open model's schedule: `rate(1/sec) random_arrivals(2 min) rate(5/sec) pause(2 sec)`. Pure."""

from __future__ import annotations

import re
from typing import Final

from plimsoll.load.importers.jmx.curve import Load

_COMMENT: Final = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_STEP: Final = re.compile(
    r"\s*(rate|random_arrivals|even_arrivals|pause)\s*\(\s*([\d.]+)\s*(?:(/)\s*)?([a-z]*)\s*\)", re.IGNORECASE
)
_UNITS: Final = {"ms": 0.001, "s": 1.0, "sec": 1.0, "second": 1.0, "m": 60.0, "min": 60.0, "minute": 60.0, "h": 3600.0,
                 "hr": 3600.0, "hour": 3600.0, "d": 86_400.0, "day": 86_400.0, "": 1.0}  # fmt: skip


def read_schedule(text: str) -> Load | None:
    """The rate over time; None where the schedule says something else."""
    steps = _steps(_COMMENT.sub(" ", text))
    if not steps:
        return None
    points: list[tuple[float, float]] = []
    now = rate = 0.0
    even: list[bool] = []
    for at, (word, value) in enumerate(steps):
        if word == "rate":
            rate = value
        elif word == "pause":
            points += [(now, 0.0), (now + value, 0.0)]
            now += value
        else:
            following = steps[at + 1] if at + 1 < len(steps) else ("", 0.0)
            end = following[1] if following[0] == "rate" else rate
            points += [(now, rate), (now + value, end)]
            even.append(word == "even_arrivals")
            now += value
    if not even or not any(level for _, level in points):
        return None
    mixed = "arrivals are random and even in turns; here they are random" if len(set(even)) > 1 else ""
    return Load("rate", tuple(points), even=all(even), why=mixed)


def _steps(text: str) -> list[tuple[str, float]]:
    """(word, per second or seconds); nothing where any of it is not understood."""
    found, at = [], 0
    while at < len(text.rstrip()):
        step = _STEP.match(text, at)
        unit = _unit(step[4]) if step else None
        if step is None or unit is None or (step[3] is not None) != (step[1].lower() == "rate" and bool(step[3])):
            return []
        word, value = step[1].lower(), float(step[2])
        found.append((word, value / unit if word == "rate" else value * unit))
        at = step.end()
    return found


def _unit(text: str) -> float | None:
    text = text.lower()
    return _UNITS.get(text, _UNITS.get(text.removesuffix("s")))
