"""Requests that send very many statements, none of them the same again and again: each costs a round trip. Pure."""

from collections.abc import Iterator
from typing import Final

from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.rules.n_plus_one import repeated_statements
from plimsoll.analyze.statements.costs import statements, suspects
from plimsoll.analyze.statements.round_trips import round_trip, scaled, share_of_calls
from plimsoll.core.finding import Figure, Finding
from plimsoll.core.statement_kind import is_work
from plimsoll.core.units import format_ms, format_share

KIND: Final = "chatty-requests"
PER_REQUEST_MIN: Final = 25.0  # statements, without what begins and ends transactions
SHARE_MIN: Final = 0.20  # of the time of all requests, that goes into sending them
SHOWN: Final = 5


def examine(evidence: Evidence) -> Iterator[Finding]:
    again = {row.query_id for one in repeated_statements(evidence) for row in one.rows}
    others = [row for row in statements(evidence) if row.query_id not in again and is_work(row.query)]
    calls = sum(row.calls for row in others)
    per_request = scaled(evidence, calls) / max(1, evidence.load.requests)
    if per_request < PER_REQUEST_MIN:
        return
    share = share_of_calls(evidence, calls, 0.0)
    if share.value < SHARE_MIN:
        return
    trip = round_trip(evidence)
    yield Finding(
        kind=KIND,
        layer="application",
        subject="requests",
        title=f"a request sends {per_request:.0f} statements on average",
        explanation=f"Each of them is sent and waited for by itself, about {format_ms(trip.ms)} outside the server. "
        f"Together that is about {format_share(share.value)} of the time of all requests, whatever the server does.",
        confidence="possible",
        confirm_by="trace one request: how much of its time passes between statements?",
        share=share,
        figures=(
            Figure("statements for one request", round(per_request, 1), "count", PER_REQUEST_MIN),
            Figure("a statement takes outside the server", round(trip.ms, 3), "ms"),
        ),
        chart=evidence.gauges.chart("statements", "1/s", "database_statements_per_s"),
        statements=suspects(evidence, sorted(others, key=lambda row: -row.calls)[:SHOWN]),
        details={"per_request": round(per_request, 1)},
    )
