"""Which node is asked what, and what a connection says first: what both drivers have in common. No I/O."""

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from valkey.crc import key_slot
from valkey.exceptions import ResponseError
from valkey.exceptions import TimeoutError as TookTooLongError

from plimsoll.cache.shared.address import SINGLE, Place
from plimsoll.cache.shared.asking import Address, AwayError, Command, Refused, Reply
from plimsoll.cache.shared.scripts import ALL
from plimsoll.cache.shared.servers import Servers, holder, ranges_of
from plimsoll.settings.masking import mask

LIMIT_S: Final = 0.05  # of one round trip
CONNECT_S: Final = 0.25  # of opening a connection, with TLS, the password and scripts; resolving a name is beside it
POOL_MAX: Final = 16  # connections to one node, for the threads of a process and for each of its event loops
_RUN_ID: Final = re.compile(rb"^run_id:([0-9a-f]{8,64})\r?$", re.MULTILINE)
_ELSEWHERE: Final = ("MOVED", "ASK", "CLUSTERDOWN", "TRYAGAIN")

# Said on each new connection: INFO first, for the run id of the server process.
GREETING: Final = (
    Command(b"", (b"INFO", b"server")),
    *(Command(b"", (b"SCRIPT", b"LOAD", text)) for text in ALL),
)
SLOTS: Final = Command(b"", (b"CLUSTER", b"SLOTS"))


class Routing:
    """Which nodes there are. `on_moved` is called where slots are no longer where they were."""

    def __init__(self, place: Place, servers: Servers, on_moved: Callable[[], None], limit_s: float = LIMIT_S) -> None:
        self.place = place
        self.limit_s = limit_s
        self.connect_s = max(CONNECT_S, limit_s)
        self._servers = servers
        self._on_moved = on_moved
        self._outdated = place.clustered

    @property
    def asks_for_slots(self) -> bool:
        return self._outdated

    @property
    def seeds(self) -> list[Address]:
        """Who may be asked for slots: the node of the URL, then the others."""
        others = dict.fromkeys(one.address for one in self._servers.ranges)
        return [(self.place.host, self.place.port), *others][:4]

    def learn(self, told: Any, seed: Address) -> None:
        """The answer to SLOTS. Raises AwayError."""
        if isinstance(told, Refused):
            raise AwayError(f"it is no cluster, or not yet: {told.words}")
        if self._servers.learn(ranges_of(told, seed[0])):
            self._on_moved()
        self._outdated = False

    def split(self, commands: Sequence[Command]) -> dict[Address, list[int]]:
        """Numbers of the commands for each node."""
        if not self.place.clustered:
            return {SINGLE: list(range(len(commands)))}
        parts: dict[Address, list[int]] = {}
        for number, command in enumerate(commands):
            parts.setdefault(holder(self._servers.ranges, key_slot(command.key)), []).append(number)
        return parts

    def heard(self, replies: Sequence[Reply]) -> list[Reply]:
        """What was answered; where a node sent us elsewhere, slots are asked for next time."""
        if self.place.clustered and any(
            isinstance(one.value, Refused) and one.value.words.startswith(_ELSEWHERE) for one in replies
        ):
            self._outdated = True
        return list(replies)

    def failed(self) -> None:
        """A node was not reached: another may have its slots by now."""
        self._outdated = self.place.clustered


def run_of(told: object) -> str:
    """The run id in the answer to INFO. Raises AwayError."""
    found = _RUN_ID.search(told) if isinstance(told, bytes) else None
    if found is None:
        raise AwayError("the server does not tell its run id (INFO server), by which old dumps are known")
    return found[1].decode()


def lost_scripts(values: Sequence[Any]) -> bool:
    """Whether somebody emptied the server of its scripts (SCRIPT FLUSH)."""
    return any(isinstance(value, Refused) and value.words.startswith("NOSCRIPT") for value in values)


def refused(error: ResponseError) -> Refused:
    """As the server wrote it, where the driver took the word in front away."""
    kind = type(error).__name__
    words = " ".join(str(error).split())[:200]
    front = {"OutOfMemoryError": "OOM ", "ReadOnlyError": "READONLY ", "NoScriptError": "NOSCRIPT "}
    return Refused(mask(front.get(kind, "") + words))


def away(error: BaseException) -> AwayError:
    if isinstance(error, TookTooLongError | TimeoutError):
        return AwayError("no answer in time")
    return AwayError(mask(" ".join(str(error).split())[:200] or type(error).__name__))
