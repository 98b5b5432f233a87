"""Constants that the server takes out of a statement's text, found again in texts of sessions that sent it. Pure."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from plimsoll.analyze.evidence.evidence import DatabaseEvidence
from plimsoll.core.details import StatementRow

UNKNOWN: Final = "'…'"
_PARAMETER: Final = re.compile(r"\$(\d+)")
_VALUE: Final = r"('(?:[^']|'')*'|-?\d+(?:\.\d+)?|\$\d+)"
TEXT_MAX: Final = 5_000  # characters
_SENT: Final = "$"  # begins what is sent apart from the text, and differs from call to call


def constants(database: DatabaseEvidence, row: StatementRow) -> Mapping[str, str]:
    """By the parameter that stands for them ("$2"); those only that are the same whenever a session was seen."""
    texts = {
        text
        for _, document in database.sessions
        for one in document["rows"]
        if one["query_id"] == row.query_id and (text := one["query"])
    }
    return _common(_taken(row.query, text) for text in texts)


def filled(sql: str, known: Mapping[str, str]) -> str:
    """With constants in place of parameters; those that are not known are "…"."""
    return _PARAMETER.sub(lambda found: known.get(found[0], UNKNOWN), sql)


def _common(found: Iterable[Mapping[str, str]]) -> Mapping[str, str]:
    first, *others = [one for one in found if one] or [{}]
    alike = {name: value for name, value in first.items() if all(one.get(name) == value for one in others)}
    return {name: value for name, value in alike.items() if not value.startswith(_SENT)}


def _taken(normalized: str, text: str) -> Mapping[str, str]:
    """What stands in a text where another has parameters; nothing where they differ otherwise."""
    if max(len(normalized), len(text)) > TEXT_MAX:
        return {}
    names = [f"${number}" for number in _PARAMETER.findall(normalized)]
    parts = [re.escape(part) for part in re.split(r"\$\d+", normalized.strip().rstrip(";"))]
    found = re.fullmatch(_VALUE.join(parts), text.strip().rstrip(";"))
    return dict(zip(names, found.groups(), strict=True)) if found else {}
