"""What children say: each line with its child's name, in one file that turns over, and the last of it in memory."""

import os
import time
from collections import deque
from contextlib import suppress

LINE_BYTES_MAX = 8192  # a longer one is cut into lines of this size
LAST_LINES_MAX = 20  # of a child, kept to say why it ended
LAST_LINE_CHARS_MAX = 400


class Journal:
    """A file that grows to `bytes_max`, then becomes NAME.1 and begins anew: at most two are ever kept."""

    def __init__(self, path: str, bytes_max: int) -> None:
        self.path = path
        self.bytes_max = bytes_max
        self.lost = 0  # lines
        self.file = self._open()

    def _open(self) -> int:
        file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        self.size = os.fstat(file).st_size
        return file

    def write(self, data: bytes) -> None:
        """A full disk loses lines, which the next one that is written tells; it never stops a child, which would wait
        for its pipe to be read."""
        told = f"{_now()} keeper | {self.lost} lines before this one could not be written\n" if self.lost else ""
        whole = told.encode() + data
        try:
            if self.size + len(whole) > self.bytes_max and self.size > 0:
                with suppress(FileNotFoundError):  # where the last time no new one could be opened
                    os.replace(self.path, self.path + ".1")  # noqa: PTH105 -- pathlib would double the time to start
                old, self.file = self.file, self._open()
                os.close(old)
            written = os.write(self.file, whole)
        except OSError:
            written = 0
        self.size += written
        self.lost = 0 if written == len(whole) else self.lost + data.count(b"\n")


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


class Words:
    """One child's output, cut into lines."""

    def __init__(self, name: str, journal: Journal) -> None:
        self.name = name
        self.journal = journal
        self.begun = b""  # of a line whose end has not come yet
        self.last: deque[str] = deque(maxlen=LAST_LINES_MAX)

    def hear(self, data: bytes) -> None:
        *lines, self.begun = (self.begun + data).split(b"\n")
        if len(self.begun) > LINE_BYTES_MAX:
            lines, self.begun = [*lines, self.begun], b""
        self._write(lines)

    def close(self) -> None:
        self._write([self.begun] if self.begun else [])
        self.begun = b""

    def _write(self, lines: list[bytes]) -> None:
        pieces = [line[at : at + LINE_BYTES_MAX] for line in lines for at in range(0, len(line), LINE_BYTES_MAX)]
        if not pieces:
            return
        before = f"{_now()} {self.name} | ".encode()
        self.journal.write(b"".join(before + piece.rstrip(b"\r") + b"\n" for piece in pieces))
        self.last.extend(piece.decode(errors="replace").rstrip()[:LAST_LINE_CHARS_MAX] for piece in pieces)
