"""The container we are in: its limits, what it uses of them, and what holds it back. Texts in, values out."""

from collections.abc import Hashable
from typing import Final

from plimsoll.core.series.key import SeriesKey
from plimsoll.monitor.collecting.counters import Difference
from plimsoll.monitor.host.cgroups import Cgroup
from plimsoll.monitor.host.cpu import read_pressure
from plimsoll.monitor.host.files import Reader
from plimsoll.monitor.host.reading import Reading, put, series, share

_CPU_LIMIT: Final = series("container_cpu_limit_cores")
_CPU_USED: Final = series("container_cpu_used_percent")
_THROTTLED: Final = series("container_cpu_throttled_percent")
_MEMORY_LIMIT: Final = series("container_memory_limit_bytes")
_MEMORY_USED: Final = series("container_memory_used_bytes")
_MEMORY_PERCENT: Final = series("container_memory_used_percent")
_OOM_KILLS: Final = series("container_oom_kills_per_s")
_SECONDS, _PERIODS, _HELD_BACK = ("cgroup", "cpu s"), ("cgroup", "periods"), ("cgroup", "held back")


def flat(text: str | None) -> dict[str, float]:
    """Lines of a name and a number."""
    pairs = (line.split() for line in (text or "").splitlines())
    return {pair[0]: float(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdigit()}


def read_container_cpu(cgroup: Cgroup, read: Reader, reading: Reading) -> None:
    known = flat(read(f"{cgroup.path}/cpu.stat"))
    if cgroup.limit is not None:
        reading.values[_CPU_LIMIT] = cgroup.limit
    if cgroup.version == 2 and "usage_usec" in known:
        reading.counters[_SECONDS] = known["usage_usec"] / 1e6
    elif cgroup.version == 1 and (nanoseconds := _number(read(_usage(cgroup)))) is not None:
        reading.counters[_SECONDS] = nanoseconds / 1e9
    if "nr_periods" in known and "nr_throttled" in known:
        reading.counters |= {_PERIODS: known["nr_periods"], _HELD_BACK: known["nr_throttled"]}


def _usage(cgroup: Cgroup) -> str:
    return f"{cgroup.usage or cgroup.path}/cpuacct.usage"


def read_container_memory(cgroup: Cgroup, read: Reader, reading: Reading, machine_bytes: float | None) -> None:
    """Files that nobody used for a while are in the kernel's sum, but leave as soon as memory is wanted."""
    second = cgroup.version == 2
    taken = _number(read(f"{cgroup.path}/{'memory.current' if second else 'memory.usage_in_bytes'}"))
    droppable = flat(read(f"{cgroup.path}/memory.stat")).get("inactive_file" if second else "total_inactive_file", 0.0)
    used = None if taken is None else max(0.0, taken - droppable)
    limit = _within(cgroup.limit, machine_bytes)
    put(reading.values, _MEMORY_USED, used)
    put(reading.values, _MEMORY_LIMIT, limit)
    put(reading.values, _MEMORY_PERCENT, share(used, limit))
    kills = flat(read(f"{cgroup.path}/{'memory.events' if second else 'memory.oom_control'}")).get("oom_kill")
    if kills is not None:
        reading.counters[_OOM_KILLS] = kills


def _within(limit: float | None, machine_bytes: float | None) -> float | None:
    """A limit above what the machine has is none."""
    return None if limit is None or (machine_bytes is not None and limit > machine_bytes) else limit


def _number(text: str | None) -> float | None:
    return float(text) if text is not None and text.strip().isdigit() else None


def read_container_pressure(cgroup: Cgroup, read: Reader, reading: Reading) -> None:
    """Version 2 only. "full" of the CPU has a meaning here: all of the container waits, held back for its limit."""
    for resource in ("cpu", "memory", "io") if cgroup.version == 2 else ():
        text = read(f"{cgroup.path}/{resource}.pressure")
        if text:
            read_pressure(text, "container_pressure_percent", resource, reading)


def container_shares(
    told: Difference[Hashable], limit_cores: float | None, cores: float | None
) -> dict[SeriesKey, float]:
    """CPU of the limit, or else of all cores. Throttling of the periods that there were: without any, it was none."""
    values: dict[SeriesKey, float] = {}
    used, whole = told.per_s(_SECONDS), limit_cores or cores
    if used is not None and whole:
        values[_CPU_USED] = 100.0 * used / whole
    periods, held_back = told.counted.get(_PERIODS), told.counted.get(_HELD_BACK)
    if periods is not None and held_back is not None and limit_cores is not None:
        values[_THROTTLED] = share(held_back, periods) or 0.0
    return values
