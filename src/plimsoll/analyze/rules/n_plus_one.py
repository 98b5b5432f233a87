"""N+1: a quick statement sent again and again within one request, where one statement could do. Pure.

Two signs: a statement is called about as often as another returns rows (each row of the one asks the other once), or it
is called many times for each request. A step of SQL that is repeated within its journey is the same, seen from outside.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.evidence.load import StepLoad
from plimsoll.analyze.statements.costs import SAME_COUNT, share_of_requests, statements, suspects
from plimsoll.analyze.statements.round_trips import round_trip, scaled, share_of_calls
from plimsoll.core.details import StatementRow
from plimsoll.core.finding import STATEMENTS_MAX, Figure, Finding, Share
from plimsoll.core.sql.shape import shape_of
from plimsoll.core.units import format_count, format_ms, format_share

KIND: Final = "n-plus-one"
SHARE_MIN: Final = 0.05  # of the time of all requests
PER_REQUEST_MIN: Final = 8.0  # of any request on average, where nothing else tells
PER_JOURNEY_MIN: Final = 16.0  # of a step that is repeated, where nothing else tells: scenarios may have loops
PER_PARENT_MIN: Final = 5.0  # rows of the statement that begins it
PARENT_TOLERANCE: Final = 0.02  # of the calls, and those of requests that were under way at the ends of the count
ENDS_MAX: Final = 0.10  # of the calls, however many these are
QUICK_MS: Final = 5.0  # a call; slower ones are slow statements
FOUND_MIN: Final = 0.05  # rows a call: who finds nothing almost always is polling
STEP_SHARE_MIN: Final = 0.2  # of the time of the steps that would send it


@dataclass(frozen=True, slots=True)
class Repeated:
    """Statements that are called equally often. `parent` returns a row for each call of theirs, where it is known.
    `times` is how often within one request."""

    rows: Sequence[StatementRow]
    parent: StatementRow | None
    times: float

    @property
    def calls(self) -> int:
        return sum(row.calls for row in self.rows)

    @property
    def executed_ms(self) -> float:
        return sum(row.total_ms for row in self.rows)


def examine(evidence: Evidence) -> Iterator[Finding]:
    for repeated in repeated_statements(evidence):
        share = share_of_calls(evidence, repeated.calls, repeated.executed_ms)
        if share.value >= SHARE_MIN:
            yield _finding(evidence, repeated, share)
    for step in evidence.load.steps:
        share = share_of_requests(evidence, 1000 * step.latency_s * _counted(evidence))
        if _is_repeated(evidence, step) and share.value >= SHARE_MIN:
            yield _step_finding(evidence, step, share)


def repeated_statements(evidence: Evidence) -> list[Repeated]:
    """Those sent again and again, equally frequent ones together, each statement once."""
    every = statements(evidence)
    found: list[Repeated] = []
    for row in sorted((one for one in every if _is_quick_lookup(one)), key=lambda one: -one.calls):
        known = next((one for one in found if _about(one.rows[0].calls, row.calls)), None)
        if known is not None:
            found[found.index(known)] = Repeated([*known.rows, row], known.parent, known.times)
        else:
            found += _judged(evidence, row, every)
    return found


def _is_quick_lookup(row: StatementRow) -> bool:
    shape = shape_of(row.query)
    if shape is None or not shape.tables or row.mean_ms > QUICK_MS or row.rows < FOUND_MIN * row.calls:
        return False
    return shape.kind == "insert" or any(one.plain and one.kind == "equal" for one in shape.conditions)


def _judged(evidence: Evidence, row: StatementRow, every: Sequence[StatementRow]) -> list[Repeated]:
    parent = next((one for one in every if _is_parent(evidence, one, one, row)), None)
    if parent is None:
        parent = next((all_ for all_, first in families(every) if _is_parent(evidence, all_, first, row)), None)
    times = min(row.calls, parent.rows) / parent.calls if parent is not None else _per_request(evidence, row)
    if parent is None and times < PER_REQUEST_MIN:
        return []
    return [Repeated([row], parent, times)]


def families(every: Sequence[StatementRow]) -> list[tuple[StatementRow, StatementRow]]:
    """Statements that differ in their conditions only, as one, and the most frequent of them: lists of various lengths,
    as ORMs write them."""
    members: dict[str, list[StatementRow]] = {}
    for row in every:
        head, found, _ = row.query.partition(" WHERE ") if " WHERE " in row.query else row.query.partition("\nWHERE ")
        if found and head.lstrip().upper().startswith("SELECT"):
            members.setdefault(" ".join(head.split()), []).append(row)
    return [_together(rows) for rows in members.values() if len(rows) > 1]


def _together(rows: Sequence[StatementRow]) -> tuple[StatementRow, StatementRow]:
    first = max(rows, key=lambda row: row.calls)
    sums = {name: sum(getattr(row, name) for row in rows) for name in ("calls", "total_ms", "rows")}
    return replace(first, **sums), first


def _is_parent(evidence: Evidence, one: StatementRow, sent: StatementRow, row: StatementRow) -> bool:
    """Whether each of its rows asks the other once: as many, and often enough for the steps that would send them, which
    are those that send `sent`."""
    if one.calls * PER_PARENT_MIN > row.calls or _per_request(evidence, row) < 1 or not _asks_for(evidence, one, row):
        return False
    cost_ms = row.calls / max(one.calls, sent.calls) * (row.mean_ms + round_trip(evidence).ms)
    return any(cost_ms >= STEP_SHARE_MIN * 1000 * step.service_s / step.count for step in _senders(evidence, sent))


def _senders(evidence: Evidence, row: StatementRow) -> Sequence[StepLoad]:
    """Steps that take place as often as the statement, or the only one."""
    calls = scaled(evidence, row.calls)
    known = [step for step in evidence.load.steps if step.count]
    return [step for step in known if len(known) == 1 or abs(step.count - calls) <= SAME_COUNT * calls]


def _asks_for(evidence: Evidence, one: StatementRow, row: StatementRow) -> bool:
    """Whether it was called as often as the other returned rows, give or take the requests that the count cut; or by so
    much more often as another step took place, which sends it as well."""
    ends = min(ENDS_MAX * row.calls, evidence.setting.users_max * row.calls / max(1, one.calls))
    allowed = PARENT_TOLERANCE * row.calls + ends
    besides = [0.0, *(step.count / max(1e-9, scaled(evidence, 1.0)) for step in evidence.load.steps)]
    return any(abs(one.rows + more - row.calls) <= (allowed if not more else allowed / 2) for more in besides)


def _about(one: float, other: float) -> bool:
    return abs(one - other) <= PARENT_TOLERANCE * max(one, other)


def _per_request(evidence: Evidence, row: StatementRow) -> float:
    return scaled(evidence, row.calls) / max(1, evidence.load.requests)


def _finding(evidence: Evidence, repeated: Repeated, share: Share) -> Finding:
    first, parent = repeated.rows[0], repeated.parent
    trip = round_trip(evidence)
    named = repeated.rows if parent is None else [parent, *repeated.rows]
    return Finding(
        kind=KIND,
        layer="application",
        subject=_subject(first),
        title=f"N+1: a statement on {_subject(first)} is sent {_times(repeated.times)} for one request",
        explanation=_explanation(repeated, share, trip.ms),
        confidence="likely" if parent is not None else "possible",
        confirm_by="trace one request, or log its statements: the same text should appear again and again, with other "
        "values each time",
        share=share,
        figures=(
            Figure("calls for one request", round(repeated.times, 1), "count", 1.0),
            Figure("calls", repeated.calls, "count"),
            Figure("a call takes on the server", round(repeated.executed_ms / repeated.calls, 3), "ms"),
            Figure("a call takes outside the server", round(trip.ms, 3), "ms"),
            Figure("requests", evidence.load.requests, "count"),
        ),
        chart=evidence.gauges.chart("statements", "1/s", "database_statements_per_s"),
        steps=_steps(evidence, repeated),
        statements=suspects(evidence, named[:STATEMENTS_MAX]),
        details={"times": round(repeated.times, 1), "round_trip_ms": round(trip.ms, 3), "parent": parent is not None},
    )


def _steps(evidence: Evidence, repeated: Repeated) -> Sequence[str]:
    """Steps that take place as often as what begins it, and are long enough for all of the calls."""
    first = repeated.parent or repeated.rows[0]
    least_ms = repeated.times * (repeated.executed_ms / repeated.calls + round_trip(evidence).ms / 2)
    senders = _senders(evidence, first)
    return tuple(step.label for step in senders if 1000 * step.service_s >= least_ms * step.count)


def _explanation(repeated: Repeated, share: Share, trip_ms: float) -> str:
    first, parent = repeated.rows[0], repeated.parent
    if parent is not None:
        began = (
            f"A statement returns {format_count(parent.rows)} rows in {format_count(parent.calls)} calls, and another "
            f"is called {format_count(first.calls)} times: once for each row."
        )
    else:
        began = f"A statement is called {_times(repeated.times)} for each request, on average over all of them."
    return (
        f"{began} Each call is quick ({format_ms(first.mean_ms)} on the server), but is sent and waited for by itself, "
        f"about {format_ms(trip_ms)} more. Together the calls take about {format_share(share.value)} of the time of "
        "all requests; one statement for all of the rows would take one round trip."
    )


def _subject(row: StatementRow) -> str:
    shape = shape_of(row.query)
    return next(iter(shape.tables.values()), row.query_id) if shape is not None else row.query_id


def _times(times: float) -> str:
    return f"{times:.0f} times"


def _counted(evidence: Evidence) -> float:
    """By what a time of the load is multiplied to be one of the time over which statements were counted."""
    return (evidence.database.counted_s or evidence.load.duration_s) / max(1e-9, evidence.load.duration_s)


def _is_repeated(evidence: Evidence, step: StepLoad) -> bool:
    journeys = evidence.load.journeys.get(step.journey, 0)
    if step.kind != "sql" or not journeys or 1000 * step.service_s > QUICK_MS * step.count:
        return False
    rows = _sent_by(evidence, step)
    enough = PER_PARENT_MIN if rows and _begun_by(evidence, rows[0]) is not None else PER_JOURNEY_MIN
    return bool(rows) and step.count >= enough * journeys


def _begun_by(evidence: Evidence, row: StatementRow) -> StatementRow | None:
    """The statement that returns a row for each call of this one."""
    known = (one for one in statements(evidence) if one.calls * PER_PARENT_MIN <= row.calls)
    return next((one for one in known if _asks_for(evidence, one, row)), None)


def _sent_by(evidence: Evidence, step: StepLoad) -> Sequence[StatementRow]:
    """The lookup that a step sends: called as often, and on the server for less than half of the step's time, so that
    most of it goes into being sent."""
    mean_ms = 1000 * step.service_s / max(1, step.count)
    quick = [row for row in statements(evidence) if _is_quick_lookup(row) and row.mean_ms <= mean_ms / 2]
    return [row for row in quick if abs(scaled(evidence, row.calls) - step.count) <= SAME_COUNT * step.count]


def _step_finding(evidence: Evidence, step: StepLoad, share: Share) -> Finding:
    rows = _sent_by(evidence, step)
    parent = _begun_by(evidence, rows[0])
    times = step.count / evidence.load.journeys[step.journey]
    mean_ms = 1000 * step.service_s / step.count
    outside_ms = max(0.0, mean_ms - rows[0].mean_ms)
    return Finding(
        kind=KIND,
        layer="application",
        subject=step.label,
        title=f"N+1: the step {step.name!r} is repeated {_times(times)} in one journey",
        explanation=f"Each call is quick ({format_ms(rows[0].mean_ms)} on the server), but is sent and waited for by "
        f"itself: {format_ms(outside_ms)} of its {format_ms(mean_ms)} pass outside the server. A journey sends "
        f"{times:.0f} of them one after another. Together they take {format_share(share.value)} of the time of all "
        "requests; one statement for all of the values would take one round trip.",
        confidence="likely" if parent is not None else "possible",
        confirm_by="send one statement for all values, as with = ANY($1), and run again",
        share=share,
        figures=(
            Figure("calls in one journey", round(times, 1), "count", 1.0),
            Figure("a call takes", round(mean_ms, 3), "ms"),
            Figure("of it on the server", round(rows[0].mean_ms, 3), "ms"),
            Figure("of it outside the server", round(outside_ms, 3), "ms"),
        ),
        steps=(step.label,),
        statements=suspects(evidence, [*([] if parent is None else [parent]), *rows][:STATEMENTS_MAX]),
        details={"times": round(times, 1), "round_trip_ms": round(outside_ms, 3), "parent": parent is not None},
    )
