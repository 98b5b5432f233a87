"""What of a recording becomes steps, what is a static file, and what is left out for which reason. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urldefrag, urljoin

from plimsoll.core.errors import UsageError
from plimsoll.load.importers.har.recording import Exchange, Recording, essence, host_of

STEPS_MAX = 1_000  # of a journey; nobody would read a longer one
EXAMPLES_MAX = 3
_PAGES = frozenset({"document", "xhr", "fetch", "xmlhttprequest", "other-document", "eventsource"})
_STATIC = re.compile(r"(?:image|font|audio|video)/|text/css|.*(?:javascript|ecmascript|font|wasm|manifest\+json)")
_STATIC_ENDINGS = re.compile(
    r"\.(?:css|m?js|map|png|jpe?g|gif|svg|ico|webp|avif|bmp|woff2?|ttf|otf|eot|mp[34]|webm|ogg|wav|wasm|webmanifest)$",
    re.IGNORECASE,
)
_SCRIPT_WITH_ANSWER = re.compile(r"(?:^|&)(?:callback|jsonp|cb)=", re.IGNORECASE)
_OF_BROWSERS = frozenset({"data", "blob", "about", "file", "chrome-extension", "moz-extension", "javascript", "chrome"})
_METHOD = re.compile(r"[A-Z][A-Z-]{0,30}").fullmatch
REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(slots=True)
class LeftOut:
    """What was not taken over, by reason, in the order of the recording."""

    by_reason: dict[str, list[str]] = field(default_factory=dict)

    def add(self, reason: str, example: str) -> None:
        self.by_reason.setdefault(reason, []).append(example)

    def counts(self) -> dict[str, int]:
        return {reason: len(examples) for reason, examples in self.by_reason.items()}

    def examples(self, reason: str) -> list[str]:
        return list(dict.fromkeys(self.by_reason[reason]))[:EXAMPLES_MAX]


@dataclass(slots=True)
class Step:
    """One request of a user, and those that followed from its being redirected."""

    chain: list[Exchange]
    follows: bool = True  # False: it was sent elsewhere, or was not followed

    @property
    def request(self) -> Exchange:
        return self.chain[0]

    @property
    def answer(self) -> Exchange:
        return self.chain[-1]


@dataclass(frozen=True, slots=True)
class Choice:
    steps: list[Step]
    static: list[Exchange]
    left_out: LeftOut
    hosts: dict[str, int]  # every host that was asked, with the number of its requests
    chosen: tuple[str, ...]


def choose(recording: Recording, wanted: Sequence[str], where: str) -> Choice:
    """Raises UsageError where no request is left, or a wanted host is not in the recording."""
    left_out = LeftOut()
    for number, reason in recording.broken:
        left_out.add(f"entries with {reason}", f"entry {number}")
    asked = [each for each in in_order(recording.exchanges) if each.scheme in ("http", "https")]
    hosts = dict(Counter(each.host for each in asked).most_common())
    chosen = _chosen_hosts(asked, hosts, wanted, where, list(recording.titles.values()))
    answered = any(each.status > 0 for each in recording.exchanges)
    seen: set[object] = set()
    kept: list[Exchange] = []
    for each in in_order(recording.exchanges):
        reason = _reason(each, chosen, seen, answered=answered)
        if reason:
            left_out.add(reason, f"{each.method} {each.host}" if reason == ELSEWHERE else each.label)
        else:
            kept.append(each)
    steps = steps_of(kept, chosen)
    static = [step.request for step in steps if is_static(step.request)]
    steps = [step for step in steps if not is_static(step.request)]
    for step in steps[STEPS_MAX:]:
        left_out.add(f"requests after the first {STEPS_MAX:,}", step.request.label)
    return Choice(steps[:STEPS_MAX], _once(static, left_out), left_out, hosts, chosen)


def in_order(exchanges: Iterable[Exchange]) -> list[Exchange]:
    """By start; one without a time stays behind its predecessor in the file."""
    latest = 0.0
    keyed: list[tuple[float, int, Exchange]] = []
    for each in exchanges:
        latest = latest if each.started is None else each.started
        keyed.append((latest, each.number, each))
    return [each for _, _, each in sorted(keyed, key=lambda item: item[:2])]


ELSEWHERE = "requests to other hosts"


def _reason(each: Exchange, chosen: tuple[str, ...], seen: set[object], *, answered: bool) -> str:
    """Why this exchange is no step; "" where it is one."""
    unsent = _why_not_http(each)
    if unsent:
        return unsent
    if each.host not in chosen:
        return ELSEWHERE
    if each.cached:
        return "answers out of the browser's cache"
    if answered and each.status <= 0:
        return "requests without an answer (cancelled, blocked or failed)"
    if essence(each.reply_type) == "text/event-stream" or each.resource == "eventsource":
        return "event streams, which have no end"
    same = (each.started, each.method, each.url, each.post)
    if each.started is not None and each.started % 1 and same in seen:  # whole seconds tell too little
        return "entries recorded twice"
    seen.add(same)
    return ""


def _why_not_http(each: Exchange) -> str:
    if each.scheme in ("ws", "wss") or each.resource == "websocket" or each.status == 101:
        return "WebSockets"
    if each.method == "CONNECT":
        return "CONNECT requests to a proxy"
    if each.scheme not in ("http", "https"):
        kind = f"{each.scheme}: addresses" if each.scheme in _OF_BROWSERS else "addresses that are none of HTTP"
        return f"{kind}, for which nobody is asked"
    if not _METHOD(each.method):
        return "requests with a method that is none"
    if each.method == "OPTIONS" and (each.resource == "preflight" or each.header("access-control-request-method")):
        return "questions of the browser's own before a cross-origin request (OPTIONS)"
    return ""


def _chosen_hosts(
    asked: Sequence[Exchange], hosts: dict[str, int], wanted: Sequence[str], where: str, pages: Sequence[str]
) -> tuple[str, ...]:
    if not asked:
        raise UsageError("nothing to import", where=where, why="no HTTP request is in it", remedy="record a visit")
    if not wanted:
        return (_host_of_first_page(asked, pages),)
    chosen: list[str] = []
    for name in map(_as_host, wanted):
        found = [host for host in hosts if name in (host, host.rpartition(":")[0] if _has_port(host) else host)]
        if not found:
            there = ", ".join(list(hosts)[:8])
            raise UsageError(f"no request to {name}", where=where, why=f"it asks {there}", remedy="--host one of them")
        chosen += found
    return tuple(dict.fromkeys(chosen))


def _as_host(text: str) -> str:
    return host_of(text) if "//" in text else text.strip().rstrip("/").lower()


def _has_port(host: str) -> bool:
    return host.rpartition(":")[2].isdigit()


def _host_of_first_page(asked: Sequence[Exchange], pages: Sequence[str]) -> str:
    """That of the first page; where there is none, the one asked most often for what is no static file.

    `pages` are the titles of pages, which in some recordings are their addresses.
    """
    answering = [each.host for each in asked if 200 <= each.status < 300 and _is_page(each)]
    titled = [host for host in map(host_of, pages) if host in answering]
    if titled or answering:
        return (titled or answering)[0]
    counts = Counter(each.host for each in asked if not is_static(each)) or Counter(each.host for each in asked)
    return counts.most_common(1)[0][0]


def _is_page(each: Exchange) -> bool:
    """Whether it is one that a user looks at, no frame within another."""
    if each.method not in ("GET", "POST") or each.header("sec-fetch-dest") in ("iframe", "frame", "empty"):
        return False
    return each.resource in ("", "document") and essence(each.reply_type) in ("text/html", "application/xhtml+xml")


def is_static(each: Exchange) -> bool:
    """An image, a style sheet, a script, a font and the like; by what came, or by its ending."""
    if each.method not in ("GET", "HEAD") or _SCRIPT_WITH_ANSWER.search(each.query):
        return False
    kind = essence(each.reply_type)
    if _STATIC.match(kind):
        return True
    if each.resource in _PAGES or kind.endswith("json"):
        return False
    return _STATIC_ENDINGS.search(each.path) is not None


def steps_of(exchanges: Sequence[Exchange], chosen: Sequence[str]) -> list[Step]:
    """Steps in order; a request that follows from a redirect belongs to the step that was redirected."""
    steps: list[Step] = []
    expected: dict[tuple[str, str], Step] = {}
    for each in exchanges:
        step = expected.pop((each.method, urldefrag(each.url).url), None)
        if step is None:
            step = Step([each])
            steps.append(step)
        else:
            step.chain.append(each)
        target = _target(each)
        if target and host_of(target[1]) in chosen:
            expected[target] = step
        elif target:
            step.follows = False
    for step in expected.values():
        step.follows = len(step.chain) > 1  # nobody followed, or by another address: then that is a step itself
    return steps


def _target(each: Exchange) -> tuple[str, str] | None:
    """Method and URL of the request that a redirect asks for."""
    if each.status not in REDIRECTS or not each.location:
        return None
    try:
        url = urldefrag(urljoin(each.url, each.location)).url
        _ = host_of(url)
    except ValueError:
        return None
    keeps = each.status in (307, 308) or each.method in ("GET", "HEAD")
    return (each.method if keeps else "GET", url)


def _once(static: Sequence[Exchange], left_out: LeftOut) -> list[Exchange]:
    """Each static file once, and only those that were there."""
    found: dict[str, Exchange] = {}
    for each in static:
        target = f"{each.path}?{each.query}"
        if each.status >= 400:
            left_out.add("static files that were not there", each.label)
        elif target in found:
            left_out.add("static files asked for again", each.label)
        else:
            found[target] = each
    return list(found.values())
