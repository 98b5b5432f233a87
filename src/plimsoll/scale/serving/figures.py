"""What balancer and supervisor tell, as what a policy is told. Pure: what is not known stays missing."""

from statistics import fmean

from plimsoll.core.balancing import BalancerFigures, Passed, passed
from plimsoll.scale.policy.readings import Reading, Readings
from plimsoll.scale.supervisor.states import State
from plimsoll.scale.supervisor.status import Status

MS_PER_S = 1000
UNWELL_MOST = 10  # readings in a row, 20 s: who hangs longer is replaced, and who is slow for longer carries no more
STARTED_S = 4.0  # two looks at the CPU after it was ready: before, what is seen is that of its start, and no load


class Figures:
    """Remembers the last figures, since rates are what went on between two. `memory_bytes_max` of a worker: without
    it nobody can say which share of its memory one uses."""

    def __init__(self, memory_bytes_max: int | None = None) -> None:
        self._memory_bytes_max = memory_bytes_max
        self._before: tuple[BalancerFigures, float] | None = None
        self._unwell = 0  # readings in a row
        self.passed: Passed | None = None  # between the last two looks; None where that is not known

    def readings(
        self, now: float, status: Status, figures: BalancerFigures | None, *, stood_still: bool = False
    ) -> Readings:
        """`figures` None: the balancer did not answer. Who is wanted and not ready is starting. `stood_still`: nobody
        was answered for a while, though requests came."""
        self.passed = None
        ready = min(status.ready, status.wanted)
        found = Readings(now, ready, status.wanted - ready)
        self._of_workers(found, status)
        if figures is not None:
            found.in_flight = Reading(figures.in_flight, now)
            found.queue = Reading(figures.queued, now)
            self._of_requests(found, figures, stood_still)
        return found

    def _of_requests(self, found: Readings, figures: BalancerFigures, stood_still: bool) -> None:
        before, self._before = self._before, (figures, found.now)
        if before is None or found.now <= before[1]:
            return
        since = self.passed = passed(before[0], figures, found.now - before[1])
        self._unwell = self._unwell + 1 if stood_still and _unwell(since, figures) else 0
        found.settled = not 0 < self._unwell <= UNWELL_MOST
        found.rate = Reading(since.rate_per_s, found.now)
        found.served = Reading(since.served_per_s, found.now)
        if since.whole.answers:  # HAProxy goes on telling the mean of requests that are long past
            found.latency_s = Reading(figures.times.total_ms / MS_PER_S, found.now)

    def _of_workers(self, found: Readings, status: Status) -> None:
        ready = [worker for worker in status.workers if worker.state is State.READY]
        settled = [worker for worker in ready if worker.ready_s is None or worker.ready_s >= STARTED_S]
        if shares := [worker.cpu_share for worker in settled if worker.cpu_share is not None]:
            found.cpu = Reading(min(1.0, fmean(shares)), found.now)
        sizes = [worker.memory_bytes for worker in ready if worker.memory_bytes is not None]
        if sizes and self._memory_bytes_max:
            found.memory = Reading(min(1.0, fmean(sizes) / self._memory_bytes_max), found.now)


def _unwell(since: Passed, figures: BalancerFigures) -> bool:
    """Whether a worker did not answer the balancer's checks for a while."""
    return any(one.state == "down" for one in figures.servers) or any(one.downs for one in since.servers.values())
