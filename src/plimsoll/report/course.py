"""How a run went over time, in words: recovery after bursts, drift, and what the server did besides."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from plimsoll.core.background import Background
from plimsoll.core.course import Drift, Recovery, Trend
from plimsoll.core.summary import Summary
from plimsoll.core.units import format_bytes, format_duration, format_ms

LONG_S: Final = 1800.0  # from then on a drift is told per hour, before that per minute: nobody watched an hour
Say = Callable[[float | None], str]


@dataclass(frozen=True, slots=True)
class Told:
    """One line: what it is about, the words, and whether it is a reason to look closer."""

    about: str
    words: str
    doubtful: bool


def course(summary: Summary, *, open_loop: bool) -> Iterator[Told]:
    """Everything that is known of the run's course; nothing where nothing is."""
    for recovery in summary.recovery or ():
        yield Told("recovery", recovery_words(recovery, open_loop=open_loop), recovery.recovered is False)
    if summary.drift is not None:
        doubtful = any(trend.drifted for _, trend, _ in _trends(summary.drift))
        yield from (Told("drift", words, doubtful) for words in drift_words(summary.drift))
    if summary.background is not None:
        yield Told("background", background_words(summary.background), False)


def recovery_words(recovery: Recovery, *, open_loop: bool) -> str:
    """ "the burst, 200 journeys/s after 20, took p95 from 10.0 ms to 400 ms at worst; 12 s after its end p95 was as
    before: at most 15.0 ms, which nine of ten seconds before it kept"."""
    unit = "journeys/s" if open_loop else "users"
    burst = f"the burst, {recovery.level_peak:,g} {unit} after {recovery.level_before:,g}"
    if recovery.recovered is None:
        why = "the run ended before it was over" if not recovery.watched_s else "nothing was measured before it"
        return f"{burst}: unknown, for {why}"
    calm = format_ms(recovery.before_ms)
    taken = f"{burst}, left no second with a p95 ({calm} before)"
    if recovery.worst_ms is not None:
        taken = f"{burst}, took p95 from {calm} to {format_ms(recovery.worst_ms)} at worst"
    before = f"as before: at most {format_ms(recovery.bound_ms)}, which nine of ten seconds before it kept"
    if not recovery.recovered:
        return f"{taken}; in the {format_duration(recovery.watched_s)} watched after its end p95 was not {before}"
    if not recovery.recover_s:
        return f"{taken}; from its end on p95 was {before}"
    return f"{taken}; {format_duration(recovery.recover_s)} after its end p95 was {before}"


def drift_words(drift: Drift) -> list[str]:
    """A sentence for each figure that drifted, or that none did; for what is not known no word."""
    lasted_s = drift.to_s - drift.from_s
    known = list(_trends(drift))
    over = f"in {format_duration(lasted_s)} of the same load"
    drifted = [f"{_drifted(name, trend, say, lasted_s)}, {over}" for name, trend, say in known if trend.drifted]
    if drifted:
        return drifted
    p95 = f": p95 {_slope(drift.p95_ms, format_ms, lasted_s)}" if drift.p95_ms is not None else ""
    return [f"none told {over}{p95}"]


def _trends(drift: Drift) -> Iterator[tuple[str, Trend, Say]]:
    named: tuple[tuple[str, Trend | None, Say], ...] = (
        ("p95", drift.p95_ms, format_ms),
        ("p50", drift.p50_ms, format_ms),
        ("the server's memory", drift.server_memory_bytes, format_bytes),
        ("the load generator's memory", drift.generator_memory_bytes, format_bytes),
    )
    yield from ((name, trend, say) for name, trend, say in named if trend is not None)


def _drifted(name: str, trend: Trend, say: Say, lasted_s: float) -> str:
    verb = "rose" if trend.per_hour > 0 else "fell"
    return f"{name} {verb} from {say(trend.start)} to {say(trend.end)}, by {_slope(trend, say, lasted_s)}"


def _slope(trend: Trend, say: Say, lasted_s: float) -> str:
    """ "12.0 ms an hour (8.00 ms to 15.0 ms)"; of a fall the amounts are without their sign."""
    share, unit = (1.0, "an hour") if lasted_s >= LONG_S else (1 / 60, "a minute")
    sign = -1.0 if trend.drifted and trend.per_hour < 0 else 1.0
    ends = sorted((sign * trend.low * share, sign * trend.high * share))
    low, high = (_signed(end, say) for end in ends)
    return f"{_signed(sign * trend.per_hour * share, say)} {unit} ({low} to {high})"


def _signed(value: float, say: Say) -> str:
    return f"−{say(-value)}" if value < 0 else say(value)


def background_words(background: Background) -> str:
    """ "2 checkpoints, 1 autovacuum meanwhile (public.seen)", and of which stretch: events are of another."""
    if not (background.checkpoints or background.autovacuums or background.autoanalyzes):
        return "no checkpoint, no autovacuum meanwhile"
    counted = (
        (background.checkpoints, "checkpoint", "checkpoints"),
        (background.autovacuums, "autovacuum", "autovacuums"),
        (background.autoanalyzes, "autoanalyze", "autoanalyzes"),
    )
    parts = [f"{count:,} {one if count == 1 else many}" for count, one, many in counted if count]
    tables = f" ({', '.join(background.tables)})" if background.tables else ""
    stretch = "; of all tables, the system's too, from the preparation of the load to its end" if tables else ""
    return f"{', '.join(parts)} meanwhile{tables}{stretch}"
