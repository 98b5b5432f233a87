"""What XLIFF 2's annotations refer to: fragment identifiers, and the one text of a comment."""

import re
from collections.abc import Sequence

from fluentscribe.formats.markup import Element, line_of, local
from fluentscribe.formats.values import Refused
from fluentscribe.formats.xliff2_schema import inline

# How deep a selector leads; those of modules, and of TBX, stand last, as notes, data and what is in a target do.
_RANKS = {"f": 0, "g": 1, "u": 2}
_LEAVES = frozenset({"n", "d", "t", "mtc", "gls", "fs", "mda", "res", "ctr", "slr", "val", "its", "itsm", "pgs", "tbx"})
_TOKEN = re.compile(r"[\w:.·-]+")


def check(unit: Element, parts: Sequence[Element], file_id: str) -> None:
    """Raises Refused where a reference is malformed, or a comment has not exactly one text."""
    for element in (element for part in parts for side in part for element in inline(side)):
        if local(element) not in ("mrk", "sm"):
            continue
        reference = element.get("ref")
        selectors = parsed(reference, line_of(element)) if reference and reference.startswith("#") else None
        if element.get("type") == "comment":
            _check_comment(element, unit, selectors, file_id)


def parsed(reference: str, line: int | None = None) -> dict[str, str]:
    """The selectors of a fragment identifier by prefix, "" for that of an inline element. Raises Refused."""
    selectors: dict[str, str] = {}
    last = -1
    for piece in reference.removeprefix("#").removeprefix("/").split("/"):
        prefix, equals, name = piece.rpartition("=")
        known = not equals or prefix in _RANKS or prefix in _LEAVES
        rank = _RANKS.get(prefix, 3)
        if not known or rank <= last or not _TOKEN.fullmatch(name):
            raise Refused("bad-reference", f"{reference[:200]!r} is no reference of XLIFF 2", line)
        selectors[prefix] = name
        last = rank
    return selectors


def _check_comment(element: Element, unit: Element, selectors: dict[str, str] | None, file_id: str) -> None:
    """Its text is in `value` or in a note of its own unit."""
    has_value, has_reference = element.get("value") is not None, element.get("ref") is not None
    if has_value == has_reference:
        raise Refused("bad-reference", "a comment has either a value or a ref", line_of(element))
    if has_reference and not _is_note(selectors or {}, unit, file_id):
        raise Refused("bad-reference", f"{element.get('ref')!r} is no note of the unit", line_of(element))


def _is_note(selectors: dict[str, str], unit: Element, file_id: str) -> bool:
    if selectors.get("f", file_id) != file_id or selectors.get("u", unit.get("id")) != unit.get("id"):
        return False
    if "u" not in selectors and selectors.keys() & {"f", "g"}:
        return False
    notes = {note.get("id") for child in unit if local(child) == "notes" for note in child}
    return "n" in selectors and selectors["n"] in notes
