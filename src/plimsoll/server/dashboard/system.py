"""The machine: collectors, file systems, processes, the application, the container."""

from collections.abc import Sequence
from typing import Final

from plimsoll.core.observation import CollectorState
from plimsoll.core.series.info import Unit
from plimsoll.core.units import format_bytes, format_count, format_ms
from plimsoll.server.dashboard.markup import Html, element, joined
from plimsoll.server.dashboard.place import Place
from plimsoll.server.dashboard.slots import CHARTS, Slot, pairs, part, seen
from plimsoll.server.dashboard.tables import Column, Row, field, figure, table, words
from plimsoll.server.reading.reading import Reading
from plimsoll.server.reading.say import clock, moment, value

_FILE_SYSTEMS: Final = (
    words("mount", "Mounted at"),
    figure("used", "In use", lambda amount: value(amount, "percent")),
    figure("free", "Free", format_bytes),
    figure("inodes", "Inodes in use", lambda amount: value(amount, "percent")),
)


def _process_name(row: Row) -> Html:
    """What an interpreter runs stands behind its name."""
    command = row.get("command")
    return joined(str(row["name"]), " ", element("code", command, title=command)) if command else joined(row["name"])


_PROCESSES: Final = (
    Column("name", "Process", _process_name, lambda row: row["name"], first_up=True),
    figure("pid", "PID", str),
    words("user", "User"),
    figure("cpu_percent", "CPU of one core", lambda amount: value(amount, "percent")),
    figure("memory_bytes", "Memory", format_bytes),
    figure("threads", "Threads", format_count),
)
_COLLECTORS: Final = (
    words("name", "Collector"),
    Column("status", "Status", lambda row: element("b", row["status"], class_=row["standing"])),
    Column("seen", "Seen", field("seen"), number=True),
    figure("period_s", "Every", lambda amount: value(amount, "s")),
    figure("pass_ms", "Took", format_ms),
    Column("why", "Why, and what cannot be seen", field("why")),
)


def _file_systems(reading: Reading, place: Place) -> Html:
    used = reading.valued("host_filesystem_used_percent")
    rows = [_file_system(reading, key.label("mount") or "", amount) for key, amount in used.items()]
    rows.sort(key=lambda row: -row["used"])
    return part(
        "File systems",
        table(place, "mounts", "Space that users may use", _FILE_SYSTEMS, rows, nothing="None seen yet."),
    )


def _file_system(reading: Reading, mount: str, used: float) -> Row:
    free = reading.value("host_filesystem_free_bytes", mount=mount)
    inodes = reading.value("host_filesystem_inodes_used_percent", mount=mount)
    return {"mount": mount, "used": used, "free": free, "inodes": inodes}


def _processes(reading: Reading, place: Place) -> Html:
    rows = reading.rows("processes")
    shown = table(place, "processes", "The busiest of the machine", _PROCESSES, rows, shown=20, nothing="Not seen yet.")
    return part("Processes", shown, aside=seen(reading, "processes"))


def _application(reading: Reading, _: Place) -> Html:
    trees = sorted({key.label("tree") or "" for key in reading.newest if key.name == "process_count"})
    if not trees:
        hint = element("code", '[monitor] process = "port:8000"')
        return part(
            "Application",
            element(
                "p", "No process tree is watched. To watch one, write ", hint, " to plimsoll.toml.", class_="empty"
            ),
        )
    return part("Application", *(_tree(reading, tree) for tree in trees))


_TREE: Final[Sequence[tuple[str, str, Unit]]] = (
    ("process_count", "Processes", "count"), ("process_threads", "Threads", "count"),
    ("process_cpu_percent", "CPU of one core", "percent"), ("process_memory_bytes", "Memory", "bytes"),
    ("process_open_files", "Open files and sockets", "count"),
    ("process_run_delay_percent", "Waiting for a core", "percent"),
)  # fmt: skip


def _tree(reading: Reading, tree: str) -> Html:
    said = [(title, value(reading.value(name, tree=tree), unit)) for name, title, unit in _TREE]
    return joined(element("h3", tree), pairs(*said))


_CONTAINER: Final[Sequence[tuple[str, str, Unit]]] = (
    ("container_cpu_limit_cores", "CPU it may use", "cores"), ("container_cpu_used_percent", "CPU in use", "percent"),
    ("container_cpu_throttled_percent", "Periods held back", "percent"),
    ("container_memory_limit_bytes", "Memory it may use", "bytes"),
    ("container_memory_used_bytes", "Memory in use", "bytes"),
    ("container_memory_used_percent", "Memory of its limit", "percent"),
)  # fmt: skip


def _container(reading: Reading, _: Place) -> Html:
    if not any(key.name.startswith("container_") for key in reading.newest):
        return Html("")
    said = [(title, value(reading.value(name), unit)) for name, title, unit in _CONTAINER]
    return part("Container", pairs(*said))


def _collectors(reading: Reading, place: Place) -> Html:
    rows = [_collector(state) for state in sorted(reading.states.values(), key=lambda state: state.name)]
    return part(
        "What watches", table(place, "collectors", "Collectors", _COLLECTORS, rows, nothing="No collector runs.")
    )


def _collector(state: CollectorState) -> Row:
    standing = {"ok": "good", "lost": "bad", "slow": "doubt"}.get(state.status, "soft")
    why = "; ".join(part for part in (state.why, *state.notes) if part)
    return {
        "name": state.name, "status": state.status, "standing": standing,
        "seen": None if state.seen_s is None else clock(state.seen_s),
        "period_s": state.period_s, "pass_ms": state.pass_ms,
        "why": f"{why} (since {moment(state.since_s)})" if state.status in ("lost", "slow") and why else why or None,
    }  # fmt: skip


SLOTS: Final[Sequence[Slot]] = (
    CHARTS,
    Slot("mounts", _file_systems, holds=True),
    Slot("application", _application),
    Slot("container", _container),
    Slot("processes", _processes, holds=True, kinds=("processes",)),
    Slot("collectors", _collectors, holds=True),
)
