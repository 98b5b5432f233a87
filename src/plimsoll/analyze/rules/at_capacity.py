"""No fault, and yet no more: the load's own work uses a resource up. What is a fault goes first (see `relating`)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from plimsoll.analyze.accounting import (
    APPLICATION,
    APPLICATION_CPU,
    APPLICATION_RUN_DELAY,
    CPU,
    POOL_WAIT,
    RUN_DELAY,
    by_second,
)  # fmt: skip
from plimsoll.analyze.evidence.cpu_use import CpuUse, cpu_use
from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.evidence.parallel import parallel_workers
from plimsoll.analyze.evidence.wait_parts import scaled, times
from plimsoll.analyze.evidence.waiting import slowest_steps
from plimsoll.analyze.relating import CAPACITY
from plimsoll.analyze.rules.cpu_saturation import FOREIGN_MIN, ONE_THREAD_MAX, waits_chart
from plimsoll.core.finding import Figure, Finding, Layer, Share, Suspect
from plimsoll.core.summary import KILLED
from plimsoll.core.units import format_rate, format_share

BUSY_MIN: Final = 0.90  # of the cores that the platform may use
ALONE_MIN: Final = 0.75  # of the platform's CPU: then one of the two is named
WORKER_BUSY_MIN: Final = 0.90  # of one core: the most that a process which computes in one thread can use
NOBODY_ELSE_MAX: Final = 0.02  # of the cores, used by other programs
OTHERS_MIN: Final = 1.5  # times as much session time as the load waited
QUEUED_MIN: Final = 0.20  # of the time of all requests spent waiting for a core, in a closed loop
EXPLAINED_MIN: Final = 0.30
MOSTLY_OWN_MIN: Final = 0.5  # of what is used of the cores
ONE_CORE: Final = "the one core that the application's process can use"
ACHIEVED_MIN: Final = 0.97  # of the rate that the profile asks for
DROPPED_MIN: Final = 0.01
GROWN_MIN: Final = 1.5  # times as many requests in flight in the last third as in the first
SLOWER_MIN: Final = 3.0  # times the quickest answers of a step
STATEMENTS_SHOWN: Final = 5
COMPUTING_MIN: Final = 0.6  # of the time of all requests, where the database's machine is not seen
SESSIONS_MIN: Final = 2.0  # that compute at once


@dataclass(frozen=True, slots=True)
class Spent:
    """What is used up, for whom, and the time of requests that it accounts for."""

    what: str
    layer: Layer
    used: float
    share: Share


def examine(evidence: Evidence) -> Iterator[Finding]:
    use = cpu_use(evidence)
    if use is None:
        yield from _elsewhere(evidence)
        return
    spent = _cores(evidence, use) or _workers(evidence, use)
    spent = spent and _own_part(use, spent)
    if spent is None or spent.share.value < EXPLAINED_MIN:
        return
    why = cannot_grow(evidence)
    if why:
        yield _finding(evidence, use, spent, why)


def _own_part(use: CpuUse, spent: Spent) -> Spent | None:
    """What others take of the same cores is theirs (see `cpu_saturation`); None where that is most of it."""
    if not others_take_part(use):
        return spent
    own = use.platform / use.all
    return replace(spent, share=times(spent.share, own)) if own > MOSTLY_OWN_MIN else None


def others_take_part(use: CpuUse) -> bool:
    return use.part(use.foreign) >= FOREIGN_MIN


def _cores(evidence: Evidence, use: CpuUse) -> Spent | None:
    """The platform's cores are all in use, mostly by itself."""
    if use.busy < BUSY_MIN or use.platform < use.generator:
        return None
    parts = (CPU, RUN_DELAY, APPLICATION_CPU, APPLICATION_RUN_DELAY, APPLICATION)
    queue = (POOL_WAIT,) if evidence.load.kinds == {"http"} else ()  # of users: all of them wait for answers already
    share = scaled(evidence.accounting, 1.0, *parts, *queue)
    layer: Layer = "application" if use.application > use.database else "database"
    alone = max(use.application, use.database) >= ALONE_MIN * use.platform
    what = f"the {layer}'s CPU" if alone else "the CPU that database and application share"
    return None if share is None else Spent(what, layer, use.busy, share)


