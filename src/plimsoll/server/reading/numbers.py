"""The numbers of the first screen: each with its unit, its limit and its context."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from plimsoll.core.series.info import Unit
from plimsoll.core.series.key import SeriesKey
from plimsoll.core.units import UNKNOWN, format_bytes, format_duration
from plimsoll.server.reading.reading import Reading
from plimsoll.server.reading.say import number, value

Standing = Literal["", "doubt", "bad"]


@dataclass(frozen=True, slots=True)
class Number:
    """`standing` is where it is against its limits; `word` says it, so that colour is not alone."""

    title: str
    said: str
    context: str = ""
    standing: Standing = ""
    word: str = ""


def numbers(reading: Reading) -> Sequence[Number]:
    """Of the machine always; of the database where there is one."""
    machine = [_cpu(reading), _pressure(reading), _memory(reading), _disk(reading)]
    return [*machine, *_database(reading)] if reading.watches_database else machine


def _judged(
    reading: Reading, title: str, series: str, amount: float | None, unit: Unit, context: Sequence[str]
) -> Number:
    """A number against the thresholds of its alert rules."""
    bars = [limit for limit in reading.limits if limit.series == series]
    if amount is None:
        return Number(title, UNKNOWN, _why_unknown(reading, series.partition("{")[0]))
    beyond = [bar for bar in bars if (amount > bar.at if bar.above else amount < bar.at)]
    standing, word = _standing([bar.severity for bar in beyond], above=all(bar.above for bar in beyond))
    bar = reading.limit(series)
    stated = f"limit {value(bar.at, unit)}" if bar else ""
    return Number(title, value(amount, unit), " · ".join(part for part in (stated, *context) if part), standing, word)


def _standing(severities: Sequence[str], *, above: bool) -> tuple[Standing, str]:
    if not severities:
        return "", ""
    return ("bad" if "critical" in severities else "doubt"), ("over" if above else "under")


_HIDDEN: Final = frozenset(  # what sessions of others would change, which a role without pg_monitor does not see
    {"database_active_sessions", "database_longest_transaction_s", "database_blocked_sessions"}
)


def _why_unknown(reading: Reading, series: str) -> str:
    found = max((at for key, (at, _) in reading.newest.items() if key.name == series), default=None)
    if found is None and series in _HIDDEN and reading.hidden():
        return f"hidden from this role: {reading.hidden()}"
    if found is not None:
        return f"last seen {format_duration(float(round(reading.now_s - found)))} ago"
    return "not seen yet" if reading.states else "not watched"


def _cpu(reading: Reading) -> Number:
    cores, load = reading.value("host_cpu_cores"), reading.value("host_load1")
    context = [f"of {value(cores, 'cores')}" if cores else "", f"load {number(load)}" if load is not None else ""]
    name = "host_cpu_busy_percent"
    return _judged(reading, "CPU busy", name, reading.value(name), "percent", context)


_RESOURCES: Final = {"cpu": "CPU", "io": "disks", "memory": "memory"}  # in PSI's words and in ours


def _pressure(reading: Reading) -> Number:
    some = {
        SeriesKey.of("host_pressure_percent", resource=resource, kind="some"): words
        for resource, words in _RESOURCES.items()
    }
    fresh = {key: amount for key, amount in reading.valued("host_pressure_percent").items() if key in some}
    if not fresh:
        return Number("Pressure", UNKNOWN, _why_unknown(reading, "host_pressure_percent"))
    worst = max(fresh, key=lambda key: fresh[key])
    context = f"of time waiting for {some[worst]}"
    return _judged(reading, "Pressure", str(worst), fresh[worst], "percent", [context])


def _memory(reading: Reading) -> Number:
    free, total = reading.value("host_memory_available_bytes"), reading.value("host_memory_total_bytes")
    context = f"{format_bytes(free)} free of {format_bytes(total)}" if free is not None and total else ""
    name = "host_memory_used_percent"
    return _judged(reading, "Memory in use", name, reading.value(name), "percent", [context])


def _disk(reading: Reading) -> Number:
    used = reading.valued("host_filesystem_used_percent")
    fullest = max(used, key=lambda key: used[key], default=SeriesKey("host_filesystem_used_percent"))
    mount = fullest.label("mount") or ""
    free = reading.value("host_filesystem_free_bytes", mount=mount)
    context = [f"of {mount}" if mount else "", f"{format_bytes(free)} free" if free is not None else ""]
    return _judged(reading, "Fullest disk", fullest.name, used.get(fullest), "percent", context)


def _database(reading: Reading) -> Sequence[Number]:
    return [
        _connections(reading),
        _transactions(reading),
        _plain(reading, "Cache hit", "database_cache_hit_percent", "percent", "of pages asked for"),
        _sessions(reading),
        _plain(reading, "Longest transaction", "database_longest_transaction_s", "s", "open now"),
        _blocked(reading),
    ]


def _plain(reading: Reading, title: str, name: str, unit: Unit, context: str) -> Number:
    return _judged(reading, title, name, reading.value(name), unit, [context])


def _connections(reading: Reading) -> Number:
    used, limit = sum(reading.valued("database_connections").values()), reading.value("database_connections_limit")
    name = "database_connections_used_percent"
    context = f"{number(used)} of {number(limit)}" if limit else ""
    return _judged(reading, "Connections in use", name, reading.value(name), "percent", [context])


def _transactions(reading: Reading) -> Number:
    committed, back = reading.value("database_commits_per_s"), reading.value("database_rollbacks_per_s")
    context = f"and {value(back, '1/s')} rolled back" if back is not None else ""
    return _judged(reading, "Transactions", "database_commits_per_s", committed, "1/s", [context])


def _sessions(reading: Reading) -> Number:
    by_wait = reading.valued("database_active_sessions")
    if not by_wait:
        return Number("Active sessions", UNKNOWN, _why_unknown(reading, "database_active_sessions"))
    most = max(by_wait, key=lambda key: by_wait[key])
    share = f"most of it {most.label('wait')}" if by_wait[most] else "nothing executes"
    return _judged(reading, "Active sessions", most.name, sum(by_wait.values()), "count", [f"on average · {share}"])


def _blocked(reading: Reading) -> Number:
    depth = reading.value("database_lock_chain_depth")
    longest = reading.value("database_longest_lock_wait_s")
    context = [f"{number(depth)} deep" if depth else "", f"longest {value(longest, 's')}" if longest else ""]
    name = "database_blocked_sessions"
    return _judged(reading, "Blocked sessions", name, reading.value(name), "count", context)
