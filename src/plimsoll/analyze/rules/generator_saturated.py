"""The load generator is the bottleneck: then what was measured is partly it. Its own work, or who takes its cores."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from plimsoll.analyze.accounting import APPLICATION_RUN_DELAY, LAG, NETWORK, RUN_DELAY
from plimsoll.analyze.evidence.cpu_use import CpuUse, cpu_use
from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.evidence.takers import is_taken_by_target, taker_words, takers
from plimsoll.analyze.evidence.wait_parts import scaled
from plimsoll.core.finding import Figure, Finding, Share
from plimsoll.core.units import format_share
from plimsoll.core.validity import BLOCKED_SHARE_MAX, BUSY_CPU_SHARE, RUN_DELAY_SHARE_MAX

KIND: Final = "generator-saturated"
SHARING: Final = "cores that it shares with the target"
UNTRUSTED: Final = 0.3  # the least weight in a run whose latencies are partly ours: the verdict says so anyway
STARVED_MIN: Final = 0.15  # of its time waiting for a core, where it was late: then that is why
SHARED_MIN: Final = 0.35  # of the cores, used by the generator
EXPLAINED_MIN: Final = 0.15
FULL_MIN: Final = 0.90

BUSY_MACHINE_PERCENT: Final = 85.0

Cause = Literal["work", "starved", "target", "held-up", "late", "sharing"]


@dataclass(frozen=True, slots=True)
class Use:
    """Of one core, each process on average."""

    cpu: float
    run_delay: float
    held_up: float = 0.0


def examine(evidence: Evidence) -> Iterator[Finding]:
    use = generator_use(evidence)
    share = _share(evidence, use)
    if evidence.summary.generator.saturated or (_limits(evidence, use) and share and share.value >= EXPLAINED_MIN):
        yield _finding(evidence, use, _cause(evidence, use), share)
    else:
        yield from _sharing(evidence)


def generator_use(evidence: Evidence) -> Use:
    wall_s = sum(second.wall_s for second in evidence.load.seconds)
    if not wall_s:
        return Use(0.0, 0.0)
    seconds = evidence.load.seconds
    cpu_s, delay_s = sum(one.cpu_s for one in seconds), sum(one.run_delay_s for one in seconds)
    held_s = sum(one.blocked_s for one in seconds) - delay_s  # a missing core is told apart
    return Use(cpu_s / wall_s, delay_s / wall_s, max(0.0, held_s / wall_s))


def _limits(evidence: Evidence, use: Use) -> bool:
    """In this stretch, as the run's own validity would say: a busy open loop that is in time is well."""
    busy = not evidence.setting.open_loop and use.cpu > BUSY_CPU_SHARE
    return busy or use.run_delay > RUN_DELAY_SHARE_MAX


def _cause(evidence: Evidence, use: Use) -> Cause:
    if use.cpu + use.run_delay >= BUSY_CPU_SHARE and use.cpu >= use.run_delay:
        return "work"
    if use.run_delay >= STARVED_MIN:
        return _taken(evidence)
    if use.held_up > BLOCKED_SHARE_MAX:
        return "held-up"
    busy = (evidence.gauges.mean("host_cpu_busy_percent") or 0.0) >= BUSY_MACHINE_PERCENT
    return _taken(evidence) if busy and _named(evidence) else "late"


def _taken(evidence: Evidence) -> Cause:
    return "target" if is_taken_by_target(takers(evidence)) else "starved"


def _named(evidence: Evidence) -> bool:
    found = takers(evidence)
    return bool(taker_words(found, True) or taker_words(found, False))


_WORDS: Final = {
    "work": ("its own work", "its own work fills the core that each of its processes can use"),
    "starved": ("cores that others use", "other programs use the cores that it runs on"),
    "target": ("cores that the target uses", "the target takes the cores that it runs on"),
    "held-up": ("its event loop", "something held its event loop up: code of a journey that blocks, or a pause"),
    "late": ("its lateness", "it sent requests late, for a reason that its gauges do not show"),
}


