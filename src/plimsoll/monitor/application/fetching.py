"""One GET over HTTP/1.1, bounded in time and size. Foreign errors become CollectorLostError, in plain words."""

import asyncio
import zlib
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from plimsoll.monitor.application.address import Address, followed
from plimsoll.monitor.collecting.collector import CollectorLostError

if TYPE_CHECKING:
    import ssl

BODY_BYTES_MAX: Final = 5_000_000  # unpacked; what is larger is refused
HEAD_BYTES_MAX: Final = 65_536
REDIRECTS_MAX: Final = 3
_ACCEPT: Final = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.9,*/*;q=0.1"
_PIECE_BYTES: Final = 65_536


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


async def fetch(address: Address) -> Answer:
    """The answer of the last redirect on the same host. The caller bounds the time."""
    for _ in range(REDIRECTS_MAX + 1):
        answer = await _ask(address)
        if answer.status not in (301, 302, 303, 307, 308) or "location" not in answer.headers:
            return answer
        there = followed(address, answer.headers["location"])
        if there is None:
            raise CollectorLostError(f"{address} sends us on to another host, which is not followed")
        address = there
    raise CollectorLostError(f"{address} sends us on and on")


async def _ask(address: Address) -> Answer:
    try:
        reader, writer = await asyncio.open_connection(
            address.host, address.port, ssl=_trust() if address.scheme == "https" else None, limit=HEAD_BYTES_MAX
        )
    except OSError as error:  # errors of TLS are such, too
        raise CollectorLostError(f"{address} cannot be reached: {_plain(error)}") from None
    try:
        writer.write(_request(address))
        return await _answer(reader)
    except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError, zlib.error) as error:
        raise CollectorLostError(f"{address} does not answer as HTTP does: {_plain(error)}") from None
    except _TooLargeError:
        raise CollectorLostError(f"{address} answers with more than {BODY_BYTES_MAX // 1_000_000} MB") from None
    finally:
        writer.close()
        with suppress(OSError):
            await _closed(writer)


async def _closed(writer: asyncio.StreamWriter) -> None:
    """A peer that never says goodbye is not waited for."""
    writer.transport.abort()
    await writer.wait_closed()


class _TooLargeError(Exception):
    pass


@lru_cache(maxsize=1)
def _trust() -> "ssl.SSLContext":
    import ssl  # some megabytes, needed by few

    return ssl.create_default_context()


def _plain(error: Exception) -> str:
    """Without the numbers and repetitions that Python puts around what the system says."""
    if isinstance(error, asyncio.IncompleteReadError):
        return "it ends too early"
    if isinstance(error, asyncio.LimitOverrunError):
        return "its head is too long"
    if isinstance(error, ConnectionRefusedError) or "Connect call failed" in str(error):
        return "nobody listens there"
    if reason := getattr(error, "verify_message", ""):
        return f"its certificate is not accepted ({reason})"
    if reason := getattr(error, "reason", ""):  # of TLS: "WRONG_VERSION_NUMBER"
        return f"TLS fails: {str(reason).replace('_', ' ').lower()}"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _request(address: Address) -> bytes:
    lines = [
        f"GET {address.target} HTTP/1.1",
        f"Host: {address.origin}",
        f"Accept: {_ACCEPT}",
        "Accept-Encoding: gzip",
        "User-Agent: plimsoll",
        "Connection: close",
    ]
    if address.authorization is not None:
        lines.append(f"Authorization: {address.authorization}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def _answer(reader: asyncio.StreamReader) -> Answer:
    status, headers = parse_head((await reader.readuntil(b"\r\n\r\n")).decode("latin-1"))
    while 100 <= status < 200:
        status, headers = parse_head((await reader.readuntil(b"\r\n\r\n")).decode("latin-1"))
    if status != 200:
        return Answer(status, headers, b"")
    encoding = headers.get("content-encoding", "identity").lower()
    if encoding not in ("identity", "gzip", "x-gzip"):
        raise ValueError(f"it is packed as {encoding[:30]}, which was not asked for")
    return Answer(status, headers, await _whole(_body(reader, headers), packed=encoding != "identity"))


def parse_head(text: str) -> tuple[int, Mapping[str, str]]:
    """Raises ValueError for what is no head of HTTP/1."""
    first, *lines = text.rstrip("\r\n").split("\r\n")
    words = first.split(" ", 2)
    if len(words) < 2 or not words[0].startswith("HTTP/1.") or not (words[1].isdigit() and len(words[1]) == 3):
        raise ValueError("its first line is not HTTP's")
    pairs = (line.partition(":") for line in lines)
    return int(words[1]), {name.strip().lower(): value.strip() for name, _, value in pairs}


async def _whole(pieces: AsyncIterator[bytes], *, packed: bool) -> bytes:
    unpacking = zlib.decompressobj(16 + zlib.MAX_WBITS) if packed else None
    body = bytearray()
    async for piece in pieces:
        body += piece if unpacking is None else unpacking.decompress(piece, BODY_BYTES_MAX + 1)
        if len(body) > BODY_BYTES_MAX:
            raise _TooLargeError
    if unpacking is not None and not unpacking.eof:
        raise ValueError("what it packed ends too early")
    return bytes(body)


async def _body(reader: asyncio.StreamReader, headers: Mapping[str, str]) -> AsyncIterator[bytes]:
    """In chunks, of a stated length, or up to the end of the connection."""
    if headers.get("transfer-encoding", "").lower() == "chunked":
        while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
            yield await _exactly(reader, size)
            await reader.readexactly(2)
    elif "content-length" in headers:
        yield await _exactly(reader, int(headers["content-length"]))
    else:
        while piece := await reader.read(_PIECE_BYTES):
            yield piece


async def _exactly(reader: asyncio.StreamReader, size: int) -> bytes:
    if not 0 <= size <= BODY_BYTES_MAX:
        raise _TooLargeError
    return await reader.readexactly(size)
