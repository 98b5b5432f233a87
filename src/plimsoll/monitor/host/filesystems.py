"""File systems: which of /proc/self/mountinfo are worth a look, and how full they are."""

import os
import re
import stat
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from plimsoll.core.series.key import SeriesKey
from plimsoll.monitor.host.reading import series

MOUNTS_MAX: Final = 50  # the ones with the shortest paths
# Those that a server elsewhere, or a program, answers for: a question to them may hang for ever, so none is asked.
_REMOTE: Final = re.compile(
    r"nfs\d?|cifs|smb\d?|smbfs|ncpfs|afs|ceph|glusterfs|lustre|gpfs|beegfs|orangefs|9p|virtiofs|fuse\..*|fuse|fuseblk"
)
_LOCAL: Final = re.compile(r"ext[234]|xfs|btrfs|zfs|bcachefs|f2fs|jfs|reiserfs|nilfs2|ocfs2|gfs2|vfat|exfat|ntfs3?")
_SINGLE_FILES: Final = frozenset(("/etc/hosts", "/etc/hostname", "/etc/resolv.conf"))  # mounted into containers
_OCTAL: Final = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True, slots=True)
class Mount:
    """`device` is major:minor, `root` what of the device is mounted here: "/" unless it is a bind mount or a volume."""

    device: str
    root: str
    path: str
    kind: str


def parse_mountinfo(text: str) -> list[Mount]:
    """The lines have a part of varying length, which ends with a lone dash."""
    mounts = []
    for line in text.splitlines():
        head, dash, tail = line.partition(" - ")
        columns = head.split(" ")
        if dash and len(columns) > 4 and tail:
            mounts.append(Mount(columns[2], _plain(columns[3]), _plain(columns[4]), tail.split(" ")[0]))
    return mounts


def _plain(path: str) -> str:
    return _OCTAL.sub(lambda found: chr(int(found[1], 8)), path)


def real_mounts(mounts: Iterable[Mount]) -> Sequence[Mount]:
    """Of disks of this machine, each once: its whole rather than a part of it, then the shortest path.

    An overlay counts where it is the root: that of a container, on the disk of its host.
    """
    real = [one for one in mounts if _LOCAL.fullmatch(one.kind) or (one.kind == "overlay" and one.path == "/")]
    places = [one for one in real if one.path not in _SINGLE_FILES]
    weighed = sorted(places, key=lambda one: (one.root != "/" and one.path != "/", len(one.path), one.path))
    by_device: dict[str, Mount] = {}
    for one in weighed:
        by_device.setdefault(one.device, one)
    return sorted(by_device.values(), key=lambda one: (len(one.path), one.path))


def remote_note(mounts: Iterable[Mount]) -> str | None:
    remote = sorted({one.path for one in mounts if _REMOTE.fullmatch(one.kind)})
    if not remote:
        return None
    more = f" and {len(remote) - 3} more" if len(remote) > 3 else ""
    return f"network file systems are not asked, since they may hang: {', '.join(remote[:3])}{more}"


def used(space: os.statvfs_result, mount: str) -> Mapping[SeriesKey, float]:
    """As df tells it: of what users may use, without what is kept for root. Inodes where they are counted."""
    label = ("mount", mount)
    taken = space.f_blocks - space.f_bfree
    usable = taken + space.f_bavail
    values = {series("host_filesystem_free_bytes", label): float(space.f_bavail * space.f_frsize)}
    if usable > 0:
        values[series("host_filesystem_used_percent", label)] = 100.0 * taken / usable
    if space.f_files > 0:
        inodes = 100.0 * (space.f_files - space.f_ffree) / space.f_files
        values[series("host_filesystem_inodes_used_percent", label)] = inodes
    return values


def look_at(mounts: Sequence[Mount]) -> Mapping[SeriesKey, float]:
    """Asks the file systems. Files that are mounted by themselves, as in containers, are none."""
    values: dict[SeriesKey, float] = {}
    for mount in mounts[:MOUNTS_MAX]:
        try:
            if stat.S_ISDIR(os.stat(mount.path).st_mode):  # noqa: PTH116  # bare: no Path for each look
                values |= used(os.statvfs(mount.path), mount.path)
        except OSError:  # not ours to enter, or just unmounted
            continue
    return values
