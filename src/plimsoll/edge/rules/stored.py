"""A stored response, with all that can be decided when it is stored: a hit then only compares two times."""

from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from plimsoll.edge.http.message import Field, values, without

NEVER: Final = float("-inf")


class Part(NamedTuple):
    """What a 206 has: asked for by `asked` (what Range said), from byte `start` of `size`, `most` bytes at most."""

    asked: bytes
    start: int
    most: int
    size: int


@dataclass(slots=True)
class Stored:
    """What a store keeps of a response. Times are seconds since 1970, on the clock of `now_s`.

    `fields` are what is kept of the head: end to end, without Age, private ones and tags that clients do not see.
    `vary` are the names in Vary (lower-case, sorted, once each), `second` is their key (`keys.second`). At `born_s` it
    was 0 seconds old (RFC 9111, 4.2.3); it is fresh before `fresh_until_s`, may be told while it is validated before
    `stale_until_s`, and instead of an error before `error_until_s`. `validate`: each use has to be validated.
    `never_stale`: it must not be told stale, whatever a client allows. `tags` as in `rules.tags`.
    `part`: it is not the whole, and only `rules.parts` may tell it.
    """

    status: int
    fields: tuple[Field, ...]
    vary: tuple[bytes, ...]
    second: bytes
    born_s: float
    fresh_until_s: float
    stale_until_s: float
    error_until_s: float
    validate: bool
    never_stale: bool
    etag: bytes | None
    modified: bytes | None
    modified_s: float | None
    date_s: float
    received_s: float
    tags: tuple[str, ...] = ()
    body: bytes = field(default=b"", repr=False)
    part: Part | None = None

    def with_body(self, body: bytes) -> "Stored | None":
        """The same with its whole body, and Content-Length; None where the response told another length: it was cut
        off, or is more than it should be, and is not to be stored (RFC 9111, 3.3)."""
        told = values(self.fields, b"content-length")
        rest = without(self.fields, (b"content-length",))
        if self.part is not None and not 0 < len(body) <= self.part.most:
            return None
        if self.status == 204:
            return None if body else replace(self, fields=tuple(rest))
        if any(not value.isdigit() or value.lstrip(b"0") != (b"%d" % len(body)).lstrip(b"0") for value in told):
            return None
        return replace(self, fields=(*rest, (b"content-length", b"%d" % len(body))), body=body)

    def soften(self) -> None:
        """After a soft purge: it is validated before it is told again, and never told stale, not even in an error."""
        self.validate = self.never_stale = True
        self.fresh_until_s = self.stale_until_s = self.error_until_s = NEVER

    def shorten(self, until_s: float) -> None:
        """Fresh until then at most, and never told stale."""
        self.fresh_until_s = self.stale_until_s = self.error_until_s = min(self.fresh_until_s, until_s)
        self.never_stale = True

    def age_s(self, now_s: float) -> int:
        """Whole seconds, as Age tells them."""
        return int(now_s - self.born_s) if now_s > self.born_s else 0