def _finding(evidence: Evidence, use: Use, cause: Cause, share: Share | None) -> Finding:
    subject, why = _WORDS[cause]
    found = takers(evidence) if cause in ("starved", "target") else []
    target, others = taker_words(found, True), taker_words(found, False)
    named = target if cause == "target" else others
    beside = others if cause == "target" else target
    lag = evidence.accounting.share(LAG)
    return Finding(
        kind=KIND,
        layer="generator",
        subject=subject,
        title=f"the load generator itself is at its limit: {why}{_list(named)}",
        explanation=(
            f"Its processes used {format_share(use.cpu)} of a core each and waited for one for "
            f"{format_share(use.run_delay)} of the time. {format_share(lag)} of what requests took is its own "
            "lateness, and answers that had arrived waited until it read them. What this run says of the target is "
            f"too slow by that, or asks less of it than was intended.{_beside(cause, beside)}"
        ),
        confidence="likely",
        confirm_by=(
            "run again with more --processes, or from a machine of its own: where the target is the limit, rates and "
            "latencies stay as they are"
        ),
        share=share,
        risk=0.0 if evidence.summary.valid else UNTRUSTED,
        figures=_figures(evidence, use),
        chart=evidence.gauges.chart("CPU of the load generator", "percent", "generator_cpu_percent"),
        details={"cause": cause, "processes": evidence.setting.processes, "others": others, "target": target},
    )


def _list(named: Sequence[str]) -> str:
    return f": {', '.join(named)}" if named else ""


def _beside(cause: Cause, named: Sequence[str]) -> str:
    """Who else takes cores, the target or others."""
    who = "Other programs" if cause == "target" else "The target"
    return f" {who} took some, too{_list(named)}." if named else ""


def _share(evidence: Evidence, use: Use) -> Share | None:
    """Its lateness; and where it is short of CPU, what nobody else explains: there answers wait for it."""
    short = use.cpu + use.run_delay >= BUSY_CPU_SHARE or use.run_delay >= RUN_DELAY_SHARE_MAX
    parts = (LAG, NETWORK) if short else (LAG,)
    return scaled(evidence.accounting, 1.0, *parts)


def _figures(evidence: Evidence, use: Use) -> Sequence[Figure]:
    limit = None if evidence.setting.open_loop else BUSY_CPU_SHARE
    found = [
        Figure("CPU of each process, of one core", use.cpu, "share", limit),
        Figure("waiting for a core", use.run_delay, "share", RUN_DELAY_SHARE_MAX),
        Figure("its own lateness, of what requests took", evidence.accounting.share(LAG), "share"),
        Figure("processes", float(evidence.setting.processes), "count"),
    ]
    lag = evidence.gauges.highest("generator_lag_ms_p99")
    return [*found, Figure("lag p99, the worst second", lag, "ms")] if lag is not None else found


# -- on the target's machine


def _sharing(evidence: Evidence) -> Iterator[Finding]:
    """It is well itself, but takes the cores that it measures."""
    use = cpu_use(evidence)
    if use is None or use.busy < FULL_MIN or use.part(use.generator) < SHARED_MIN or use.generator < use.foreign:
        return
    share = scaled(evidence.accounting, use.generator / use.all, RUN_DELAY, APPLICATION_RUN_DELAY)
    if share is None or share.value < EXPLAINED_MIN:
        return
    yield Finding(
        kind=KIND,
        layer="generator",
        subject=SHARING,
        title=(
            f"the load generator takes {format_share(use.part(use.generator))} of the cores that it shares with the "
            "target, which waits for them"
        ),
        explanation=(
            f"Target and load generator run on the same {use.limit:g} cores, which are {format_share(use.busy)} busy. "
            f"By its part of them the generator accounts for {format_share(share.value)} of what requests took: time "
            "in which the target was ready to run and had no core. On a machine of its own the target carries more."
        ),
        confidence="likely",
        confirm_by="run the load from another machine (--cluster), or pin both to cores of their own (taskset)",
        share=share,
        figures=_shared_figures(evidence, use),
        chart=evidence.gauges.chart("CPU of the load generator", "percent", "generator_cpu_percent"),
        details={"cause": "sharing", "processes": evidence.setting.processes, "others": []},
    )


def _shared_figures(evidence: Evidence, use: CpuUse) -> Sequence[Figure]:
    waiting = evidence.accounting.share(RUN_DELAY, APPLICATION_RUN_DELAY)
    return [
        Figure("cores in use", use.busy, "share", FULL_MIN),
        Figure("by the load generator", use.part(use.generator), "share", SHARED_MIN),
        Figure("by the platform", use.part(use.platform), "share"),
        Figure("requests waiting for a core", waiting, "share"),
    ]