def _workers(evidence: Evidence, use: CpuUse) -> Spent | None:
    """Processes that compute in one thread have a core each, however many there are; one that uses more is none."""
    share = scaled(evidence.accounting, 1.0, APPLICATION_CPU, APPLICATION_RUN_DELAY, APPLICATION)
    used = use.application / max(1, use.workers)
    if share is None or use.busiest_worker > ONE_THREAD_MAX or not WORKER_BUSY_MIN <= used <= ONE_THREAD_MAX:
        return None
    what = ONE_CORE if use.workers <= 1 else f"the {use.workers} cores that the application's processes can use"
    return Spent(what, "application", min(1.0, used), share)


def _elsewhere(evidence: Evidence) -> Iterator[Finding]:
    """The database's machine is not seen: many sessions that compute at once, and take the longer for it, tell."""
    share, slower = scaled(evidence.accounting, 1.0, CPU), slowed(evidence)
    computing = evidence.gauges.mean("database_active_sessions", wait=CPU) or 0.0
    crowded = share is not None and share.value >= COMPUTING_MIN and computing >= SESSIONS_MIN
    if share is None or not crowded or slower is None or slower < SLOWER_MIN:
        return
    what, rate = "the database's CPU", _rate(evidence)
    yield Finding(
        kind=CAPACITY,
        layer="database",
        subject=what,
        title=f"{what} is probably used up at {rate}",
        explanation=(
            f"{format_share(share.value)} of what requests took, sessions waited for nothing: they computed, or wanted "
            f"to, {computing:.1f} at a time, and requests took {slower:.1f} times as long as the quickest of them. "
            "That is what a machine without a free core looks like; it was not watched itself."
        ),
        confidence="possible",
        confirm_by="look at the CPU of the database's machine during a run: plimsoll watch there, or top",
        share=share,
        figures=[
            Figure("sessions that compute or want to", computing, "count", SESSIONS_MIN),
            Figure("requests, against the quickest of them", slower, "count", SLOWER_MIN),
            Figure("requests per second", evidence.load.rate_per_s, "1/s"),
        ],
        chart=evidence.gauges.chart("sessions that compute", "count", "database_active_sessions", wait=CPU),
        steps=slowest_steps(evidence),
        statements=_busiest(evidence),
        details={"why": "", "rate_per_s": evidence.load.rate_per_s, "what": what},
    )


def _rate(evidence: Evidence) -> str:
    return f"{format_rate(evidence.load.rate_per_s).removesuffix('/s')} requests/s"


def _busiest(evidence: Evidence) -> list[Suspect]:
    """The statements that took most time without their reads and writes of files."""
    ranked = sorted(evidence.database.statements, key=lambda row: row.io_ms - row.total_ms)
    return [evidence.database.suspect(row) for row in ranked if row.top_level][:STATEMENTS_SHOWN]


def cannot_grow(evidence: Evidence) -> str:
    """How the load shows that more would not be served, in words; nothing where it does not."""
    return _open(evidence) if evidence.setting.open_loop else _closed(evidence)


def _open(evidence: Evidence) -> str:
    load = evidence.load
    dropped = sum(second.dropped for second in load.seconds)
    if dropped > DROPPED_MIN * max(1, load.requests):
        return f"{dropped:,} arrivals found no free user"
    asked = sum((second.target_rate_per_s or 0.0) * second.width_s for second in load.seconds)
    ended = sum(second.journeys for second in load.seconds)
    if asked and ended < ACHIEVED_MIN * asked:
        return f"only {format_share(ended / asked)} of the arrivals that the profile asks for were served"
    third = len(load.seconds) // 3
    if third:
        first = sum(second.in_flight for second in load.seconds[:third]) / third
        last = sum(second.in_flight for second in load.seconds[-third:]) / third
        if last > GROWN_MIN * first and last - first > 5:
            return f"requests in flight grew from {first:.0f} to {last:.0f}"
    slower = slowed(evidence)
    if slower is not None and slower >= SLOWER_MIN:
        return f"requests take {slower:.1f} times as long as the quickest of them"
    return ""


def slowed(evidence: Evidence) -> float | None:
    """How many times longer requests take than the quickest of their step; None where that is not known."""
    known = [step for step in evidence.load.steps if step.service_low_ms and step.count]
    quickest_s = sum((step.service_low_ms or 0.0) * step.count for step in known) / 1000
    return sum(step.latency_s for step in known) / quickest_s if quickest_s else None


