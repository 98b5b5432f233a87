"""Panels of what was watched beside the load: sessions by what they wait for, the database's work, the host."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean
from typing import Final

from plimsoll.core.recorded import Recorded
from plimsoll.core.scaled_run import ScaledRun
from plimsoll.core.scaling import Happening
from plimsoll.core.series.catalogue import APPLICATION_PREFIX
from plimsoll.core.summary import Summary
from plimsoll.core.units import format_bytes, format_duration, format_ms, format_rate, format_share
from plimsoll.report.on_time import Slots, Values, highest, one, over, scaled
from plimsoll.report.panels import Colour, Dash, Line, Mark, Panel
from plimsoll.report.timeline import Timeline
from plimsoll.report.workers import DRAWN as DRAWN_OF_WORKERS

EVENTS_MAX: Final = 24  # as marks; the others are in the table of events
LOST_WORDS_MAX: Final = 3  # workers of one second that are named
TREES_MAX: Final = 3
PERCENT: Final = 0.01
SHARE_LEAST: Final = 0.005
COUNTED_LEAST: Final = 0.5  # of the load's own transactions, below which a reader would wonder
SESSIONS_LEAST: Final = 0.05
DRAWN: Final = frozenset(
    ("database_active_sessions", "database_commits_per_s", "database_rollbacks_per_s", "database_cache_hit_percent",
     "database_wal_bytes_per_s", "database_temp_bytes_per_s", "database_blocked_sessions", "database_lock_chain_depth",
     "host_cpu_busy_percent", "host_cpu_percent", "host_pressure_percent", "host_memory_used_percent",
     "container_memory_used_percent", "host_swap_used_percent", "host_disk_read_await_ms", "host_disk_write_await_ms",
     "process_cpu_percent")
)  # fmt: skip
# What sessions wait for, from the bottom of the stack up.
_WAITS: Final[Mapping[str, tuple[Colour, str]]] = {
    "CPU": ("database", "on CPU"), "IO": ("io", "I/O"), "Lock": ("lock", "locks"),
    "LWLock": ("latch", "internal locks"), "BufferPin": ("latch", "buffer pins"),
    "IPC": ("ipc", "its own other processes"), "Client": ("asked", "the client"),
    "Timeout": ("idle", "a timeout"), "Extension": ("idle", "an extension"), "Activity": ("idle", "background work"),
}  # fmt: skip
_OTHER: Final[tuple[Colour, str]] = ("idle", "something else")


def is_drawn(name: str) -> bool:
    """Whether the report shows series of this name."""
    return name in DRAWN or name in DRAWN_OF_WORKERS or name.startswith(APPLICATION_PREFIX)


def wait_word(name: str) -> str:
    """What sessions of a class of waits wait for."""
    return _WAITS.get(name, _OTHER)[1]


def database_panels(timeline: Timeline, recorded: Recorded) -> list[Panel]:
    slots = slots_of(timeline, recorded)
    return _kept([_sessions(slots, recorded), _work(slots, recorded), _misses(slots, recorded), _wal(slots, recorded),
                  _locks(slots, recorded)])  # fmt: skip


def host_panels(timeline: Timeline, recorded: Recorded) -> list[Panel]:
    slots = slots_of(timeline, recorded)
    return _kept([_cpu(slots, recorded), _pressure(slots, recorded), _memory(slots, recorded), _disk(slots, recorded),
                  _processes(slots, recorded)])  # fmt: skip


def slots_of(timeline: Timeline, recorded: Recorded) -> Slots:
    return Slots(recorded.began_s, [at for at, _ in timeline.points()], timeline.width_s)


def _kept(found: Sequence[Panel]) -> list[Panel]:
    return [panel for panel in found if any(line.has_values for line in panel.lines)]


def _line(word: str, colour: Colour, dash: Dash, values: Values, least: float = 0.0) -> list[Line]:
    """Nothing of what was never more than the least: a line along the axis says nothing that words could not."""
    return [Line(word, colour, dash, values)] if any(value > least for value in values if value is not None) else []


def _sessions(slots: Slots, recorded: Recorded) -> Panel:
    words = sorted(_by_class(recorded), key=lambda name: list(_WAITS).index(name) if name in _WAITS else len(_WAITS))
    lines = [
        line
        for name in words
        for colour, word in [_WAITS.get(name, _OTHER)]
        for line in _line(
            word, colour, "solid", one(slots, recorded, "database_active_sessions", wait=name), SESSIONS_LEAST
        )
    ]
    return Panel("Active sessions by what they wait for", 150, lines, _few, stacked=True)


def _by_class(recorded: Recorded) -> set[str]:
    found = (window.key.label("wait") for window in recorded.named("database_active_sessions"))
    return {name for name in found if name is not None}


def _few(value: float | None) -> str:
    return "–" if value is None else f"{value:.3g}"


def _work(slots: Slots, recorded: Recorded) -> Panel:
    lines = [
        Line("committed", "database", "solid", one(slots, recorded, "database_commits_per_s")),
        *_line("rolled back", "failing", "dash", one(slots, recorded, "database_rollbacks_per_s")),
    ]
    return Panel("Transactions of the database, per second", 110, lines, format_rate)


def _misses(slots: Slots, recorded: Recorded) -> Panel:
    """What was missed, from 0: hits lie between 99 and 100 %, where an axis from 0 shows nothing."""
    hits = one(slots, recorded, "database_cache_hit_percent")
    missed = [None if hit is None else max(0.0, 100 - hit) * PERCENT for hit in hits]
    return Panel("Cache misses, share of pages asked for", 100, [_missed(missed)], format_share)


def _missed(values: Values) -> Line:
    return Line("not in shared buffers", "database", "solid", values)


def _wal(slots: Slots, recorded: Recorded) -> Panel:
    """In the unit in which the axis has round numbers."""
    log, temporary = (one(slots, recorded, f"database_{what}_bytes_per_s") for what in ("wal", "temp"))
    most = max((value for value in (*log, *temporary) if value is not None), default=0.0)
    unit = next((unit for unit in (1 << 30, 1 << 20, 1 << 10) if most >= unit), 1)
    lines = [
        Line("write-ahead log", "database", "solid", scaled(log, 1 / unit)),
        *_line("temporary files", "database", "dash", scaled(temporary, 1 / unit)),
    ]

    def say(value: float | None) -> str:
        return "–" if value is None else f"{format_bytes(value * unit)}/s"

    return Panel("Written by the database, bytes per second", 100, lines, say)


def _locks(slots: Slots, recorded: Recorded) -> Panel:
    lines = [
        *_line("sessions blocked", "lock", "solid", highest(slots, recorded, "database_blocked_sessions")),
        *_line("deepest chain", "lock", "dot", highest(slots, recorded, "database_lock_chain_depth")),
    ]
    return Panel("Waits for locks, the most of each moment", 90, lines, _few, steps=True)


def _cpu(slots: Slots, recorded: Recorded) -> Panel:
    def mode(name: str) -> Values:
        return scaled(one(slots, recorded, "host_cpu_percent", mode=name), PERCENT)

    lines = [
        Line("CPU busy", "system", "solid", scaled(one(slots, recorded, "host_cpu_busy_percent"), PERCENT)),
        *_line("CPU waiting for I/O", "system", "dash", mode("iowait"), SHARE_LEAST),
        *_line("CPU stolen by the hypervisor", "failing", "dot", mode("steal"), SHARE_LEAST),
    ]
    return Panel("CPU of this machine, share of all cores", 110, lines, format_share)


_RESOURCES: Final = {"cpu": "a core", "io": "I/O", "memory": "memory"}


def _pressure(slots: Slots, recorded: Recorded) -> Panel:
    wanted: tuple[tuple[str, Dash], ...] = (("cpu", "solid"), ("io", "dash"), ("memory", "dot"))
    lines = [
        line
        for resource, dash in wanted
        for line in _line(
            f"tasks waiting for {_RESOURCES[resource]}",
            "system",
            dash,
            scaled(one(slots, recorded, "host_pressure_percent", resource=resource, kind="some"), PERCENT),
        )
    ]
    return Panel("Pressure, share of time waited for", 100, lines, format_share)


def _memory(slots: Slots, recorded: Recorded) -> Panel:
    lines = [
        Line(
            "memory of the machine",
            "system",
            "solid",
            scaled(one(slots, recorded, "host_memory_used_percent"), PERCENT),
        ),
        *_line(
            "memory of the container",
            "system",
            "dash",
            scaled(one(slots, recorded, "container_memory_used_percent"), PERCENT),
        ),
        *_line("swap", "failing", "dot", scaled(one(slots, recorded, "host_swap_used_percent"), PERCENT)),
    ]
    return Panel("Memory of this machine in use", 90, lines, format_share)


def _disk(slots: Slots, recorded: Recorded) -> Panel:
    reads, writes = (recorded.named(f"host_disk_{what}_await_ms") for what in ("read", "write"))
    lines = [
        *_line("disk reads", "system", "solid", over(slots, reads, max)),
        *_line("disk writes", "system", "dash", over(slots, writes, max)),
    ]
    return Panel("Disk await, the slowest disk", 100, lines, format_ms)


def _processes(slots: Slots, recorded: Recorded) -> Panel:
    dashes: tuple[Dash, ...] = ("solid", "dash", "dot")
    windows = recorded.named("process_cpu_percent")[:TREES_MAX]
    lines = [
        line
        for window, dash in zip(windows, dashes, strict=False)
        for line in _line(window.key.label("tree") or "", "load", dash, scaled(slots.of(window), PERCENT))
    ]
    return Panel("CPU of database and application, share of a core", 100, lines, format_share)


def watch_marks(timeline: Timeline, recorded: Recorded) -> list[Mark]:
    """Events within the run, and workers that were lost in it; what is of one kind in one second is one."""
    found: dict[tuple[int, str], Mark] = {}
    told = ScaledRun.of(recorded)
    for event in sorted(recorded.events, key=lambda event: event.at_s):
        at_s = event.at_s - recorded.began_s
        if 0 <= at_s <= timeline.end_s:
            text = event.text or event.kind
            if told is not None and event.kind == "scaling":  # "shop: 1 → 2 workers"; why is in the table of decisions
                text = ": ".join(text.split(": ")[:2])
            found.setdefault((int(at_s), event.kind), Mark(at_s, text))
    lost = [] if told is None else list(_lost(told, recorded.began_s, timeline.end_s))
    return sorted([*list(found.values())[:EVENTS_MAX], *lost[:EVENTS_MAX]], key=lambda mark: mark.at_s)


def _lost(told: ScaledRun, began_s: float, end_s: float) -> Iterator[Mark]:
    """ "shop: w2 ended: killed by SIGKILL; started again at once"; of those in one second all in one."""
    seconds: dict[int, list[Happening]] = {}
    for happening in told.happenings:
        if happening.is_loss and 0 <= (at_s := happening.at - began_s) <= end_s:
            seconds.setdefault(int(at_s), []).append(happening)
    for lost in seconds.values():
        words = ", ".join(f"{each.worker} {each.text}" for each in lost[:LOST_WORDS_MAX])
        more = f", {len(lost) - LOST_WORDS_MAX} more" if len(lost) > LOST_WORDS_MAX else ""
        yield Mark(lost[0].at - began_s, f"{told.served}: {words}{more}")


def watched_in_words(recorded: Recorded) -> list[str]:
    """What the panels show, for who cannot see them: the highest of each, and when nothing happened."""
    said = []
    for name, words, form in _PEAKS:
        peaks = [
            (value, at) for window in recorded.named(name) for at, value in zip(window.times, window.high, strict=True)
        ]
        if peaks:
            value, at = max(peaks, key=lambda peak: (peak[0], -peak[1]))
            said.append(f"{words} was at most {form(value)}, at {format_duration(max(0.0, at - recorded.began_s))}")
    return said


def uncounted_words(recorded: Recorded, summary: Summary) -> str:
    """Why commits are far below what the load counted, where they are."""
    made = sum(step.rate_per_s for step in summary.steps if step.kind in ("sql", "transaction"))
    windows = recorded.named("database_commits_per_s") + recorded.named("database_rollbacks_per_s")
    known = [
        [value for at, value in zip(window.times, window.mean, strict=True) if at > recorded.measured_from_s]
        for window in windows
    ]
    counted = sum(fmean(values) for values in known if values)
    if not any(known) or counted >= COUNTED_LEAST * made:
        return ""
    return (
        f"PostgreSQL counted {format_rate(counted)} transactions, the load {format_rate(made)}: "
        "a session that touches no table has its transactions counted only when it ends"
    )


_PEAKS: Final = (
    ("host_cpu_busy_percent", "CPU of the machine", lambda value: format_share(value * PERCENT)),
    ("database_blocked_sessions", "The number of blocked sessions", _few),
    ("database_commits_per_s", "The rate of commits", format_rate),
)
