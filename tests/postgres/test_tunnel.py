"""Programs that are built without TLS reach servers that demand it, as safely as the driver."""

import asyncio
import gc
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from plimsoll.embedded import find_binaries
from plimsoll.postgres.dsn import read_target
from plimsoll.postgres.libpq_environ import libpq_environment
from plimsoll.postgres.tunnel import encrypted_endpoints, tunnelled, without_binding
from tests.postgres.conftest import TlsServer

OFFER = (10).to_bytes(4) + b"SCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0"


@pytest.fixture(autouse=True)
def _collect_transports() -> Iterator[None]:
    """A loop that ends before the server has answered a TLS goodbye leaves asyncio's transport to the collector."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def told(dsn: str) -> str:
    """What psql gets for a query through a tunnel, or its complaint."""

    async def course() -> str:
        target = read_target(dsn, {})
        with tempfile.TemporaryDirectory(prefix="plimsoll-test-") as folder:
            async with tunnelled(target, await encrypted_endpoints(target), Path(folder)) as through:
                psql = str(find_binaries().program("psql"))
                process = await asyncio.create_subprocess_exec(
                    *(psql, "-X", "-A", "-t", "-c", "SELECT ssl, repeat('x', 100000) FROM pg_stat_ssl"),
                    *("-c", "SELECT current_user"),
                    env=libpq_environment(through),
                    stdout=asyncio.subprocess.PIPE,
                    stderr=asyncio.subprocess.PIPE,
                )
                said, complaint = await process.communicate()
                return (said or complaint).decode()

    return asyncio.run(course())


def test_a_program_without_tls_gets_through_with_a_password_or_a_certificate(tls_server: TlsServer) -> None:
    shown = f"sslcert={tls_server.client_certificate}&sslkey={tls_server.client_key}"
    for dsn in (
        tls_server.dsn("tls_only"),
        tls_server.dsn("tls_only", f"sslmode=verify-full&sslrootcert={tls_server.roots}"),
        tls_server.dsn("certified", f"sslmode=require&{shown}"),
    ):
        said = told(dsn)
        assert said.startswith("t|xxx")
        assert said.endswith("x\napp\n")


def test_a_server_of_strangers_is_not_spoken_to(tls_server: TlsServer) -> None:
    said = told(tls_server.dsn("tls_only", f"sslmode=verify-full&sslrootcert={tls_server.strangers}"))
    assert "server closed the connection unexpectedly" in said


def test_what_is_not_encrypted_needs_no_tunnel(database: str) -> None:
    async def needed(dsn: str) -> list[bool]:
        return await encrypted_endpoints(read_target(dsn, {}))

    assert asyncio.run(needed(database)) == [False]
    assert asyncio.run(needed("postgresql://me@/shop?host=/run/postgresql,127.0.0.1&sslmode=disable")) == [False, False]


def test_nobody_who_answers_for_a_server_can_undo_the_encryption_that_is_demanded() -> None:
    async def needed(mode: str, answer: bytes) -> list[bool]:
        async def answered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(8)
            writer.write(answer)
            writer.close()

        async with await asyncio.start_server(answered, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            return await encrypted_endpoints(read_target(f"postgresql://me@127.0.0.1:{port}/shop?sslmode={mode}", {}))

    assert asyncio.run(needed("prefer", b"S")) == [True]
    assert asyncio.run(needed("prefer", b"N")) == [False]
    assert asyncio.run(needed("prefer", b"SZ")) == [False], "the rest was not encrypted"
    assert asyncio.run(needed("require", b"N")) == [True]


def test_only_the_offer_to_bind_to_the_channel_is_taken_out() -> None:
    assert without_binding(b"R", OFFER) == (10).to_bytes(4) + b"SCRAM-SHA-256\0\0"
    assert without_binding(b"D", OFFER) == OFFER
    assert without_binding(b"R", (11).to_bytes(4) + OFFER[4:]) == (11).to_bytes(4) + OFFER[4:]
