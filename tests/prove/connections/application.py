"""What is served in the proof: each request holds one connection of a pool of ten for as long as HOLD_S says."""

import os
from typing import Any

import asyncpg

POOL = 10
HOLD = f"SELECT pg_sleep({float(os.environ.get('HOLD_S', '0.1'))})"
NAME = f"{os.environ.get('PLIMSOLL_WORKER', '')}-{os.getpid()}"
pools: list[asyncpg.Pool] = []


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await receive()
        named = {"application_name": NAME}
        pools.append(await asyncpg.create_pool(os.environ["DSN"], min_size=POOL, max_size=POOL, server_settings=named))
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await pools[0].close()
        await send({"type": "lifespan.shutdown.complete"})
        return
    status, body = 200, b"ok"
    if scope["path"] != "/health":
        try:
            async with pools[0].acquire() as connection:
                await connection.execute(HOLD)
        except asyncpg.PostgresError as error:
            status, body = 500, (error.sqlstate or "").encode()
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})
