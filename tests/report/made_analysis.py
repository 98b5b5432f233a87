"""Analyses made up by hand: what their faces are tested and looked at with."""

import math
from dataclasses import replace

from plimsoll.core.analysis import (
    Accounting,
    Analysis,
    Change,
    GaugeCheck,
    Metrics,
    NextLimit,
    Slice,
    Source,
    StepMetrics,
    Stretch,
)
from plimsoll.core.finding import Chart, Figure, Finding, How, Recommendation, Share, Suspect
from plimsoll.core.summary import Summary
from tests.report import builders

SQL = "SELECT o.id, o.total FROM public.orders AS o WHERE o.customer_id = $1 ORDER BY o.created_at DESC LIMIT $2"


def chart(label: str = "blocks read a second", unit: str = "1/s", limit: float | None = None) -> Chart:
    times = [float(at) for at in range(0, 115, 2)]
    return Chart(label, unit, times, [900 + 700 * math.tanh((at - 60) / 15) + 40 * (at % 3) for at in times], limit)


MISSING_INDEX = Finding(
    kind="missing-index",
    layer="database",
    subject="public.orders",
    title="63.8 % of the time of all requests goes into sequential scans of public.orders",
    explanation="Every call of one statement reads the whole table: 212,000 rows to return 8. No index leads with "
    "customer_id.",
    confidence="likely",
    confirm_by="create the index and run again: the scans end and p95 falls",
    share=Share(0.638, 0.61, 0.67),
    figures=(
        Figure("rows read for each row returned", 26_500.0, "count", 100.0),
        Figure("sequential scans", 41.2, "1/s"),
        Figure("mean time of the statement", 38.4, "ms", 5.0),
        Figure("cache hits", 99.2, "percent", 95.0),
        Figure("share of the database's time", 0.81, "share"),
    ),
    chart=chart(limit=1_200.0),
    steps=("transfer: list orders", "look_up: look up account"),
    statements=(Suspect("812345", SQL, 4_931, 38.4, 0.81),),
    severity="high",
    impact=7,
)
LOCK = Finding(
    kind="lock-contention",
    layer="database",
    subject="public.accounts",
    title="12.1 % of the time of all requests is waited for row locks on public.accounts",
    explanation="The transaction of step pay holds the row while it waits for its client.",
    confidence="possible",
    confirm_by="watch the holder: plimsoll watch",
    share=Share(0.121, 0.08, 0.17),
    failed=0.004,
    figures=(Figure("sessions that wait", 3.4, "count", 1.0),),
    chart=chart("sessions that wait for a lock", "count"),
    steps=("transfer: pay",),
    severity="medium",
    impact=2,
)
INDEX_ADVICE = Recommendation(
    finding=MISSING_INDEX.id,
    what="Create an index on public.orders (customer_id, created_at)",
    term="immediate",
    effort="minutes",
    effect="p95 of list orders falls from 210 ms to about 5 ms",
    basis="the statement's time outside the scan",
    risk="the index takes 40 MiB and slows each insert by some µs",
    how=(
        How(
            "sql", "CREATE INDEX CONCURRENTLY orders_customer_id_created_at ON public.orders (customer_id, created_at);"
        ),
        How("setting", "maintenance_work_mem = '256MB'", "for the session that creates it"),
    ),
    impact=7,
)
LOCK_ADVICE = Recommendation(
    finding=LOCK.id,
    what="Shorten the transaction that holds the lock: no call of another service inside",
    term="short-term",
    effort="hours",
    effect="locks are held for the time of the update only",
    basis="the holder waited for its client in 9 of 10 samples",
    risk="two updates may be seen apart",
    how=(How("code", "async with user.transaction():\n    await user.execute(UPDATE, amount)", "in step pay"),),
    impact=2,
)
LATER_ADVICE = replace(
    LOCK_ADVICE, what="Count balances in an append-only table", term="long-term", effort="days",
    how=(How("check", "compare with plimsoll compare"),),
)  # fmt: skip


def metrics(summary: Summary) -> Metrics:
    steps = [StepMetrics(step.name, step.journey, 0.94, 3.1, 120_000, 4_000, 0.4) for step in summary.steps]
    points = [
        {"start_s": float(at), "width_s": 5.0, "rate_per_s": 301.0, "error_rate": 0.0, "p50_ms": 3.0, "p95_ms": 21.0,
         "p99_ms": 60.0, "concurrency": 6.2}
        for at in range(0, 115, 5)
    ]  # fmt: skip
    return Metrics(StepMetrics("total", "", 0.93, 6.2, 240_000, 8_000, 0.4), steps, points)


