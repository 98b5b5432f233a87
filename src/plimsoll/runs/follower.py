"""Following runs that go on, from another process: their newest seconds, read as they are written."""

import json
import time
from collections import deque
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Final

from plimsoll.core.errors import RunDirectoryError
from plimsoll.core.load_point import LoadPoint
from plimsoll.runs.directory import RunDirectory
from plimsoll.runs.facts import RunFacts

POINTS_MAX: Final = 3_600  # of a run, an hour; older ones are forgotten here
LOOK_BYTES_MAX: Final = 4 << 20  # read at one look, at most; what is left comes with the next
HISTORY_BYTES_MAX: Final = 16 << 20  # before the end of the file, where a run is met that has been going on
NEW_S: Final = 10.0  # so long after it was made, a directory without a lock may still get one
_HEAD: Final = b'{"load":'


class RunFollower:
    """One run. `look` reads on; `points` are all that is remembered, in the order of time."""

    def __init__(self, directory: RunDirectory, *, points_max: int = POINTS_MAX) -> None:
        self.directory = directory
        self.points: deque[LoadPoint] = deque(maxlen=points_max)
        self._facts: RunFacts | None = None
        self._read_to: int | None = None

    @property
    def run_id(self) -> str:
        return self.directory.run_id

    @property
    def facts(self) -> RunFacts | None:
        """None while they cannot be read. They are read again until the load has begun."""
        if self._facts is None or not self._facts.load_began_at:
            try:
                self._facts = self.directory.read_facts()
            except RunDirectoryError:
                return self._facts
        return self._facts

    @property
    def began_s(self) -> float | None:
        """When the load began, in seconds since 1970; None before that."""
        try:
            return datetime.fromisoformat(self.facts.load_began_at).timestamp() if self.facts else None
        except ValueError:
            return None

    @property
    def is_live(self) -> bool:
        return self.directory.is_live()

    def look(self) -> list[LoadPoint]:
        """What was written since the last look. A file that cannot be read has nothing new."""
        try:
            with self.directory.intervals_path.open("rb") as file:
                size = file.seek(0, 2)
                if self._read_to is None or self._read_to > size:
                    self._read_to = max(0, size - HISTORY_BYTES_MAX)
                file.seek(self._read_to)
                chunk = file.read(LOOK_BYTES_MAX)
        except OSError:
            return []
        whole = whole_lines(chunk)
        self._read_to += len(whole)
        found = points_in(whole.splitlines())
        self.points.extend(found)
        return found


def whole_lines(chunk: bytes) -> bytes:
    """As far as lines are complete; all of it where a single line is too long to be one."""
    end = chunk.rfind(b"\n") + 1
    return chunk[:end] if end or len(chunk) < LOOK_BYTES_MAX else chunk


def points_in(lines: Iterable[bytes]) -> list[LoadPoint]:
    """Those of the lines that can be read; a line of an older run has none."""
    found = []
    decoder = json.JSONDecoder()
    for line in lines:
        if line.startswith(_HEAD):
            try:  # the histograms behind it are left unread
                data, _ = decoder.raw_decode(line.decode(errors="replace"), len(_HEAD))
                found.append(LoadPoint.from_json(data))
            except (ValueError, TypeError):
                continue
    return found


class LiveRuns:
    """The runs under a root that go on. A run that was seen to have ended is not asked again."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._ended: set[str] = set()
        self._followed: dict[str, RunFollower] = {}

    def look(self) -> list[RunFollower]:
        """A follower of each, oldest first, read up to now. One that ends is in the list a last time."""
        for name in self._unknown():
            directory = RunDirectory(self._root / name)
            if directory.is_live():
                self._followed[name] = RunFollower(directory)
            elif self._is_settled(directory):
                self._ended.add(name)
        followed = list(self._followed.values())
        for run in followed:
            ended = not run.is_live
            run.look()
            if ended:
                del self._followed[run.run_id]
                self._ended.add(run.run_id)
        return followed

    def _unknown(self) -> list[str]:
        try:
            names = {path.name for path in self._root.iterdir()}
        except OSError:
            return []
        self._ended &= names
        return sorted(names - self._ended - self._followed.keys())

    @staticmethod
    def _is_settled(directory: RunDirectory) -> bool:
        try:
            return time.time() - directory.path.stat().st_mtime > NEW_S
        except OSError:
            return True
