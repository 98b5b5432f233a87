"""Whatever is asked, changed and waited for in whichever order: nobody gets what was another's, a variant that he did
not ask for, or what is older than the origin allowed.

The origin is honest and makes each answer from all that it says it does; the cache is the rules and a dictionary.
"""

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plimsoll.edge import keys, rules
from plimsoll.edge.http.etags import is_listed
from plimsoll.edge.http.message import Request, Response, combined, first
from plimsoll.edge.rules.stored import Stored
from tests.edge.exchange import NOW_S, fields_of, get, ok

SAID = [
    "max-age=10",
    "max-age=10, stale-while-revalidate=5",
    "s-maxage=10, stale-while-revalidate=5",
    "max-age=10, public",
    "no-cache, public, max-age=10",
    "max-age=10, must-revalidate",
    "private, max-age=10",
    "no-store",
    "",
]
ALLOWED_S = 15  # the longest lifetime, and what stale-while-revalidate adds
USER, FOO, CODING, PATH, VERSION = range(5)


@dataclass
class Origin:
    """What it tells is made from path, version, and of the request what Vary says, or who asks."""

    said: str
    vary: str
    validator: str
    version: int = 0
    asked: int = 0
    since_s: list[float] = field(default_factory=lambda: [NOW_S])  # of each version

    def answer(self, request: Request, now_s: float) -> tuple[Response, bytes]:
        self.asked += 1
        body = self.body(request)
        tag = {"strong": '"%s"', "weak": 'W/"%s"', "none": ""}[self.validator]
        lines = [f"Cache-Control: {self.said}", f"Vary: {self.vary}"]
        if tag:
            lines.append("ETag: " + tag % body.decode())
        if first(request.fields, b"authorization") and "stale" in self.said:
            lines.append("Set-Cookie: seen=1")
        coding = body.split(b"|")[CODING].decode()
        if coding != "plain":
            lines.append(f"Content-Encoding: {coding}")
        listed = combined(request.fields, b"if-none-match")
        if tag and listed and is_listed((tag % body.decode()).encode(), listed):
            return ok(*lines, status=304, at_s=now_s), b""
        return ok(*lines, at_s=now_s), body

    def body(self, request: Request) -> bytes:
        shared = any(said in self.said for said in ("public", "s-maxage", "must-revalidate"))  # RFC 9111, 3.5
        user = b"" if shared else first(request.fields, b"authorization")
        if "private" in self.said or "no-store" in self.said:  # made for this one request
            user = b"%d" % self.asked
        foo = combined(request.fields, b"foo") if "Foo" in self.vary else None
        listed = b"-" if foo is None else b"+" + b"+".join(part.strip() for part in foo.split(b","))
        coding = b"plain"
        if "Accept-Encoding" in self.vary:
            asked = combined(request.fields, b"accept-encoding") or b""
            coding = next((one for one in (b"br", b"gzip") if one in asked), b"plain")
        return b"|".join((user or b"", listed, coding, request.path, b"%d" % self.version))

    def change(self, now_s: float) -> None:
        self.version += 1
        self.since_s.append(now_s)


@dataclass
class Cache:
    origin: Origin
    now_s: float = NOW_S
    held: dict[bytes, list[Stored]] = field(default_factory=dict)

    def ask(self, request: Request) -> bytes:
        """The body that a client gets; what a 304 leaves it with is checked as that."""
        key = keys.primary(request)
        assert key is not None
        variants = self.held.setdefault(key, [])
        look = rules.look(request, variants, self.now_s)
        match look:
            case rules.Answer(stored=stored):
                return self.told(request, stored)
            case rules.Stale(stored=stored, fields=fields):
                told = self.told(request, stored)
                self.validate(request, key, stored, fields)
                return told
            case rules.Validate(stored=stored, fields=fields):
                return self.validate(request, key, stored, fields)
        response, body = self.origin.answer(sent(request, request.fields), self.now_s)
        self.judge(request, key, response, body)
        found = rules.invalidated(request, response)
        for one in found.keys if found else ():
            self.held.pop(one, None)
        return body

    def told(self, request: Request, stored: Stored) -> bytes:
        reply = rules.answered(request, stored, self.now_s)
        assert not [value for name, value in reply.fields if name == b"set-cookie"]
        return stored.body if reply.status == 304 else reply.body

    def validate(self, request: Request, key: bytes, stored: Stored, fields: list[tuple[bytes, bytes]]) -> bytes:
        response, body = self.origin.answer(sent(request, fields), self.now_s)
        if response.status != 304:
            self.judge(request, key, response, body)
            return body
        found = rules.freshened(
            request, self.held[key], stored, response, requested_s=self.now_s, received_s=self.now_s
        )
        assert found is not None
        for old, new in found.updates:
            self.held[key] = [one for one in self.held[key] if one is not old] + ([new] if new else [])
        return self.told(request, found.stored)

    def judge(self, request: Request, key: bytes, response: Response, body: bytes) -> None:
        verdict = rules.judge(request, response, requested_s=self.now_s, received_s=self.now_s)
        if isinstance(verdict, rules.Keep) and (whole := verdict.stored.with_body(body)):
            others = [one for one in self.held.get(key, []) if (one.vary, one.second) != (whole.vary, whole.second)]
            self.held[key] = [*others, whole]


