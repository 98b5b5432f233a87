"""A server that mostly answers, and otherwise does by chance what servers, proxies and networks do."""

from collections import Counter
from collections.abc import Awaitable, Callable
from random import Random

from tests.load.http.fed import chunked, response
from tests.load.http.server import Script, Seen, Visit

POISON = b"this is the answer to no request"
GOES_ON, ENDS = True, False
Deed = Callable[[Visit, bytes], Awaitable[bool]]


async def answers(visit: Visit, body: bytes) -> bool:
    visit.send(response(body))
    return GOES_ON


async def answers_by_the_byte(visit: Visit, body: bytes) -> bool:
    for byte in response(body):
        visit.send(bytes([byte]))
        await visit.writer.drain()
    return GOES_ON


async def answers_in_chunks(visit: Visit, body: bytes) -> bool:
    visit.send(chunked(*(bytes([byte]) for byte in body), trailers="X-Sum: 1\r\n"))
    return GOES_ON


async def hints_first(visit: Visit, body: bytes) -> bool:
    visit.send(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", response(body))
    return GOES_ON


async def says_goodbye(visit: Visit, body: bytes) -> bool:
    visit.send(response(body, "Connection: close"))
    return ENDS


async def answers_until_the_end(visit: Visit, body: bytes) -> bool:
    visit.send(b"HTTP/1.1 200 OK\r\n\r\n", body)
    return ENDS


async def closes_without_a_word(visit: Visit, body: bytes) -> bool:
    visit.send(response(body))
    return ENDS


async def closes_unanswered(visit: Visit, body: bytes) -> bool:
    return ENDS


async def resets(visit: Visit, body: bytes) -> bool:
    visit.reset()
    return ENDS


async def breaks_off(visit: Visit, body: bytes) -> bool:
    visit.send(response(body)[:-1])
    return ENDS


async def stalls(visit: Visit, body: bytes) -> bool:
    visit.send(response(body)[: len(body) % 60])
    await visit.gone()
    return ENDS


async def talks_nonsense(visit: Visit, body: bytes) -> bool:
    visit.send(b"<html>", POISON)
    return GOES_ON


async def answers_twice(visit: Visit, body: bytes) -> bool:
    visit.send(response(body), response(POISON))
    return GOES_ON


async def answers_and_mumbles(visit: Visit, body: bytes) -> bool:
    visit.send(response(body), b"HTTP/1.1 200 OK\r\nX-Poison: ")
    return GOES_ON


async def refuses(visit: Visit, body: bytes) -> bool:
    visit.send(response(body, status="503 Busy"))
    return GOES_ON


async def redirects(visit: Visit, body: bytes) -> bool:
    visit.send(response(POISON, "Location: /there", status="302 Found"))
    return GOES_ON


DEEDS: tuple[Deed, ...] = (
    answers_by_the_byte, answers_in_chunks, hints_first, says_goodbye, answers_until_the_end, closes_without_a_word,
    closes_unanswered, resets, breaks_off, stalls, talks_nonsense, answers_twice, answers_and_mumbles, refuses,
    redirects,
)  # fmt: skip


def unreliable(random: Random, done: Counter[str], share: float = 0.3) -> Script:
    """Does something else than answering with the chance `share`; counts in `done` what it did."""

    async def script(visit: Visit) -> None:
        while (seen := await visit.request()) is not None:
            deed = random.choice(DEEDS) if random.random() < share else answers
            done[deed.__name__] += 1
            if not await deed(visit, body_for(seen, len(visit.served.seen))):
                return

    return script


def body_for(seen: Seen, number: int) -> bytes:
    """What tells to which request it is the answer."""
    return f"{seen.method} {seen.headers.get('x-user')} {number}".encode()
