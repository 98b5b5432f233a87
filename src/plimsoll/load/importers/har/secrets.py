"""The secrets of a recording as constants that are read from the environment. Pure."""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from plimsoll.load.importers.har.choosing import Choice
from plimsoll.load.importers.har.correlating import Links
from plimsoll.load.importers.har.headers import is_made_anew
from plimsoll.load.importers.har.payload import Payload, fields_of
from plimsoll.load.importers.har.secret_names import SHAPES, is_opaque, is_secret
from plimsoll.load.importers.har.uses import Use, pair_uses, path_uses, uses_of
from plimsoll.load.importers.har.words import words_of
from plimsoll.load.importers.source import Names

ANYWHERE_CHARS_MIN = 6  # a shorter secret, or a mere word, is replaced where its name stands and nowhere else
# A name and what it is given, in XML, and in whatever writes `name: value` or `name=value`, quoted or not.
# All parts are bounded: a text of one endless word must not take for ever.
_IN_XML = re.compile(r"<(?:\w{1,60}:)?(?P<name>[\w-]{1,60})\b[^<>]{0,300}>(?P<value>[^<>]{1,2000})</")
_NAME = r"""(?<![\w.-])(?P<name>[A-Za-z_][\w.\[\]-]{0,60})"""
_QUOTED = re.compile(
    _NAME + r"""["']?\s{0,8}[=:]\s{0,8}(?P<quote>["'])(?P<value>(?:\\.|(?!(?P=quote))[^\\]){1,2000})(?P=quote)""",
    re.DOTALL,
)
_ESCAPED = re.compile(  # in a text that is quoted itself
    _NAME + r"""\\{1,8}["']\s{0,8}[=:]\s{0,8}\\{1,8}(?P<quote>["'])(?P<value>.{1,2000}?)\\{1,8}(?P=quote)""", re.DOTALL
)
_BARE = re.compile(_NAME + r"""["']?\s{0,8}[=:]\s{0,8}(?P<value>[^"'\s&;,<>{}\\]{1,2000})""")
_OPEN_HEADERS = ("accept", "accept-language", "if-match", "range")
_SHORT = {"pwd": "password", "pw": "password", "pass": "password", "sid": "session", "auth": "authorization"}


@dataclass(frozen=True, slots=True)
class Constant:
    """A name at the top of the scenario, which the environment gives its value."""

    name: str
    about: str  # where it stood: "header X-Api-Key"


@dataclass(slots=True)
class Secrets:
    names: Names
    by_value: dict[str, Constant] = field(default_factory=dict)

    def add(self, value: str, label: str, about: str) -> Constant:
        """The constant for this value, a new one for a new value."""
        if value not in self.by_value:
            words = [_SHORT.get(word, word) for word in words_of(label)]
            words = words[1:] if words[:1] == ["x"] and len(words) > 1 else words
            name = self.names.make("_".join(words), otherwise="secret", upper=True)
            self.by_value[value] = Constant(name, about)
        return self.by_value[value]

    def anywhere(self) -> dict[str, Constant]:
        """Those that are replaced wherever they stand."""
        return {value: constant for value, constant in self.by_value.items() if _is_telling(value)}


def _is_telling(value: str) -> bool:
    return len(value) >= 16 or (len(value) >= ANYWHERE_CHARS_MIN and not value.isalpha() and not value.isdigit())


def collect_secrets(choice: Choice, payloads: Sequence[Payload], links: Links, names: Names) -> Secrets:
    """Every secret that requests send and no earlier answer brought."""
    secrets = Secrets(names)
    for at, (step, payload) in enumerate(zip(choice.steps, payloads, strict=True)):
        _collect(uses_of(step.request, payload), links.tokens.get(at, {}), secrets)
    for each in choice.static:
        _collect([*path_uses(each.path), *pair_uses("query", fields_of(each.query), each.path)], {}, secrets)
    return secrets


def _collect(uses: Iterable[Use], linked: Mapping[str, object], secrets: Secrets) -> None:
    for use in uses:
        for value, label in secrets_in(use):
            if value not in linked:
                secrets.add(value, label, _about(use))


def secrets_in(use: Use) -> Iterator[tuple[str, str]]:
    """The secrets of a value, each with what to call it."""
    text = str(use.value)
    if use.where == "header" and use.name.lower() == "authorization":
        yield from _of_authorization(text)
    elif is_secret(use.name, use.value) or _is_secret_header(use) or _is_secret_cookie(use):
        yield text, f"cookie_{use.name}" if use.where == "cookie" else use.name
    elif isinstance(use.value, str) and use.where not in ("cookie", "header"):
        yield from ((found["value"], found["name"]) for found in found_in_text(text))
    if use.where != "cookie":
        yield from ((found[0], "token") for found in SHAPES.finditer(text) if found[0] != text)


def found_in_text(text: str) -> list[re.Match[str]]:
    """Where a text names secrets: in XML, in JSON or a query that stands inside a value, in a GraphQL document."""
    found = [match for pattern in (_IN_XML, _QUOTED, _ESCAPED, _BARE) for match in pattern.finditer(text)]
    return [match for match in found if is_secret(match["name"], match["value"])]


def _is_secret_header(use: Use) -> bool:
    """A header of the application's own with something made by a machine in it, whatever it is called."""
    if use.where != "header" or is_made_anew(use.name) or use.name.lower() in _OPEN_HEADERS:
        return False
    return len(str(use.value)) >= 20 and is_opaque(str(use.value))


def _is_secret_cookie(use: Use) -> bool:
    return use.where == "cookie" and (len(str(use.value)) >= 20 or is_opaque(str(use.value)))


def _of_authorization(text: str) -> Iterator[tuple[str, str]]:
    basic, token = basic_of(text), token_of(text)
    if basic:
        yield basic[0], "basic_user"
        yield basic[1], "basic_password"
    elif text:
        yield (token[1], "token") if token else (text, "authorization")


def token_of(text: str) -> tuple[str, str] | None:
    """Scheme and token of a header such as `Authorization: Bearer ...`; None where it says more than that."""
    scheme, _, token = text.partition(" ")
    token = token.strip()
    return (scheme, token) if token and not re.search(r"[\s,]", token) else None


def basic_of(text: str) -> tuple[str, str] | None:
    """User and password of a header `Authorization: Basic ...`."""
    scheme, _, encoded = text.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (user, password) if colon else None


def _about(use: Use) -> str:
    kind = {"form": "form field", "json": "JSON field", "query": "parameter", "text": "body"}.get(use.where, use.where)
    return f"{kind} {use.name}".strip()
