"""Memory, swap and faults: /proc/meminfo and /proc/vmstat. Texts in, values out."""

from typing import Final

from plimsoll.monitor.host.reading import Reading, put, series, share

_KB: Final = 1024.0
_WANTED: Final = frozenset(
    ("MemTotal", "MemFree", "MemAvailable", "Buffers", "Cached", "SReclaimable", "Dirty", "SwapTotal", "SwapFree")
)
_USED: Final = series("host_memory_used_percent")
_SWAP_USED: Final = series("host_swap_used_percent")
_BYTES: Final = {
    "MemTotal": series("host_memory_total_bytes"),
    "MemAvailable": series("host_memory_available_bytes"),
    "Dirty": series("host_memory_dirty_bytes"),
    "Cached": series("host_memory_cached_bytes"),
}
_PAGES: Final = {
    "pswpin": series("host_swap_in_bytes_per_s"),
    "pswpout": series("host_swap_out_bytes_per_s"),
}
_EVENTS: Final = {
    "pgmajfault": series("host_major_faults_per_s"),
    "oom_kill": series("host_oom_kills_per_s"),
}


def read_meminfo(text: str, reading: Reading) -> None:
    known = _known(text)
    if "MemAvailable" not in known and {"MemFree", "Cached"} <= known.keys():  # kernels before 3.14
        known["MemAvailable"] = known["MemFree"] + known.get("Buffers", 0.0) + known["Cached"]
    reading.values |= {key: known[name] for name, key in _BYTES.items() if name in known}
    total, available = known.get("MemTotal"), known.get("MemAvailable")
    if total is not None and available is not None:
        put(reading.values, _USED, share(max(0.0, total - available), total))
    if known.get("SwapTotal"):
        put(reading.values, _SWAP_USED, share(known["SwapTotal"] - known.get("SwapFree", 0.0), known["SwapTotal"]))


def _known(text: str) -> dict[str, float]:
    lines = (line.partition(":") for line in text.splitlines())
    return {name: float(rest.split()[0]) * _KB for name, _, rest in lines if name in _WANTED}


def memory_total(reading: Reading) -> float | None:
    return reading.values.get(_BYTES["MemTotal"])


def read_vmstat(text: str, page_bytes: int, reading: Reading) -> None:
    for line in text.splitlines():
        name, _, value = line.partition(" ")
        if name in _PAGES:
            reading.counters[_PAGES[name]] = float(value) * page_bytes
        elif name in _EVENTS:
            reading.counters[_EVENTS[name]] = float(value)
