"""What one look of a collector gives: values of series, details for tables and trees, and events."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from plimsoll.core.series.key import SeriesKey


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment on two clocks: `wall_s` since 1970, which may step; `steady_s`, which runs on evenly, also while the
    machine is suspended, and is what rates are made with."""

    wall_s: float
    steady_s: float


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, for a mark on the time axis: "restart", "statistics reset", "checkpoint"..."""

    at_s: float
    kind: str
    text: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Observation:
    """`values` hold what is known; what is not known is left out, and never 0.

    `details` are documents by kind ("sessions", "locks", "statements", "tables"...: see `core.details`), each the
    whole of what is known of its kind, as plain JSON. `notes` say what could not be seen, and why.
    """

    source: str
    at_s: float
    values: Mapping[SeriesKey, float] = field(default_factory=dict)
    details: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    events: Sequence[Event] = ()
    notes: Sequence[str] = ()


CollectorStatus = Literal["starting", "ok", "slow", "lost", "off"]


@dataclass(frozen=True, slots=True)
class CollectorState:
    """How a collector fares. `since_s` is when this status began, `seen_s` when it last saw something (None: never).

    `why` and `remedy` are of what is lost.
    """

    name: str
    period_s: float
    status: CollectorStatus
    since_s: float
    seen_s: float | None = None
    why: str = ""
    pass_ms: float | None = None
    notes: Sequence[str] = ()
    remedy: str = ""
