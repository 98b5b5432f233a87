"""The shop's application as a process of its own, for as long as a context lasts."""

import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from plimsoll.core.errors import ServiceError
from plimsoll.testing.faults.child import child
from plimsoll.testing.shop.switches import Switches


@dataclass(frozen=True, slots=True)
class Served:
    """Where it listens, and which process it is."""

    port: int
    pid: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def serve_shop(dsn: str, switches: Switches | None = None, cores: Collection[int] = ()) -> Iterator[Served]:
    """Returns once it takes requests. Raises ServiceError where it does not come to that."""
    words = ["-m", "plimsoll.testing.shop", (switches or Switches()).text()]
    with child(words, cores, {**os.environ, "SHOP_DSN": dsn}) as process:
        assert process.stdout is not None
        yield Served(_port(process.stdout), process.pid)


def _port(said: IO[str]) -> int:
    """It ends, and its stdout with it, where it cannot serve."""
    line = said.readline()
    if not line.startswith("port "):
        raise ServiceError(
            "the shop did not start", why=line.strip() or "it ended", remedy="can it reach its database?"
        )
    return int(line.removeprefix("port "))
