"""What is drawn over time: panels of lines that share one time axis, with goals and marks. No word of Plotly yet."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from plimsoll.core.errors import UsageError
from plimsoll.core.goal_text import parse_goal
from plimsoll.core.summary import GoalSummary, Summary
from plimsoll.core.units import format_bytes, format_count, format_duration, format_ms, format_rate, format_share
from plimsoll.report.timeline import Point, Timeline
from plimsoll.report.words import clock, ending_words, goal_words, stage_words
from plimsoll.runs.facts import RunFacts

Colour = Literal[
    "load", "latency", "database", "system", "failing", "asked", "io", "lock", "latch", "ipc", "idle"
]  # the last five for what sessions wait for
Dash = Literal["solid", "dash", "dot"]
Points = Sequence[tuple[float, Point | None]]
MARKS_MAX: Final = 40
_TERMS: Final = "Wait is the time for a free user or a connection; lag is how late the load generator itself was"
MIB: Final = 1 << 20
HELD_POINTS: Final = 10  # a value that is read every few seconds stands until the next
LEAST_MS: Final = 0.001  # a logarithmic axis has no 0; a microsecond is the histograms' finest


@dataclass(frozen=True, slots=True)
class Line:
    """A series; None is a gap."""

    word: str
    colour: Colour
    dash: Dash
    values: Sequence[float | None]

    @property
    def has_values(self) -> bool:
        return any(value is not None for value in self.values)


@dataclass(frozen=True, slots=True)
class Limit:
    """A goal as a thin line, in its panel's unit."""

    word: str
    value: float
    missed: bool


@dataclass(frozen=True, slots=True)
class Panel:
    """`bands` are filled between two lines, given by their places in `lines`; `stacked` lines lie one on the other;
    `steps` are drawn of whole numbers, between which nothing is."""

    title: str
    height_px: int
    lines: Sequence[Line]
    say: Callable[[float | None], str]
    log: bool = False
    limits: Sequence[Limit] = ()
    bands: Sequence[tuple[int, int]] = ()
    stacked: bool = False
    steps: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """An event, seconds after the load began."""

    at_s: float
    word: str


def panels(timeline: Timeline, summary: Summary) -> list[Panel]:
    """Those for which there is anything to show, from what was asked for to what it cost."""
    points = timeline.points()
    found = [
        _load(points, summary.goals),
        _users(points),
        _latency(points, summary.goals),
        _failures(points),
        _waits(points),
        _generator(points),
        _memory(points),
    ]
    kept = [panel for panel in found if panel is not None and any(line.has_values for line in panel.lines)]
    return kept if points else []


def _each(points: Points, value: Callable[[Point], float | None]) -> list[float | None]:
    return [None if point is None else value(point) for _, point in points]


def _load(points: Points, goals: Sequence[GoalSummary]) -> Panel:
    lines = [
        Line("journeys", "load", "solid", _each(points, lambda point: point.per_s(point.journeys))),
        Line("asked for", "asked", "dash", _each(points, lambda point: point.target_rate_per_s)),
    ]
    return Panel("Load, journeys per second", 150, _present(lines), format_rate, limits=_limits(goals, "journeys"))


def _users(points: Points) -> Panel:
    lines = [
        Line("busy", "load", "solid", _each(points, lambda point: point.users)),
        Line("asked for", "asked", "dash", _each(points, lambda point: point.target_users)),
    ]
    return Panel("Users", 100, _present(lines), _whole)


def _latency(points: Points, goals: Sequence[GoalSummary]) -> Panel:
    wanted: tuple[tuple[str, float, Dash], ...] = (
        ("p50", 0.5, "solid"),
        ("p95", 0.95, "dash"),
        ("p99", 0.99, "dot"),
    )
    lines = [Line(word, "latency", dash, _quantiles(points, "latency", q)) for word, q, dash in wanted]
    limits = _limits(goals, "latency")
    return Panel("Latency, log axis", 220, lines, format_ms, log=True, limits=limits, bands=((0, 1), (1, 2)))


def _failures(points: Points) -> Panel | None:
    lines = [
        Line("errors", "failing", "solid", _each(points, lambda point: point.per_s(point.errors))),
        Line("dropped", "failing", "dash", _each(points, lambda point: point.per_s(point.dropped))),
        Line("incomplete", "failing", "dot", _each(points, lambda point: point.per_s(point.incomplete))),
    ]
    failed = [line for line in lines if any(line.values)]
    return Panel("Failed, per second", 110, failed, format_rate) if failed else None


def _waits(points: Points) -> Panel:
    """Without lag where there was none at all: a closed loop schedules nothing that it could be late for."""
    lines = [
        Line("wait p50", "latency", "solid", _quantiles(points, "wait", 0.5)),
        Line("wait p99", "latency", "dot", _quantiles(points, "wait", 0.99)),
    ]
    lagged = any(point is not None and point.lag.max_us for _, point in points)
    if lagged:
        lines.append(Line("lag p50", "system", "solid", _quantiles(points, "lag", 0.5)))
        lines.append(Line("lag p99", "system", "dot", _quantiles(points, "lag", 0.99)))
    return Panel("Wait and lag, log axis" if lagged else "Wait, log axis", 150, _present(lines), format_ms, log=True)


def _generator(points: Points) -> Panel:
    lines = [
        Line("CPU, share of a core", "system", "solid", _each(points, lambda point: point.cpu_share)),
        Line("waiting for a core", "system", "dash", _each(points, lambda point: point.run_delay_share)),
    ]
    return Panel("Load generator, each process", 100, _present(lines), format_share)


