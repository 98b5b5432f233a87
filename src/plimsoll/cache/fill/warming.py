"""Filling a cache before it is asked: by the keys that were hit most when a process like it ended."""

import json
import os
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from plimsoll.cache.fill.wish import KEY_CHARACTERS_MAX
from plimsoll.core.errors import UsageError

KEYS_MAX: Final = 10_000  # of one log; what is beyond is not read
LINE_CHARACTERS_MAX: Final = 6 * KEY_CHARACTERS_MAX + 2  # each character may be escaped
FAILED_MAX: Final = 10  # in a row: then the database is likely not to answer, and it is given up


@dataclass(frozen=True, slots=True)
class Warmed:
    """How many keys were filled, and failed; `left` were not tried, since time was up or one after another failed."""

    filled: int
    failed: int
    left: int


def write_keys(where: str | Path, keys: Sequence[str]) -> None:
    """One JSON text a line, the most used first; whole or not at all, and for nobody else to read."""
    path = Path(where)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    lines = "".join(json.dumps(key) + "\n" for key in keys[:KEYS_MAX])
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
            file.write(lines)
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise UsageError("the keys cannot be written", where=str(path), why=error.strerror or str(error)) from None


def read_keys(where: str | Path) -> list[str]:
    """Those of `write_keys`, at most KEYS_MAX. Raises UsageError for a file that has others than such lines."""
    path = Path(where)
    keys: list[str] = []
    try:
        with path.open(encoding="ascii") as file:
            while len(keys) < KEYS_MAX and (line := file.readline(LINE_CHARACTERS_MAX + 1)):
                keys.append(_key(line, path, len(keys) + 1))
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no text of ASCII characters"
        raise UsageError("the keys cannot be read", where=str(path), why=why, remedy="write it by key_log") from None
    return keys


def _key(line: str, path: Path, number: int) -> str:
    try:
        key = json.loads(line)
    except ValueError:
        key = None
    if isinstance(key, str) and len(key) <= KEY_CHARACTERS_MAX:
        return key
    where, why = f"{path}, line {number}", "it is no JSON text of a key"
    raise UsageError("the keys cannot be read", where=where, why=why, remedy="write it by key_log")


class Round:
    """The keys of one warm-up, each with when it is due, in seconds from its beginning; and what came of them."""

    def __init__(self, keys: Iterable[str], per_s: float, within_s: float) -> None:
        self._keys = list(keys)[:KEYS_MAX]
        self._per_s, self._within_s = per_s, within_s
        self.tried = self.filled = self._in_a_row = 0

    def __iter__(self) -> Iterator[tuple[str, float]]:
        while self.tried < len(self._keys) and self._in_a_row < FAILED_MAX:
            due_s = self.tried / self._per_s
            if due_s > self._within_s:
                return
            self.tried += 1
            yield self._keys[self.tried - 1], due_s

    def came(self, *, failed: bool) -> None:
        self.filled += not failed
        self._in_a_row = self._in_a_row + 1 if failed else 0

    def told(self) -> Warmed:
        return Warmed(self.filled, self.tried - self.filled, len(self._keys) - self.tried)


async def warm(each: Round, fetch: Callable[[str], Awaitable[Any]], at_once: int, within_s: float) -> Warmed:
    """In an event loop: so many at once, each not before it is due."""
    import asyncio

    loop = asyncio.get_running_loop()
    begun_s, keys = loop.time(), iter(each)

    async def worker() -> None:
        for key, due_s in keys:
            await asyncio.sleep(max(0.0, begun_s + due_s - loop.time()))
            try:
                await fetch(key)
            except Exception:  # noqa: BLE001  # whatever the application's function raises: others may be filled
                each.came(failed=True)
            else:
                each.came(failed=False)

    try:
        async with asyncio.timeout(within_s), asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(worker())
    except TimeoutError:
        pass
    return each.told()


def warm_sync(each: Round, fetch: Callable[[str], Any], within_s: float) -> Warmed:
    """In a thread, one after another."""
    begun_s = time.monotonic()
    for key, due_s in each:
        time.sleep(max(0.0, begun_s + due_s - time.monotonic()))
        try:
            fetch(key)
        except Exception:  # noqa: BLE001  # as above
            each.came(failed=True)
        else:
            each.came(failed=False)
        if time.monotonic() - begun_s > within_s:
            break
    return each.told()
