"""The workers of an application behind `plimsoll serve`, beneath the load: panels, a table of decisions, words."""

from collections.abc import Sequence
from typing import Final

from plimsoll.core.recorded import Recorded
from plimsoll.core.scaled_run import ScaledRun
from plimsoll.core.scaling import DecisionRecord
from plimsoll.core.series.window import SeriesWindow
from plimsoll.core.units import format_count, format_rate
from plimsoll.report.markup import Html, element
from plimsoll.report.on_time import Slots, Values, over
from plimsoll.report.panels import Line, Panel
from plimsoll.report.sections import Cell, table
from plimsoll.report.words import clock, plain

DRAWN: Final = frozenset(
    f"scaling_{name}"
    for name in ("ready_workers", "wanted_workers", "rate_per_s", "capacity_per_s", "refused_per_s", "queue")
)
ROWS_MAX: Final = 40  # of a table
LINES_MAX: Final = 8  # of decisions on a terminal
WORDS_MAX: Final = 300  # characters of a reason


def workers_panels(slots: Slots, recorded: Recorded) -> list[Panel]:
    """Workers, and what they had to do; none where no served application was watched."""
    ready, wanted = (_most(slots, recorded, f"scaling_{name}_workers") for name in ("ready", "wanted"))
    lines = [Line("ready", "system", "solid", ready), Line("wanted", "asked", "dash", wanted)]
    arrived, carried, refused = (
        over(slots, recorded.named(f"scaling_{name}_per_s"), sum) for name in ("rate", "capacity", "refused")
    )
    load = [
        Line("arrived", "load", "solid", arrived),
        Line("what ready workers carry", "system", "dash", carried),
        *([Line("refused", "failing", "dot", refused)] if any(refused) else []),
    ]
    waiting = _most(slots, recorded, "scaling_queue")
    queue = [Line("waiting", "asked", "solid", waiting)] if any(waiting) else []
    found = [
        Panel("Workers", 110, lines, _whole, steps=True),
        Panel("Requests at the balancer, per second", 110, load, format_rate),
        Panel("Requests that wait for a worker", 90, queue, _whole, steps=True),
    ]
    return [panel for panel in found if any(line.has_values for line in panel.lines)]


def _most(slots: Slots, recorded: Recorded, name: str) -> Values:
    """Of what is counted at a moment."""
    return over(slots, [], sum) if not (windows := recorded.named(name)) else slots.highest(windows[0])


def _whole(value: float | None) -> str:
    return "–" if value is None else f"{value:.3g}"


def workers_section(recorded: Recorded) -> list[Html]:
    """What was decided and why, and what became of workers; nothing where no served application was watched."""
    told = ScaledRun.of(recorded)
    if told is None:
        return []
    limits = f"{told.served}: {told.limits_words}"
    if not told.decisions:
        said = f"{limits}. Nothing was decided that changed their number."
        return [element("p", said), *_happenings(told, recorded)]
    rows = [_decision(one, recorded) for one in told.decisions[:ROWS_MAX]]
    head = ("At", ">Workers", "Why", "What would have changed it")
    more = _more(told.left_out + len(told.decisions) - len(rows))
    return [table(head, rows, "decisions", f"{limits}. {more}".strip()), *_happenings(told, recorded)]


def _decision(one: DecisionRecord, recorded: Recorded) -> Sequence[Cell]:
    step = str(one.wanted) if one.wanted == one.before else f"{one.before} → {one.wanted}"
    said = one.because if one.done else f"paused, nothing was changed: {one.because}"
    otherwise = "; ".join(other.text for other in one.would_change[:2])
    return _at(one.at, recorded), step, plain(said, WORDS_MAX), plain(otherwise, WORDS_MAX) or "–"


def _happenings(told: ScaledRun, recorded: Recorded) -> list[Html]:
    if not told.happenings:
        return []
    rows = [
        (_at(one.at, recorded), one.worker or "all", plain(one.text, WORDS_MAX)) for one in told.happenings[:ROWS_MAX]
    ]
    note = _more(len(told.happenings) - len(rows))
    return [element("h3", "What became of workers"), table(("At", "Worker", "What"), rows, "happenings", note)]


def _at(at_s: float, recorded: Recorded) -> str:
    return clock(max(0.0, at_s - recorded.began_s))


def _more(more: int) -> str:
    return f"{format_count(more)} more are in the run directory." if more > 0 else ""


def workers_words(recorded: Recorded) -> list[tuple[str, str]]:
    """(about, words) for the terminal: how many there were, then each decision that changed it."""
    told = ScaledRun.of(recorded)
    ready = [value for window in recorded.named("scaling_ready_workers") for value in _values(window, recorded)]
    if told is None or not ready:
        return []
    least, most = min(ready), max(ready)
    count = f"{least:.0f} ready" if least == most else f"{least:.0f} to {most:.0f} ready"
    found = [("workers", f"{count}; {told.limits_words}")]
    found += [(_at(one.at, recorded), plain(one.summary, WORDS_MAX)) for one in told.changes[:LINES_MAX]]
    if len(told.changes) > LINES_MAX:
        found.append(("", f"{len(told.changes) - LINES_MAX} more decisions in the report"))
    return found


def _values(window: SeriesWindow, recorded: Recorded) -> Sequence[float]:
    return [value for at, value in zip(window.times, window.mean, strict=True) if at > recorded.measured_from_s]
