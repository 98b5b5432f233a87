"""Attacks as bytes over real sockets, through our server, the edge and an origin; then a clean request.

The origin makes its answers of all that no key has, and fails at what it does not like: what a naive cache would tell
others of that is what the clean request looks for.
"""

import re
from collections.abc import Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from plimsoll.edge.keys import VARIANTS_MAX
from plimsoll.edge.serving.asgi import Receive, Scope, Send
from plimsoll.edge.serving.cleaning import UNKEYED
from tests.edge.serving.town import FRESH, Reply, Scripted, ask, before, ok, raw, read, run, serving

CLEAN = b"GET / HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n"
REFLECTED = UNKEYED | {b"host", b"x-http-method-override", b"te", b"upgrade", b"keep-alive", b"expect", b"content-type"}


async def naive_shop(scope: Scope, receive: Receive, send: Send) -> None:
    """Believes what it is told of itself; a field that is long, odd or called X-Boom is too much for it."""
    fields = scope["headers"]
    told = [value for name, value in fields if name.replace(b"_", b"-") in REFLECTED]
    odd = any(len(value) > 2_000 or re.search(rb"[^ -~]", value) or name == b"x-boom" for name, value in fields)
    body = b"|".join([scope["method"].encode(), scope["raw_path"], scope["query_string"], *told])
    lines = [(b"cache-control", b"public, max-age=60"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 500 if odd else 200, "headers": lines})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


async def hurt(attacks: Mapping[str, bytes]) -> dict[str, Reply]:
    """What clean requests get that is not what they should; each attack has a path of its own."""
    found = {}
    async with serving(naive_shop) as port, before(port) as (at, _):
        for n, (name, attack) in enumerate(attacks.items()):
            path = b" /%d " % n
            for _ in range(2):
                await raw(at, attack.replace(b" / ", path, 1))
            reply = read(await raw(at, CLEAN.replace(b" / ", path)))
            if (reply.status, reply.body) != (200, b"GET|/%d||shop.example|shop.example|http" % n):
                found[name] = reply
    return found


def asking(*lines: bytes, first: bytes = b"GET / HTTP/1.1") -> bytes:
    return b"\r\n".join([first, b"Host: shop.example", *lines, b"Connection: close", b"", b""])


ATTACKS = {
    **{name.decode(): asking(name + b": evil.example") for name in sorted(UNKEYED)},
    **{f"{name.decode()} as CGI has it": asking(name.replace(b"-", b"_") + b": evil") for name in sorted(UNKEYED)[:3]},
    "a field that Connection lists": asking(b"Connection: close, host, cache-control", b"X: 1"),
    "Host in capitals": asking().replace(b"shop.example", b"Shop.Example"),
    "Host with its port": asking().replace(b"shop.example", b"shop.example:80"),
    "Host with a dot": asking().replace(b"shop.example", b"shop.example."),
    "an absolute target": asking(first=b"GET http://evil.example/ HTTP/1.1"),
    "a target without a slash": asking(first=b"GET evil HTTP/1.1"),
    "HEAD": asking(first=b"HEAD / HTTP/1.1"),
    "a body of GET": asking(b"Content-Length: 4") + b"evil",
    "HTTP/1.0": asking(first=b"GET / HTTP/1.0"),
    "an upgrade": asking(b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA"),
    "a part": asking(b"Range: bytes=0-0"),
    "ten thousand ranges": asking(b"Range: bytes=" + b",".join([b"0-"] * 10_000)),
    "a long field": asking(b"X: " + b"x" * 9_000),
    "an odd character": asking(b"X: \x80"),
    "a tab": asking(b"X: a\tb"),
    "a length that is none": asking(b"Content-Length: x"),
    "PURGE": asking(first=b"PURGE / HTTP/1.1"),
    "BAN": asking(first=b"BAN / HTTP/1.1"),
}


def test_what_one_sends_is_not_what_others_get() -> None:
    async def story() -> None:
        assert await hurt(ATTACKS) == {}

    run(story)


PUT = st.sampled_from(
    [b"\r\n", b"\n", b"\0", b"\r\nX-Host: evil", b"\r\nContent-Length: 3", b"\r\nTransfer-Encoding: chunked", b"HEAD "]
)
CHANGE = st.tuples(st.integers(0, len(CLEAN) - 1), st.integers(0, 6), st.binary(max_size=6) | PUT)


@settings(max_examples=5, deadline=None)
@given(st.lists(st.lists(CHANGE, min_size=1, max_size=4), min_size=1, max_size=15))
def test_bytes_that_are_almost_a_request_harm_nobody(all_changes: list[list[tuple[int, int, bytes]]]) -> None:
    async def story() -> None:
        attacks = {}
        for changes in all_changes:
            attack = CLEAN
            for at, gone, put in changes:
                attack = attack[:at] + put + attack[at + gone :]
            if attack.endswith(b"close\r\n\r\n") and b": close" in attack:  # of another, the end would be waited for
                attacks[repr(attack)] = attack + b"0\r\n\r\n"  # a body, if it has told of one
        assert await hurt(attacks) == {}

    run(story)


def test_ranges_drive_out_nothing_and_are_bounded_themselves() -> None:
    async def story() -> None:
        part = (206, [FRESH, "Content-Range: bytes 0-4/9999", "Content-Length: 5"], [b"hello"])
        shop = Scripted(ok(FRESH, "Content-Length: 5"), part)
        async with serving(shop) as port, before(port) as (at, edge):
            await ask(at, "/whole")
            for n in range(VARIANTS_MAX + 8):
                await ask(at, "/parts", f"Range: bytes=0-{n + 10}")
                await ask(at, "/whole", f"Range: bytes={n}-")
            assert (await ask(at, "/whole")).is_hit
            assert edge.store.statistics().entries == VARIANTS_MAX + 1

    run(story)
