"""What worker processes print: shown as it comes, in whole lines, without secrets, and only so much of it."""

import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Final

from plimsoll.settings.masking import mask

OUTPUT_BYTES_MAX: Final = 64 * 1024  # of what a worker prints; the rest is read and thrown away
FORGOTTEN_MAX: Final = 5  # different ones that a run warns of
LEFT_OUT: Final = f"(the rest of what it prints is left out: more than {OUTPUT_BYTES_MAX // 1024} KiB)"

_FORGOTTEN: Final = "was never awaited"  # of Python's RuntimeWarning

Tell = Callable[[str], None]


def to_stderr(line: str) -> None:
    """Above a live view, which takes stderr over while it stands. That nobody reads it costs the run nothing."""
    with suppress(OSError, ValueError):
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()


class Output:
    """One process's output on its way: bytes become lines, until there were too many."""

    def __init__(self, mark: str = "") -> None:
        self.last_line = ""
        self._mark = mark
        self._room = OUTPUT_BYTES_MAX
        self._begun = b""

    def take(self, chunk: bytes) -> list[str]:
        """The lines that are whole with this chunk."""
        full = len(chunk) > self._room
        if full and not self._room:
            return []
        *whole, self._begun = (self._begun + chunk[: self._room]).split(b"\n")
        self._room = max(0, self._room - len(chunk))
        lines = list(self._shown(whole))
        if full:
            self._room = 0
            lines += [*self.rest(), self._mark + LEFT_OUT]
        return lines

    def rest(self) -> list[str]:
        """What no line end came after."""
        begun, self._begun = self._begun, b""
        return list(self._shown([begun])) if begun else []

    def _shown(self, lines: list[bytes]) -> Iterator[str]:
        for line in lines:
            text = mask("".join(_still(sign) for sign in line.decode(errors="replace").rstrip()))
            self.last_line = text.strip() or self.last_line
            yield self._mark + text


def _still(sign: str) -> str:
    """A sign that may be printed; one that steers a terminal is shown as a question mark."""
    return sign if sign.isprintable() or sign == "\t" else "?"


def note_forgotten(line: str, warnings: list[str]) -> None:
    """Adds a warning where Python says that a coroutine was not awaited: such a step has not happened."""
    if _FORGOTTEN not in line:
        return
    warning = f"a step was not awaited and has not happened; write await before it: {line.strip()[:300]}"
    if warning not in warnings and len(warnings) < FORGOTTEN_MAX:
        warnings.append(warning)
