"""A cluster as the place of a run's worker processes: so many on each of Dask's workers."""

import asyncio
import platform
import secrets
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from time import monotonic_ns
from typing import Any

from plimsoll import __version__
from plimsoll.core.errors import PlimsollError, RefusedError
from plimsoll.load.cluster import agent
from plimsoll.load.cluster.cargo import Cargo, chunks, pack, read_files
from plimsoll.load.cluster.clocks import Reading, estimate
from plimsoll.load.cluster.machines import (
    Machine,
    Versions,
    clock_warnings,
    fitness_warnings,
    machine_of,
    refuse_other_versions,
    refuse_own_loopback,
)
from plimsoll.load.cluster.process import ClusterProcess
from plimsoll.load.cluster.samples import Parts, bring_samples
from plimsoll.load.cluster.scheduler import MachineLostError, Scheduler, connected, in_the_clear
from plimsoll.load.cluster.sealed import Sealed
from plimsoll.load.processes.plan import LoadPlan

CLOCK_READINGS = 10
HEAD_START_S = 0.5  # beside four times the slowest round trip
LISTEN_S = 1.0  # for which a machine with nothing to say keeps a call open
MACHINES_MAX = 256
_AGAIN = "look into its log, and start it again"
START_S = 60.0  # until a machine has unpacked the scenario and started its processes


class ClusterPlace:
    """`warnings` grow as it is used."""

    goes_on = True

    def __init__(self, scheduler: Scheduler, found: Sequence[Machine], beside: Mapping[str, Path]) -> None:
        self._scheduler = scheduler
        self._beside = beside
        self._found = found
        self._session = secrets.token_hex(8)
        self._processes: list[ClusterProcess] = []
        self._listeners: list[asyncio.Task[None]] = []
        self._begun = False
        self._samples_bytes_max = 0
        self.warnings = fitness_warnings(found)
        if in_the_clear(scheduler.address):
            self.warnings.append("the cluster's connections are not encrypted: passwords and feeds could be read there")

    @property
    def processes(self) -> int:
        return sum(machine.processes for machine in self._found)

    @property
    def machines(self) -> tuple[Mapping[str, str], ...]:
        return tuple(machine.described() for machine in self._found)

    # -- beginning ----------------------------------------------------------------------------------------------------

    def check(self, plan: LoadPlan) -> None:
        """Raises RefusedError for a target that is another one on each machine."""
        refuse_own_loopback(_hosts(plan), self._found, agent.loopback())

    async def start(self, plan: LoadPlan, values: bytes) -> Sequence[ClusterProcess]:
        """Raises UsageError for a scenario too large to be sent, RefusedError naming the machine that cannot begin."""
        cargo = Cargo(plan, values, plan.scenario.name, read_files(plan.scenario, self._beside))
        self._begun = True
        self._samples_bytes_max = plan.samples_bytes_max
        digest = await self._send(cargo)
        for machine in self._found:
            first = len(self._processes)
            numbers = range(first, first + machine.processes)
            self._processes += [ClusterProcess(number, machine, self._ask, plan.scenario.parent) for number in numbers]
        await asyncio.gather(*(self._start_on(machine, digest) for machine in self._found))
        self._listeners = [asyncio.create_task(self._listen(machine)) for machine in self._found]
        return self._processes

    async def _send(self, cargo: Cargo) -> str:
        body, digest = pack(cargo)
        addresses = [machine.address for machine in self._found]
        for index, chunk in enumerate(chunks(body)):
            call = (agent.plimsoll_take, self._session, index, Sealed(chunk))
            with _refused("the scenario could not be sent to the cluster", self._scheduler.address):
                await self._scheduler.call_all(addresses, *call, within_s=START_S)
        return digest

    async def _start_on(self, machine: Machine, digest: str) -> None:
        numbers = [one.number for one in self._processes if one.machine is machine]
        with _refused("a machine of the cluster could not start its processes", machine.name):
            call = self._scheduler.call(
                machine.address, agent.plimsoll_start, self._session, digest, numbers, within_s=START_S
            )
            answer = await call
        for process in self._processes:
            if process.machine is machine:
                process.there = answer["directory"]

    async def begin_ns(self) -> int:
        slowest_ns = await measure_clocks(self._scheduler, self._found)
        self.warnings += clock_warnings(self._found)
        return monotonic_ns() + round(HEAD_START_S * 1e9) + 4 * slowest_ns

    # -- while it goes on ---------------------------------------------------------------------------------------------

    async def _ask(self, machine: Machine, function: Any, *arguments: Any) -> Any:
        """A call for a process. A machine that does not answer is lost, and told so by whoever listens to it."""
        if machine.lost:
            raise MachineLostError(machine.lost)
        return await self._scheduler.call(machine.address, function, self._session, *arguments)

    async def _listen(self, machine: Machine) -> None:
        its = {process.number: process for process in self._processes if process.machine is machine}
        try:
            while True:
                told = await self._ask(machine, agent.plimsoll_listen, LISTEN_S)
                if told is None:
                    raise MachineLostError("it has ended its part: it had not heard of us for too long")
                for number, message, words in told:
                    its[number].heard(message, words)
        except Exception as error:  # noqa: BLE001  # whatever it is: who waits for these processes must hear of it
            machine.lost = str(error) or type(error).__name__
            for process in its.values():
                process.heard(None, "")

    # -- ending -------------------------------------------------------------------------------------------------------

    async def collect(self, samples: Path) -> None:
        if not self._samples_bytes_max:
            return
        parts = Parts(samples, self._samples_bytes_max)
        for machine in self._found:
            try:
                await bring_samples(machine, self._ask, parts)
            except OSError as error:
                self.warnings.append(self._missing(machine, error))

    def _missing(self, machine: Machine, error: OSError) -> str:
        if not machine.lost:
            return f"not all samples of {machine.name} could be brought here: {error}"
        count = sum(process.samples for process in self._processes if process.machine is machine)
        return f"{count:,} samples of {machine.name} (of steps and of journeys) are not here; the figures count them"

    async def dismiss(self) -> None:
        for listener in self._listeners:
            listener.cancel()
        if self._begun:
            await asyncio.gather(*(self._end_on(machine) for machine in self._found if not machine.lost))

    async def _end_on(self, machine: Machine) -> None:
        with suppress(MachineLostError, PlimsollError):  # it ends by itself when it does not hear of us
            await self._scheduler.call(machine.address, agent.plimsoll_end, self._session)


