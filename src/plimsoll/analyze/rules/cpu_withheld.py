"""Cores that are there and withheld: by the limit of a container, a quota of the platform's own, or the hypervisor."""

from collections.abc import Iterator
from typing import Final

from plimsoll.analyze.accounting import APPLICATION_CPU, APPLICATION_RUN_DELAY, CPU, RUN_DELAY
from plimsoll.analyze.evidence.cpu_use import CpuUse, cpu_use
from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.evidence.wait_parts import scaled
from plimsoll.analyze.evidence.waiting import slowest_steps
from plimsoll.analyze.rules.cpu_saturation import EXPLAINED_MIN, KIND, waits_chart
from plimsoll.core.finding import Figure, Finding
from plimsoll.core.units import format_share

LIMIT_SUBJECT: Final = "the container's CPU limit"
QUOTA_SUBJECT: Final = "a CPU quota of the platform"
STEAL_SUBJECT: Final = "the hypervisor"
THROTTLED_MIN: Final = 0.10  # of the periods
STEAL_MIN_PERCENT: Final = 10.0  # of all CPU time
IDLE_MIN: Final = 0.40  # of the platform's cores, while it waits for one: the scheduler alone does not do that
WAITING_MIN: Final = 0.30  # of the time of all requests, and more than what they compute
CORES_MIN: Final = 2  # on a single one a burst queues behind itself


def examine(evidence: Evidence) -> Iterator[Finding]:
    use = cpu_use(evidence)
    if use is None:
        return
    throttled = list(_throttled(evidence, use))
    yield from throttled or _quota(evidence, use)
    yield from _stolen(evidence)


def _throttled(evidence: Evidence, use: CpuUse) -> Iterator[Finding]:
    gauges = evidence.gauges
    throttled = (gauges.mean("container_cpu_throttled_percent") or 0.0) / 100
    limit = gauges.mean("container_cpu_limit_cores")
    share = scaled(evidence.accounting, throttled, CPU, RUN_DELAY, APPLICATION_CPU, APPLICATION_RUN_DELAY)
    if limit is None or throttled < THROTTLED_MIN or share is None or share.value < EXPLAINED_MIN:
        return
    used = gauges.mean("container_cpu_used_percent")
    yield Finding(
        kind=KIND,
        layer="system",
        subject=LIMIT_SUBJECT,
        title=f"the container's limit of {limit:g} cores holds it back in {format_share(throttled)} of the periods",
        explanation=(
            f"The kernel stopped all processes of the container in {format_share(throttled)} of the scheduling periods "
            "because their quota (cpu.max) was used up before the period's end: whatever ran then was late by the rest "
            f"of it. That bears on {format_share(share.value)} of what requests took, as far as they were computing."
        ),
        confidence="likely",
        confirm_by="raise the limit, or run outside of the container: throttled periods must go to 0",
        share=share,
        figures=[
            Figure("periods in which it was held back", throttled, "share", THROTTLED_MIN),
            Figure("cores it may use", limit, "cores"),
            *([Figure("CPU in use, of the limit", used, "percent")] if used is not None else []),
        ],
        chart=gauges.chart("held back", "percent", "container_cpu_throttled_percent"),
        steps=slowest_steps(evidence),
        details={"limit_cores": limit, "used_cores": use.platform},
    )


# -- a limit of the platform's own, which is not ours


def _quota(evidence: Evidence, use: CpuUse) -> Iterator[Finding]:
    share = scaled(evidence.accounting, 1.0, RUN_DELAY, APPLICATION_RUN_DELAY)
    idle, computing = 1 - use.busy, evidence.accounting.share(CPU, APPLICATION_CPU)
    if share is None or share.value < max(WAITING_MIN, computing) or not use.placed:
        return
    if idle < IDLE_MIN or use.limit < CORES_MIN:
        return
    yield Finding(
        kind=KIND,
        layer="system",
        subject=QUOTA_SUBJECT,
        title=f"the platform waits for a core while {format_share(idle)} of its {use.limit:g} cores are idle",
        explanation=(
            f"{format_share(share.value)} of what requests took is time in which processes were ready to run and were "
            f"not let to, though {format_share(idle)} of the cores that they may use had nothing to do. That is what a "
            "quota looks like (cpu.max of a cgroup, CPUQuota of a unit): processes stand still from when it is used up "
            "to the end of the period."
        ),
        confidence="possible",
        confirm_by="nr_throttled in cpu.stat of the processes' cgroup (/proc/<pid>/cgroup) grows during a run",
        share=share,
        figures=[
            Figure("requests waiting for a core", share.value, "share", WAITING_MIN),
            Figure("cores that are idle", idle, "share", IDLE_MIN),
            Figure("cores that the platform uses", use.platform, "cores"),
        ],
        chart=waits_chart(evidence),
        steps=slowest_steps(evidence),
        details={"limit_cores": use.platform, "used_cores": use.platform},
    )


# -- the hypervisor


def _stolen(evidence: Evidence) -> Iterator[Finding]:
    gauges = evidence.gauges
    steal, busy = gauges.mean("host_cpu_percent", mode="steal") or 0.0, gauges.mean("host_cpu_busy_percent") or 0.0
    share = scaled(evidence.accounting, steal / busy if busy else 0.0, CPU, APPLICATION_CPU)
    if steal < STEAL_MIN_PERCENT or share is None or share.value < EXPLAINED_MIN:
        return
    yield Finding(
        kind=KIND,
        layer="system",
        subject=STEAL_SUBJECT,
        title=f"the hypervisor withholds {format_share(steal / 100)} of the machine's CPU time (steal)",
        explanation=(
            f"This machine is virtual, and was ready to run for {format_share(steal / 100)} of the time without being "
            f"let to. {format_share(steal / busy)} of the time in which the platform seemed to compute it stood still."
        ),
        confidence="likely",
        confirm_by="run on a machine with cores of its own, or at another time: steal must be near 0",
        share=share,
        figures=[
            Figure("CPU time that the hypervisor gave to others", steal, "percent", STEAL_MIN_PERCENT),
            Figure("CPU time in use, with it", busy, "percent"),
        ],
        chart=gauges.chart("steal", "percent", "host_cpu_percent", mode="steal"),
        steps=slowest_steps(evidence),
    )
