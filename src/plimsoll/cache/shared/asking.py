"""What tier 2 asks of a server and what it hears: values between deciding (`steps`) and doing (the drivers). Pure."""

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, NamedTuple, TypeVar

from plimsoll.cache.shared.scripts import digest


class Run(Enum):
    """Stands in a command for the run id of the server process that it is sent to."""

    ID = "run id"


Word = bytes | int | str | Run
Address = tuple[str, int]  # of a node; a socket's path and 0


class Command(NamedTuple):
    """`key` says which node of a cluster it is for."""

    key: bytes
    words: tuple[Word, ...]


class Refused(NamedTuple):
    """What the server said instead of doing it: "OOM …", "READONLY …", "MOVED …"."""

    words: str

    @property
    def full(self) -> bool:
        return self.words.startswith(("OOM", "command not allowed when used memory"))


class Reply(NamedTuple):
    """An answer, and by whom: `run` is the run id that the server process told on this connection."""

    value: "bytes | int | Refused | list[bytes | None] | None"
    run: str
    address: Address


@dataclass(frozen=True, slots=True)
class Ask:
    """Sent at once; one reply each, in order. For each node all or none of it is sent on one connection."""

    commands: Sequence[Command]


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait so long, in seconds."""

    pause_s: float


class AwayError(Exception):
    """The server was not reached, did not answer in time, or is not fit for it. Says why, without secrets."""


Result = TypeVar("Result")
Steps = Generator[Ask | Pause, list[Reply], Result]
_ENDING: Final = b"\r\n"


def script(text: str, key: bytes, *arguments: Word) -> Command:
    """One of `scripts`, on one key."""
    return Command(key, (b"EVALSHA", digest(text), 1, key, *arguments))


def packed(commands: Iterable[Command], run: str) -> bytes:
    """As the server reads them (RESP2, arrays of bulk strings)."""
    parts: list[bytes] = []
    for _, words in commands:
        parts.append(b"*%d\r\n" % len(words))
        for word in words:
            told = word if isinstance(word, bytes) else (run if word is Run.ID else str(word)).encode()
            parts += (b"$%d\r\n" % len(told), told, _ENDING)
    return b"".join(parts)
