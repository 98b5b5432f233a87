"""The machine where there is no /proc, such as macOS: what psutil knows of it, into the same counters."""

import os
import sys
from collections.abc import Hashable, Mapping
from typing import Any, Final

from plimsoll.core.series.key import SeriesKey
from plimsoll.monitor.host.filesystems import Mount, look_at, real_mounts
from plimsoll.monitor.host.reading import Reading, put, series, share

MISSING: Final = (
    "there is no /proc here, so these are not known: pressure, runnable tasks, dirty memory, major faults, OOM kills, "
    "awaits and queues of disks, sockets, TCP retransmits, forks, limits of containers"
)
_MODES: Final = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
_APPLE: Final = "apfs"


def read_elsewhere() -> Reading:
    import psutil  # only here: on Linux nothing else of the watch needs it

    reading = Reading(notes=[MISSING])
    _read_cpu(psutil, reading)
    _read_memory(psutil, reading)
    for name, disk in (psutil.disk_io_counters(perdisk=True) or {}).items():
        reading.count_together(("disk", name), _of_disk(name, disk))
    for name, interface in psutil.net_io_counters(pernic=True).items():
        if not name.startswith("lo") and (interface.bytes_recv or interface.bytes_sent):
            reading.count_together(("interface", name), _of_interface(name, interface))
    return reading


def _read_cpu(psutil: Any, reading: Reading) -> None:
    cores = psutil.cpu_times(percpu=True)
    reading.counters |= {("cpu", mode): sum(getattr(core, mode, 0.0) for core in cores) for mode in _MODES}
    for number, core in enumerate(cores):
        times = {mode: getattr(core, mode, 0.0) for mode in _MODES}
        reading.counters["core", number, "all"] = sum(times.values())
        reading.counters["core", number, "rest"] = times["idle"] + times["iowait"]
    reading.counters[series("host_context_switches_per_s")] = float(psutil.cpu_stats().ctx_switches)
    reading.values[series("host_cpu_cores")] = float(len(cores))
    for minutes, load in zip((1, 5, 15), os.getloadavg(), strict=True):
        reading.values[series(f"host_load{minutes}")] = load


def _read_memory(psutil: Any, reading: Reading) -> None:
    memory, swap = psutil.virtual_memory(), psutil.swap_memory()
    reading.values[series("host_memory_total_bytes")] = float(memory.total)
    reading.values[series("host_memory_available_bytes")] = float(memory.available)
    put(reading.values, series("host_memory_used_percent"), share(memory.total - memory.available, memory.total))
    put(reading.values, series("host_swap_used_percent"), share(swap.used, swap.total))
    reading.counters[series("host_swap_in_bytes_per_s")] = float(swap.sin)
    reading.counters[series("host_swap_out_bytes_per_s")] = float(swap.sout)


def _of_disk(name: str, disk: Any) -> dict[Hashable, float]:
    device = ("device", name)
    return {
        series("host_disk_reads_per_s", device): disk.read_count,
        series("host_disk_writes_per_s", device): disk.write_count,
        series("host_disk_read_bytes_per_s", device): disk.read_bytes,
        series("host_disk_written_bytes_per_s", device): disk.write_bytes,
    }


def _of_interface(name: str, counts: Any) -> dict[Hashable, float]:
    interface = ("interface", name)
    return {
        series("host_network_received_bytes_per_s", interface): counts.bytes_recv,
        series("host_network_sent_bytes_per_s", interface): counts.bytes_sent,
        series("host_network_errors_per_s", interface): counts.errin + counts.errout,
        series("host_network_drops_per_s", interface): counts.dropin + counts.dropout,
    }


def spaces_elsewhere() -> Mapping[SeriesKey, float]:
    """The volumes of macOS share the space of one container: the root stands for them."""
    import psutil

    parts = psutil.disk_partitions(all=False)
    mounts = [Mount(part.device, "/", part.mountpoint, part.fstype) for part in parts]
    if sys.platform == "darwin":
        return look_at([one for one in mounts if one.kind == _APPLE and one.path == "/"])
    return look_at(real_mounts(mounts))
