"""How short memory is for this process: by its cgroups, of both versions, and the machine. Linux; else unknown."""

import ctypes
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from plimsoll.cache.pressure import Memory

_AVG10: Final = re.compile(r"^some avg10=([\d.]+)", re.MULTILINE)
_UNLIMITED: Final = 2**62  # version 1 writes about 2^63 where there is no limit
DEPTH_MAX: Final = 20  # of cgroups within cgroups


def read_memory(proc: Path = Path("/proc"), sys: Path = Path("/sys/fs/cgroup")) -> Memory:
    """As of now; what cannot be read is left out."""
    folders = list(_cgroups(proc, sys))
    rooms = [room for room in (_machine(proc), *map(_room, folders)) if room is not None]
    stalls = [_stalled(folder / "memory.pressure") for folder in folders] + [_stalled(proc / "pressure/memory")]
    known = next((stalled for stalled in stalls if stalled is not None), None)  # our own first
    return Memory(min(rooms, default=None), known)


def trim() -> None:
    """Has the C library give back what was freed, where it knows how: by itself it gives only what is freed last.

    That takes 0.2 to 0.7 ms for each MB, in which no other thread gets more than a few hundred bytes at once.
    """
    with suppress(AttributeError, OSError, TypeError):  # not glibc's
        ctypes.CDLL(None).malloc_trim(0)


def _cgroups(proc: Path, sys: Path) -> Iterator[Path]:
    """Those that this process is in, from the innermost out: each of them may have a limit."""
    for line in _text(proc / "self/cgroup").splitlines():
        _, controllers, path = [*line.split(":", 2), "", ""][:3]
        if controllers not in ("", "memory"):
            continue
        root = sys / controllers if controllers else sys
        folder = root / path.lstrip("/")
        for _ in range(DEPTH_MAX):
            yield folder
            if folder == root or root not in folder.parents:
                break
            folder = folder.parent


def _room(folder: Path) -> float | None:
    """What is free of a cgroup's limit. Pages of files that were not used lately are as good as free."""
    new = (folder / "memory.max").exists()
    limit = _number(folder / ("memory.max" if new else "memory.limit_in_bytes"))
    used = _number(folder / ("memory.current" if new else "memory.usage_in_bytes"))
    if limit is None or used is None or not 0 < limit < _UNLIMITED:
        return None
    unused = _field(folder / "memory.stat", "inactive_file" if new else "total_inactive_file")  # with those below it
    return 1 - max(0, used - unused) / limit


def _machine(proc: Path) -> float | None:
    total, available = _field(proc / "meminfo", "MemTotal:"), _field(proc / "meminfo", "MemAvailable:")
    return available / total if total else None


def _field(path: Path, name: str) -> int:
    for line in _text(path).splitlines():
        words = line.split()
        if words[:1] == [name] and len(words) > 1 and words[1].isdigit():
            return int(words[1])
    return 0


def _stalled(path: Path) -> float | None:
    found = _AVG10.search(_text(path))
    return float(found[1]) if found else None


def _number(path: Path) -> int | None:
    text = _text(path).strip()
    return int(text) if text.isdigit() else None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
