"""What to do where nothing is wrong and the load's own work fills the platform."""

from collections.abc import Iterator
from dataclasses import replace

from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.recommending.making import explained, made
from plimsoll.analyze.relating import CAPACITY
from plimsoll.core.finding import Effort, Finding, How, Recommendation, Suspect, Term
from plimsoll.core.units import format_rate, format_share


def recommend(finding: Finding, evidence: Evidence) -> Iterator[Recommendation]:
    if finding.kind != CAPACITY:
        return
    if finding.details.get("unseen"):
        yield _looked_at(finding)
        return
    rate = float(finding.details.get("rate_per_s") or 0.0)
    if finding.statements and finding.layer == "database":
        yield _cheaper(finding, finding.statements[0])
    if finding.layer == "application":
        yield from _application(finding, rate)
    yield _with(
        finding, "give it more cores", "long-term", "days", "it costs more",
        "about twice the rate with twice the cores, as long as nothing else gives way first",
        "CPU time for each request is the same at every rate; locks, disk and network were not the limit here",
        How("setting", "more cores for the process or machine that is full", f"today {format_rate(rate)} requests"),
    )  # fmt: skip
    yield _with(
        finding, "know the load line before users do", "immediate", "minutes", "none",
        "the highest rate at which every goal holds, with an interval", "a search instead of this one run",
        How("command", "plimsoll find SCENARIO", "the rate at capacity is above what can be promised: latencies are "
            "those of a full queue here"),
    )  # fmt: skip


def _looked_at(finding: Finding) -> Recommendation:
    return _with(
        finding, "run again to the end, with the database watched, before cores are added", "immediate", "minutes",
        "none", "whether a missing index or a bad plan takes the cores is then known",
        "faults show in statements and their plans, which are read at the end of a run",
        How("command", "plimsoll run SCENARIO --duration 30s", "plimsoll doctor says what may be watched"),
    )  # fmt: skip


def _cheaper(finding: Finding, first: Suspect) -> Recommendation:
    share = f"{format_share(first.share)} of the database's time" if first.share is not None else "the most time"
    return _with(
        finding, "make the statement cheaper that takes most of the time", "short-term", "hours",
        "what is cached may be out of date", f"up to {share} is free for other work",
        f"{share} goes into this statement: {first.calls:,} calls of {first.mean_ms:.3g} ms",
        explained(first.query, "rows read for each row that is wanted"),
        How("code", "cache its result, or ask for it less often", "where it may be some seconds old"),
    )  # fmt: skip


def _application(finding: Finding, rate: float) -> Iterator[Recommendation]:
    if "can use" in finding.subject:
        yield _with(
            finding, "let more worker processes serve", "immediate", "minutes",
            "each has its own pool of connections and its own memory",
            "up to as many times the rate as there are workers, while cores are idle",
            "one process can compute on one core; it was full, and others were not",
            How("command", "uvicorn app:app --workers 4", "gunicorn -w 4, a cluster of node, puma -w 4"),
        )  # fmt: skip
    yield _with(
        finding, "find out what the application computes", "short-term", "hours", "a profiler costs a few percent",
        f"more than {format_rate(rate)} requests on the same cores", "its CPU is what is full",
        How("command", "py-spy record -d 30 -o profile.svg --pid <pid>", "async-profiler for the JVM, --cpu-prof of "
            "node: serialization, validation, rendering and logging are the usual ones"),
    )  # fmt: skip


def _with(
    finding: Finding, what: str, term: Term, effort: Effort, risk: str, effect: str, basis: str, *how: How
) -> Recommendation:
    return replace(made(finding, what, term, effort, risk, *how), effect=effect, basis=basis)
