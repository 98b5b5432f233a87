"""Shapes of load that stages can be made from: a working day, in as much time as there is. Pure."""

from typing import Final

from plimsoll.core.profile import Stage

# Share of the peak at the end of each hour, from 9 to 17 h: people arrive, work, have lunch, work, and leave.
WORKDAY: Final = (0.8, 1.0, 0.9, 0.5, 0.85, 1.0, 0.75, 0.2)
SHAPES: Final = {"workday": WORKDAY}


def shaped_stages(shape: str, peak: float, for_s: float, *, users: bool) -> tuple[Stage, ...]:
    """The shape's stages, each a ramp to its level, from nobody on; `users` are whole, and one at least."""
    shares = SHAPES[shape]
    each_s = round(for_s / len(shares), 6)
    levels = [round(peak * share, 6) for share in shares]
    whole = [float(max(1, round(level))) for level in levels]
    return tuple(Stage(level, each_s, each_s) for level in (whole if users else levels))