def _memory(points: Points) -> Panel:
    lines = [
        Line("load generator", "system", "solid", _each(points, lambda point: _mib(point.generator_memory_bytes))),
        Line("database server, private", "database", "solid", _server_memory(points)),
    ]
    return Panel("Memory", 100, _present(lines), lambda mib: format_bytes(None if mib is None else mib * MIB))


def _mib(size: int | None) -> float | None:
    """In the unit in which the axis has round numbers."""
    return None if size is None else size / MIB


def _server_memory(points: Points) -> list[float | None]:
    """What was read last, for so many points at most; where nothing at all was recorded nothing is known."""
    found: list[float | None] = []
    known, age = None, 0
    for _, point in points:
        read = None if point is None else _mib(point.server_memory_bytes)
        known, age = (read, 0) if read is not None else (known, age + 1)
        found.append(known if point is not None and age <= HELD_POINTS else None)
    return found


def _present(lines: Sequence[Line]) -> list[Line]:
    return [line for line in lines if line.has_values]


def _whole(value: float | None) -> str:
    return format_count(None if value is None else round(value))


def _quantiles(points: Points, what: Literal["latency", "wait", "lag"], q: float) -> list[float | None]:
    def of(point: Point) -> float | None:
        us = getattr(point, what).quantile_us(q)
        return None if us is None else max(LEAST_MS, us / 1000)

    return _each(points, of)


def _limits(goals: Sequence[GoalSummary], subject: Literal["latency", "journeys"]) -> list[Limit]:
    """Goals of the whole run that a panel can show as a line."""
    found = []
    for goal in goals:
        try:
            parsed = parse_goal(goal.expression, goal.scope)
        except UsageError:
            continue
        drawn = parsed.metric.subject == subject and parsed.metric.statistic in (None, 0.5, 0.95, 0.99)
        if goal.scope == "total" and drawn and parsed.limit > 0:
            words = goal_words(goal)
            missed = "" if goal.passed else ", missed"
            found.append(Limit(f"goal {words.metric} {words.demand}{missed}", parsed.limit, not goal.passed))
    return _together(found)


def _together(limits: Sequence[Limit]) -> list[Limit]:
    """One for each value: words at the same height would lie on each other."""
    merged: dict[float, Limit] = {}
    for limit in limits:
        same = merged.get(limit.value)
        words = f"{same.word}; {limit.word}" if same else limit.word
        merged[limit.value] = Limit(words, limit.value, limit.missed or bool(same and same.missed))
    return list(merged.values())


def marks(timeline: Timeline, summary: Summary, facts: RunFacts) -> list[Mark]:
    """The end of the warm-up, the profile's stages as far as they came, and what cut the run short."""
    found = [Mark(timeline.warmup_end_s, "warm-up ends")] if timeline.warmup_end_s else []
    found += _stage_marks(facts.profile.get("stages"), facts)
    found += [
        Mark(one.ended_s + one.recover_s, "p95 is as before the burst")
        for one in summary.recovery or ()
        if one.recover_s is not None
    ]
    found = sorted((mark for mark in found if 0 < mark.at_s < timeline.end_s), key=lambda mark: mark.at_s)
    ending = ending_words(summary.stopped_by)
    if ending and timeline.end_s:
        found.append(Mark(timeline.end_s, ending[:1].lower() + ending[1:]))
    return found[:MARKS_MAX]


def _stage_marks(stages: Any, facts: RunFacts) -> list[Mark]:
    """From the second stage on. What a run.json of somebody else's making says wrongly is left out."""
    found: list[Mark] = []
    at_s = facts.warmup_s
    if not isinstance(stages, list | tuple):
        return found
    for number, stage in enumerate(stages, 1):
        for_s = stage.get("for_s") if isinstance(stage, Mapping) else None
        if not isinstance(for_s, int | float):
            return found
        if number > 1:
            found.append(Mark(at_s, f"stage {number}: {stage_words(stage, open_loop=facts.open_loop)}"))
        at_s += for_s
    return found


def account(timeline: Timeline, summary: Summary) -> str:
    """The charts over time in words, for who cannot see them."""
    points = timeline.points()
    latencies = [
        (us / 1000, at)
        for at, point in points
        if point is not None and (us := point.latency.quantile_us(0.95)) is not None
    ]
    rates = [rate for point in _loaded(points) if (rate := point.per_s(point.journeys)) is not None]
    parts = []
    if rates:
        parts.append(f"Under load between {format_rate(min(rates))} and {format_rate(max(rates))} journeys finished")
    if latencies:
        worst_ms, at = max(latencies)
        parts.append(f"p95 latency was between {format_ms(min(latencies)[0])} and {format_ms(worst_ms)}")
        parts[-1] += f", highest at {clock(at)}"
    parts += _first_failures(points)
    gaps = sum(point is None for _, point in points)
    if gaps:
        parts.append(f"For {format_duration(gaps * timeline.width_s)} there are no figures")
    width = format_duration(timeline.width_s)
    return ". ".join([*parts, f"A point is {width}; all times count from the start of the load", _TERMS]) + "."


def _loaded(points: Points) -> list[Point]:
    """Those in which something was asked for: what is under way at the end of the load finishes in a tail after it."""
    known = [point for _, point in points if point is not None]
    asked = [point for point in known if point.target_users or point.target_s]
    return asked or known


def _first_failures(points: Points) -> list[str]:
    kinds: tuple[tuple[str, Callable[[Point], int]], ...] = (
        ("Errors", lambda point: point.errors),
        ("Drops", lambda point: point.dropped),
    )
    found = []
    for word, count in kinds:
        first = next((at for at, point in points if point is not None and count(point)), None)
        found.append(f"{word} began at {clock(first)}" if first is not None else f"No {word.lower()}")
    return found
