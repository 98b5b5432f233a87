"""What /proc tells of single processes: texts in, values out, and the walk from pids to texts."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from plimsoll.monitor.host.files import read_text

PIDS_MAX: Final = 20_000  # of the machine; the lowest numbers are looked at

Identity = tuple[int, int]  # pid and start, in ticks since the machine's start: a pid alone is used again


@dataclass(frozen=True, slots=True)
class Process:
    """A line of /proc/<pid>/stat. Times are in ticks; `inherited` is what children that ended had used."""

    pid: int
    parent: int
    name: str
    state: str
    own: int
    inherited: int
    threads: int
    started: int
    resident_pages: int

    @property
    def identity(self) -> Identity:
        return self.pid, self.started

    @property
    def is_living(self) -> bool:
        """Not one that has ended and that its parent has not waited for yet."""
        return self.state not in "ZX"


def parse_process(text: str) -> Process | None:
    """A name may hold spaces and parentheses: the last parenthesis ends it. None for what is no such line."""
    head, closed, tail = text.rpartition(")")
    pid, opened, name = head.partition(" (")
    columns = tail.split()
    if not closed or not opened or len(columns) < 22:
        return None
    return Process(
        pid=int(pid),
        parent=int(columns[1]),
        name=name,
        state=columns[0],
        own=int(columns[11]) + int(columns[12]),
        inherited=int(columns[13]) + int(columns[14]),
        threads=int(columns[17]),
        started=int(columns[19]),
        resident_pages=max(0, int(columns[21])),
    )


def read_process(proc: Path, pid: int) -> Process | None:
    """None where it has ended."""
    text = read_text(f"{proc}/{pid}/stat")
    return parse_process(text) if text else None


def list_pids(proc: Path) -> list[int]:
    """Of all processes, lowest first. Raises OSError without /proc."""
    return sorted(int(name) for name in os.listdir(proc) if name.isdigit())[:PIDS_MAX]  # noqa: PTH208  # names only


def descendants(roots: Iterable[int], parents: Mapping[int, int]) -> set[int]:
    """The roots that there are, and all below them."""
    children: dict[int, list[int]] = {}
    for pid, parent in parents.items():
        children.setdefault(parent, []).append(pid)
    found: set[int] = set()
    open_ends = [pid for pid in roots if pid in parents]
    while open_ends:
        pid = open_ends.pop()
        if pid not in found:
            found.add(pid)
            open_ends.extend(children.get(pid, ()))
    return found


def topmost(pids: Iterable[int], parents: Mapping[int, int]) -> set[int]:
    """Those that are below none of the others."""
    chosen = set(pids)
    return {pid for pid in chosen if not (ancestors(pid, parents) & chosen)}


def ancestors(pid: int, parents: Mapping[int, int]) -> set[int]:
    found: set[int] = set()
    above = parents.get(pid, 0)
    while above and above not in found:
        found.add(above)
        above = parents.get(above, 0)
    return found


def parse_io(text: str) -> dict[str, float]:
    """Bytes that went to and came from disks, children that ended included."""
    pairs = (line.partition(": ") for line in text.splitlines())
    return {name: float(value) for name, _, value in pairs if name in ("read_bytes", "write_bytes")}


def parse_run_delay(text: str) -> float | None:
    """Seconds that a thread waited for a core, of its schedstat."""
    known = parse_schedstat(text)
    return None if known is None else known[1]


def parse_schedstat(text: str) -> tuple[float, float] | None:
    """Seconds on a core, and seconds of waiting for one."""
    words = text.split()
    return (int(words[0]) / 1e9, int(words[1]) / 1e9) if len(words) > 1 else None


def parse_memory(text: str) -> tuple[int, int] | None:
    """Resident and proportional bytes, of smaps_rollup."""
    known = dict(line.split()[:2] for line in text.splitlines()[1:] if len(line.split()) >= 2)
    if "Rss:" not in known or "Pss:" not in known:
        return None
    return int(known["Rss:"]) * 1024, int(known["Pss:"]) * 1024
