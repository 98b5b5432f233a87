"""Names of steps and journeys as people read them. Pure."""

import re
from typing import Final

from plimsoll.load.importers.jmx.texts import covered

STEP_CHARACTERS_MAX: Final = 80
_TABLE: Final = r'["\w.]+'
_QUERY: Final = re.compile(
    rf"(?is)\s*(?:(select|delete)\b.*?\bfrom\s+({_TABLE})|(insert)\s+into\s+({_TABLE})|(update)\s+({_TABLE})|(call)\s+({_TABLE}))"
)


def plain_name(name: str) -> str:
    """A name without references: `Look up ${id}` as "Look up id"."""
    cover = covered(name)
    shown = re.sub("\ue000(\\d+)\ue001", lambda found: cover.references[int(found[1])].strip("${}_"), cover.text)
    return " ".join(shown.split())[:STEP_CHARACTERS_MAX]


def described_request(method: str, path: str) -> str:
    """ "GET /users/{id}" of a path as Python writes it."""
    inside = re.sub(r'^f?"|"$', "", path).partition("?")[0]
    return f"{method} {inside}"[:STEP_CHARACTERS_MAX]


def described_query(query: str) -> str:
    """ "select users": what a statement does, and to which table."""
    found = _QUERY.match(query)
    words = [part for part in found.groups() if part] if found else query.split()[:1]
    return plain_name(" ".join(words).lower()) or "statement"
