"""The workload's statements before and after: drawn on one logarithmic axis, and as a table."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from plimsoll.core.check import counted
from plimsoll.core.tuning.advice import Tuning
from plimsoll.core.tuning.proof import Interval95, QueryProof
from plimsoll.core.tuning.query import Query
from plimsoll.core.units import UNKNOWN, format_duration, format_ms
from plimsoll.report.markup import Html, element, joined
from plimsoll.report.sections import Cell, table
from plimsoll.report.tuning.effects import (
    by_weight,
    cold_words,
    count_words,
    effect_words,
    plan_words,
    queries_of,
    short_statement,
    values_words,
)
from plimsoll.report.tuning.html_changes import EFFECTS, statement_html

DRAWN_MAX: Final = 30
LISTED_MAX: Final = 200
STATEMENT_CHARACTERS: Final = 160
LEAST_MS: Final = 0.001  # what is measured to be less is drawn there
MOST_MS: Final = 1e9  # and what is more than twelve days, here
TICKS_MAX: Final = 6
COLUMNS: Final = (
    "Statement", ">Calls", ">Before", ">After", "Effect", ">Before", ">After", ">Before", ">After", "Plan",
)  # fmt: skip
GROUPS: Final = (("", 2), ("time a call", 2), ("", 1), ("pages touched a call", 2), ("WAL bytes a call", 2), ("", 1))


@dataclass(frozen=True, slots=True)
class Axis:
    """Logarithmic, from one power of ten to another."""

    low: int
    high: int

    def percent(self, ms: float) -> float:
        """Where a time lies, from the left."""
        at = (math.log10(max(ms, LEAST_MS)) - self.low) / (self.high - self.low)
        return 100 * min(1.0, max(0.0, at))

    @property
    def ticks(self) -> list[float]:
        every = math.ceil((self.high - self.low) / TICKS_MAX)
        return [10.0**power for power in range(self.low, self.high + 1, every)]


def axis_of(found: Sequence[QueryProof]) -> Axis:
    """Over all times with their intervals."""
    times = [ms for one in found for side in (one.before.ms, one.after.ms) for ms in (side.low, side.value, side.high)]
    known = [min(max(ms, LEAST_MS), MOST_MS) for ms in times if math.isfinite(ms)] or [1.0]
    low, high = math.floor(math.log10(min(known))), math.ceil(math.log10(max(known)))
    return Axis(low, max(high, low + 1))


def statements_html(tuning: Tuning) -> Html:
    """Those that the workload waits for longest, drawn; then all of them in figures."""
    assert tuning.together is not None
    queries = queries_of(tuning)
    found = by_weight(tuning.together.queries, queries)
    if not found:
        return element("p", "No statement was measured.", class_="empty")
    return joined(
        bells_html(found[:DRAWN_MAX], queries),
        element("details", element("summary", "All statements in figures"), _table(found, queries), class_="bells-all"),
    )


def bells_html(found: Sequence[QueryProof], queries: dict[str, Query]) -> Html:
    axis = axis_of(found)
    keys = (
        element("span", "before", class_="bell-key before"), element("span", "after", class_="bell-key after"),
        element("span", "after, slower", class_="bell-key after worse"),
    )  # fmt: skip
    head = element("p", "Time a call, log axis; bars are intervals of 95 %. ", *keys, class_="bell-head soft")
    ticks = element(
        "div", *(element("span", format_duration(tick / 1000), style=_left(axis, tick)) for tick in axis.ticks),
        class_="bell-ticks", aria_hidden="true",
    )  # fmt: skip
    scale = element("li", element("div"), ticks, element("div"), class_="bell-row scale", aria_hidden="true")
    rows = (_bell(one, queries.get(one.query), axis) for one in found)
    return element("div", head, element("ul", scale, *rows, class_="bells"))


def _bell(one: QueryProof, query: Query | None, axis: Axis) -> Html:
    words = element(
        "p", element("b", one.effect.capitalize(), class_=EFFECTS[one.effect]), f": {effect_words(one, query)}"
    )
    cold = cold_words(one)
    said = " · ".join(part for part in (f"cold {cold}" if cold else "", values_words(query)) if part)
    return element(
        "li",
        element("div", statement_html(query, one.query), class_="statement"),
        element("div", *_drawn(one, axis), class_="bell", aria_hidden="true"),
        element("div", words, *([element("p", said, class_="soft")] if said else [])),
        class_="bell-row",
    )


def _drawn(one: QueryProof, axis: Axis) -> Iterable[Html]:
    """Ticks, the way from one to the other, both intervals, both points."""
    yield from (element("i", class_="tick", style=_left(axis, tick)) for tick in axis.ticks)
    before, after = one.before.ms, one.after.ms
    ends = sorted((axis.percent(before.value), axis.percent(after.value)))
    yield element("i", class_=f"way {one.effect}", style=f"left:{ends[0]:.2f}%;width:{ends[1] - ends[0]:.2f}%")
    for side, name in ((before, "before"), (after, f"after {one.effect}")):
        yield element("i", class_=f"spread {name}", style=_span(axis, side))
        yield element("i", class_=f"point {name}", style=_left(axis, side.value), title=f"{format_ms(side.value)}")


def _span(axis: Axis, side: Interval95) -> str:
    low, high = axis.percent(side.low), axis.percent(side.high)
    return f"left:{low:.2f}%;width:{max(0.0, high - low):.2f}%"


def _left(axis: Axis, ms: float) -> str:
    return f"left:{axis.percent(ms):.2f}%"


def _table(found: Sequence[QueryProof], queries: dict[str, Query]) -> Html:
    rows = [_row(one, queries.get(one.query)) for one in found[:LISTED_MAX]]
    rest = len(found) - len(rows)
    note = f"{counted(rest, 'more statement')}: see tuning.json." if rest > 0 else ""
    return table(COLUMNS, rows, "statements", note, GROUPS)


def _row(one: QueryProof, query: Query | None) -> tuple[Cell, ...]:
    sides = (one.before, one.after)
    writes = any(side.wal_bytes for side in sides)
    return (
        (short_statement(query, one.query, STATEMENT_CHARACTERS), "sql"),
        UNKNOWN if query is None else count_words(query.calls),
        *(interval_words(side.ms) for side in sides),
        (one.effect, EFFECTS[one.effect]),
        *(count_words(side.pages) for side in sides),
        *(count_words(side.wal_bytes) if writes else UNKNOWN for side in sides),
        plan_words(one),
    )


def interval_words(ms: Interval95) -> str:
    return f"{format_ms(ms.value)} ({format_ms(ms.low)} to {format_ms(ms.high)})"


def told_table(tuning: Tuning) -> Html:
    """The workload as its source tells it, where nothing was measured."""
    found = sorted(tuning.workload.queries, key=lambda one: -one.total_ms)
    rows: list[tuple[Cell, ...]] = [
        (
            (short_statement(one, one.id, STATEMENT_CHARACTERS), "sql"),
            count_words(one.calls),
            _ms(one.mean_ms),
            _ms(one.total_ms),
        )
        for one in found[:LISTED_MAX]
    ]
    rest = len(found) - len(rows)
    note = f"{counted(rest, 'more statement')}: see tuning.json." if rest > 0 else ""
    return table(("Statement", ">Calls", ">Time a call", ">Time in all"), rows, "statements", note)


def _ms(ms: float) -> str:
    """A source that tells no times has 0."""
    return format_ms(ms) if ms > 0 else UNKNOWN
