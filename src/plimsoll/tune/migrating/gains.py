"""What a change gives, in a sentence, with what that rests on."""

from typing import Final

from plimsoll.core.tuning.advice import Advised, Tuning
from plimsoll.core.tuning.proof import Interval95
from plimsoll.core.units import format_duration, format_share

NOTHING: Final = 1e-3  # of the workload's time: what is dropped pays by its room, and by what writes do not cost


def gain(one: Advised) -> str:
    """Of one change: measured, reckoned, or neither."""
    if one.proof is not None and one.proof.saved_ms.value < NOTHING * one.proof.before_ms:
        return "Measured on a copy: statements take as long as before."
    if one.proof is not None:
        return f"Measured on a copy: {_saved(one.proof.saved_ms, one.proof.before_ms)}."
    if one.estimate is not None and one.estimate.before > 0:
        share = 1 - one.estimate.after / one.estimate.before
        return f"Not measured: by the planner's costs the workload becomes cheaper by {format_share(share)}."
    return "Not measured: the reason above is all there is."


def totals(tuning: Tuning) -> str:
    """Of all together; "" where nothing was measured."""
    if tuning.together is None:
        return ""
    saved = _saved(tuning.together.saved_ms, tuning.together.before_ms)
    return f"All together, measured on a copy: {saved}, over {tuning.together.rounds} rounds."


def _saved(saved: Interval95, before_ms: float) -> str:
    time = f"{format_duration(saved.value / 1000)} of the workload's {format_duration(before_ms / 1000)} saved"
    if before_ms <= 0:
        return time
    low, value, high = (format_share(part / before_ms) for part in (saved.low, saved.value, saved.high))
    return f"{time}, {value} (95 % between {low} and {high})"