def bottleneck() -> Analysis:
    """Of a failing run: two findings, three recommendations."""
    summary, _, _ = builders.failing()
    return Analysis(
        source=Source("run", summary.run_id),
        summary=summary,
        metrics=metrics(summary),
        verdict="bottleneck",
        because="Sequential scans of public.orders take 63.8 % (61 % to 67 %) of the time of all requests.",
        stretch=Stretch(70.0, 120.0, "where the load was highest and steady"),
        checks=(
            GaugeCheck("requests under way", 12.4, 12.1, True, "Little's law holds against the sessions' own count"),
            GaugeCheck("statements a second", 301.0, 188.0, False, "the server counted fewer than the load sent"),
            GaugeCheck("bytes", 0.0, 0.0, None, "too little was seen"),
        ),
        accounting=Accounting(
            1_390.0,
            (
                Slice("IO", "database", 886.0, Share(0.638, 0.61, 0.67)),
                Slice("Lock", "database", 168.0, Share(0.121, 0.08, 0.17)),
                Slice("application", "application", 139.0, Share(0.10, 0.09, 0.12)),
                Slice("wait for a connection", "application", 83.0, Share(0.06, 0.05, 0.07)),
                Slice("CPU", "database", 55.0, Share(0.04, 0.03, 0.05)),
                Slice("network and driver", "network", 8.0, Share(0.006, 0.001, 0.01)),
            ),
            Share(0.035, 0.0, 0.06),
        ),
        findings=(MISSING_INDEX, LOCK),
        recommendations=(INDEX_ADVICE, LOCK_ADVICE, LATER_ADVICE),
        changes=(
            Change("database_active_sessions{wait=IO}", 0.4, 8.1, 21.0),
            Change("host_disk_read_await_ms", 0.8, 4.4, 9.5),
        ),
        notes=("of 3 application processes one was not watched",),
        made_at="2026-02-14T09:20:00+00:00",
    )


def healthy() -> Analysis:
    summary, _, _ = builders.healthy()
    return replace(
        bottleneck(),
        summary=summary,
        verdict="healthy",
        because="Every goal holds and nothing is near its limit.",
        findings=(),
        recommendations=(),
        next_limit=NextLimit(
            "CPU of the database", "system", 0.62, 300.0, 484.0, 430.0, 560.0, "its use grew in proportion to the load"
        ),
        notes=(),
    )


def unknown() -> Analysis:
    """Nothing was watched: no accounting, no checks, nothing that can be said."""
    summary, _, _ = builders.failing()
    return Analysis(
        source=Source("jtl-csv", "results.jtl", 10_000, 12, ("line 31: 4 fields where 17 were named",)),
        summary=replace(summary, run_id="", scenario=""),
        metrics=metrics(summary),
        verdict="unknown",
        because="Requests grew slower, and no gauge of the server tells why.",
        notes=("nothing was watched beside the load",),
    )


def invalid() -> Analysis:
    summary, _, _ = builders.invalid()
    return replace(
        unknown(), source=Source("run", summary.run_id), summary=summary, verdict="invalid",
        because="; ".join(summary.invalid_because),
    )  # fmt: skip


def hostile() -> Analysis:
    """Texts that try to break out of whatever they are put into, and more of everything than is shown."""
    bad = builders.INJECTION
    finding = replace(
        MISSING_INDEX, subject=bad, title=f"{bad}\x1b[2J[bold red]x[/]", explanation="n" * 3000, steps=(bad,) * 40,
        figures=(Figure(bad, 3.0, "count"),) * 30, statements=(Suspect("1", bad, 3, 1.0),) * 10,
        chart=replace(chart(bad), label=bad), confirm_by=bad,
    )  # fmt: skip
    advice = replace(INDEX_ADVICE, finding=finding.id, what=bad, effect=bad, how=(How("sql", bad * 3, bad),))
    return replace(
        bottleneck(), because=bad, findings=(finding,) * 40, recommendations=(advice,) * 60, notes=(bad,) * 3,
        checks=(GaugeCheck(bad, 1.0, 1.0, True, bad),), stretch=Stretch(0.0, 3.0, bad),
        accounting=Accounting(1.0, (Slice(bad, "database", 1.0, Share(1.0, 0.9, 1.0)),), None, (bad,)),
    )  # fmt: skip


NAMES = ("bottleneck", "healthy", "unknown", "invalid", "hostile")


def made(name: str) -> Analysis:
    found: Analysis = globals()[name]()
    return found
