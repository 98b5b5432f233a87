"""What was decided and what happened, the last of it in memory and in a file that a restart goes on with."""

import json
import os
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from plimsoll.core.errors import ServiceError
from plimsoll.core.scaling import DecisionRecord, Happening, ScalingHistory
from plimsoll.scale.serving.load_log import LoadLog, Tick
from plimsoll.scale.supervisor.keeper.journal import Journal
from plimsoll.settings.masking import mask

FILE: Final = "decisions.jsonl"  # and one older file beside it, FILE.1
FILE_BYTES_MAX: Final = 4 * 1024 * 1024  # of each; a decision takes about 1 kB
ENTRIES_MAX: Final = 1000  # in memory, of both kinds together; the oldest go
ASKED_MAX: Final = 500  # at once
SAID_MAX: Final = 5  # lines of a process that ended
TEXT_MAX: Final = 500  # characters of one text
_KINDS: Final[dict[str, type[DecisionRecord] | type[Happening]]] = {"decision": DecisionRecord, "happening": Happening}

Entry = DecisionRecord | Happening


class History:
    """`directory` is the served application's own. A line that cannot be read (of another version, cut off by a crash)
    is passed over; a disk that is full loses lines, and the memory has them still. Raises ServiceError where the file
    cannot be opened."""

    def __init__(self, directory: Path) -> None:
        path = directory / FILE
        self._entries: deque[Entry] = deque(_read(path), maxlen=ENTRIES_MAX)
        try:
            self._journal = Journal(str(path), FILE_BYTES_MAX)
        except OSError as error:
            raise ServiceError("the history cannot be kept", where=str(path), why=error.strerror or "") from error
        self._load = LoadLog(directory)

    def add(self, entry: Entry) -> None:
        self._entries.append(entry)
        kind = "decision" if isinstance(entry, DecisionRecord) else "happening"
        self._journal.write(json.dumps({"kind": kind, **entry.to_json()}).encode() + b"\n")

    def happened(self, at: float, worker: str, text: str, said: tuple[str, ...] = ()) -> None:
        lines = tuple(mask(line[:TEXT_MAX]) for line in said[-SAID_MAX:])
        self.add(Happening(at, worker, mask(text[:TEXT_MAX]), lines))

    def ticked(self, tick: Tick) -> None:
        """What came since the last look, for who wants to know what if."""
        self._load.add(tick)

    def last_decision(self) -> DecisionRecord | None:
        return next((one for one in reversed(self._entries) if isinstance(one, DecisionRecord)), None)

    def since(self, at: float, limit: int) -> ScalingHistory:
        """The newest of what came after `at`."""
        found = [one for one in self._entries if one.at > at]
        shown = found[-min(limit, ASKED_MAX) :] if limit > 0 else []
        decisions = tuple(one for one in shown if isinstance(one, DecisionRecord))
        happenings = tuple(one for one in shown if isinstance(one, Happening))
        return ScalingHistory(decisions, happenings, len(found) - len(shown))

    def close(self) -> None:
        os.close(self._journal.file)
        self._load.close()


def _read(path: Path) -> Iterator[Entry]:
    """Of the older file, then of this one: as much of their ends as the memory holds, and more than that never."""
    lines: deque[bytes] = deque(maxlen=ENTRIES_MAX)
    for one in (path.with_name(f"{FILE}.1"), path):
        try:
            file = os.open(one, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            continue
        with os.fdopen(file, "rb") as whole:
            lines.extend(whole.read(FILE_BYTES_MAX).splitlines())
    for line in lines:
        if (entry := _entry(line)) is not None:
            yield entry


def _entry(line: bytes) -> Entry | None:
    try:
        told: dict[str, Any] = json.loads(line)
        return _KINDS[told.pop("kind")].of_json(told)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
