"""Accept-Encoding in the few forms that matter: which of the codings that we know may be told (RFC 9110, 12.5.3).

A browser's list and a library's say the same in a hundred spellings, each of which would be a variant. The origin is
asked with the short form too (`forwarded`), so that what it answers is fit for everybody who has that form.
"""

import re
from functools import lru_cache
from typing import Final

from plimsoll.edge.http.message import Field, Fields, combined

CODINGS: Final = (b"zstd", b"br", b"gzip")  # in the order in which they are written
_MEMBER: Final = re.compile(rb"([!#$%&'*+.^_`|~0-9a-z-]+)(?:[ \t]*;[ \t]*q=([01](?:\.[0-9]{0,3})?))?")
_BYTES_MAX: Final = 1000  # what is longer asks for nothing


def accepted(value: bytes | None) -> bytes:
    """The codings that `value` accepts, in our order: b"br, gzip"; b"" where only the body as it is will do.

    `identity;q=0`, which would forbid that, is not heard: what is stored may then be told all the same.
    """
    if not value or len(value) > _BYTES_MAX:
        return b""
    return _accepted(value)


@lru_cache(maxsize=256)
def _accepted(value: bytes) -> bytes:
    weights: dict[bytes, bool] = {}
    for part in value.lower().split(b","):
        if found := _MEMBER.fullmatch(part.strip(b" \t")):
            name = b"gzip" if found[1] == b"x-gzip" else found[1]
            weights[name] = found[2] is None or float(found[2]) > 0
    rest = weights.get(b"*", False)
    return b", ".join(coding for coding in CODINGS if weights.get(coding, rest))


def forwarded(fields: Fields) -> list[Field]:
    """The fields with Accept-Encoding in its short form, as the origin should get them."""
    short = accepted(combined(fields, b"accept-encoding"))
    others = [field for field in fields if field[0] != b"accept-encoding"]
    return [*others, (b"accept-encoding", short)] if short else others
