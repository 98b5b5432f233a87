"""The files of a request, streamed onto the disk as they come; gone again on every way out."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from starlette.requests import ClientDisconnect

from fluentscribe.uploads.errors import NotTaken, malformed, too_large
from fluentscribe.uploads.limits import IDLE_S, RECEIVING_S, TOTAL_BYTES_MAX
from fluentscribe.uploads.multipart import Began, Event, Multipart
from fluentscribe.uploads.spooling import Spool


@asynccontextmanager
async def received(body: AsyncIterator[bytes], headers: Mapping[str, str], folder: Path) -> AsyncIterator[list[Spool]]:
    """All files of the body. Those that are not moved elsewhere are removed at the end. Raises NotTaken."""
    _check_length(headers.get("content-length", ""))
    multipart, files = Multipart(headers.get("content-type")), list[Spool]()
    try:
        with _said():
            async with asyncio.timeout(RECEIVING_S):
                await _receive(body, multipart, folder, files)
        yield files
    finally:
        for file in files:
            file.discard()


async def _receive(body: AsyncIterator[bytes], multipart: Multipart, folder: Path, files: list[Spool]) -> None:
    total = 0
    while chunk := await asyncio.wait_for(anext(body, b""), IDLE_S):
        total += len(chunk)
        if total > TOTAL_BYTES_MAX:
            raise _too_large()
        for event in multipart.feed(chunk):
            await _take(event, folder, files)
    multipart.finish()


def _check_length(said: str) -> None:
    """What is too large by its own account need not be sent."""
    if said.isascii() and said.isdecimal() and (len(said) > 18 or int(said) > TOTAL_BYTES_MAX):
        raise _too_large()


def _too_large() -> NotTaken:
    return too_large(f"a request of more than {TOTAL_BYTES_MAX:,} bytes")


async def _take(event: Event, folder: Path, files: list[Spool]) -> None:
    match event:
        case Began(name):
            files.append(Spool(folder, name))
        case bytes():
            if files[-1].add(event):
                await asyncio.to_thread(files[-1].write)
        case _:
            await asyncio.to_thread(files[-1].end)


@contextmanager
def _said() -> Iterator[None]:
    """What became of a body that does not come to its end."""
    try:
        yield
    except TimeoutError:
        raise NotTaken(408, "too-slow", "Too slow", "the request did not come in time", "send it again") from None
    except ClientDisconnect:
        raise malformed("the connection ended before the body") from None
