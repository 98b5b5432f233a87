"""The machines of a cluster, and whether they are fit for a run. Pure."""

import socket
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from plimsoll.core.check import counted
from plimsoll.core.errors import RefusedError
from plimsoll.load.cluster.clocks import Offset
from plimsoll.settings.identity import normal_host

UNCERTAINTY_MS_MAX = 20.0  # of a second, the unit in which figures of several machines are laid side by side


@dataclass(frozen=True, slots=True)
class Versions:
    python: str
    plimsoll: str


@dataclass(slots=True)
class Machine:
    """One of Dask's workers: it has `processes` of the run, whichever machine it is on.

    `lost` says why it cannot be talked to any more.
    """

    address: str
    host: str
    cpus: int
    versions: Versions
    loopback: str = ""
    busy: int = 0
    processes: int = 1
    offset: Offset = field(default_factory=lambda: Offset(0, 0))
    lost: str = ""

    @property
    def name(self) -> str:
        return f"{self.host} ({self.address})"

    def described(self) -> dict[str, str]:
        return {
            "host": self.host,
            "address": self.address,
            "cpus": str(self.cpus),
            "python": self.versions.python,
            "processes": str(self.processes),
            "clock_uncertainty_ms": f"{self.offset.uncertainty_ms:.2f}",
        }


def machine_of(address: str, described: Mapping[str, str], processes: int) -> Machine:
    versions = Versions(described["python"], described["plimsoll"])
    return Machine(
        address,
        described["host"],
        int(described["cpus"]),
        versions,
        loopback=described["loopback"],
        busy=int(described["busy"]),
        processes=processes,
    )


def refuse_other_versions(machines: Sequence[Machine], ours: Versions) -> None:
    """Raises RefusedError naming the first machine that has another Python or another Plimsoll.

    Of Python major and minor version count: what is sent there is code and pickled values.
    """
    for machine in machines:
        theirs = machine.versions
        if _minor(theirs.python) != _minor(ours.python):
            raise _other(machine, "Python", theirs.python, ours.python)
        if theirs.plimsoll != ours.plimsoll:
            raise _other(machine, "Plimsoll", theirs.plimsoll, ours.plimsoll)


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])


def _other(machine: Machine, what: str, theirs: str, ours: str) -> RefusedError:
    return RefusedError(
        f"a machine of the cluster has another {what}",
        where=machine.name,
        why=f"{theirs} there, {ours} here",
        remedy=f"install {what} {ours} there and start its worker again",
    )


def refuse_own_loopback(hosts: Iterable[str], machines: Sequence[Machine], here: str) -> None:
    """Raises RefusedError where a target's host is "this machine", and one of the machines is another.

    It would load a server that nobody has looked at: what protects a database and checks a target happened here.
    `here` is our own loopback's identity.
    """
    near = [host for host in hosts if normal_host(host) == "localhost" and host.lower() != socket.gethostname().lower()]
    others = [machine for machine in machines if machine.loopback != here]
    if near and others:
        raise RefusedError(
            f"the target's host {near[0]} is another one on each machine",
            where=others[0].name,
            why="it would load a server of its own, which has not been looked at",
            remedy="name the host as all machines know it",
        )


def fitness_warnings(machines: Sequence[Machine]) -> list[str]:
    """What may spoil the figures of a run on these machines."""
    hosts: dict[str, list[Machine]] = {}
    for machine in machines:
        hosts.setdefault(machine.host, []).append(machine)
    crowded = [said for host, its in hosts.items() if (said := _crowded(host, its))]
    busy = [
        f"{one.name} had {counted(one.busy, 'other task')} to do when the run began" for one in machines if one.busy
    ]
    return [*crowded, *busy]


def _crowded(host: str, its: Sequence[Machine]) -> str:
    processes, cpus = sum(one.processes for one in its), max(one.cpus for one in its)
    if processes <= cpus:
        return ""
    return f"on {host} {processes} generator processes share {counted(cpus, 'core')}: they will wait for each other"


def clock_warnings(machines: Sequence[Machine]) -> list[str]:
    return [
        f"the clock of {one.name} is known to ±{one.offset.uncertainty_ms:.0f} ms only: its load began that much off"
        for one in machines
        if one.offset.uncertainty_ms > UNCERTAINTY_MS_MAX and not one.lost
    ]
