"""Which recorded headers are sent again: those that an application reads, not what browsers and networks add."""

import re
from collections.abc import Iterable

from plimsoll.load.importers.har.recording import Pairs

_OF_BROWSERS = re.compile(
    r"host|content-length|content-type|connection|keep-alive|proxy-.*|accept-encoding|accept-charset|cookie2?|user-agent|"
    r"referer|origin|cache-control|pragma|if-none-match|if-modified-since|if-range|upgrade(?:-insecure-requests)?|dnt|te|"
    r"trailer|transfer-encoding|expect|date|via|priority|purpose|x-purpose|x-moz|save-data|viewport-width|width|dpr|rtt|"
    r"downlink|ect|device-memory|alt-used|http2-settings|sec-.*|access-control-request-.*|service-worker.*|"
    r"x-client-data|x-chrome-.*|x-devtools-.*|x-forwarded.*|forwarded|x-real-ip|cf-.*|x-amz-cf-.*|x-browser-.*|"
    r"traceparent|tracestate|baggage|sentry-trace|newrelic|x-newrelic-.*|x-datadog-.*|x-b3-.*|b3|x-request-id|"
    r"x-correlation-id|x-amzn-trace-id|x-cloud-trace-context|request-id|request-context",
    re.IGNORECASE,
)
_PAGE_ACCEPT = re.compile(r"\*/\*|text/(?:html|css|javascript)|image/|application/signed-exchange", re.IGNORECASE)


_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}").fullmatch


def is_kept(name: str, value: str) -> bool:
    if not _NAME(name) or any(sign < " " or sign > "\xff" for sign in value):
        return False  # nothing that can be sent
    if name.lower() == "accept":
        return not _PAGE_ACCEPT.match(value)  # what a browser takes anyway; an application's own wish is kept
    return not _OF_BROWSERS.fullmatch(name)


def is_made_anew(name: str) -> bool:
    """Whether a client makes it up for each request, so that one sent twice would be taken for a repetition."""
    return "idempotency" in name.lower()


def kept_headers(headers: Iterable[tuple[str, str]]) -> Pairs:
    """Of each name the last; Authorization among them."""
    found = {name.lower(): (name, value) for name, value in headers if is_kept(name, value)}
    return tuple(found.values())


def dropped_names(headers: Iterable[tuple[str, str]]) -> list[str]:
    return [_family(name.lower()) for name, value in headers if not is_kept(name, value)]


def _family(name: str) -> str:
    """Those of one making are told together."""
    return re.sub(r"^(sec|cf|x-b3|x-datadog|proxy|access-control-request)-.*", r"\1-*", name)
