"""CPU time, load, tasks and pressure: /proc/stat, /proc/loadavg, /proc/pressure. Texts in, values out."""

from collections.abc import Hashable
from typing import Final

from plimsoll.core.series.key import SeriesKey
from plimsoll.monitor.collecting.counters import Difference
from plimsoll.monitor.host.reading import Reading, put, series, share

# The columns of a `cpu` line of /proc/stat. Guests' time is within user's and is not added again.
_COLUMNS: Final = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
MODES: Final = ("user", "nice", "system", "iowait", "irq", "softirq", "steal")
_PLAIN: Final = {
    "ctxt": series("host_context_switches_per_s"),
    "processes": series("host_forks_per_s"),
}
_RUNNABLE: Final = series("host_tasks_runnable")
_CORES: Final = series("host_cpu_cores")
_BUSY: Final = series("host_cpu_busy_percent")
_BUSIEST: Final = series("host_cpu_core_busy_max_percent")
_LOADS: Final = tuple(series(f"host_load{minutes}") for minutes in (1, 5, 15))


def read_stat(text: str, reading: Reading) -> None:
    cores = 0
    for line in text.splitlines():
        name, _, rest = line.partition(" ")
        if name == "cpu":
            ticks = dict(zip(_COLUMNS, map(float, rest.split()), strict=False))
            reading.counters |= {("cpu", mode): value for mode, value in ticks.items()}
        elif name.startswith("cpu"):
            cores += 1
            _read_core(name, rest, reading)
        elif name in _PLAIN:
            reading.counters[_PLAIN[name]] = float(rest)
        elif name == "procs_running":
            reading.values[_RUNNABLE] = max(0.0, float(rest) - 1)  # the one that reads is we
    if cores:
        reading.values[_CORES] = float(cores)


def _read_core(name: str, rest: str, reading: Reading) -> None:
    ticks = [float(value) for value in rest.split()[: len(_COLUMNS)]]
    reading.counters["core", name, "all"] = sum(ticks)
    reading.counters["core", name, "rest"] = ticks[3] + ticks[4]


def cpu_shares(told: Difference[Hashable]) -> dict[SeriesKey, float]:
    """Shares of the ticks that passed, not of our own clock: they add up, and a late look changes nothing.

    Time spent waiting for I/O may go back a little (the kernel says so of itself): that is none.
    """
    ticks = {mode: told.counted.get(("cpu", mode)) for mode in _COLUMNS}
    ticks["iowait"] = ticks["iowait"] or 0.0
    known = {mode: value for mode, value in ticks.items() if value is not None}
    whole = sum(known.values())
    if not whole or not {"user", "system", "idle"} <= known.keys():
        return {}
    shares = {series("host_cpu_percent", ("mode", mode)): 100.0 * known.get(mode, 0.0) / whole for mode in MODES}
    busy = 100.0 * (whole - known["idle"] - known["iowait"]) / whole
    busiest = max((one for core in _cores(told) if (one := _busy(told, core)) is not None), default=None)
    values = shares | {_BUSY: busy}
    put(values, _BUSIEST, busiest)
    return values


def _cores(told: Difference[Hashable]) -> list[Hashable]:
    return [key[1] for key in told.counted if isinstance(key, tuple) and key[0] == "core" and key[2] == "all"]


def _busy(told: Difference[Hashable], core: Hashable) -> float | None:
    whole, rest = told.counted[("core", core, "all")], told.counted.get(("core", core, "rest"))
    return None if rest is None else share(max(0.0, whole - rest), whole)


def read_loadavg(text: str, reading: Reading) -> None:
    for key, value in zip(_LOADS, text.split(), strict=False):
        reading.values[key] = float(value)


def read_pressure(text: str, name: str, resource: str, reading: Reading) -> None:
    """From `total=`, in microseconds: the averages beside it are smoothed over 10 s and more.

    "full" of the CPU is written as 0 for a whole machine, where it has no meaning.
    """
    for line in text.splitlines():
        kind, _, rest = line.partition(" ")
        if (kind, resource, name) == ("full", "cpu", "host_pressure_percent"):
            continue
        total = float(rest.rpartition("total=")[2])
        reading.counters[series(name, ("resource", resource), ("kind", kind))] = total * 1e-4
