"""A process that holds a copy beside a database until it is ended: DSN in its argument, "ready" on its output."""

import asyncio
import sys

from plimsoll.core.schema import Schema
from plimsoll.core.tuning.facts import DatabaseFacts
from plimsoll.postgres.dsn import read_target
from plimsoll.tune.cloning.cloning import CloneWish, cloned


async def hold(dsn: str) -> None:
    facts = DatabaseFacts(Schema(), bytes=1)
    async with cloned(read_target(dsn, {}), facts, CloneWish(on="beside"), lambda _: None):
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    asyncio.run(hold(sys.argv[1]))
