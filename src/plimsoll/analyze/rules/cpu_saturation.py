"""Cores that the platform wants and does not get, because another program has them.

That the platform's own work fills its cores is no fault: see `at_capacity`; limits and hypervisors: see `cpu_withheld`.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from plimsoll.analyze.accounting import (
    APPLICATION,
    APPLICATION_CPU,
    APPLICATION_RUN_DELAY,
    CPU,
    RUN_DELAY,
    application_trees,
)
from plimsoll.analyze.evidence.cpu_use import UNNAMED, CpuUse, Program, cpu_use
from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.evidence.wait_parts import added, scaled, times
from plimsoll.analyze.evidence.waiting import slowest_steps
from plimsoll.core.analysis import Accounting
from plimsoll.core.finding import Chart, Figure, Finding, Share
from plimsoll.core.units import format_share

KIND: Final = "cpu-saturation"
FOREIGN_MIN: Final = 0.15  # of the platform's cores, used by others
EXPLAINED_MIN: Final = 0.10  # of the time of all requests
BUSY_MIN: Final = 0.50  # of the platform's cores: below it nobody needs to wait long
ONE_THREAD_MAX: Final = 1.1  # cores that a process which computes in one thread uses or waits for, roughly
OCCUPIED_MAX: Final = 0.95  # of the application's processes: above it all that waits within it waits for them
FULL_MIN: Final = 0.80  # of the cores, as looks add up: what lives for a moment only is not in them
OWN_CALCULABLE_MAX: Final = 0.90  # of its cores in use by itself: above it its own queue has no expected length
NAMED_MAX: Final = 3
MOST: Final = 0.95  # of what others take: then one of them is named as the one


def examine(evidence: Evidence) -> Iterator[Finding]:
    use = cpu_use(evidence)
    if use is None:
        return
    yield from _taken_by_others(evidence, use)


def _taken_by_others(evidence: Evidence, use: CpuUse) -> Iterator[Finding]:
    accounting = evidence.accounting
    waiting = kept_from_cores(evidence, use)
    if waiting is None or use.part(use.foreign) < FOREIGN_MIN or use.busy < BUSY_MIN:
        return
    share = times(waiting, blamed_on_others(accounting, use))
    if share.value < EXPLAINED_MIN:
        return
    listed, rest = _listed(use), _unlisted(use)
    named = use.foreign - rest
    subject = listed[0].name if named >= rest else UNNAMED
    victim, where = _victim(evidence, use), _where(use)
    yield Finding(
        kind=KIND,
        layer="system",
        subject=subject,
        title=f"{_takes(use, where)}, and {victim} waits for {'it' if _is_one(use) else 'them'}",
        explanation=(
            f"For {format_share(waiting.value)} of the time of all requests {victim} was ready to run and waited for a "
            "core, or requests queued behind a process that did. The platform used "
            f"{format_share(use.part(use.platform))} of {where}; programs that are not of it used "
            f"{format_share(use.part(use.foreign))}. By their part of the time on these cores, and by how long "
            f"the platform's own queue would be without them, they account for {format_share(share.value)} of what "
            "requests took."
        ),
        confidence="likely" if named >= use.foreign / 2 else "possible",
        confirm_by=_confirming(use),
        share=share,
        figures=_figures(evidence, use, waiting),
        chart=waits_chart(evidence),
        steps=slowest_steps(evidence),
        details={
            "processes": [
                {
                    "name": one.name,
                    "pids": list(one.pids[:10]),
                    "processes": len(one.pids),
                    "cores": round(one.cores, 3),
                    "part": round(one.cores / use.foreign, 3) if use.foreign else 1.0,
                }
                for one in listed[:NAMED_MAX]
            ],
            "unlisted": round(rest / use.foreign, 3) if use.foreign else 0.0,
            "pinned": use.pinned,
            "victim": victim,
        },
    )


def kept_from_cores(evidence: Evidence, use: CpuUse) -> Share | None:
    """Waits for a core, and what of the application's queue is due to them."""
    direct = scaled(evidence.accounting, 1.0, RUN_DELAY, APPLICATION_RUN_DELAY)
    behind = queued_behind(evidence, use)
    return direct if direct is None or behind is None else added([direct, behind])


def queued_behind(evidence: Evidence, use: CpuUse) -> Share | None:
    """Requests queue within an application for processes that run or wait for a core: by the queue of a single server,
    p / (1 - p) of that time where they are taken up to p. Of it the part in which they waited for a core.

    Where many threads serve, each request has its own, and its waits are among those that are counted anyway."""
    accounting, gauges = evidence.accounting, evidence.gauges
    trees = application_trees(gauges)
    ran, late = (
        sum(gauges.mean(f"process_{name}_percent", tree=tree) or 0.0 for tree in trees) for name in ("cpu", "run_delay")
    )
    rest = accounting.share(APPLICATION)
    taken_up = (ran + late) / 100 / max(1, use.workers)
    if not late or not rest or taken_up > ONE_THREAD_MAX:
        return None
    part = 1.0
    if taken_up < OCCUPIED_MAX:
        expected = accounting.share(APPLICATION_CPU, APPLICATION_RUN_DELAY) * taken_up / (1 - taken_up)
        part = min(1.0, expected / rest)
    return scaled(accounting, part * late / (ran + late), APPLICATION)