def _hosts(plan: LoadPlan) -> list[str]:
    """Where the load goes to."""
    databases = [host for host, _ in plan.target.endpoints] if plan.target is not None else []
    return [*databases, plan.site.origin.host] if plan.site is not None else databases


# -- finding the machines ----------------------------------------------------------------------------------------------


@asynccontextmanager
async def open_cluster(
    address: str, processes: int, beside: Mapping[str, Path] | None = None
) -> AsyncIterator[ClusterPlace]:
    """All of a scheduler's workers as they are now, with `processes` on each; `beside` is sent with the scenario.

    Raises UsageError for what is no address; RefusedError where there is no scheduler, where it has no workers or too
    many, and where one of them has other versions or is not at work.
    """
    async with connected(address) as scheduler:
        found = [await _look(scheduler, worker, processes) for worker in await _at_work(scheduler)]
        refuse_other_versions(found, Versions(platform.python_version(), __version__))
        await measure_clocks(scheduler, found)
        yield ClusterPlace(scheduler, found, beside or {})


async def _at_work(scheduler: Scheduler) -> list[str]:
    with _refused("the cluster's scheduler does not say which workers it has", scheduler.address):
        workers = await scheduler.workers()
    if not workers:
        remedy = f"start one on each machine: dask worker {scheduler.address}"
        raise RefusedError("the cluster has no workers", where=scheduler.address, remedy=remedy)
    if len(workers) > MACHINES_MAX:
        raise RefusedError("the cluster has too many workers", why=f"{len(workers)}; at most {MACHINES_MAX}")
    for worker, status in workers.items():
        if status != "running":
            raise RefusedError("a worker of the cluster is not at work", where=worker, why=status, remedy=_AGAIN)
    return list(workers)


async def _look(scheduler: Scheduler, worker: str, processes: int) -> Machine:
    try:
        described = await scheduler.call(worker, agent.plimsoll_describe)
    except MachineLostError as error:
        missing = any(kind in repr(error.__cause__) for kind in ("ModuleNotFoundError", "AttributeError"))
        raise RefusedError(
            "a worker of the cluster has no Plimsoll of this version" if missing else "a worker does not answer",
            where=worker,
            why=str(error),
            remedy=f"pip install 'plimsoll-line[cluster]=={__version__}' there" if missing else _AGAIN,
        ) from error
    return machine_of(worker, described, processes)


async def measure_clocks(scheduler: Scheduler, machines: Sequence[Machine]) -> int:
    """Sets each machine's offset; returns the longest round trip in nanoseconds. One that does not answer keeps its
    old offset: whoever listens to it notices."""
    return max(await asyncio.gather(*(_measure(scheduler, machine) for machine in machines)))


async def _measure(scheduler: Scheduler, machine: Machine) -> int:
    readings: list[Reading] = []
    with suppress(MachineLostError):
        for _ in range(CLOCK_READINGS):
            asked = monotonic_ns()
            theirs = await scheduler.call(machine.address, agent.plimsoll_clock)
            readings.append(Reading(asked, theirs, monotonic_ns()))
        machine.offset = estimate(readings)
    return max((one.answered_ns - one.asked_ns for one in readings), default=0)


@contextmanager
def _refused(what: str, where: str) -> Iterator[None]:
    """Before the load a lost machine is a reason not to begin."""
    try:
        yield
    except MachineLostError as error:
        raise RefusedError(what, where=where, why=str(error), remedy=_AGAIN) from error