def sent(request: Request, fields: list[tuple[bytes, bytes]] | object) -> Request:
    """As the origin gets it."""
    assert isinstance(fields, list)
    return Request(request.method, request.scheme, request.host, request.path, request.query, keys.forwarded(fields))


CODINGS = {"": "", "gzip": "gzip", "br, gzip": "br gzip", "gzip;q=0.1, br;q=0": "gzip", "deflate": "", "*;q=0": ""}
LINES = st.fixed_dictionaries(
    {},
    optional={
        "Foo": st.sampled_from(["1", "2", "1,2", "1, 2", ""]),
        "Accept-Encoding": st.sampled_from(list(CODINGS)),
        "Authorization": st.sampled_from(["ann", "bob"]),
        "Cache-Control": st.sampled_from(["no-cache", "max-age=3", "no-store", "min-fresh=8"]),
    },
)
STEPS = st.tuples(
    st.sampled_from(["get"] * 4 + ["post", "change"]), st.sampled_from(["/a", "/a", "/b"]), LINES, st.integers(0, 5)
)


@pytest.mark.parametrize("said", SAID)
@settings(max_examples=25)
@given(
    vary=st.sampled_from(["", "Foo", "Accept-Encoding", "Accept-Encoding, Foo"]),
    validator=st.sampled_from(["strong", "weak", "none"]),
    steps=st.lists(STEPS, min_size=10, max_size=20),
)
def test_nobody_gets_what_he_should_not(
    said: str, vary: str, validator: str, steps: list[tuple[str, str, dict[str, str], int]]
) -> None:
    origin = Origin(said, vary, validator)
    cache, changed = Cache(origin), {"/a": 0, "/b": 0}
    for what, path, lines, seconds in steps:
        cache.now_s += seconds
        request = get(*(f"{name}: {value}" for name, value in lines.items()), path=path)
        if what == "change":
            origin.change(cache.now_s)
        elif what == "post":
            origin.change(cache.now_s)
            request.method = "POST"
            cache.ask(request)
            changed[path] = origin.version
        else:
            check(cache, request, cache.ask(request).split(b"|"), changed[path])


def check(cache: Cache, request: Request, told: list[bytes], version_least: int) -> None:
    own = Origin.body(cache.origin, sent(request, request.fields)).split(b"|")
    assert told[PATH] == own[PATH]
    assert told[FOO] == own[FOO]
    asked = combined(request.fields, b"accept-encoding")
    assert told[CODING] == b"plain" or told[CODING].decode() in CODINGS["" if asked is None else asked.decode()]
    assert told[USER] in (b"", own[USER])
    version = int(told[VERSION])
    assert version >= version_least
    until_s = [*cache.origin.since_s, float("inf")][version + 1]
    if "no-cache" in cache.origin.said:
        assert until_s > cache.now_s
    assert until_s >= cache.now_s - ALLOWED_S


NAMES = [
    "Cache-Control",
    "CDN-Cache-Control",
    "Expires",
    "Date",
    "Age",
    "Vary",
    "ETag",
    "Last-Modified",
    "Range",
    "If-Range",
]
NAMES += [
    "If-None-Match",
    "If-Modified-Since",
    "Content-Length",
    "Content-Encoding",
    "Connection",
    "Cache-Groups",
    "xkey",
]
NAMES += [
    "Cache-Tag",
    "Location",
    "Cache-Group-Invalidation",
    "Accept-Encoding",
    "Pragma",
    "Content-Range",
    "Set-Cookie",
]
VALUES = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=12) | st.sampled_from(
    [
        "max-age=60",
        "no-cache",
        '"a"',
        'W/"a"',
        "bytes=0-",
        "*",
        "",
        ",",
        "Fri, 15 Jan 2027 08:00:00 GMT",
        "10",
        "-1",
        "//[",
        "=",
    ]
)
HEADS = st.lists(st.tuples(st.sampled_from(NAMES), VALUES), max_size=6)


@given(asks=HEADS, says=HEADS, then=HEADS, status=st.sampled_from([200, 204, 301, 304, 404, 500]))
def test_no_field_makes_the_rules_fail(
    asks: list[tuple[str, str]], says: list[tuple[str, str]], then: list[tuple[str, str]], status: int
) -> None:
    request, response, later = (
        fields_of(*(f"{name}: {value}" for name, value in lines)) for lines in (asks, says, then)
    )
    asked, answer = get(), Response(status, response)
    asked.fields = request
    verdict = rules.judge(asked, answer, requested_s=NOW_S, received_s=NOW_S)
    for method in ("GET", "POST", "HEAD"):
        asked.method = method
        rules.invalidated(asked, answer)
        rules.look(asked, [], NOW_S)
    if not isinstance(verdict, rules.Keep) or (stored := verdict.stored.with_body(b"")) is None:
        return
    asked.method = "GET"
    asked.fields = later
    rules.look(asked, [stored], NOW_S + 5)
    reply = rules.answered(asked, stored, NOW_S + 5)
    assert reply.status in (status, 304, 416)
    not_modified = Response(304, request)
    rules.freshened(asked, [stored], stored, not_modified, requested_s=NOW_S, received_s=NOW_S)
    rules.headed(asked, stored, Response(200, request), requested_s=NOW_S, received_s=NOW_S)
    rules.instead_of_error(asked, stored, NOW_S)
