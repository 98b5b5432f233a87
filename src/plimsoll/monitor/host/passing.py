"""One pass over what the kernel tells of the machine: every file with its reader."""

import os
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from plimsoll.core.series.key import SeriesKey
from plimsoll.monitor.collecting.counters import Difference
from plimsoll.monitor.host.cgroups import Cgroup, find_cgroup
from plimsoll.monitor.host.container import (
    container_shares,
    read_container_cpu,
    read_container_memory,
    read_container_pressure,
)
from plimsoll.monitor.host.cpu import cpu_shares, read_loadavg, read_pressure, read_stat
from plimsoll.monitor.host.disks import disk_averages, looks_whole, read_diskstats
from plimsoll.monitor.host.files import KeptFiles
from plimsoll.monitor.host.memory import memory_total, read_meminfo, read_vmstat
from plimsoll.monitor.host.network import read_net_dev, read_snmp, read_sockstat
from plimsoll.monitor.host.reading import Reading, rates, series

PRESSURES: Final = ("cpu", "memory", "io")
_UNREADABLE: Final = (ValueError, IndexError)  # what a file raises that is not as we know it
_CORES: Final = series("host_cpu_cores")


@dataclass(frozen=True, slots=True)
class Machine:
    """What seldom changes: the whole disks, the page size, and the cgroups to look at."""

    disks: frozenset[str] | None
    page_bytes: int
    cpu: Cgroup | None
    memory: Cgroup | None

    @property
    def groups(self) -> tuple[Path | None, Path | None]:
        """Whose counters these are."""
        return self.cpu.path if self.cpu else None, self.memory.path if self.memory else None


def look_around(proc: Path, sys: Path) -> Machine:
    """Reads directories: at a slow pace."""
    try:
        disks = frozenset(os.listdir(sys / "block"))  # noqa: PTH208  # names are all that is wanted
    except OSError:
        disks = None
    cpu, memory = find_cgroup("cpu", proc, sys), find_cgroup("memory", proc, sys)
    return Machine(disks or None, os.sysconf("SC_PAGE_SIZE"), cpu, memory)


def read_machine(files: KeptFiles, machine: Machine) -> Reading:
    """Everything but file systems. `files` are those of /proc; files of cgroups go by their whole path."""
    reading = Reading()
    for name, read in _readers(machine):
        text = files.read(name)
        if text:
            _understand(name, text, read, reading)
    if not any(files.read(f"pressure/{resource}") for resource in PRESSURES):
        reading.notes.append("no pressure (PSI): this kernel does not tell it")
    _read_container(files, machine, reading)
    return reading


def _readers(machine: Machine) -> Sequence[tuple[str, Callable[[str, Reading], None]]]:
    whole = machine.disks.__contains__ if machine.disks is not None else looks_whole
    return (
        ("stat", read_stat),
        ("loadavg", read_loadavg),
        ("meminfo", read_meminfo),
        ("vmstat", lambda text, reading: read_vmstat(text, machine.page_bytes, reading)),
        ("diskstats", lambda text, reading: read_diskstats(text, whole, reading)),
        ("net/dev", read_net_dev),
        ("net/snmp", read_snmp),
        ("net/sockstat", read_sockstat),
        ("net/sockstat6", read_sockstat),
        *((f"pressure/{resource}", _pressure(resource)) for resource in PRESSURES),
    )


def _pressure(resource: str) -> Callable[[str, Reading], None]:
    return lambda text, reading: read_pressure(text, "host_pressure_percent", resource, reading)


def _understand(name: str, text: str, read: Callable[[str, Reading], None], reading: Reading) -> None:
    try:
        read(text, reading)
    except _UNREADABLE:
        reading.notes.append(f"/proc/{name} is not as it is known here: what it tells is left out")


def _read_container(files: KeptFiles, machine: Machine, reading: Reading) -> None:
    if machine.cpu is not None:
        read_container_cpu(machine.cpu, files.read, reading)
    if machine.memory is not None:
        read_container_memory(machine.memory, files.read, reading, memory_total(reading))
    own = machine.memory or machine.cpu
    if own is not None:
        read_container_pressure(own, files.read, reading)


def machine_rates(told: Difference[Hashable], machine: Machine, reading: Reading) -> dict[SeriesKey, float]:
    """What two passes make of their counters."""
    values = rates(told) | cpu_shares(told) | disk_averages(told)
    if machine.cpu is not None:
        values |= container_shares(told, machine.cpu.limit, reading.values.get(_CORES))
    return values
