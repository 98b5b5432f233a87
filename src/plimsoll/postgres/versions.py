"""Versions of PostgreSQL: read from what a server says, and which of them Plimsoll stands for."""

import re
from dataclasses import dataclass
from typing import Final

SUPPORTED: Final = range(14, 19)
TESTED: Final = frozenset({15, 16, 18})  # 14 and 17 are supported by documentation

_TEXT: Final = re.compile(r"(?:PostgreSQL )?(\d+)(?:\.(\d+))?(?:\.\d+)?(devel|beta\d*|rc\d*|alpha\d*)?\b")


@dataclass(frozen=True, slots=True, order=True)
class ServerVersion:
    """A server's version, such as 18.1; ordered. `stage` is "devel", "beta2" and the like, empty for a release."""

    major: int
    minor: int = 0
    stage: str = ""

    @staticmethod
    def parse(text: str) -> "ServerVersion":
        """From "18.1", "15.14 (Debian 15.14-0+deb12u1)", "PostgreSQL 16.4 on x86_64…", "17rc1". Raises ValueError."""
        found = _TEXT.match(text.strip())
        if found is None:
            raise ValueError(f"not a version of PostgreSQL: {text!r}")
        return ServerVersion(int(found[1]), int(found[2] or 0), found[3] or "")

    @staticmethod
    def of_number(number: int) -> "ServerVersion":
        """From server_version_num: 180001 is 18.1. Raises ValueError for servers older than 10."""
        if number < 100_000:
            raise ValueError(f"not a version of PostgreSQL from 10 on: {number}")
        return ServerVersion(number // 10_000, number % 10_000)

    @property
    def supported(self) -> bool:
        """Whether Plimsoll stands for it."""
        return self.major in SUPPORTED

    @property
    def tested(self) -> bool:
        """Whether Plimsoll's own tests run on it."""
        return self.major in TESTED

    @property
    def note(self) -> str:
        """What a reader should know about it; empty for a tested release."""
        if not self.supported:
            return f"PostgreSQL {self} is not supported ({SUPPORTED[0]} to {SUPPORTED[-1]} are)"
        if not self.tested or self.stage:
            return f"PostgreSQL {self} is supported but untested"
        return ""

    def __str__(self) -> str:
        return f"{self.major}{self.stage}" if self.stage else f"{self.major}.{self.minor}"
