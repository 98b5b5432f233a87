"""A way for PostgreSQL's programs to a server that wants TLS: those of the wheels are built without it.

They connect to a socket in a private directory; from there on the connection is ours, and as safe as the driver's. They
then cannot bind to the channel as the server offers it; that offer is taken out of what it says.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from plimsoll.postgres.dsn import Target
from plimsoll.postgres.tls import ENCRYPTED, client_context

CONNECT_S_MAX: Final = 15.0
PIECE_BYTES: Final = 256 * 1024
GREETING_BYTES_MAX: Final = 64 * 1024  # of one message before somebody is authenticated
_ASK: Final = (8).to_bytes(4) + (80877103).to_bytes(4)  # SSLRequest
_CODE_OK: Final = 0
_CODE_SASL: Final = 10
_BINDING: Final = b"SCRAM-SHA-256-PLUS\0"

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def encrypted_endpoints(target: Target) -> list[bool]:
    """Of each, whether the driver's connections to it are by TLS."""
    return [await _is_encrypted(target, host, port) for host, port in target.endpoints]


@asynccontextmanager
async def tunnelled(target: Target, encrypted: Sequence[bool], folder: Path) -> AsyncIterator[Target]:
    """The target as a program without TLS reaches it while this is open. `folder` is private, and its path short."""
    async with AsyncExitStack() as stack:
        endpoints: list[tuple[str, int]] = []
        for number, (there, tls) in enumerate(zip(target.endpoints, encrypted, strict=True), start=1):
            if tls:
                await stack.enter_async_context(_listening(folder / f".s.PGSQL.{number}", target, *there))
            endpoints.append((str(folder), number) if tls else there)
        yield replace(target, endpoints=tuple(endpoints), tls={"sslmode": "disable"})


async def _is_encrypted(target: Target, host: str, port: int) -> bool:
    """As the driver would have it: TLS where the server can, unless it is not wanted. Where it must be, nobody who
    answers for the server can say that it cannot."""
    if host.startswith("/") or target.sslmode == "disable":
        return False
    if target.sslmode in ENCRYPTED or target.tls.get("sslnegotiation") == "direct":
        return True
    try:
        async with asyncio.timeout(CONNECT_S_MAX):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                return await _accepts(reader, writer)
            finally:
                writer.close()
    except OSError:
        return False  # whoever connects is told why


async def _accepts(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """What comes at once with the answer was not encrypted, and would be taken for what was."""
    writer.write(_ASK)
    await writer.drain()
    return await reader.read(2) == b"S"


@asynccontextmanager
async def _listening(path: Path, target: Target, host: str, port: int) -> AsyncIterator[None]:
    open_ones: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        open_ones.add(task)
        task.add_done_callback(open_ones.discard)
        with suppress(asyncio.CancelledError):  # ours, in the end, which the streams would complain of
            await _pass_on((reader, writer), partial(_connected, target, host, port))

    server = await asyncio.start_unix_server(serve, path)
    try:
        yield
    finally:
        server.close()
        for task in list(open_ones):
            task.cancel()
        await asyncio.gather(*open_ones, return_exceptions=True)


async def _connected(target: Target, host: str, port: int) -> Streams:
    context = client_context(target.tls, Path.home())
    async with asyncio.timeout(CONNECT_S_MAX):
        if target.tls.get("sslnegotiation") == "direct":
            return await asyncio.open_connection(host, port, ssl=context, server_hostname=host)
        reader, writer = await asyncio.open_connection(host, port)
        if not await _accepts(reader, writer):
            writer.close()
            raise ConnectionError("the server no longer encrypts")
        await writer.start_tls(context, server_hostname=host)
        return reader, writer


async def _pass_on(program: Streams, connect: Callable[[], Awaitable[Streams]]) -> None:
    """Both ways, until one of them is done. What cannot be reached is seen by the program as a connection that ends."""
    try:
        with suppress(OSError, ssl.SSLError):
            server = await connect()
            try:
                await _until_one_is_done(program, server)
            finally:
                server[1].close()
    finally:
        program[1].close()


async def _until_one_is_done(program: Streams, server: Streams) -> None:
    both = {
        asyncio.create_task(_pump(program[0], server[1])),
        asyncio.create_task(_answer(server[0], program[1])),
    }
    try:
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in both:
            one.cancel()
        await asyncio.gather(*both, return_exceptions=True)


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await _greet(reader, writer)
    await _pump(reader, writer)


async def _greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """What the server says until somebody is authenticated, message by message."""
    while True:
        kind, size = await reader.readexactly(1), int.from_bytes(await reader.readexactly(4))
        if not 4 <= size <= GREETING_BYTES_MAX:
            raise ValueError("not PostgreSQL's protocol")
        body = without_binding(kind, await reader.readexactly(size - 4))
        writer.write(kind + (len(body) + 4).to_bytes(4) + body)
        await writer.drain()
        if kind == b"E" or (kind == b"R" and int.from_bytes(body[:4]) == _CODE_OK):
            return


def without_binding(kind: bytes, body: bytes) -> bytes:
    """A message without the offer to bind authentication to the channel, which ends here."""
    is_offer = kind == b"R" and int.from_bytes(body[:4]) == _CODE_SASL
    return body.replace(_BINDING, b"", 1) if is_offer else body


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(PIECE_BYTES):
            writer.write(data)
            await writer.drain()
