"""What was watched beside a run, read back: series on the run's time axis, and documents over its measured time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from plimsoll.core.observation import Event
from plimsoll.core.series.key import SeriesKey
from plimsoll.core.series.window import SeriesWindow

Document = Mapping[str, Any]
Dated = tuple[float, Document]


@dataclass(frozen=True, slots=True)
class Recorded:
    """Times are seconds since 1970; the load began at `began_s`, its warm-up was over at `measured_from_s`.

    `statements`, `tables` and `indexes` are what happened over the measured time, `waits` averages over it, as one
    document each (see `core.details`); None where there is none. `locks` are the worst moments, the worst first.
    `facts` hold what was read once, by name ("settings", "schema_before", "schema_after", "plans"). `notes` say
    what could not be seen, and why.
    """

    began_s: float
    measured_from_s: float
    ended_s: float
    windows: Mapping[SeriesKey, SeriesWindow] = field(default_factory=dict)
    events: Sequence[Event] = ()
    statements: Document | None = None
    waits: Document | None = None
    locks: Sequence[Dated] = ()
    tables: Document | None = None
    indexes: Document | None = None
    facts: Mapping[str, Document] = field(default_factory=dict)
    notes: Sequence[str] = ()

    def named(self, name: str, *labels: tuple[str, str]) -> list[SeriesWindow]:
        """The windows of a name that have these labels, in the order of their keys."""
        return [window for key, window in sorted(self.windows.items()) if key.fits(name, labels)]
