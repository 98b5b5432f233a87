"""Whether a run's figures may be believed, and why not. Pure.

Only the generator's own lateness, or its having been kept from running, makes an open loop's figures wrong: what was
measured is then partly us. A closed loop merely sends less than it could, which deserves a warning.
"""

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from plimsoll.core.units import format_ms, format_share

if TYPE_CHECKING:  # see core.summary
    from plimsoll.core.totals import Totals

# Lag is harmless while it is small beside what is measured, and below this whatever is measured.
LAG_P99_MAX_US = 10_000
LAG_SHARE_OF_LATENCY_MAX = 0.10  # lag p99 against the median latency
# Runnable, but without a core: a starved generator showed 34-63 %, a healthy one beside a busy server up to 20 %.
RUN_DELAY_SHARE_MAX = 0.30
BLOCKED_SHARE_MAX = 0.05  # of the time; what a garbage collection takes stays far below
FAILING_SHARE_WARNED = 0.05
BUSY_CPU_SHARE = 0.90  # of one core a process


@dataclass(frozen=True, slots=True)
class Validity:
    """`saturated` says the generator was at its limit; `invalid_because` is empty for a run that may be believed."""

    saturated: bool
    invalid_because: tuple[str, ...]
    warnings: tuple[str, ...]


def judge_validity(totals: "Totals", *, open_loop: bool) -> Validity:
    """Weighs lag, run-queue delay, CPU, lost samples and wholesale failure."""
    late, starved, busy = _late(totals), _starved(totals), _busy(totals)
    because, warnings = _wholesale_failure(totals), [*_failing(totals), *_blocked(totals)]
    if totals.samples_uncounted:
        because.append(
            f"{totals.samples_uncounted:,} samples were lost before they were counted: the disk was too slow"
        )
    if open_loop:
        because += late + starved
    else:
        warnings += busy + starved
    if totals.samples_lost:
        warnings.append(f"{totals.samples_lost:,} samples were not stored; the figures count them")
    return Validity(bool(late + starved if open_loop else busy), tuple(because), tuple(warnings))


def _wholesale_failure(totals: "Totals") -> list[str]:
    if totals.requests == 0 and totals.journeys_finished == 0:
        return ["nothing was measured: no step ended"]
    if totals.requests == 0:
        return ["nothing was measured: no journey made a step"]
    if totals.errors == totals.requests:
        classes = sum((step.error_classes for step in totals.steps.values()), Counter[str]())
        return [f"every one of {totals.requests:,} requests failed, most often with {classes.most_common(1)[0][0]}"]
    return []


def _failing(totals: "Totals") -> list[str]:
    """Refusals are quick: figures that hold many of them flatter."""
    said = []
    if totals.journeys_finished and totals.journeys_failed == totals.journeys_finished:
        said.append(f"every one of {totals.journeys_failed:,} journeys failed: nobody got what they came for")
    failed = share(totals.errors, totals.requests)
    if failed is None or not FAILING_SHARE_WARNED <= failed < 1:
        return said
    return [
        *said,
        f"{format_share(failed)} of the requests failed; latencies and rates hold them, but for those of goals",
    ]


def _late(totals: "Totals") -> list[str]:
    lag_us, latency_us = totals.lag.value().quantile_us(0.99), totals.latency().quantile_us(0.5)
    if not lag_us or lag_us <= LAG_P99_MAX_US or lag_us <= LAG_SHARE_OF_LATENCY_MAX * (latency_us or 0):
        return []
    return [f"the load generator was late: lag p99 {format_ms(lag_us / 1000)}; it was saturated or starved"]


def _starved(totals: "Totals") -> list[str]:
    delay = share(totals.run_delay_s, totals.wall_s)
    if delay is None or delay <= RUN_DELAY_SHARE_MAX:
        return []
    return [f"the load generator waited {format_share(delay)} of the time for a core, which the latencies hold in part"]


def _blocked(totals: "Totals") -> list[str]:
    """Code that never lets go of the event loop makes every user wait; a missing core is told apart."""
    held = share(totals.blocked_s - totals.run_delay_s, totals.wall_s)
    if held is None or held <= BLOCKED_SHARE_MAX:
        return []
    said = f"something held the load generator's event loop up for {format_share(held)} of the time"
    return [f"{said}, which the figures hold in part: does a journey block, as time.sleep does?"]


def _busy(totals: "Totals") -> list[str]:
    busy = share(totals.cpu_s, totals.wall_s)
    if busy is None or busy <= BUSY_CPU_SHARE:
        return []
    return [f"the load generator used {format_share(busy)} of a core a process: more --processes may carry more"]


def share(part: float, whole: float) -> float | None:
    return part / whole if whole > 0 else None
