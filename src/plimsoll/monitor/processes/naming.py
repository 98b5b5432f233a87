"""How a process tree is named ("port:8000", "pid:42", "command:gunicorn"), and who is meant by it."""

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from plimsoll.core.errors import UsageError
from plimsoll.monitor.collecting.collector import CollectorLostError
from plimsoll.monitor.host.files import read_text
from plimsoll.monitor.processes.reading import ancestors, topmost

Kind = Literal["port", "pid", "command"]
_NAME: Final = re.compile(r"\s*(port|pid|command)\s*:\s*(.*?)\s*", re.DOTALL)
_PORT_MAX, _PID_MAX = 65_535, 1 << 22
_LISTENING: Final = "0A"
_PROXY: Final = "docker-proxy"
ARGUMENTS_READ: Final = 3  # of a command line: an interpreter, its option, the program


@dataclass(frozen=True, slots=True)
class TreeName:
    kind: Kind
    value: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}"


def parse_tree_name(text: str) -> TreeName:
    """Raises UsageError."""
    match = _NAME.fullmatch(text)
    if match is None or not match[2]:
        raise _unknown(text)
    kind, value = match[1], match[2]
    if kind == "command":
        return TreeName("command", value)
    number = int(value) if re.fullmatch(r"[0-9]{1,7}", value) else 0
    if not 0 < number <= (_PORT_MAX if kind == "port" else _PID_MAX):
        raise _unknown(text)
    return TreeName("port" if kind == "port" else "pid", str(number))


def _unknown(text: str) -> UsageError:
    return UsageError(
        f"cannot tell which processes are meant by {text[:100]!r}",
        remedy='name the application as "port:8000" (who listens there), "pid:42" or "command:gunicorn"',
    )


def find_roots(name: TreeName, proc: Path, parents: Mapping[int, int]) -> set[int]:
    """The topmost processes that are meant. Raises CollectorLostError where there are none."""
    if name.kind == "pid":
        found = {int(name.value)} & parents.keys()
        if not found:
            raise CollectorLostError(f"there is no process {name.value}")
        return found
    if name.kind == "port":
        return topmost(_without_init(_listeners(int(name.value), proc, parents)), parents)
    return topmost(_of_command(name.value, proc, parents), parents)


def _without_init(pids: set[int]) -> set[int]:
    """The first process may hold the sockets of services that it begins: it is meant only where nobody else is."""
    return pids - {1} or pids


# -- by port


def listening_inodes(text: str, port: int) -> set[str]:
    """Of /proc/net/tcp or tcp6: sockets that listen on the port at any address."""
    rows = (line.split() for line in text.splitlines()[1:])
    return {
        row[9]
        for row in rows
        if len(row) > 9 and row[3] == _LISTENING and int(row[1].rpartition(":")[2], 16) == port
    }  # fmt: skip


def _listeners(port: int, proc: Path, parents: Mapping[int, int]) -> set[int]:
    texts = (read_text(proc / "net" / name) or "" for name in ("tcp", "tcp6"))
    sockets = {f"socket:[{inode}]" for text in texts for inode in listening_inodes(text, port)}
    if not sockets:
        raise CollectorLostError(f"nobody listens on port {port} of this machine")
    found = {pid for pid in parents if sockets & _open_files(proc, pid)}
    if not found:
        raise CollectorLostError(
            f"somebody listens on port {port}, but only that user or root may see which process it is"
        )
    if all(_name_of(proc, pid) == _PROXY for pid in found):
        raise CollectorLostError(
            f"port {port} is passed on into a container by {_PROXY}: name the application by command: or pid:"
        )
    return found


def _open_files(proc: Path, pid: int) -> set[str]:
    """What its descriptors lead to; nothing where we may not look."""
    directory = f"{proc}/{pid}/fd"
    links = set()
    try:
        with os.scandir(directory) as entries:
            for entry in entries:
                links.add(os.readlink(entry.path))  # noqa: PTH115  # thousands of them: no Path for each
    except OSError:
        pass
    return links


def _name_of(proc: Path, pid: int) -> str:
    return (read_text(f"{proc}/{pid}/comm") or "").strip()


# -- by command


def _of_command(wanted: str, proc: Path, parents: Mapping[int, int]) -> set[int]:
    ours = {os.getpid()} | ancestors(os.getpid(), parents)
    found = {pid for pid in parents if pid not in ours and _is_meant(wanted, proc, pid)}
    if not found:
        raise CollectorLostError(f"no process runs {wanted}")
    return found


def _is_meant(wanted: str, proc: Path, pid: int) -> bool:
    line = read_text(f"{proc}/{pid}/cmdline") or ""
    return is_command(wanted, _name_of(proc, pid), line)


def is_command(wanted: str, name: str, command_line: str) -> bool:
    """One word names a program: the process's name, or a file or module among its first arguments ("gunicorn" is also
    `python -m gunicorn` and "gunicorn: master [app]"). Several words are part of the command line."""
    words = [word for word in command_line.replace("\0", " ").split(" ") if word]
    if " " in wanted:
        return wanted in " ".join(words)
    return wanted in {name, *_programs(words[:ARGUMENTS_READ])}


def _programs(words: Iterable[str]) -> set[str]:
    return {word.rpartition("/")[2].rstrip(":") for word in words}
