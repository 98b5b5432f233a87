"""The body of the journey that repeats a recorded visit. Pure."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from plimsoll.load.importers.har import arguments as parts
from plimsoll.load.importers.har.blocks import Block, written
from plimsoll.load.importers.har.choosing import Choice, Step
from plimsoll.load.importers.har.payload import Payload
from plimsoll.load.importers.har.replies import set_cookies
from plimsoll.load.importers.har.resolving import Resolver
from plimsoll.load.importers.har.uses import Use, cookies_of
from plimsoll.load.importers.har.wording import Code, call
from plimsoll.load.importers.source import literal

SHARED_MIN = 3  # requests with the same headers, which are then written once
# Cookies of statistics, advertising and the networks before a site: they belong to the browser that was recorded.
_OF_OTHERS = re.compile(
    r"_ga|_gid|_gat|_gcl|__utm|_fbp|_fbc|_hj|_pk_|_uet|_clck|_clsk|amplitude|ajs_|optimizely|amcvs?_|s_(?:cc|sq|fid|vi)$|"
    r"mbox|demdex|adobeujs|visid_incap|incap_ses|nlbi_|__cf|_cfuvid|cf_|ak_bmsc|bm_s|_abck|__stripe|optanon|intercom-|_dd_s",
    re.IGNORECASE,
)
Headers = dict[str, Any]


@dataclass(slots=True)
class Visit:
    """What the journey says, and what came to light on the way."""

    lines: list[str] = field(default_factory=list)
    cookies: dict[str, Any] = field(default_factory=dict)  # those that the browser held before
    dropped_cookies: set[str] = field(default_factory=set)
    shared_headers: dict[str, Headers] = field(default_factory=dict)  # by the name of their constant


def visit_of(
    choice: Choice, payloads: Sequence[Payload], pauses: Sequence[float], titles: dict[str, str], resolver: Resolver
) -> Visit:
    """Steps in order, with pauses, comments where a page begins, and loops for what was asked for again and again."""
    visit = Visit()
    steps = choice.steps
    headers = [parts.headers_of(at, step.request, payloads[at], resolver) for at, step in enumerate(steps)]
    common = _common(headers, resolver)
    logins = _logins(steps, headers, resolver)
    cookies = _cookies(choice, resolver, visit)
    visit.lines += _opening(common, logins[1], visit.cookies, choice)
    own = [{name: value for name, value in each.items() if name not in common} for each in headers]
    visit.shared_headers = _shared(own, resolver)
    named = {literal(each): Code(name) for name, each in visit.shared_headers.items()}
    said = [named.get(literal(each), each) for each in own]
    calls = [_arguments(at, step, payloads[at], said[at], logins[0].get(at), resolver) for at, step in enumerate(steps)]
    blocks = []
    for at, arguments in enumerate(calls):
        before = [*cookies.get(at, ()), *logins[1].get(at, ())] if at else []
        before += _missing(payloads[at])
        extracted, answer = resolver.links.extracted(at), steps[at].answer
        blocks.append(Block(pauses[at], _page(at, steps, titles, resolver), before, arguments, extracted, answer))
    visit.lines += written(blocks)
    return visit


def _common(headers: Sequence[Headers], resolver: Resolver) -> Headers:
    """Headers that all requests carry alike."""
    if len(headers) < 2:
        return {}
    return {
        name: value
        for name, value in headers[0].items()
        if name != "Content-Type" and _is_fixed(value, resolver) and all(other.get(name) == value for other in headers)
    }


def _is_fixed(value: Any, resolver: Resolver) -> bool:
    """Whether it is the same throughout: a text, or a constant of the environment."""
    constants = {constant.name for constant in resolver.secrets.by_value.values()}
    return isinstance(value, str) or value.text in constants


def _shared(own: Sequence[Headers], resolver: Resolver) -> dict[str, Headers]:
    """Headers that several requests carry alike, by the name of the constant that holds them."""
    fixed = [each for each in own if each and all(_is_fixed(value, resolver) for value in each.values())]
    counts = Counter(map(literal, fixed))
    often = {literal(each): each for each in fixed if counts[literal(each)] >= SHARED_MIN}
    return {f"HEADERS{f'_{at}' if at > 1 else ''}": each for at, each in enumerate(often.values(), 1)}


def _logins(
    steps: Sequence[Step], headers: Sequence[Headers], resolver: Resolver
) -> tuple[dict[int, tuple[str, Any]], dict[int, list[str]]]:
    """By step, what its own call has to say, and the lines before it where all that follow say the same."""
    found = {at: parts.authorization_of(at, step.request, resolver) for at, step in enumerate(steps)}
    for at, each in found.items():
        if each and not each[0]:
            headers[at]["Authorization"] = each[1]
    own = {at: each for at, each in found.items() if each and each[0]}
    if not own:
        return {}, {}
    first = min(own)
    rest = [own.get(at) for at in range(first, len(steps))]
    if len(rest) < 2 or any(each != rest[0] for each in rest):
        return own, {}
    kind, value = own[first]
    lines = {first: [call("user.authorize", [(kind, value)])]}
    return {}, lines if first == 0 else {0: ["user.authorize()"], **lines}


def _cookies(choice: Choice, resolver: Resolver, visit: Visit) -> dict[int, list[str]]:
    """Cookies that no answer had set: what the browser held before or, by step, the lines for what scripts set."""
    there = {cookie for each in choice.static for cookie, _ in set_cookies(each)}
    lines: dict[int, list[str]] = {}
    for at, step in enumerate(choice.steps):
        for name, value in cookies_of(step.request):
            if _OF_OTHERS.match(name):
                visit.dropped_cookies.add(name)
            elif name not in there:
                there.add(name)
                resolved = resolver.value(at, Use("cookie", name, value))
                if value in resolver.links.tokens.get(at, {}):
                    lines.setdefault(at, []).append(call("user.cookies.set", [("", name), ("", resolved)]))
                else:
                    visit.cookies[name] = resolved
        there |= {name for each in step.chain for name, _ in set_cookies(each)}
    return lines


def _opening(common: Headers, logins: dict[int, list[str]], cookies: dict[str, Any], choice: Choice) -> list[str]:
    """What makes each journey a visit of its own."""
    lines = []
    if cookies or any(set_cookies(each) for step in choice.steps for each in step.chain):
        lines.append("user.cookies.clear()  # each visit begins as the recorded one did")
    if cookies:
        lines += ["for name, value in COOKIES.items():", "    if value:", "        user.cookies.set(name, value)"]
    lines += logins.get(0, ())
    if common:
        lines += call("user.headers.update", [("", common)]).splitlines()
    return lines


def _missing(payload: Payload) -> list[str]:
    if payload.kind == "large":
        return [f"# Its body of {payload.size:,} characters is too large for a scenario: give it with content=."]
    if payload.kind == "missing":
        return [f"# Its body of {payload.size:,} bytes is not in the recording: give it with json=, form= or content=."]
    return []


def _arguments(
    at: int, step: Step, payload: Payload, headers: Headers | Code, login: tuple[str, Any] | None, resolver: Resolver
) -> list[tuple[str, Any]]:
    request = step.request
    name = parts.step_name(at, request, payload, resolver)
    arguments: list[tuple[str, Any]] = [("", name), ("", request.method), ("", parts.path_of(at, request, resolver))]
    parameters = parts.parameters_of(at, request, resolver)
    arguments += [("params", parameters)] if parameters else []
    arguments += parts.body_of(at, request, payload, resolver)
    arguments += [("headers", headers)] if headers else []
    arguments += [login] if login else []
    arguments += [("expect", step.answer.status)] if 400 <= step.answer.status < 500 else []
    arguments += [("redirects", False)] if not step.follows else []
    return arguments


def _page(at: int, steps: Sequence[Step], titles: dict[str, str], resolver: Resolver) -> str:
    """The title of the page that begins with this step."""
    page = steps[at].request.page
    title = titles.get(page, "")
    if not title or (at and steps[at - 1].request.page == page) or "://" in title or not title.isprintable():
        return ""
    return f"# {title}" if resolver.is_clean(at, title) else ""
