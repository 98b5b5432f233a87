"""What the users of one process have in common."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plimsoll.load.http.site import Site
from plimsoll.load.recording.recorder import Recorder

PROBLEMS_MAX = 50
PROBLEM_CHARACTERS_MAX = 300


@dataclass(frozen=True, slots=True)
class UserLimits:
    """Times after which a step is given up: cancelled on the server, and failed as "timeout"."""

    statement_ns: int
    connect_ns: int


class Problems:
    """The first message of each error class, for people to read; bounded."""

    def __init__(self) -> None:
        self.messages: dict[str, str] = {}

    def note(self, error: str, message: str) -> None:
        if error not in self.messages and len(self.messages) < PROBLEMS_MAX:
            self.messages[error] = _shown(message.partition("\n")[0][:PROBLEM_CHARACTERS_MAX])


def _shown(message: str) -> str:
    """As it may stand on a terminal: much of it was said by a server."""
    return "".join(sign if sign.isprintable() else " " for sign in message)


@dataclass(frozen=True, slots=True)
class World:
    """What the users of one process have in common."""

    recorder: Recorder
    limits: UserLimits
    problems: Problems
    source: Path  # of the scenario
    shared: Any  # what @setup returned
    site: Site | None = None  # where HTTP requests go
