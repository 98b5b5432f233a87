"""One rule at one series: what a value, or its absence, makes of the state. Pure: times are arguments."""

from dataclasses import dataclass, replace
from typing import Final, Literal

from plimsoll.settings.alert_rules import Rule

State = Literal["ok", "pending", "firing", "no-data"]

PACES: Final = 3.0  # a series that is seen every 5 minutes has no data after 15, whatever its rule says
LAPSE_S: Final = 120.0  # two looks farther apart than this, and than its pace allows, say nothing of what was between


@dataclass(frozen=True, slots=True)
class Track:
    """`held_s` says of each level how long its condition has held (None: it does not), `on` which fires (-1: none).

    Time that passed between two looks counts; a step of the clock back counts as nothing, a long gap begins afresh.
    `worst` is the value farthest beyond while it fires, or fired last, `gap_s` the last gap, `pace_s` the shorter of
    the last two. `missed` says that the series cannot be seen: whatever it was then, it still is. `worst_on` is the
    severest level since it began to fire, -1 where it did not.
    """

    seen_s: float
    value: float
    held_s: tuple[float | None, ...]
    since_s: float
    on: int = -1
    cleared_s: float = 0.0
    gap_s: float = 0.0
    pace_s: float = 0.0
    started_s: float | None = None
    missed: bool = False
    worst: float | None = None
    worst_on: int = -1

    @property
    def state(self) -> State:
        if self.missed:
            return "no-data"
        return self.under

    @property
    def under(self) -> Literal["ok", "pending", "firing"]:
        """What it was when it was seen last."""
        if self.on >= 0:
            return "firing"
        return "pending" if any(held is not None for held in self.held_s) else "ok"

    @property
    def level(self) -> int:
        """The level that fires or is about to."""
        return (
            self.on if self.on >= 0 else max((n for n, held in enumerate(self.held_s) if held is not None), default=0)
        )


def begun(rule: Rule, at_s: float, value: float, applies: bool | None = True) -> Track:
    """The track of a series that is seen for the first time."""
    return step(rule, Track(at_s, value, (None,) * len(rule.levels), at_s), at_s, value, applies)


def step(rule: Rule, track: Track, at_s: float, value: float, applies: bool | None = True) -> Track:
    """The track after another look. `applies` says whether the rule's `when` holds; None: that is not known."""
    gap = at_s - track.seen_s
    gap_s, pace_s = (gap, min(gap, track.gap_s)) if gap > 0 else (track.gap_s, track.pace_s)
    if (
        track.on < 0
        and not track.missed
        and track.held_s[0] is None
        and not rule.beyond(value, rule.levels[0].threshold)
    ):
        return Track(at_s, value, track.held_s, track.since_s, -1, 0.0, gap_s, pace_s)  # nearly always: so it is quick
    lapsed = gap > max(LAPSE_S, PACES * track.pace_s)
    passed = 0.0 if lapsed or gap < 0 else gap
    seen = replace(track, seen_s=at_s, value=value, missed=False, gap_s=gap_s, pace_s=pace_s)
    if applies is None:
        return _dated(track, seen, at_s)
    held = tuple(
        _held(None if lapsed else before, passed) if applies and rule.beyond(value, level.threshold) else None
        for before, level in zip(track.held_s, rule.levels, strict=True)
    )
    reached = max((n for n, one in enumerate(held) if one is not None and one >= rule.for_s), default=-1)
    on, cleared_s = _kept(rule, track, value, reached, passed, applies)
    seen = replace(seen, held_s=held, on=on, cleared_s=cleared_s)
    return _dated(track, seen if on < 0 else _worsened(rule, track, seen), at_s)


def _worsened(rule: Rule, before: Track, seen: Track) -> Track:
    """With the worst of what it was since it began to fire; what fired last is kept until it fires again."""
    if before.on < 0 or before.worst is None:
        return replace(seen, worst=seen.value, worst_on=seen.on)
    worst = seen.value if rule.beyond(seen.value, before.worst) else before.worst
    return replace(seen, worst=worst, worst_on=max(before.worst_on, seen.on))


def _held(before: float | None, passed: float) -> float:
    return 0.0 if before is None else before + passed


def _kept(rule: Rule, track: Track, value: float, reached: int, passed: float, applies: bool) -> tuple[int, float]:
    """Which level fires, where `reached` would by itself: one that fires goes on until it is clear for long enough."""
    beyond = [n for n in range(track.on + 1) if applies and rule.beyond(value, rule.levels[n].clear)]
    on = max(reached, max(beyond, default=-1))
    if on >= track.on:
        return on, 0.0
    cleared_s = track.cleared_s + passed
    return (on, 0.0) if cleared_s >= rule.keep_s else (track.on, cleared_s)


def missing(track: Track, at_s: float) -> Track:
    """The track of a series that cannot be seen: it keeps its state, and says so."""
    return track if track.missed else _dated(track, replace(track, missed=True), at_s)


def _dated(before: Track, after: Track, at_s: float) -> Track:
    """With the times at which its state began and at which it began to fire."""
    since_s = before.since_s if before.state == after.state else at_s
    started_s = None if after.on < 0 else (at_s if before.on < 0 else before.started_s)
    if since_s == after.since_s and started_s == after.started_s:
        return after
    return replace(after, since_s=since_s, started_s=started_s)


def no_data_after_s(rule: Rule, track: Track, period_s: float) -> float | None:
    """How long the series of a collector of this period may be unseen; None: for ever."""
    return None if rule.no_data_s is None else max(rule.no_data_s, PACES * max(track.pace_s, period_s))
