"""How an analysis is said, wherever it is shown: its verdict, shares, figures, and where the time went."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from plimsoll.core.analysis import Accounting, Analysis, Change, GaugeCheck, NextLimit, Slice, Verdict
from plimsoll.core.finding import Chart, Effort, Figure, Finding, Recommendation, Share, Term
from plimsoll.core.units import (
    UNKNOWN,
    format_bytes,
    format_count,
    format_duration,
    format_ms,
    format_rate,
    format_share,
)

VERDICTS: Final[Mapping[Verdict, str]] = {
    "bottleneck": "Bottleneck", "at-capacity": "At capacity", "healthy": "No bottleneck", "unknown": "Unknown",
    "invalid": "Invalid run",
}  # fmt: skip
_WORD: Final = re.compile(r"[a-z]+[,:]? [a-z(]")
TERMS: Final[tuple[Term, ...]] = ("immediate", "short-term", "long-term")
TERM_WORDS: Final[Mapping[Term, str]] = {
    "immediate": "Now", "short-term": "Within days", "long-term": "Within months"
}  # fmt: skip
EFFORTS: Final[tuple[Effort, ...]] = ("minutes", "hours", "days")
# Classes of waits of the database, as people call them.
_WAITS: Final[Mapping[str, str]] = {
    "CPU": "on CPU", "IO": "I/O", "Lock": "locks", "LWLock": "internal locks", "BufferPin": "buffer pins",
    "IPC": "waiting for its own other processes", "Client": "waiting for the client", "Timeout": "a timeout",
    "Extension": "an extension",
    "Activity": "background work",
}  # fmt: skip


_PARTS: Final[Mapping[str, str]] = {
    "waiting for a core": "database: waiting for a core", "lag": "lag of the load generator",
    "application CPU": "application: on CPU",
    "application waiting for a core": "application: waiting for a core",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """A row of where the time went."""

    name: str
    layer: str
    share: Share
    seconds: float


def verdict_words(analysis: Analysis) -> str:
    """One sentence: "Bottleneck: sequential scans …"."""
    because = analysis.because.strip() or "no reason was recorded"
    return f"{VERDICTS.get(analysis.verdict, analysis.verdict)}: {_stopped(because)}"


def share_words(share: Share | None) -> str:
    """ "63.8 % (61 % to 67 %)", the interval where it is one."""
    if share is None:
        return UNKNOWN
    if share.low == share.high:
        return format_share(share.value)
    return f"{format_share(share.value)} ({format_share(share.low)} to {format_share(share.high)})"


def amount(value: float | None, unit: str) -> str:
    """A figure of a finding in its unit, as people say it."""
    if value is None:
        return UNKNOWN
    return _FORMS[unit](value) if unit in _FORMS else f"{number(value)} {unit}"


def number(value: float) -> str:
    """Whole ones whole, others to three significant digits."""
    return format_count(round(value)) if value == round(value) or abs(value) >= 1000 else f"{value:.3g}"


def figure_words(figure: Figure) -> tuple[str, str, str]:
    """What, how much, and what it was held against or ""."""
    limit = "" if figure.limit is None else f"limit {amount(figure.limit, figure.unit)}"
    return figure.label, amount(figure.value, figure.unit), limit


def weight_words(finding: Finding) -> str:
    """ "impact 7 of 10 · database · likely"."""
    return f"impact {finding.impact} of 10 · {finding.layer} · {finding.confidence}"


def cost_words(finding: Finding) -> str:
    """What it costs: "explains 63.8 % (…) of the time of all requests", and who fails by it; or ""."""
    parts = [] if finding.share is None else [f"explains {share_words(finding.share)} of the time of all requests"]
    parts += [f"{format_share(finding.failed)} of the requests fail by it"] if finding.failed else []
    return "; ".join(parts)


def headline(words: str) -> str:
    """With a capital, unless it begins with a name of something."""
    return f"{words[:1].upper()}{words[1:]}" if _WORD.match(words) else words


def sentence(words: str) -> str:
    """With a capital and a full stop."""
    return f"{words[:1].upper()}{_stopped(words)[1:]}"


def _stopped(words: str) -> str:
    return words if words.endswith((".", "?", "!")) else f"{words}."


def parts_of(accounting: Accounting) -> list[Part]:
    """Where the time went, in the order of the accounting, what no gauge explains last."""
    is_split = accounting.slice("application CPU") is not None
    found = [Part(part_words(one, is_split=is_split), one.layer, one.share, one.seconds) for one in accounting.slices]
    rest = accounting.unaccounted
    if rest is not None and rest.value > 0:
        found.append(Part("not accounted for", "", rest, rest.value * accounting.request_seconds))
    return found


def part_words(part: Slice, *, is_split: bool) -> str:
    """`is_split`: whether it is known when the application was on a core; what it has else is then not that."""
    if part.layer == "database":
        return f"database: {_WAITS.get(part.part, part.part)}"
    if part.part == "application":
        return "application: not on a core" if is_split else part.part
    return _PARTS.get(part.part, part.part)


def limit_words(limit: NextLimit) -> str:
    """ "CPU of the database: 62 % in use at 300/s; used up at about 484/s (430/s to 560/s) if …"."""
    said = f"{limit.resource}: {format_share(limit.used)} in use at {format_rate(limit.rate_per_s)}"
    if limit.at_rate_per_s is None:
        return f"{said}; at which rate it is used up cannot be said"
    bounds = ""
    if limit.low_per_s is not None and limit.high_per_s is not None:
        bounds = f" ({format_rate(limit.low_per_s)} to {format_rate(limit.high_per_s)})"
    return f"{said}; used up at about {format_rate(limit.at_rate_per_s)}{bounds} if it grows in proportion"


def check_words(check: GaugeCheck) -> tuple[str, str]:
    """Whether two gauges agree, and how: ("agree", "requests under way: 12.4 expected, 12.1 seen; …")."""
    word = {True: "agree", False: "differ", None: "too little"}[check.agrees]
    seen = f"{number(check.expected)} expected, {number(check.seen)} seen"
    meaning = check.meaning.removeprefix(f"{check.name}: ")
    return word, f"{check.name}: {seen}" + (f"; {meaning}" if meaning else "")


def change_words(change: Change) -> tuple[str, str]:
    """ "host_cpu_busy_percent", "31.2 before, 96.4 within, 21 times its spread"."""
    before, within = number(change.before), number(change.within)
    return change.series, f"{before} before, {within} within, {number(change.times)} times its spread"


def stretch_words(analysis: Analysis) -> str:
    """ "1 min 10 s to 1 min 55 s of the load: where …", or ""."""
    stretch = analysis.stretch
    if stretch is None:
        return ""
    if stretch.because.startswith("from "):  # it says when itself
        return stretch.because
    span = f"{format_duration(stretch.start_s)} to {format_duration(stretch.end_s)} of the load"
    return f"{span}: {stretch.because}" if stretch.because else span


def source_words(analysis: Analysis) -> str:
    """Which run, or which file and how much of it was read."""
    source, summary = analysis.source, analysis.summary
    if source.kind == "run":
        return " · ".join(part for part in (f"run {source.name}", summary.scenario, summary.environment) if part)
    rows = "" if source.rows is None else f"{format_count(source.rows)} rows"
    left = f"{format_count(source.rows_left_out)} left out" if source.rows_left_out else ""
    return " · ".join(part for part in (source.name, source.kind, rows, left) if part)


def chart_words(chart: Chart) -> str:
    """A chart for who cannot see it."""
    known = list(zip(chart.values, chart.times_s, strict=False))
    if not known:
        return f"{chart.label}: no values"
    (least, _), (most, at) = min(known), max(known)
    limit = "" if chart.limit is None else f", limit {amount(chart.limit, chart.unit)}"
    span = f"between {amount(least, chart.unit)} and {amount(most, chart.unit)}"
    return f"{chart.label}: {span}, highest at {format_duration(float(round(at)))}{limit}"


def advice_of(finding: Finding, recommendations: Iterable[Recommendation]) -> list[Recommendation]:
    return [one for one in recommendations if one.finding == finding.id]


def by_term(recommendations: Sequence[Recommendation]) -> list[tuple[Term, list[Recommendation]]]:
    """The terms that have any, each with what is to be done in it, in the order to do it."""
    grouped = [(term, [one for one in recommendations if one.term == term]) for term in TERMS]
    return [(term, found) for term, found in grouped if found]


def nothing_words(analysis: Analysis) -> str:
    """Why there is no finding, and what would help."""
    if analysis.verdict == "invalid":
        return "Of a run that may not be believed nothing is diagnosed. Mend what made it invalid and run again."
    if analysis.verdict == "unknown" and analysis.source.kind != "run":
        return "Nothing in the file explains it: it holds samples, not what host and database did."
    if analysis.verdict == "unknown":
        return "Nothing that was seen explains it. See what could be watched beside the load: plimsoll doctor"
    if analysis.verdict == "at-capacity":
        return "No fault was found; there is no room for more. Where goals break: plimsoll find"
    return "No bottleneck was found in this stretch, at this load."


_FORMS: Final[Mapping[str, Callable[[float], str]]] = {
    "ms": format_ms,
    "percent": lambda value: format_share(value / 100) if abs(value) < 99.95 else f"{value:.0f} %",
    "share": format_share,
    "count": number,
    "bytes": format_bytes,
    "bytes/s": lambda value: f"{format_bytes(value)}/s",
    "1/s": format_rate,
    "s": format_duration,
    "ms/s": lambda value: f"{format_ms(value)}/s",
    "cores": lambda value: f"{number(value)} {'core' if value == 1 else 'cores'}",
}
