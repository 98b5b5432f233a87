"""The floor: users that do nothing but await a prepared statement through asyncpg on uvloop. Prints one JSON object."""

import asyncio
import json
import os
import sys
import time
from random import Random

import asyncpg
import uvloop


async def _go_round(connection: asyncpg.Connection, query: str, accounts: int, until_s: float) -> int:
    statement = await connection.prepare(query)
    draw = Random(1).randrange
    count = 0
    while time.monotonic() < until_s:
        await statement.fetch(1 + draw(accounts))
        count += 1
    return count


async def main(dsn: str, query: str, accounts: int, users: int, seconds: float) -> None:
    connections = [await asyncpg.connect(dsn) for _ in range(users)]
    cpu_s, began_s = time.process_time(), time.monotonic()
    loops = [_go_round(connection, query, accounts, began_s + seconds) for connection in connections]
    count = sum(await asyncio.gather(*loops))
    cpu_s, wall_s = time.process_time() - cpu_s, time.monotonic() - began_s
    print(json.dumps({"rate": count / wall_s, "cpu_us": cpu_s / count * 1e6, "count": count}))
    for connection in connections:
        await connection.close()


if __name__ == "__main__":
    uvloop.run(main(os.environ[sys.argv[1]], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5])))
