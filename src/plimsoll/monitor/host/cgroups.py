"""Where our cgroups are, and which of them are ours alone or have a limit. Both versions of cgroups."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from plimsoll.monitor.host.files import read_text
from plimsoll.monitor.host.filesystems import Mount, parse_mountinfo

_OF_CONTAINERS: Final = re.compile(r"docker|kubepods|containerd|crio|libpod|podman|lxc|garden|ecs")
LEVELS_MAX: Final = 20  # nested deeper than that, the outer ones are not looked at


@dataclass(frozen=True, slots=True)
class Cgroup:
    """`limit` is in cores or bytes; None where there is none. `path` is a directory of /sys, `usage` the one that has
    the CPU time: version 1 may keep it apart."""

    version: int
    path: Path
    limit: float | None
    usage: Path | None = None


def parse_membership(text: str) -> dict[str, str]:
    """Paths by controller, of /proc/self/cgroup; version 2 has one path for all, under ""."""
    paths: dict[str, str] = {}
    for line in text.splitlines():
        _, controllers, path = line.split(":", 2)
        paths |= dict.fromkeys(controllers.split(","), path)
    return paths


def find_cgroup(controller: str, proc: Path, sys: Path) -> Cgroup | None:
    """The one whose use to watch, of "cpu" or "memory": the one of the tightest limit among ours and those around it.

    Without a limit, ours if it is a container's; a plain login or service has nothing to tell that the host does not.
    """
    paths = parse_membership(read_text(proc / "self/cgroup") or "")
    mounts = parse_mountinfo(read_text(proc / "self/mountinfo") or "")
    version = 1 if _mount_of(controller, mounts) is not None else 2
    mount = _mount_of(controller if version == 1 else "", mounts)
    path = paths.get(controller if version == 1 else "")
    if mount is None or path is None:
        return None
    apart = _mount_of("cpuacct", mounts) if controller == "cpu" and version == 1 else None
    levels = [
        Cgroup(version, at, limit_of(controller, version, at), _beside(at, mount, apart, sys))
        for at in _levels(mount, path, sys)
    ]
    limited = [level for level in levels if level.limit is not None]
    if limited:
        return min(limited, key=lambda level: level.limit or 0.0)
    return levels[0] if _is_containers(path, mount, levels[0].path) else None


def _mount_of(controller: str, mounts: Sequence[Mount]) -> Mount | None:
    """Version 1 is mounted by controllers ("/sys/fs/cgroup/cpu,cpuacct"), version 2 once."""
    kind = "cgroup" if controller else "cgroup2"
    fitting = (one for one in mounts if one.kind == kind)
    return next((one for one in fitting if not controller or controller in _controllers(one)), None)


def _controllers(mount: Mount) -> list[str]:
    return mount.path.rpartition("/")[2].split(",")


def _top(mount: Mount, sys: Path) -> Path:
    return sys / mount.path.removeprefix("/sys").lstrip("/")


def _beside(at: Path, mount: Mount, apart: Mount | None, sys: Path) -> Path | None:
    """The same group in another tree."""
    return None if apart is None or apart == mount else _top(apart, sys) / at.relative_to(_top(mount, sys))


def _levels(mount: Mount, path: str, sys: Path) -> list[Path]:
    """From ours outwards. A mount may show a part only, whose top is then its root; so may a path from outside."""
    top = _top(mount, sys)
    inner = path.removeprefix(mount.root) if mount.root != "/" and path.startswith(mount.root) else path
    own = top / inner.strip("/")
    if ".." in own.parts or not own.is_dir():
        own = top
    return [own, *(at for at in own.parents if at.is_relative_to(top))][:LEVELS_MAX]


def _is_containers(path: str, mount: Mount, own: Path) -> bool:
    """The top of a machine's own tree has no file for limits, that of a container has."""
    names = ("memory.max", "cpu.max")
    return bool(_OF_CONTAINERS.search(path) or mount.root != "/") or (
        path == "/" and any((own / name).exists() for name in names)
    )


def limit_of(controller: str, version: int, at: Path) -> float | None:
    if controller == "memory":
        name = "memory.max" if version == 2 else "memory.limit_in_bytes"
        return memory_limit(read_text(at / name))
    if version == 2:
        return cpu_limit(read_text(at / "cpu.max"))
    quota, period = read_text(at / "cpu.cfs_quota_us"), read_text(at / "cpu.cfs_period_us")
    return cpu_limit(f"{quota} {period}") if quota and period else None


NO_LIMIT_BYTES: Final = float(1 << 60)  # version 1 writes "none" as the largest number of whole pages


def memory_limit(text: str | None) -> float | None:
    """Bytes, of "max" or a number."""
    if text is None or not text.strip().isdigit():
        return None
    limit = float(text)
    return limit if limit < NO_LIMIT_BYTES else None


def cpu_limit(text: str | None) -> float | None:
    """Cores, of "max 100000" or "150000 100000"; -1 is none in version 1."""
    words = (text or "").split()
    if len(words) != 2 or not words[0].isdigit() or not words[1].isdigit():
        return None
    return float(words[0]) / float(words[1]) if float(words[1]) else None
