"""Fields that an application may make a response of although no key has them: they go on with no request that may be
stored, or what one client made up would be told to all (web cache poisoning)."""

from typing import Final

from plimsoll.edge.http.message import Field, Fields, without
from plimsoll.edge.keys import forwarded, host_of

UNKEYED: Final = frozenset(
    {b"forwarded", b"x-forwarded", b"x-forwarded-host", b"x-forwarded-server", b"x-forwarded-scheme"}
    | {b"x-forwarded-proto", b"x-forwarded-protocol", b"x-forwarded-port", b"x-forwarded-prefix", b"x-forwarded-path"}
    | {b"x-forwarded-ssl", b"x-forwarded-uri", b"x-forwarded-method", b"front-end-https", b"x-scheme", b"x-url-scheme"}
    | {b"x-host", b"x-original-host", b"x-http-host-override", b"x-backend-host", b"x-script-name", b"proxy"}
    | {b"x-original-url", b"x-rewrite-url", b"x-original-uri", b"x-http-destinationurl", b"x-proxy-url", b"request-uri"}
    | {b"x-http-method-override", b"x-http-method", b"x-method-override", b"x-http-path-override"}
)


def cleaned(fields: Fields, scheme: bytes, keyed: frozenset[bytes]) -> list[Field]:
    """As a request goes on that may be stored: without what no key has, with Accept-Encoding in its short form, and
    with Host spelled as in the key: `Shop.example.:80` would be in links of a page that others get.

    `keyed` are fields that count as if every response varied by them; they stay. A name with `_` is what CGI and WSGI
    make of the one with `-`.
    """
    return [
        (b"host", host_of(scheme, field[1]) or field[1]) if field[0] == b"host" else field
        for field in forwarded(fields)
        if (plain := field[0].replace(b"_", b"-")) not in UNKEYED or (plain in keyed and plain == field[0])
    ]


def is_clean(fields: Fields, scheme: bytes, keyed: frozenset[bytes]) -> bool:
    """Whether a request that went on as it came had nothing that is cleaned away, but for Accept-Encoding."""
    seen = without(fields, (b"accept-encoding",))
    return without(cleaned(fields, scheme, keyed), (b"accept-encoding",)) == seen