def blamed_on_others(accounting: Accounting, use: CpuUse) -> float:
    """Which part (0 to 1) of the platform's waits for a core is due to others rather than to its own queue.

    By processor sharing: where cores are left idle, who computes is slowed down by others that use f of the cores to
    1 / (1 - f), and the rest of its waits is its own bursts. Where all are taken, at least the others' part of them;
    and while the platform alone would leave cores idle, its own queue is u / (1 - u) of its time on a core at a
    utilisation of u: what is above that is theirs.
    """
    waited = accounting.share(RUN_DELAY, APPLICATION_RUN_DELAY)
    computing, others = accounting.share(CPU, APPLICATION_CPU), use.part(use.foreign)
    if use.busy < FULL_MIN and waited and others < 1:
        return min(1.0, computing * others / (1 - others) / waited)
    by_use = use.foreign / use.all if use.all else 0.0
    own = use.part(use.platform)
    if own >= OWN_CALCULABLE_MAX or not waited:
        return by_use
    expected = computing * own / (1 - own)
    return max(by_use, 1 - expected / waited)


def _victim(evidence: Evidence, use: CpuUse) -> str:
    behind = queued_behind(evidence, use)
    database = evidence.accounting.share(RUN_DELAY)
    application = evidence.accounting.share(APPLICATION_RUN_DELAY) + (0.0 if behind is None else behind.value)
    if min(database, application) > EXPLAINED_MIN / 2:
        return "the platform"
    return "the database" if database >= application else "the application"


def _where(use: CpuUse) -> str:
    cores = f"{use.limit:g} core{'' if use.limit == 1 else 's'}"
    return f"the {cores} that the platform is pinned to" if use.pinned else f"the machine's {cores}"


def _listed(use: CpuUse) -> Sequence[Program]:
    return [one for one in use.others if one.name != UNNAMED]


def _unlisted(use: CpuUse) -> float:
    """Cores that are taken by what no look at the busiest processes has named."""
    return sum(one.cores for one in use.others if one.name == UNNAMED)


def _is_one(use: CpuUse) -> bool:
    """Whether one program is named for all."""
    return not _unlisted(use) and (len(use.others) == 1 or use.others[0].cores >= MOST * use.foreign)


def _takes(use: CpuUse, where: str) -> str:
    """Who takes how much; what is listed and what is not each with its own part, the larger first."""
    listed, rest = sum(one.cores for one in _listed(use)), _unlisted(use)
    part, of_rest = format_share(use.part(listed)), format_share(use.part(rest))
    if not rest:
        return f"{_programs(use, _is_one(use))} {part} of {where}"
    if not listed:
        return f"{UNNAMED} take {of_rest} of {where}"
    if listed >= rest:
        return f"{_programs(use)} {part} of {where}, {UNNAMED} another {of_rest}"
    return f"{UNNAMED} take {of_rest} of {where}, {_names(use)} another {part}"


def _programs(use: CpuUse, alone: bool = False) -> str:
    one = alone or len(_listed(use)) == 1
    return f"{_said(use.others[0]) if one else _names(use)} {'takes' if one else 'take'}"


def _names(use: CpuUse) -> str:
    """The first of the list, and how many beside it."""
    first, *others = _listed(use)
    more = f" and {len(others)} other program{'' if len(others) == 1 else 's'}" if others else ""
    return f"{_said(first)}{more}"


def _confirming(use: CpuUse) -> str:
    listed, must = _listed(use), "and run again: the waits for a core must go"
    if _unlisted(use) > use.foreign / 2 or not listed:
        return f"see what else runs (pidstat -u 1 10; execsnoop for what is short-lived), stop it, {must}"
    return f"stop {_said(listed[0])}, or move it to other cores, {must}"


def _said(program: Program) -> str:
    if not program.pids:
        return program.name
    count = len(program.pids)
    return f"{program.name} ({f'pid {program.pids[0]}' if count == 1 else f'{count} processes'})"


def _figures(evidence: Evidence, use: CpuUse, waiting: Share) -> Sequence[Figure]:
    figures = [
        Figure("requests waiting for a core", waiting.value, "share"),
        Figure("the platform's cores in use", use.busy, "share", BUSY_MIN),
        Figure("by programs that do not belong to the platform", use.part(use.foreign), "share", FOREIGN_MIN),
        *(Figure(f"of these: {_said(one)}", use.part(one.cores), "share") for one in _told(use)),
        Figure("by the database", use.part(use.database), "share"),
        Figure("by the application", use.part(use.application), "share"),
        Figure("by poolers, proxies and caches", use.part(use.services), "share"),
        Figure("by the load generator", use.part(use.generator), "share"),
    ]
    pressure = evidence.gauges.mean("host_pressure_percent", resource="cpu", kind="some")
    runnable = evidence.gauges.mean("host_tasks_runnable")
    if pressure is not None:
        figures.append(Figure("time in which some task wanted a core (PSI)", pressure, "percent"))
    if runnable is not None:
        figures.append(Figure("tasks that run or want to", runnable, "count"))
    return [one for one in figures if one.value > 0]


def _told(use: CpuUse) -> Sequence[Program]:
    """The busiest of the list, and all that is not on it."""
    rest = [one for one in use.others if one.name == UNNAMED]
    return sorted([*_listed(use)[:NAMED_MAX], *rest], key=lambda one: -one.cores)


def waits_chart(evidence: Evidence) -> Chart | None:
    gauges = evidence.gauges
    return gauges.chart("waiting for a core, all processes of the platform", "percent", "process_run_delay_percent")
