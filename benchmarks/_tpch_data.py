"""TPC-H's data into a database: made by tpchgen-cli, which is installed for it into a place that goes away."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import asyncpg

from benchmarks._tpch_queries import TABLES

GENERATOR: Final = "tpchgen-cli==4.0.0"
_CHUNK: Final = 1 << 20


async def load(dsn: str, generator: Path, sf: float) -> None:
    """All tables without keys or indexes, as the specification's own DDL has them; analyzed, and visible to all."""
    connection = await asyncpg.connect(dsn)
    try:
        for name, columns in TABLES.items():
            await connection.execute(f"DROP TABLE IF EXISTS {name}; CREATE TABLE {name} ({columns})")
            await _filled(connection, name, generator, sf)
        await connection.execute("VACUUM (ANALYZE)")
    finally:
        await connection.close()


async def _filled(connection: asyncpg.Connection, name: str, generator: Path, sf: float) -> None:
    making = await asyncio.create_subprocess_exec(
        generator, "csv", "-s", str(sf), "--tables", name, "--stdout", stdout=asyncio.subprocess.PIPE
    )
    await connection.copy_to_table(name, source=_chunks(making), format="csv", header=True)
    if await making.wait():
        raise SystemExit(f"{generator.name} failed on {name}")


async def _chunks(making: asyncio.subprocess.Process) -> AsyncIterator[bytes]:
    assert making.stdout is not None
    while chunk := await making.stdout.read(_CHUNK):
        yield chunk
