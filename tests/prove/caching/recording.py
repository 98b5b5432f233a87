"""A history on disk: each process writes down what it does, in one file of its own.

That a write begins is written down before it is sent: who is killed leaves no write that nobody knows of. Reads are
collected, since they are many, and nobody misses those of a process that was killed.
"""

import json
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from plimsoll.changes.clock import clock_s
from plimsoll.testing.staleness import Fate, Read, Write
from tests.prove.caching.world import Asked, Rows, reads_of, seeded

READS_MAX: Final = 200_000  # of one process; further ones are counted only
HELD_MAX: Final = 500  # reads that are not on disk yet

Planned = Sequence[tuple[str, int, bool]]  # key, version, whether the row is absent then


class Recorder:
    """Appends to one file; for any thread."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._file = path.open("a", encoding="utf-8")
        self._held: list[str] = []
        self._writes = self._reads = 0

    def begin(self, planned: Planned) -> int:
        """Writes that are about to be sent; their number is for `end`."""
        self._writes += 1  # by the event loop's thread only
        self._now({"begin": self._writes, "planned": planned, "at": clock_s()})
        return self._writes

    def end(self, number: int, fate: Fate) -> None:
        """To be called when COMMIT or ROLLBACK has returned."""
        self._now({"end": number, "fate": fate, "at": clock_s()})

    def read(self, asked: Asked, rows: Rows, began_s: float, served: str, at_least: Mapping[str, int]) -> None:
        """An answer; `at_least` are versions, by key, that the reader knew of."""
        line = json.dumps({"read": [asked, rows, began_s, clock_s(), served, at_least]})
        with self._lock:
            self._reads += 1
            if self._reads <= READS_MAX:
                self._held.append(line)
        if len(self._held) >= HELD_MAX:
            self.flush()

    def tell(self, **facts: Any) -> None:
        """Anything else, for the table."""
        self._now({"told": facts})

    def flush(self) -> None:
        with self._lock:
            held, self._held = self._held, []
            self._file.write("".join(f"{line}\n" for line in held))
            self._file.flush()

    def _now(self, line: Mapping[str, Any]) -> None:
        with self._lock:
            self._file.write(json.dumps(line) + "\n")
            self._file.flush()


class History(NamedTuple):
    writes: list[Write]
    reads: list[Read]
    told: list[dict[str, Any]]


def history(paths: Iterable[Path]) -> History:
    """Of all processes, with what there was in the beginning."""
    found = History([Write(key, version, 0.0, 0.0, absent=absent) for key, version, absent in seeded()], [], [])
    for path in paths:
        begun: dict[int, tuple[Planned, float]] = {}
        for line in _lines(path):
            if "begin" in line:
                begun[line["begin"]] = line["planned"], line["at"]
            elif "end" in line:
                planned, begun_s = begun.pop(line["end"])
                found.writes.extend(_writes(planned, begun_s, line["at"], line["fate"]))
            elif "read" in line:
                found.reads.extend(_reads(line["read"], path.stem))
            else:
                found.told.append(line["told"])
        for planned, begun_s in begun.values():
            found.writes.extend(_writes(planned, begun_s, begun_s, "unknown"))
    return found


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """The last line of a process that was killed may be half a line."""
    for line in path.read_text(encoding="utf-8").splitlines(keepends=True):
        if line.endswith("\n"):
            yield json.loads(line)


def _writes(planned: Planned, begun_s: float, ended_s: float, fate: Fate) -> Iterator[Write]:
    for key, version, absent in planned:
        yield Write(key, version, begun_s, ended_s, fate, absent)


def _reads(noted: Sequence[Any], process: str) -> Iterator[Read]:
    asked, rows, began_s, ended_s, served, at_least = noted
    for read in reads_of(Asked(*asked), rows, began_s, ended_s, served, process):
        yield read._replace(at_least=at_least.get(read.key, 0))
