"""Lines of what goes on for long, to stderr: what supervises us keeps them."""

import sys
from datetime import UTC, datetime
from typing import Any, Final

from plimsoll.core.visible import visible


class Log:
    """A line that cannot be written (a full disk, nobody who reads the pipe, a terminal that was closed) is lost and
    counted, since what we look after goes on; the next one that can be tells how many were."""

    def __init__(self) -> None:
        self.lost = 0

    def say(self, line: str) -> None:
        """One line, whatever words of others are in it."""
        now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        told = f"{now} {self.lost} lines before this one could not be written\n" if self.lost else ""
        if _written(f"{told}{now} {visible(line)}\n"):
            self.lost = 0
        else:
            self.lost += 1


def _written(text: str) -> bool:
    """Past Python's buffer, which would keep what could not be written, and fail with it again at the exit."""
    stream: Any = sys.stderr
    if stream is None:  # it was closed before we began
        return False
    data = text.encode(stream.encoding or "utf-8", "backslashreplace")
    try:
        written = getattr(stream.buffer, "raw", stream.buffer).write(data)
    except OSError:
        return False
    return bool(written == len(data))


say: Final = Log().say
