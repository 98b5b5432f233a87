"""A store, filled by URL and tag in a word each."""

from plimsoll.edge.rules.stored import Stored
from plimsoll.edge.store.entry import Limits, Put
from plimsoll.edge.store.marks import Begun
from plimsoll.edge.store.store import Store
from plimsoll.edge.store.urls import key_of_url, url_of

NEVER_S = 1e12


def stored(*tags: str, body: bytes = b"body", second: bytes = b"", etag: bytes | None = None) -> Stored:
    return Stored(
        status=200,
        fields=((b"content-type", b"text/plain"), (b"content-length", b"%d" % len(body))),
        vary=(b"accept",) if second else (),
        second=second,
        born_s=0.0,
        fresh_until_s=NEVER_S,
        stale_until_s=NEVER_S,
        error_until_s=NEVER_S,
        validate=False,
        never_stale=False,
        etag=etag,
        modified=None,
        modified_s=None,
        date_s=0.0,
        received_s=0.0,
        tags=tags,
        body=body,
    )


def key(url: str) -> bytes:
    made = key_of_url(url.encode())
    assert made is not None
    return made


class Shelf:
    def __init__(self, limits: Limits | None = None, policy: str = "s3-fifo") -> None:
        self.store = Store(limits, policy)

    def begin(self, url: str) -> Begun:
        return self.store.begin(key(url))

    def finish(self, begun: Begun, *tags: str, body: bytes = b"body", second: bytes = b"") -> Put:
        came = self.store.put(stored(*tags, body=body, second=second), begun)
        self.store.end(begun)
        return came

    def put(self, url: str, *tags: str, body: bytes = b"body", second: bytes = b"") -> Stored:
        begun, one = self.begin(url), stored(*tags, body=body, second=second)
        self.store.put(one, begun)
        self.store.end(begun)
        return one

    def variants(self, url: str) -> list[bytes]:
        """Their bodies."""
        return [one.body for one in self.store.variants(key(url))]

    def paths(self) -> list[str]:
        return sorted(url_of(one).decode() for one in self.store._resources)
