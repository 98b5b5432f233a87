"""Requests that wait for a worker of an application behind `plimsoll serve`: since no more are allowed, since the
database has no connections for more, or since more came late.

By Little's law the requests that wait, of all that are under way at the balancer, are the part of the requests' time
that is spent waiting for a worker. Each look is counted for what kept workers away in that moment.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from plimsoll.analyze.accounting import ratio
from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.evidence.waiting import slowest_steps
from plimsoll.core.finding import Figure, Finding, Share
from plimsoll.core.units import format_share

AT_MAXIMUM: Final = "workers-at-maximum"
BY_CONNECTIONS: Final = "workers-by-connections"
LATE: Final = "workers-late"
SHARE_MIN: Final = 0.05
REFUSED_MIN: Final = 0.005  # of the requests
BOUND_MIN: Final = 0.5  # of a second's looks
RISK_LATE: Final = 0.1
LOOKS_MIN: Final = 3  # a queue that one or two looks saw may be chance


@dataclass(frozen=True, slots=True)
class Look:
    """One moment of it: workers, requests under way and those of them that wait, what arrived and was refused a
    second."""

    at_s: float
    wanted: float
    ready: float
    most: float
    bound: bool  # by the database's connections
    under_way: float
    waiting: float
    rate_per_s: float
    refused_per_s: float

    @property
    def kept_by(self) -> str:
        """What keeps workers away for which requests wait or are refused; "" where none do."""
        if not self.waiting and not self.refused_per_s:
            return ""
        if self.ready < self.wanted:
            return LATE
        if self.bound:
            return BY_CONNECTIONS
        return AT_MAXIMUM if self.wanted >= self.most else LATE


def examine(evidence: Evidence) -> Iterator[Finding]:
    for key in evidence.gauges.keys("scaling_ready_workers"):
        served = key.label("served") or ""
        looks = looks_of(evidence, served)
        yield from _outrun(evidence, served, looks)
        for kind, tell in _TELLING.items():
            its = [look for look in looks if look.kept_by == kind]
            if len(its) < LOOKS_MIN:
                continue
            waiting = [look.waiting if look.kept_by == kind else 0.0 for look in looks]
            waited = ratio(waiting, [look.under_way for look in looks])
            refused = sum(look.refused_per_s for look in its) / (sum(look.rate_per_s for look in looks) or 1.0)
            if waited.value >= SHARE_MIN or refused >= REFUSED_MIN:
                yield tell(_Told(evidence, served, looks, its, waited, min(1.0, refused)))


def looks_of(evidence: Evidence, served: str) -> Sequence[Look]:
    """Moments at which workers and requests were known."""

    def told(name: str) -> dict[float, float]:
        return dict(evidence.gauges.summed(f"scaling_{name}", served=served))

    wanted, ready, most = told("wanted_workers"), told("ready_workers"), told("max_workers")
    under_way, waiting = told("in_flight"), told("queue")
    bound, rate, refused = told("connections_bind"), told("rate_per_s"), told("refused_per_s")
    return [
        Look(
            at, wanted[at], ready[at], most[at], bound.get(at, 0.0) > BOUND_MIN, under_way[at], waiting[at],
            rate.get(at, 0.0), refused.get(at, 0.0),
        )
        for at in sorted(set(wanted) & set(ready) & set(most) & set(under_way) & set(waiting))
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Told:
    """What a finding is made of; `its` are the looks that it is about."""

    evidence: Evidence
    served: str
    looks: Sequence[Look]
    its: Sequence[Look]
    waited: Share
    refused: float

    @property
    def lost(self) -> str:
        """ "requests wait for one, 31 % of their time, and 4 % of them are refused"."""
        said = [f"requests wait for one, {format_share(self.waited.value)} of their time"]
        if self.refused >= REFUSED_MIN:
            said.append(f"{format_share(self.refused)} of them are refused")
        return ", and ".join(said)

    def figures(self) -> Iterator[Figure]:
        mean = {name: sum(getattr(look, name) for look in self.its) / len(self.its) for name in _MEANS}
        yield Figure("request time spent waiting for a worker", self.waited.value, "share", SHARE_MIN)
        if self.refused:
            yield Figure("requests that the balancer refused", round(self.refused, 4), "share", REFUSED_MIN)
        yield Figure("requests that wait, at most", max(look.waiting for look in self.its), "count")
        yield Figure("requests that arrived meanwhile", round(mean["rate_per_s"], 2), "1/s")
        yield Figure("workers that were ready meanwhile", round(mean["ready"], 2), "count")
        yield Figure("workers that were wanted meanwhile", round(mean["wanted"], 2), "count")
        carried = self.evidence.gauges.mean("scaling_worker_capacity_per_s", served=self.served)
        if carried is not None:
            yield Figure("requests that a worker carries", round(carried, 2), "1/s")
        cpu = self.evidence.gauges.mean("scaling_worker_cpu_percent", served=self.served)
        if cpu is not None:
            yield Figure("CPU of a worker, of a core", round(cpu, 1), "percent")

    def finding(self, kind: str, title: str, explanation: str, confirm_by: str, **details: object) -> Finding:
        return Finding(
            kind=kind,
            layer="application",
            subject=self.served,
            title=title,
            explanation=explanation,
            confidence="confirmed" if kind != AT_MAXIMUM else "likely",
            confirm_by=confirm_by,
            share=self.waited,
            failed=self.refused or None,
            figures=tuple(self.figures()),
            chart=self.evidence.gauges.chart(
                "requests that wait for a worker", "count", "scaling_queue", served=self.served
            ),
            steps=slowest_steps(self.evidence),
            details={"served": self.served, **details},
        )


_MEANS: Final = ("rate_per_s", "ready", "wanted")


def _at_maximum(told: _Told) -> Finding:
    most = round(max(look.most for look in told.its))
    return told.finding(
        AT_MAXIMUM,
        f"{told.served} is held at {most} worker{'s' * (most != 1)}, the most that it may have, while {told.lost}",
        "The policy asks for as many workers as it is allowed, all of them are ready, and requests wait at the "
        "balancer all the same. More workers help as far as what they use (cores, the database) is not full itself.",
        f"run again with a maximum above {most}: the rate should rise and the wait fall",
        most=most,
    )


def _by_connections(told: _Told) -> Finding:
    held = round(max(look.wanted for look in told.its))
    cap = told.evidence.gauges.mean("scaling_connections_cap", served=told.served)
    return told.finding(
        BY_CONNECTIONS,
        f"the database's connections hold {told.served} at {held} worker{'s' * (held != 1)}, while {told.lost}",
        "Each worker takes a pool of connections, and one more would not fit in what the database has. That is meant "
        "so: a worker without connections serves nobody, and what is more than the workers carry has to wait.",
        "run again with half the pool in each worker and twice the workers: the rate should rise and the wait fall",
        held=held,
        connections=None if cap is None else round(cap),
    )


def _late(told: _Told) -> Finding:
    starting = sum(look.ready < look.wanted for look in told.its)
    began = (
        "they had been asked for and were not ready yet" if 2 * starting >= len(told.its) else "none were asked for yet"
    )
    return told.finding(
        LATE,
        f"workers of {told.served} came late: in {len(told.its)} of {len(told.looks)} looks {told.lost}",
        f"Requests waited while more workers were on their way: mostly {began}. That is the time from a burst's "
        "beginning until it is seen, and from the decision until a worker has started and answers.",
        "run the same burst again with a higher minimum: the wait should be gone",
        starting=starting,
    )


def _outrun(evidence: Evidence, served: str, looks: Sequence[Look]) -> Iterator[Finding]:
    """More came than the ready workers carry while more were on their way, and nothing waited at the balancer: what it
    cost cannot be said, for it was spent within the workers."""
    carried = dict(evidence.gauges.summed("scaling_capacity_per_s", served=served))
    its = [
        look for look in looks
        if look.ready < look.wanted and not look.kept_by and look.rate_per_s > carried.get(look.at_s, math.inf)
    ]  # fmt: skip
    if len(its) < LOOKS_MIN:
        return
    worst = max(its, key=lambda look: look.rate_per_s - carried[look.at_s])
    yield Finding(
        kind=LATE,
        layer="application",
        subject=served,
        title=f"workers of {served} came late: in {len(its)} of {len(looks)} looks more arrived than ready ones carry",
        explanation="More workers had been asked for and were not ready yet; until they were, the ready ones had more "
        "to do than they are taken to carry. Nothing waited at the balancer: requests took longer within the workers.",
        confidence="possible",
        confirm_by="run the same burst again with a higher minimum: its beginning should be as quick as its end",
        risk=RISK_LATE,
        figures=(
            Figure("requests that arrived, at the worst moment", round(worst.rate_per_s, 2), "1/s"),
            Figure("requests that ready workers carried then", round(carried[worst.at_s], 2), "1/s"),
            Figure("workers that were ready then", worst.ready, "count"),
            Figure("workers that were wanted then", worst.wanted, "count"),
        ),
        chart=evidence.gauges.chart("requests that arrived", "1/s", "scaling_rate_per_s", served=served),
        details={"served": served, "starting": len(its)},
    )


_TELLING: Final[dict[str, Callable[[_Told], Finding]]] = {
    AT_MAXIMUM: _at_maximum,
    BY_CONNECTIONS: _by_connections,
    LATE: _late,
}
