"""Memory that runs out: pages that are swapped, tasks that stand still for want of memory, processes killed for it.

Memory that is merely full is no finding: an idle page of cache is a wasted one.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from plimsoll.analyze.accounting import CPU, SESSIONS_CPU, SESSIONS_DELAY, by_second, share_of
from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.evidence.waiting import slowest_steps
from plimsoll.core.finding import Figure, Finding, Share
from plimsoll.core.units import format_bytes, format_share

KIND: Final = "memory-pressure"
KILLED: Final = "processes killed for want of memory"
SWAPPING: Final = "swapping"
STALLS: Final = "memory of the machine"
KILL_RISK: Final = 0.9
SWAP_BYTES_MIN: Final = 1_000_000.0  # a second, in and out together: less is the kernel tidying up
PRESSURE_MIN_PERCENT: Final = 5.0  # of the time in which some task stood still for want of memory
PRESSURE_ALONE_PERCENT: Final = 10.0
LIMIT_PERCENT: Final = 90.0  # of a container's limit


def examine(evidence: Evidence) -> Iterator[Finding]:
    yield from _killed(evidence)
    yield from _short(evidence)


def _killed(evidence: Evidence) -> Iterator[Finding]:
    gauges, length_s = evidence.gauges, evidence.load.duration_s
    kills = round(
        max(gauges.mean(f"{where}_oom_kills_per_s") or 0.0 for where in ("host", "container")) * length_s
    )  # fmt: skip
    if kills < 1:
        return
    yield Finding(
        kind=KIND,
        layer="system",
        subject=KILLED,
        title=f"the kernel killed {kills} process{'es' if kills > 1 else ''} for want of memory during the load",
        explanation=(
            "Memory was so short that the kernel chose processes and ended them (OOM). One backend of PostgreSQL that "
            "is killed makes all others end, and every transaction under way is lost."
        ),
        confidence="confirmed",
        confirm_by="dmesg, or journalctl -k, names the processes and what they held",
        risk=KILL_RISK,
        failed=evidence.load.errors / evidence.load.requests if evidence.load.requests else None,
        figures=[Figure("processes killed", float(kills), "count", 0.0), *_figures(evidence)],
        chart=gauges.chart("memory in use", "percent", "host_memory_used_percent"),
        details={"kills": kills},
    )


def _short(evidence: Evidence) -> Iterator[Finding]:
    gauges = evidence.gauges
    swapped = sum(gauges.mean(f"host_swap_{way}_bytes_per_s") or 0.0 for way in ("in", "out"))
    where, pressure = _pressure(evidence)
    swapping = swapped >= SWAP_BYTES_MIN and pressure >= PRESSURE_MIN_PERCENT
    if not swapping and pressure < PRESSURE_ALONE_PERCENT:
        return
    share = stalled(evidence)
    how = f"{format_bytes(swapped)}/s go to and from swap" if swapping else "pages that are needed again are dropped"
    yield Finding(
        kind=KIND,
        layer="system",
        subject=SWAPPING if swapping else STALLS,
        title=f"memory of the {where} is short: {how}, tasks stand still {format_share(pressure / 100)} of the time",
        explanation=(
            f"For {format_share(pressure / 100)} of the time some task could not go on before memory was found for it "
            f"(PSI), and {how}. "
            + (
                f"Sessions that waited for nothing in the database neither ran nor waited for a core in "
                f"{format_share(share.value)} of the time of all requests: they waited for pages."
                if share is not None
                else "Which part of the requests' time that is, the gauges do not tell."
            )
        ),
        confidence="likely" if share is not None or swapping else "possible",
        confirm_by="give it more memory, or take away from others, and run again: PSI of memory must go to 0",
        share=share,
        risk=min(1.0, pressure / 100),
        figures=_figures(evidence),
        chart=gauges.chart("tasks that want memory (PSI)", "percent", _series(where), None, **dict(_SOME)),
        steps=slowest_steps(evidence),
        details={"where": where, "swapping": swapping},
    )


def _series(where: str) -> str:
    return "container_pressure_percent" if where == "container" else "host_pressure_percent"


def _pressure(evidence: Evidence) -> tuple[str, float]:
    """The container's where it is near its limit, else the machine's."""
    gauges = evidence.gauges
    container = gauges.mean("container_pressure_percent", resource="memory", kind="some") or 0.0
    if (gauges.mean("container_memory_used_percent") or 0.0) >= LIMIT_PERCENT and container:
        return "container", container
    return "machine", gauges.mean("host_pressure_percent", resource="memory", kind="some") or 0.0


def stalled(evidence: Evidence) -> Share | None:
    """Time of sessions that wait for nothing, without a core and without wanting one: page faults that read a disk."""
    gauges, seconds = evidence.gauges, evidence.load.seconds
    if not gauges.keys(SESSIONS_CPU) or evidence.accounting.slice(CPU) is None:
        return None
    wanting = by_second(seconds, gauges.summed("database_active_sessions", wait=CPU))
    ran = by_second(seconds, gauges.summed(SESSIONS_CPU))
    late = by_second(seconds, gauges.summed(SESSIONS_DELAY))
    rest = [
        (wanted - (on + off) / 100) * second.width_s
        for wanted, on, off, second in zip(wanting, ran, late, seconds, strict=True)
    ]
    share = share_of(rest, seconds)
    return share if share.value > 0 else None


_SOME: Final = (("resource", "memory"), ("kind", "some"))
_Wanted = tuple[str, str, str, tuple[tuple[str, str], ...], float | None]
_FIGURES: Final[tuple[_Wanted, ...]] = (
    ("memory in use", "percent", "host_memory_used_percent", (), None),
    ("swap in use", "percent", "host_swap_used_percent", (), None),
    ("read back from swap", "bytes/s", "host_swap_in_bytes_per_s", (), None),
    ("written to swap", "bytes/s", "host_swap_out_bytes_per_s", (), None),
    ("page faults that read from disk", "1/s", "host_major_faults_per_s", (), None),
    ("some task wanted memory (PSI)", "percent", "host_pressure_percent", _SOME, PRESSURE_MIN_PERCENT),
    ("memory in use, of the container's limit", "percent", "container_memory_used_percent", (), LIMIT_PERCENT),
)


def _figures(evidence: Evidence) -> Sequence[Figure]:
    known = (
        (label, evidence.gauges.mean(name, **dict(labels)), unit, limit)
        for label, unit, name, labels, limit in _FIGURES
    )
    return [Figure(label, value, unit, limit) for label, value, unit, limit in known if value]
