"""What came at each tick and how many workers there were, in a file: so that "what if" can be played on it."""

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from plimsoll.core.errors import ServiceError
from plimsoll.scale.supervisor.keeper.journal import Journal

FILE: Final = "load.log"  # and one older file beside it, FILE.1
FILE_BYTES_MAX: Final = 8 * 1024 * 1024  # of each; a line takes some 45 bytes: 4 days at a tick of 2 s
LINE_BYTES_MAX: Final = 200
REQUESTS_MOST: Final = 1e12
WORKERS_MOST: Final = 10_000


@dataclass(frozen=True, slots=True)
class Tick:
    """`requests` arrived within the `seconds` before `at` (seconds since 1970), refused ones too. `workers` were
    wanted, each of which carried `capacity` a second (None: not known), between those limits."""

    at: float
    seconds: float
    requests: int
    workers: int
    workers_min: int
    workers_max: int
    capacity: float | None = None

    @property
    def line(self) -> str:
        carried = "-" if self.capacity is None else f"{self.capacity:.6g}"
        whole = f"{self.requests} {self.workers} {self.workers_min} {self.workers_max}"
        return f"{self.at:.2f} {self.seconds:.3f} {whole} {carried}\n"

    @classmethod
    def of_line(cls, line: bytes) -> Self | None:
        """None where it cannot be one: cut off by a crash, or of another version."""
        try:
            at, seconds, requests, workers, least, most, carried = line.decode().split()
            made = cls(
                float(at), float(seconds), int(requests), int(workers), int(least), int(most),
                None if carried == "-" else float(carried),
            )  # fmt: skip
        except ValueError:
            return None
        fits = (
            0 < made.at < 1e11
            and 0 < made.seconds <= 3600
            and 0 <= made.requests <= REQUESTS_MOST
            and 0 <= made.workers <= WORKERS_MOST
            and 1 <= made.workers_min <= made.workers_max <= WORKERS_MOST
            and (made.capacity is None or 0 < made.capacity < math.inf)
        )
        return made if fits else None


class LoadLog:
    """Raises ServiceError where the file cannot be opened; a full disk loses lines."""

    def __init__(self, directory: Path) -> None:
        path = directory / FILE
        try:
            self._journal = Journal(str(path), FILE_BYTES_MAX)
        except OSError as error:
            raise ServiceError("the load cannot be recorded", where=str(path), why=error.strerror or "") from error

    def add(self, tick: Tick) -> None:
        self._journal.write(tick.line.encode())

    def close(self) -> None:
        os.close(self._journal.file)


def read(directory: Path, since: float = 0.0) -> Iterator[Tick]:
    """What was recorded there from then on, oldest first; nothing where nothing was. Lines that are none are passed
    over."""
    first = f"{max(0, int(since)):010}".encode()  # lines begin with ten digits, until the year 2286
    for name in (f"{FILE}.1", FILE):
        try:
            file = os.open(directory / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            continue
        with os.fdopen(file, "rb") as whole:
            left = FILE_BYTES_MAX + LINE_BYTES_MAX
            while left > 0 and (line := whole.readline(LINE_BYTES_MAX)):
                left -= len(line)
                if line >= first and (tick := Tick.of_line(line)) is not None:
                    yield tick
