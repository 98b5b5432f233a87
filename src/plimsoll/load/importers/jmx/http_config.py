"""What the plan says around a request: defaults, headers, cookies, who asks. Nearest wins."""

from __future__ import annotations

from collections.abc import Iterable

from plimsoll.load.importers.jmx.code import Code, joined
from plimsoll.load.importers.jmx.context import Context
from plimsoll.load.importers.jmx.scope import Scope
from plimsoll.load.importers.jmx.secrets import scheme_of
from plimsoll.load.importers.jmx.texts import parse
from plimsoll.load.importers.jmx.tree import Element

# The client makes these itself, or they name the recorded host.
OURS = frozenset({"host", "content-length", "connection", "transfer-encoding", "keep-alive", "proxy-connection"})
# Of defaults, headers and cookies: what has no meaning outside of JMeter, or is the client's own affair.
QUIET = (
    "HTTPSampler.concurrentPool", "HTTPSampler.implementation", "HTTPSampler.contentEncoding", "CookieManager.policy",
    "CookieManager.implementation", "HTTPSampler.concurrentDwn", "HTTPSampler.embedded_url_re", "HTTPSampler.path",
    "CookieManager.controlledByThreadGroup", "CookieManager.cookies", "CookieManager.clearEachIteration",
    "HTTPSampler.use_keepalive", "HTTPSampler.follow_redirects",
)  # fmt: skip
NAMING_A_HOST = frozenset({"referer", "origin"})
_SECRET_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie"})


def is_http_defaults(element: Element) -> bool:
    return element.kind == "ConfigTestElement" and (
        element.gui == "HttpDefaultsGui" or any(name.startswith("HTTPSampler.") for name in element.properties)
    )


def merged(sampler: Element, scope: Scope, name: str) -> str:
    """A property of the sampler, or of the nearest defaults that state it."""
    for element in (sampler, *(each for each in scope.nearest_first() if is_http_defaults(each))):
        value = element.text(name)
        if value:
            return value
    return ""


def arguments_of(sampler: Element, scope: Scope) -> list[Element]:
    """The sampler's arguments, then those of defaults that it does not name itself."""
    found = _arguments(sampler)
    for element in scope.nearest_first():
        if is_http_defaults(element):
            named = {each.text("Argument.name") for each in found}
            found += [each for each in _arguments(element) if each.text("Argument.name") not in named]
    return found


def _arguments(element: Element) -> list[Element]:
    return element.part("HTTPsampler.Arguments").elements("Arguments.arguments")


def headers_of(scope: Scope) -> dict[str, tuple[str, str]]:
    """Headers by lower-case name: (name, value) as the plan writes them."""
    found: dict[str, tuple[str, str]] = {}
    for element in scope.outermost_first():
        if element.kind == "HeaderManager":
            found.update(_headers(element.elements("HeaderManager.headers")))
    return found


def _headers(headers: Iterable[Element]) -> dict[str, tuple[str, str]]:
    read = [(each.text("Header.name").strip(), each.text("Header.value")) for each in headers]
    return {name.lower(): (name, value) for name, value in read if name}


def header_code(context: Context, name: str, value: str) -> Code:
    """A header's value; what only its owner may know comes from the environment."""
    if name.lower() not in _SECRET_HEADERS:
        return context.secret(name, value)
    if any(not isinstance(piece, str) for piece in parse(value)) or not value:
        return context.code(value)
    scheme = scheme_of(value)
    return joined(
        [scheme, context.from_environ(name, None, f"the header {name}{' after ' + scheme if scheme else ''}")]
    )


def take_applied(context: Context, scope: Scope) -> None:
    """Defaults, headers and cookies that apply to a request are taken over with it."""
    for element in scope.outermost_first():
        if element.kind in ("HeaderManager", "CookieManager") or is_http_defaults(element):
            for name in QUIET:
                element.text(name)
                element.items(name)
            context.account.take(element)
            context.account.unread(element)


def note_left_headers(context: Context, scope: Scope) -> None:
    """Says which headers are not sent as they were recorded."""
    for element in scope.nearest_first():
        if element.kind == "HeaderManager":
            names = sorted(name for name, _ in _headers(element.elements("HeaderManager.headers")).values())
            ours = [name for name in names if name.lower() in OURS]
            hosts = [name for name in names if name.lower() in NAMING_A_HOST]
            if ours:
                context.account.part(element, f"without {', '.join(ours)}: the client says these itself")
            if hosts:
                context.account.part(element, f"without {', '.join(hosts)}: they name the recorded host")


def authorization(context: Context, scope: Scope, host: str) -> Code | None:
    """`basic=(NAME, PASSWORD)` where the nearest authorization manager has an entry for the host."""
    manager = next((each for each in scope.nearest_first() if each.kind == "AuthManager"), None)
    if manager is None:
        return None
    entries = manager.elements("AuthManager.auth_list")
    bare = host.partition("://")[2]
    fitting = [each for each in entries if bare and bare in (context.known(each.text("Authorization.url")) or "")]
    unsaid = [each for each in entries if not bare or not context.known(each.text("Authorization.url"))]
    entry = next(iter(fitting or unsaid), None)
    if entry is None:
        context.account.part(manager, "no entry for the host of some requests")
        return None
    mechanism = entry.text("Authorization.mechanism") or entry.text("mechanism") or "BASIC"
    if not mechanism.upper().startswith("BASIC"):
        context.account.part(manager, f"{mechanism} is no mechanism of the client; it knows basic and bearer")
        return None
    context.account.take(manager)
    context.element = manager
    name = context.code(entry.text("Authorization.username"))
    password = context.secret("password", entry.text("Authorization.password"))
    return Code(f"({name.as_text}, {password.as_text})", uses=name.uses | password.uses)
