"""What of a plan's texts is a secret, and never gets into a scenario. Pure."""

import re
from typing import Final

from plimsoll.load.importers.har.secret_names import is_opaque, is_secret

__all__ = ["is_opaque", "is_secret", "scheme_of", "secrets_in"]

_SCHEME: Final = re.compile(r"(?i)(bearer|basic|digest|token|apikey)\s+")
_NAMED: Final = re.compile(
    r"""<(?:[\w.-]+:)?(?P<tag>[\w.-]+)(?:\s[^<>]*)?>(?P<content>[^<>]+)(?=</)
      | (?<![\w.-])(?P<name>[\w.-]+) \\*["']? \s*[:=]\s* \\*(?P<quote>["']) (?P<value>(?:(?!(?P=quote)|\\).)+)""",
    re.VERBOSE,
)


def scheme_of(value: str) -> str:
    """The part of an Authorization header that is no secret: "Bearer ", or nothing."""
    found = _SCHEME.match(value)
    return found[0] if found else ""


def secrets_in(text: str) -> list[tuple[int, int, str]]:
    """Where secrets stand in a text: (start, end, name) for `<password>x</password>`, `"pin": "x"`, `token='x'`."""
    found: list[tuple[int, int, str]] = []
    for match in _NAMED.finditer(text):
        name, part = (match["tag"], "content") if match["tag"] else (match["name"], "value")
        if "${" not in match[part] and is_secret(name, match[part]):
            found.append((match.start(part), match.end(part), name))
    return found
