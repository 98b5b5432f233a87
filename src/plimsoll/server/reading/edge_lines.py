"""What edges and the outbox of their purges tell, in a sentence. From the documents "edges" and "purges"."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from plimsoll.core.units import format_duration, format_ms, format_rate, format_share
from plimsoll.server.reading.say import plural, value

Row = Mapping[str, Any]
LATENCY_MS: Final = (2_000.0, 5_000.0)  # as the built-in rules have it: a warning, and critical
ERRORS_PERCENT: Final = (5.0, 10.0)
HITS_PERCENT: Final = 70.0
LAG_S: Final = (60.0, 600.0)
NOT_NAMED: Final = "No edge is watched"
TO_WATCH: Final = "plimsoll watch --edge http://127.0.0.1:8080, with their PLIMSOLL_EDGE_TOKEN"


@dataclass(frozen=True, slots=True)
class EdgeVerdict:
    """`standing` as of Health; `word` stands beside the colour; `cause` is a foreign text, `remedy` what to do."""

    standing: str
    word: str
    sentence: str
    remedy: str = ""
    cause: str = ""


def edge_verdict(edges: Row | None, purges: Row | None, lapsed: str = "", *, named: bool = True) -> EdgeVerdict:
    """What is worst comes first. `lapsed` is why the document does not tell what is so now; `named`: whether edges are
    to be watched at all."""
    late = _of_purges((purges or {}).get("rows", ()))
    if not named:
        return late or EdgeVerdict("unknown", "Not watched", NOT_NAMED, TO_WATCH)
    if edges is None:
        return EdgeVerdict("unknown", "Starting", "What edges tell was not seen yet")
    if lapsed:
        return EdgeVerdict("unknown", "Stale", f"What edges tell was {lapsed}")
    total, rows = edges["total"], edges["rows"]
    return _worst(total, rows) or late or _lesser(total, rows) or EdgeVerdict("good", "Right", _figures(total))


def _worst(total: Row, rows: Sequence[Row]) -> EdgeVerdict | None:
    if not total["edges"]:
        cause = next((row["why"] for row in rows if row["why"]), "")
        words = "The edge does not answer" if len(rows) == 1 else f"None of {len(rows)} edges answers"
        return EdgeVerdict("bad", "Silent", words, "see that it runs, can be reached, and has the same token", cause)
    errors, latency = total["errors_percent"], total["latency_ms_p95"]
    for place, standing in ((1, "bad"), (0, "warning")):
        if errors is not None and errors > ERRORS_PERCENT[place]:
            words = f"{value(errors, 'percent')} of the answers are errors; {_figures(total)}"
            return EdgeVerdict(standing, "Failing", words, "see the lines of plimsoll edge serve, and the origin")
        if latency is not None and latency > LATENCY_MS[place]:
            words = f"5 of 100 answers begin after {format_ms(latency)} or later; {_figures(total)}"
            return EdgeVerdict(standing, "Slow", words, "see whether the origin is slow, or this machine")
    return None


def _of_purges(rows: Sequence[Row]) -> EdgeVerdict | None:
    lags = {row["provider"]: row["oldest_s"] for row in rows if row["oldest_s"] is not None}
    latest = max(lags, key=lambda name: lags[name], default=None)
    if latest is not None and lags[latest] > LAG_S[0]:
        cause = next(row["trouble"] for row in rows if row["provider"] == latest)
        since = format_duration(float(round(lags[latest])))
        words = f"A purge for {latest} has waited for {since}: what is stored there may be old"
        standing = "bad" if lags[latest] > LAG_S[1] else "warning"
        return EdgeVerdict(standing, "Purges late", words, "see that a plimsoll edge purger runs for it", cause)
    parked = [row for row in rows if row["parked"]]
    if parked:
        named = ", ".join(f"{plural(row['parked'], 'purge')} of {row['provider']}" for row in parked)
        remedy = "plimsoll edge status says why; mend it, then plimsoll edge retry"
        return EdgeVerdict("warning", "Purges refused", f"Refused and parked: {named}", remedy, parked[0]["trouble"])
    return None


def _lesser(total: Row, rows: Sequence[Row]) -> EdgeVerdict | None:
    silent = [row for row in rows if row["standing"] == "silent"]
    if silent:
        does = "does" if len(silent) == 1 else "do"
        words = f"{len(silent)} of {len(rows)} edges {does} not answer; {_figures(total)}"
        return EdgeVerdict("warning", "Silent", words, "see that it runs and has the same token", silent[0]["why"])
    if total["behind"]:
        tells = "tells" if total["behind"] == 1 else "tell"
        words = f"{plural(total['behind'], 'edge')} {tells} nothing by tag, for want of news; {_figures(total)}"
        return EdgeVerdict("warning", "Behind", words, "see that the edge can reach its --database")
    hits = total["hit_percent"]
    if hits is not None and hits < HITS_PERCENT:
        remedy = "see below which class misses, and why answers are not stored"
        return EdgeVerdict("warning", "Few hits", f"Of little help: {_figures(total)}", remedy)
    return None


def _figures(total: Row) -> str:
    """ "2 edges, 91.4 % of 1,240 requests/s are hits, 95 of 100 begin within 12.0 ms"."""
    rate, hits, latency = total["requests_per_s"], total["hit_percent"], total["latency_ms_p95"]
    if rate is None:
        said = "requests not counted yet"
    elif not rate:
        said = "no requests now"
    elif hits is None:
        said = f"{format_rate(rate).removesuffix('/s')} requests/s, too few to tell a share of hits"
    else:
        said = f"{format_share(hits / 100)} of {format_rate(rate).removesuffix('/s')} requests/s are hits"
    begins = "" if latency is None else f", 95 of 100 begin within {format_ms(latency)}"
    return f"{plural(total['edges'], 'edge')}, {said}{begins}"
