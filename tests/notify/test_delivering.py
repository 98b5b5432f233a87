"""Messages on their way: accepted, refused, unanswered, all at once and within the time."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from plimsoll.notify.addresses import Address
from plimsoll.notify.delivering import Message, deliver
from plimsoll.settings.masking import Secret

TOKEN = "hunter2hunter2"
MESSAGE = Message("nightly: goals missed", "postgresql://me:hunter2@db/app is slow", "failure")


@asynccontextmanager
async def receiver(heard: list[bytes]) -> AsyncIterator[int]:
    """A server that accepts what is sent to /fine and refuses everything else; its port."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line.split(b":")[1]) for line in head.splitlines() if line.lower().startswith(b"content-len"))
        heard.append(await reader.readexactly(length))
        status = b"200 OK" if b"/fine" in head.splitlines()[0] else b"403 Forbidden"
        writer.write(b"HTTP/1.1 %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % status)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def told(heard: list[bytes]) -> list[tuple[str, str]]:
    async with receiver(heard) as port:
        urls = [f"json://me:{TOKEN}@127.0.0.1:{port}/{path}" for path in ("fine", "wrong")]
        addresses = [Address("json", Secret(url)) for url in urls]
        addresses.append(Address("https", Secret(f"https://example.org/{TOKEN}")))
        found = await deliver(MESSAGE, addresses)
    return [(delivery.address.shown, delivery.why) for delivery in found]


def test_each_address_is_told_and_says_what_became_of_it() -> None:
    heard: list[bytes] = []
    (fine, wrong, unknown) = asyncio.run(told(heard))
    assert fine == ("json://****", "")
    assert "403" in wrong[1]
    assert unknown == ("https://****", "it is not an address that apprise knows")
    assert TOKEN not in wrong[1]
    body = json.loads(heard[0])
    assert (body["title"], body["message"]) == ("nightly: goals missed", "postgresql://me:****@db/app is slow")
    assert body["type"] == "failure"


def test_who_does_not_answer_in_time_is_told_as_such() -> None:
    addresses = [Address("json", Secret("json://127.0.0.1:1/x"))]
    (delivery,) = asyncio.run(deliver(MESSAGE, addresses, timeout_s=0.01))
    assert (delivery.accepted, delivery.why) == (False, "no answer within 0.01 s")
