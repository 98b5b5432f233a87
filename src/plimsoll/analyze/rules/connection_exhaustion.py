"""The server has no connection left, or nearly none: requests refused for it, or the gauge at its limit."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from plimsoll.analyze.accounting import POOL_WAIT
from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.evidence.failing import FAILED_MIN, Failing, failing, figures_of
from plimsoll.analyze.evidence.families import TOO_MANY_CONNECTIONS, UNAVAILABLE, either, is_server_error
from plimsoll.analyze.evidence.waiting import class_share
from plimsoll.core.finding import Confidence, Figure, Finding, Share
from plimsoll.core.units import format_share

KIND: Final = "connection-exhaustion"
FULL_PERCENT: Final = 97.0  # of the connections that ordinary roles may have
SHARE_MIN: Final = 0.05
NEAR_PERCENT: Final = 90.0
RISK_FULL: Final = 0.5
RISK_NEAR: Final = 0.25


def examine(evidence: Evidence) -> Iterator[Finding]:
    used = evidence.gauges.highest("database_connections_used_percent") or 0.0
    refused = failing(evidence, lambda name: name == TOO_MANY_CONNECTIONS, least=FAILED_MIN)
    behind = failing(evidence, either(is_server_error, lambda name: name == UNAVAILABLE))
    if refused is not None:
        yield _finding(evidence, used, refused, "confirmed")
    elif used >= FULL_PERCENT and behind is not None and "http" in evidence.load.kinds:
        yield _finding(evidence, used, behind, "likely")
    elif used >= NEAR_PERCENT:
        yield _finding(evidence, used, None, "confirmed")


def _finding(evidence: Evidence, used: float, failed: Failing | None, confidence: Confidence) -> Finding:
    limit = evidence.gauges.highest("database_connections_limit")
    return Finding(
        kind=KIND,
        layer="database",
        subject="max_connections",
        title=_title(used, limit, failed, confidence),
        explanation=_explained(evidence, failed, confidence),
        confidence=confidence,
        confirm_by="SELECT application_name, usename, state, count(*) FROM pg_stat_activity GROUP BY 1, 2, 3 while it "
        "happens says who has them; with a pool between, the errors should be gone",
        share=_waited(evidence) if failed and confidence == "confirmed" else None,
        failed=failed.share if failed else None,
        risk=RISK_FULL if used >= FULL_PERCENT else RISK_NEAR if used >= NEAR_PERCENT else 0.0,
        figures=tuple(_figures(evidence, used, limit, failed)),
        chart=evidence.gauges.chart(
            "connections in use", "percent", "database_connections_used_percent", limit=FULL_PERCENT
        )
        or (failed.chart if failed else None),
        steps=failed.steps if failed else (),
        details={
            "classes": dict(failed.classes) if failed else {},
            "by_state": {state: round(count, 1) for state, count in _by_state(evidence).items()},
            "since_s": failed.first_s if failed else None,
            "limit": limit,
        },
    )


def _waited(evidence: Evidence) -> Share | None:
    """Who has a connection of its own waits for one only while it is refused, and before it tries again."""
    waited = class_share(evidence, POOL_WAIT)
    return waited if evidence.setting.pool is None and waited is not None and waited.value >= SHARE_MIN else None


def _title(used: float, limit: float | None, failed: Failing | None, confidence: Confidence) -> str:
    of = f" all {limit:.0f} connections" if limit else " every connection"
    if failed is not None and confidence == "confirmed":
        return f"{format_share(failed.share)} of the requests are refused: the server has{of} in use"
    if failed is not None:
        return f"{format_share(failed.share)} of the requests fail while the server has{of} in use"
    return f"{used:.0f} % of the {limit:.0f} connections are in use" if limit else f"{used:.0f} % of connections in use"


def _explained(evidence: Evidence, failed: Failing | None, confidence: Confidence) -> str:
    states = _by_state(evidence)
    whole = sum(states.values())
    idle = states.get("idle", 0.0)
    hoarded = (
        f" On average {idle:.0f} of {whole:.0f} sessions were idle: they are kept open by somebody, not used."
        if whole and idle >= 0.5 * whole
        else ""
    )
    hoarded += _most(evidence)
    if failed is None:
        return f"The next client that comes is refused (53300), administrators excepted.{hoarded}"
    if confidence == "confirmed":
        said = f"The server refuses new sessions (53300). Where: {failed.where}; {failed.since}."
    else:
        said = (
            f"The application answers with errors ({failed.named}), {failed.since}, and the server has no session left."
        )
    return f"{said}{hoarded}"


def _most(evidence: Evidence) -> str:
    """Who has most of the sessions that were not idle, at the fullest moment seen; of idle ones no list is kept."""
    rows: Sequence[Mapping[str, Any]] = max(
        (document["rows"] for _, document in evidence.database.sessions), key=len, default=[]
    )
    counts = Counter((row.get("user") or "", row.get("application") or "") for row in rows)
    if not counts:
        return ""
    (user, application), count = counts.most_common(1)[0]
    named = ", ".join(filter(None, (user and f"user {user}", application and f"application {application}")))
    return (
        f" Of {len(rows)} sessions that were not idle at the fullest moment {count} were of {named or 'nobody named'}."
    )


def _by_state(evidence: Evidence) -> dict[str, float]:
    return dict(evidence.gauges.by_label("database_connections", "state"))


def _figures(evidence: Evidence, used: float, limit: float | None, failed: Failing | None) -> Iterator[Figure]:
    if failed is not None:
        yield from figures_of(failed)
    if used:
        yield Figure("connections in use, at most", round(used, 1), "percent", NEAR_PERCENT)
    if limit:
        yield Figure("connections that ordinary roles may have", limit, "count")
    for state, count in _by_state(evidence).items():
        if count >= 1:
            yield Figure(f"sessions {state.replace('_', ' ')}, on average", round(count, 1), "count")
