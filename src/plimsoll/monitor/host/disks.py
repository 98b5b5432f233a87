"""Disks: /proc/diskstats. Text in, values out."""

import re
from collections.abc import Callable, Hashable
from typing import Final

from plimsoll.core.series.key import SeriesKey
from plimsoll.monitor.collecting.counters import Difference
from plimsoll.monitor.host.reading import Reading, put, series

DEVICES_MAX: Final = 64  # the first of /proc/diskstats that were ever used
_SECTOR_BYTES: Final = 512  # of /proc/diskstats, whatever the disk's own
_NOT_DISKS: Final = re.compile(r"(loop|ram|zram|sr|fd|nbd)\d+")
_PARTITIONS: Final = re.compile(r"(?:s|v|xv|h)d[a-z]+\d+|(?:nvme\d+n\d+|mmcblk\d+|md\d+)p\d+")


def read_diskstats(text: str, is_whole: Callable[[str], bool], reading: Reading) -> None:
    """Of whole devices: what their partitions do is in it. Devices that were never used are none."""
    devices = 0
    for line in text.splitlines():
        columns = line.split()
        name = columns[2]
        if _NOT_DISKS.fullmatch(name) or not is_whole(name):
            continue
        counts = [float(value) for value in columns[3:14]]
        if not counts[0] and not counts[4]:
            continue
        devices += 1
        if devices <= DEVICES_MAX:
            reading.count_together(("disk", name), _counters(name, counts))
    if devices > DEVICES_MAX:
        reading.notes.append(f"{devices - DEVICES_MAX} disks beyond the first {DEVICES_MAX} are left out")


def _counters(name: str, counts: list[float]) -> dict[Hashable, float]:
    reads, _, sectors_read, read_ms, writes, _, sectors_written, write_ms, _, busy_ms, waiting_ms = counts
    device = ("device", name)
    return {
        series("host_disk_reads_per_s", device): reads,
        series("host_disk_writes_per_s", device): writes,
        series("host_disk_read_bytes_per_s", device): sectors_read * _SECTOR_BYTES,
        series("host_disk_written_bytes_per_s", device): sectors_written * _SECTOR_BYTES,
        series("host_disk_busy_percent", device): busy_ms / 10,
        series("host_disk_queue", device): waiting_ms / 1000,
        ("disk", name, "read ms"): read_ms,
        ("disk", name, "write ms"): write_ms,
    }


def disk_averages(told: Difference[Hashable]) -> dict[SeriesKey, float]:
    """Awaits, where there was anything to wait for."""
    values: dict[SeriesKey, float] = {}
    for name in {key[1] for key in told.counted if isinstance(key, tuple) and key[0] == "disk"}:
        device = ("device", name)
        read_ms, write_ms = ("disk", name, "read ms"), ("disk", name, "write ms")
        reads, writes = series("host_disk_reads_per_s", device), series("host_disk_writes_per_s", device)
        put(values, series("host_disk_read_await_ms", device), told.per(read_ms, reads))
        put(values, series("host_disk_write_await_ms", device), told.per(write_ms, writes))
    return values


def looks_whole(name: str) -> bool:
    """By its name, where /sys does not tell."""
    return _PARTITIONS.fullmatch(name) is None
