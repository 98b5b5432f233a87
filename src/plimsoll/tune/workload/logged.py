"""What an entry of a server's log tells of a statement: its text, how long it took, what it was sent with. Pure."""

import html
import json
import re
from dataclasses import dataclass
from typing import Final

from plimsoll.tune.workload.asked import Values
from plimsoll.tune.workload.log_entries import Entry

_DURATION: Final = re.compile(r"duration: ([\d.]+) ms  (plan:|statement: |execute [^:]*: )\s*", re.IGNORECASE)
_BARE: Final = re.compile(r"(?:statement|execute [^:]*): ")  # log_statement: without a duration
_ROOT: Final = re.compile(r"^\S.*\(cost=\d[\d.]*\.\.\d[\d.]* rows=\d+ width=\d+\)", re.MULTILINE)
_BEHIND: Final = re.compile(r"^Query (?:Parameters|Identifier): ", re.MULTILINE)
_JSON_TEXT: Final = re.compile(r'"Query Text": ("(?:[^"\\]|\\.)*+")')
_JSON_PARAMETERS: Final = re.compile(r'"Query Parameters": ("(?:[^"\\]|\\.)*+")')
_YAML_TEXT: Final = re.compile(r'Query Text: ("(?:[^"\\]|\\.)*+")')
_YAML_PARAMETERS: Final = re.compile(r'Query Parameters: ("(?:[^"\\]|\\.)*+")')
_XML_TEXT: Final = re.compile(r"<Query-Text>(.*?)</Query-Text>", re.DOTALL)
_XML_PARAMETERS: Final = re.compile(r"<Query-Parameters>(.*?)</Query-Parameters>", re.DOTALL)
_PLAIN_TEXT: Final = re.compile(r"Query Text: ")
_PLAIN_PARAMETERS: Final = re.compile(
    r"^Query Parameters: (.*?)(?=^\S.*\(cost=|^Query Identifier: |\Z)", re.MULTILINE | re.DOTALL
)
_PARAMETER: Final = re.compile(r"\$(\d{1,5}) = (NULL|'(?:[^']|'')*+')(?:, |\s*\Z)")
_LISTED: Final = re.compile(r"parameters:\s*", re.IGNORECASE)
_CUT: Final = "..."


@dataclass(frozen=True, slots=True)
class Logged:
    """A call. `ms` is None where the log does not tell; `values` are those of $1, $2 …, None where they are not told.
    `planned`: it is of auto_explain, beside which the same call may stand in the log once more."""

    text: str
    ms: float | None
    values: Values | None = None
    planned: bool = False


def logged(entry: Entry) -> Logged | None:
    """None of an entry of anything else. Raises ValueError for one that is damaged."""
    found = _DURATION.match(entry.message)
    if found is None:
        bare = _BARE.match(entry.message)
        text = entry.message[bare.end() :] if bare else ""
        return Logged(text, None, _values_of(_LISTED.sub("", entry.detail, count=1))) if text else None
    ms, rest = float(found[1]), entry.message[found.end() :]
    if found[2].lower() == "plan:":
        text, parameters = _of_plan(rest)
        return Logged(text, ms, _values_of(parameters), planned=True)
    return Logged(rest, ms, _values_of(_LISTED.sub("", entry.detail, count=1)))


def _of_plan(rest: str) -> tuple[str, str]:
    """Text and parameters, in any format of auto_explain. Raises ValueError where there is no text."""
    rest = rest.lstrip()
    if rest.startswith("{"):
        return _json(_JSON_TEXT, rest, needed=True), _json(_JSON_PARAMETERS, rest)
    if rest.startswith("<"):
        text, parameters = _XML_TEXT.search(rest), _XML_PARAMETERS.search(rest)
        if text is None:
            raise ValueError("a plan without its query")
        return html.unescape(text[1]), html.unescape(parameters[1]) if parameters else ""
    if _YAML_TEXT.match(rest):
        return _json(_YAML_TEXT, rest, needed=True), _json(_YAML_PARAMETERS, rest)
    return _plain(rest)


def _json(pattern: re.Pattern[str], rest: str, *, needed: bool = False) -> str:
    found = pattern.search(rest)
    if found is None:
        if needed:
            raise ValueError("a plan without its query")
        return ""
    return str(json.loads(found[1], strict=False))


def _plain(rest: str) -> tuple[str, str]:
    begun = _PLAIN_TEXT.match(rest)
    if begun is None:
        raise ValueError("a plan without its query")
    ends = [found.start() for found in (_BEHIND.search(rest, begun.end()), _ROOT.search(rest, begun.end())) if found]
    if not ends:
        raise ValueError("a query without its plan")
    parameters = _PLAIN_PARAMETERS.search(rest, min(ends))
    return rest[begun.end() : min(ends)].strip(), parameters[1].strip() if parameters else ""


def _values_of(text: str) -> Values | None:
    """None where they are cut, or not in order."""
    values: list[str | None] = []
    at = 0
    while found := _PARAMETER.match(text, at):
        if int(found[1]) != len(values) + 1 or found[2].endswith(f"{_CUT}'"):
            return None
        values.append(None if found[2] == "NULL" else found[2][1:-1].replace("''", "'"))
        at = found.end()
    return tuple(values) if values and at >= len(text.rstrip()) else None
