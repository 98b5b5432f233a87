"""What processes leave each other in the server: the root's key, and where the changelog was read to. Pure."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from plimsoll.cache.shared.asking import Address
from plimsoll.changes.polling import Position
from plimsoll.core.errors import UsageError
from plimsoll.core.snapshot import Snapshot

TEXT_BYTES_MAX = 200_000


def short(epoch: str) -> str:
    """The epoch of a changelog, as a word."""
    return hashlib.sha256(epoch.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Root:
    """The root's key: `RUN NONCE EPOCH`. Each entry has its nonce; a new one makes all of them wrong at once."""

    nonce: str
    epoch: str

    @staticmethod
    def read(told: object, run: str) -> "Root | None":
        """None where it is missing, of another server process, or none."""
        words = told.split() if isinstance(told, bytes) and len(told) < 200 else []
        if len(words) != 3 or words[0] != run.encode():
            return None
        return Root(words[1].decode(errors="replace"), words[2].decode(errors="replace"))


@dataclass(frozen=True, slots=True)
class Left:
    """All that the position covers was told to these server processes, and `slots` tells which of them had what.

    A process that goes on from there believes the same ones, and no others.
    """

    position: Position
    slots: str
    runs: Mapping[Address, str]

    @staticmethod
    def read(told: object) -> "Left | None":
        """None where there is none, or it cannot be read."""
        if not isinstance(told, bytes) or len(told) > TEXT_BYTES_MAX:
            return None
        try:
            epoch, snapshot, slots, *nodes = told.decode().split("\n")
            runs = {}
            for node in nodes:
                run, port, host = node.split(" ", 2)
                runs[host, int(port)] = run
            return Left(Position(epoch, Snapshot.parse(snapshot)), slots, runs)
        except (ValueError, UsageError):
            return None

    def __str__(self) -> str:
        nodes = (f"{run} {port} {host}" for (host, port), run in self.runs.items())
        return "\n".join((self.position.epoch, str(self.position.snapshot), self.slots, *nodes))
