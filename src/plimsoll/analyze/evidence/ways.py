"""The way to a site and back, by opening connections, by what the application tells, by the quickest requests."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.evidence.headroom import (
    application_cpu_ms,
    application_is_busy,
    application_is_seen,
    generator_is_busy,
)
from plimsoll.analyze.evidence.round_trips import application_ms, database_ms_a_request, own_ms_of, quickest
from plimsoll.core.finding import Confidence
from plimsoll.core.units import format_ms

SHARE_MIN: Final = 0.05
SHIFT_MIN_MS: Final = 1.5  # where the application says nothing of itself
SHIFT_SHARE_MIN: Final = 0.25
ALIKE: Final = 0.75  # of what is left, by which the quickest requests of steps may differ for their own work


@dataclass(frozen=True, slots=True)
class Way:
    """To the site: a round trip in ms, by what it is known, and connections made for each request. `behind`: each step
    has a constant of its own, so that it is rather behind the application than before it."""

    ms: float
    basis: str
    anew: float
    connect_ms: float
    sure: Confidence = "likely"
    share_min: float = SHARE_MIN
    behind: bool = False


def way_to_site(evidence: Evidence) -> Way | None:
    """The longest that any of the ways to know it gives."""
    steps = [step for step in evidence.load.steps if step.kind == "http"]
    count, connects = sum(step.count for step in steps), sum(step.connects for step in steps)
    if not count:
        return None
    anew = connects / count
    connect_ms = min((step.connect_p50_ms for step in steps if step.connect_p50_ms is not None), default=0.0)
    bound_ms = quickest(evidence, ("http",))
    ways = [
        Way(
            connect_ms if bound_ms is None else min(connect_ms, bound_ms),
            "opening a connection takes one",
            anew,
            connect_ms,
        ),
        *_by_the_application(evidence, anew, connect_ms),
        *_by_the_quickest(evidence, anew, connect_ms),
    ]
    return max(ways, key=lambda way: way.ms)


def _by_the_application(evidence: Evidence, anew: float, connect_ms: float) -> Iterator[Way]:
    """What a request takes here and in the application, by its own account, as far as the quickest ones allow it."""
    told_ms, floor_ms = application_ms(evidence), quickest(evidence, ("http",))
    if told_ms is None or floor_ms is None or application_is_busy(evidence) or generator_is_busy(evidence):
        return
    steps = [step for step in evidence.load.steps if step.kind == "http"]
    service_ms = 1000 * sum(step.service_s for step in steps) / max(1, sum(step.count for step in steps))
    basis = f"the application itself takes {format_ms(told_ms)} of {format_ms(service_ms)}"
    yield Way(min(floor_ms, service_ms - told_ms), basis, anew, connect_ms)


def _by_the_quickest(evidence: Evidence, anew: float, connect_ms: float) -> Iterator[Way]:
    """What even the quickest requests of every step take, less what database, application and generator compute: it is
    the way, or the application waits for something at each request. Through no network it is hardly more than possible
    that something on the way holds requests up; nothing is said where the application itself was not seen idle."""
    floors = [step.service_low_ms for step in evidence.load.steps if step.kind == "http" and step.service_low_ms]
    cpu_ms, floor_ms = application_cpu_ms(evidence), quickest(evidence, ("http",))
    if application_ms(evidence) is not None or cpu_ms is None or floor_ms is None or not evidence.accounting.slices:
        return
    if not application_is_seen(evidence):
        return
    left_ms = floor_ms - cpu_ms - database_ms_a_request(evidence) - own_ms_of(evidence)
    alike = len(floors) > 1 and max(floors) - floor_ms <= ALIKE * left_ms
    if left_ms >= SHIFT_MIN_MS:
        basis = (
            f"even the quickest requests of every step take {format_ms(floor_ms)}, of which database and application "
            f"compute at most {format_ms(floor_ms - left_ms)}"
        )
        sure: Confidence = "likely" if alike and not evidence.setting.loopback else "possible"
        yield Way(left_ms, basis, anew, connect_ms, sure, SHIFT_SHARE_MIN, not alike)
