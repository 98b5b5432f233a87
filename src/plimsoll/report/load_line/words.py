"""What is said of a load line and its steps, the same on every face."""

from typing import Final

from plimsoll.core.goal import TOTAL
from plimsoll.core.load_line import REACHED, REACHED_SHARE, Broken, LineStep, LoadLine, Outcome
from plimsoll.core.units import format_ms, format_rate, format_share

OUTCOMES: Final[dict[Outcome, str]] = {"held": "holds", "failed": "fails", "no evidence": "tells nothing"}
STANDINGS: Final = {"found": "met", "at-least": "unjudged", "nothing-held": "missed", "unknown": "doubtful"}
TITLES: Final = {
    "found": "Load line found",
    "at-least": "At least so much",
    "nothing-held": "Nothing held",
    "unknown": "Unknown",
}


def step_words(step: LineStep) -> str:
    """ "holds: 392/s, p95 24.1 ms"."""
    figures = f"{format_rate(step.achieved_per_s)} done, p95 {time_words(step, step.p95_ms)}"
    because = f"; {step.because}" if step.because else ""
    narrow = ", by so little that chance may have decided" if step.narrow else ""
    return f"{OUTCOMES[step.outcome]}: {figures}{because}{narrow}"


def time_words(step: LineStep, ms: float | None) -> str:
    """A percentile as goals rank it: "no bound" where it falls among what failed or was lost."""
    return "no bound" if ms is None and step.error_rate > 0 else format_ms(ms)


def broken_words(one: Broken) -> str:
    """ "p95<200ms was missed at 410/s: 812 ms; it held up to 400/s"."""
    held = f"; it held up to {format_rate(one.held_to_per_s)}" if one.held_to_per_s is not None else ""
    return f"{demand_words(one)} was missed at {format_rate(one.rate_per_s)}: {actual_words(one)}{held}"


def demand_words(one: Broken) -> str:
    if one.expression == REACHED:
        return f"{format_share(REACHED_SHARE)} of what is due"
    return one.expression if one.scope == TOTAL else f"{one.scope}: {one.expression}"


def actual_words(one: Broken) -> str:
    if one.actual is None:
        return "without bound"
    if one.expression == REACHED:
        return f"{one.actual:.3g} % ended in time"
    known = {"ms": format_ms(one.actual), "%": f"{one.actual:.3g} %", "/s": format_rate(one.actual)}
    return known.get(one.unit, f"{one.actual:g}")


def goals_words(line: LoadLine) -> str:
    """ "goals: p95<1s, errors<1%, and 99 % of what is due ended in time"."""
    return f"goals: {', '.join(line.goals)}, and {format_share(REACHED_SHARE)} of what is due ended in time"


def left_out_words(line: LoadLine) -> str:
    return f"left out, as a rate is what is looked for: {', '.join(line.left_out)}"


def scaling_words(line: LoadLine) -> str:
    """What the scalability law says, or why it is not spoken of."""
    usl = line.usl
    if usl is None:
        return line.usl_because if line.steps else ""
    said = f"contention {usl.contention:.3g}, coherency {usl.coherency:.3g}, R² {usl.r2:.2f}"
    if usl.peak_per_s is None or usl.peak_at is None:
        return f"{said}; {line.usl_because}"
    low, high = format_rate(usl.peak_low_per_s), format_rate(usl.peak_high_per_s)
    return f"{said}; peak {format_rate(usl.peak_per_s)} ({low} to {high}) at {usl.peak_at:.3g} in flight"