def _closed(evidence: Evidence) -> str:
    load = evidence.load
    waiting = sum(second.in_flight for second in load.seconds) / max(1, len(load.seconds))
    queued = evidence.accounting.share(RUN_DELAY, APPLICATION_RUN_DELAY, APPLICATION)
    if waiting < 2 or queued < QUEUED_MIN:
        return ""
    return f"{waiting:.0f} requests are under way at a time and wait for each other"


def _finding(evidence: Evidence, use: CpuUse, spent: Spent, why: str) -> Finding:
    rate, others, unseen = _rate(evidence), serves_others(evidence) or others_take_part(use), unlooked_at(evidence)
    carries = f"about {rate} of this mix is what the platform carries"
    foreign = use.part(use.foreign)
    alone = f"mostly by the load's own work, {format_share(foreign)} by other programs"
    by_whom = "by the load's own work and nothing else" if foreign < NOBODY_ELSE_MAX else alone
    if others:
        by_whom = (
            "partly by sessions that are not the load's" if serves_others(evidence) else "partly by other programs"
        )
    return Finding(
        kind=CAPACITY,
        layer=spent.layer,
        subject=spent.what,
        title=f"{spent.what} {'are' if 'cores' in spent.what else 'is'} used up at {rate}",
        explanation=(
            f"{format_share(spent.used)} of {spent.what} is in use, {by_whom}, and {why}."
            f" {format_share(spent.share.value)} of what requests took is time on a core or in the queue for one. "
            + (f"{unseen}: a fault cannot be excluded. Without one, " if unseen else "No fault was found: ")
            + f"{carries}."
        ),
        confidence="possible" if others or unseen else "likely",
        confirm_by="ask for more: the rate must stay and latencies must grow; with more CPU the rate must rise",
        share=spent.share,
        figures=_figures(evidence, use, spent),
        chart=waits_chart(evidence),
        steps=slowest_steps(evidence),
        statements=_busiest(evidence),
        details={
            "why": why,
            "rate_per_s": evidence.load.rate_per_s,
            "used": spent.used,
            "what": spent.what,
            "unseen": unseen,
        },
    )


def unlooked_at(evidence: Evidence) -> str:
    """What of the database was not recorded that faults show in, in words; nothing where it was, or none was seen."""
    if not evidence.gauges.keys("database_active_sessions"):
        return ""
    database, killed = evidence.database, evidence.summary.stopped_by == KILLED
    planned = any("plan" in found for found in database.plans.values())
    missing = "statements" if not database.statements else "" if planned else "plans of statements"
    why = "the run was killed" if killed else "the database was not watched long enough, or may not be asked for them"
    return f"No {missing} were recorded ({why})" if missing else ""


def serves_others(evidence: Evidence) -> bool:
    """Whether sessions are active for much longer than the load waits for answers: then not all of them are its own."""
    seconds = evidence.load.seconds
    workers = parallel_workers(evidence.database) * len(seconds)
    active = sum(by_second(seconds, evidence.gauges.summed("database_active_sessions"))) - workers
    return active > OTHERS_MIN * sum(second.service_s / second.width_s for second in seconds) > 0


def _figures(evidence: Evidence, use: CpuUse, spent: Spent) -> Sequence[Figure]:
    load = evidence.load
    per_request_ms = 1000 * use.platform / load.rate_per_s if load.rate_per_s else 0.0
    found = [
        Figure("in use", spent.used, "share", BUSY_MIN),
        Figure("cores the platform may use", use.limit, "cores"),
        Figure("by the database", use.part(use.database), "share"),
        Figure("by the application", use.part(use.application), "share"),
        Figure("by poolers, proxies and caches", use.part(use.services), "share"),
        Figure("by the load generator", use.part(use.generator), "share"),
        Figure("by other programs", use.part(use.foreign), "share"),
        Figure("requests per second", load.rate_per_s, "1/s"),
        Figure("CPU time of the platform for each request", per_request_ms, "ms"),
        Figure("requests waiting for a core", evidence.accounting.share(RUN_DELAY, APPLICATION_RUN_DELAY), "share"),
    ]
    return [one for one in found if one.value > 0]
