"""Responses that are right, what chance makes of them, and how the standard library reads the same bytes."""

import io
import re
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse
from itertools import pairwise
from random import Random

from tests.load.http.fed import WAITING, Fed, Outcome

METHODS = ("GET", "GET", "GET", "POST", "HEAD")
STATUSES = (
    "200 OK",
    "201 Created",
    "204 No Content",
    "301 Moved",
    "304 Not Modified",
    "404 Not Found",
    "503 Busy",
    "200",
)
LINES = (
    "Server: nginx",
    "Date: Sat, 14 Feb 2026 10:15:00 GMT",
    "Set-Cookie: session=abc; Path=/; HttpOnly",
    "Set-Cookie: theme=dark",
    "Content-Type: application/json; charset=utf-8",
    "Connection: keep-alive",
    "Connection: close",
    "X-Empty:",
    "ETag: W/\"1\"",
    "Vary: Accept-Encoding, Cookie",
)  # fmt: skip
EMPTY_LINES = re.compile(
    rb"(\A|\r\n\r\n)[\r\n]+(?=HTTP/1)"
)  # before a response: we pass over them, http.client does not
INTERIM = (b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n")
SIGNS = (
    b"\r\n", b"\n", b"\r", b"\0", b":", b" ", b"0", b"9", b"-", b"\r\n\r\n", b"\xff", b"0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\n",    b"Content-Length: 3\r\n", b"Transfer-Encoding: chunked\r\n",
    b"\t", b";", b",", b"Content-Length: 99\r\n",
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """What a server sends: in these segments, then the end of the connection, or its breaking off."""

    words: str
    method: str
    segments: tuple[bytes, ...]
    broken: bool

    @property
    def whole(self) -> bytes:
        return b"".join(self.segments)

    def ours(self) -> Outcome:
        return Fed().ask(self.segments, self.method, end=True, broken=ConnectionResetError() if self.broken else None)


def right(random: Random) -> bytes:
    """A response as servers send them."""
    body = random.randbytes(random.choice((0, 1, 5, 40, 300)))
    lines = random.sample(LINES, random.randint(0, 4))
    framing = random.choice(("length", "length", "chunked", "chunked", "close"))
    if framing == "length":
        lines.insert(random.randint(0, len(lines)), f"Content-Length: {len(body)}")
    elif framing == "chunked":
        lines.insert(random.randint(0, len(lines)), "Transfer-Encoding: chunked")
        body = _in_chunks(random, body)
    version = "HTTP/1.0" if framing == "close" and random.random() < 0.5 else "HTTP/1.1"
    head = "\r\n".join([f"{version} {random.choice(STATUSES)}", *lines, "", ""]).encode()
    before = b"".join(random.choices(INTERIM, k=random.choice((0, 0, 0, 1, 2))))
    return before + head + body


def _in_chunks(random: Random, body: bytes) -> bytes:
    made = b""
    while body:
        size = random.randint(1, len(body))
        extension = random.choice(("", "", ";a=b", ';a="b c"'))
        made += f"{size:x}{extension}\r\n".encode() + body[:size] + b"\r\n"
        body = body[size:]
    trailers = random.choice((b"", b"", b"X-Sum: 1\r\n"))
    return made + b"0\r\n" + trailers + b"\r\n"


# -- what may become of it ---------------------------------------------------------------------------------------------


def _flipped(random: Random, whole: bytes) -> bytes:
    made = bytearray(whole)
    for _ in range(random.randint(1, 4)):
        made[random.randrange(len(made))] ^= 1 << random.randrange(8)
    return bytes(made)


def _cut_off(random: Random, whole: bytes) -> bytes:
    return whole[: random.randrange(len(whole))]


def _put_in(random: Random, whole: bytes) -> bytes:
    at = random.randrange(len(whole) + 1)
    return whole[:at] + random.choice(SIGNS) + whole[at:]


def _taken_out(random: Random, whole: bytes) -> bytes:
    at = random.randrange(len(whole))
    return whole[:at] + whole[at + random.randint(1, 8) :]


def _told_twice(random: Random, whole: bytes) -> bytes:
    low, high = sorted((random.randrange(len(whole) + 1), random.randrange(len(whole) + 1)))
    return whole[:high] + whole[low:high] + whole[high:]


def _miscounted(random: Random, whole: bytes) -> bytes:
    """Another number where one stands: lengths, sizes of chunks, statuses."""
    places = [at for at, byte in enumerate(whole[:400]) if chr(byte).isdigit()]
    at = random.choice(places)
    number = random.choice((b"0", b"1", b"7", b"99", b"-1", b"0x1", b"", b"1e3", b"18446744073709551617"))
    return whole[:at] + number + whole[at + 1 :]


def _followed(random: Random, whole: bytes) -> bytes:
    return whole + (right(random) if random.random() < 0.5 else random.randbytes(random.randint(1, 20)))


def _anything(random: Random, whole: bytes) -> bytes:
    return random.choice((b"", b"HTTP/1.1 200 OK\r\n")) + random.randbytes(len(whole))


def _as_it_was(random: Random, whole: bytes) -> bytes:
    return whole


KINDS: dict[str, Callable[[Random, bytes], bytes]] = {
    "as it was": _as_it_was,
    "bits flipped": _flipped,
    "cut off": _cut_off,
    "signs put in": _put_in,
    "bytes taken out": _taken_out,
    "a part told twice": _told_twice,
    "a wrong number": _miscounted,
    "followed by more": _followed,
    "random bytes": _anything,
}


def case(random: Random) -> Case:
    words = random.choice(tuple(KINDS))
    whole = KINDS[words](random, right(random))
    return Case(words, random.choice(METHODS), _segments(random, whole), random.random() < 0.1)


def _segments(random: Random, whole: bytes) -> tuple[bytes, ...]:
    cuts = sorted(random.randrange(len(whole) + 1) for _ in range(random.choice((0, 0, 1, 3, 12))))
    edges = [0, *cuts, len(whole)]
    return tuple(whole[low:high] for low, high in pairwise(edges) if low < high)


# -- another opinion ---------------------------------------------------------------------------------------------------


class _Given(socket.socket):
    """What http.client reads from."""

    def __init__(self, whole: bytes) -> None:
        super().__init__()
        self.close()
        self._whole = whole

    def makefile(self, *_: object, **__: object) -> io.BytesIO:  # type: ignore[override]  # only bytes are asked for
        return io.BytesIO(self._whole)


@dataclass(frozen=True)
class Opinion:
    """What another reader makes of the same bytes. A body of None is no opinion of it."""

    status: int
    headers: dict[str, list[str]]
    body: bytes | None


def theirs(whole: bytes, method: str) -> Opinion | None:
    """As http.client reads the bytes up to their end; None where it refuses them.

    Of bodies it has no opinion that counts where Transfer-Encoding is not one word in one header: it looks no further.
    """
    try:
        read = HTTPResponse(_Given(whole), method=method)
        read.begin()
        while read.status < 200 and read.status != 101:  # it passes over 100 itself, and no others
            read.headers = None  # type: ignore[assignment]  # so that it begins anew
            read.begin()
        headers: dict[str, list[str]] = {}
        for name, value in read.headers.items():
            headers.setdefault(name.lower(), []).append(value.strip(" \t"))  # which it leaves at the end
        if read.headers.get_all("transfer-encoding", ["chunked"]) != ["chunked"]:
            return Opinion(read.status, headers, None)
        bodiless = read.status in (204, 304)  # of which it would read one that is chunked all the same
        return Opinion(read.status, headers, b"" if bodiless else read.read())
    except (HTTPException, ValueError, OSError, OverflowError):
        return None


# -- the two together --------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Tally:
    """What became of the cases of one kind; `wrong` are those that must not be."""

    cases: int = 0
    taken: int = 0
    refused: int = 0
    wrong: list[Case] = field(default_factory=list)


def tallied(seeds: Iterable[int]) -> dict[str, Tally]:
    """Each case read by both. Wrong is what we take otherwise than http.client does, or take and it does not."""
    tallies = {words: Tally() for words in KINDS}
    for seed in seeds:
        made = case(Random(seed))
        ours, tally = made.ours(), tallies[made.words]
        tally.cases += 1
        tally.refused += bool(ours.error)
        tally.taken += not ours.error
        if ours == WAITING or (not ours.error and not _agrees(ours, made)):
            tally.wrong.append(made)
    return tallies


def _agrees(ours: Outcome, made: Case) -> bool:
    other = theirs(made.whole, made.method) or theirs(EMPTY_LINES.sub(rb"\1", made.whole), made.method)
    if other is None or (ours.status, ours.headers) != (other.status, other.headers):
        return False
    return other.body in (None, ours.body)
