"""XLIFF 2.0, 2.1 and 2.2: every segment of every unit that keeps the specification's rules."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain

from fluentscribe.formats import xliff2_codes, xliff2_modules, xliff2_references, xliff2_schema
from fluentscribe.formats.checking import Ids, bounded_note, required
from fluentscribe.formats.inline import text_of
from fluentscribe.formats.limits import DEPTH_MAX
from fluentscribe.formats.markup import Element, Event, line_of, local, text_within
from fluentscribe.formats.values import Header, Refused, State, Text, Unit

NAMESPACES = tuple(f"{{urn:oasis:names:tc:xliff:document:2.{minor}}}" for minor in range(3))
TAGS = tuple(f"{space}{name}" for space in NAMESPACES for name in ("xliff", "file", "group", "unit"))
_XML = "{http://www.w3.org/XML/1998/namespace}"
_SIZES = "{urn:oasis:names:tc:xliff:sizerestriction:2.0}"
_CODEPOINTS = "xliff:codepoints"
_SIZE = re.compile(r"(?:[0-9]+,)?([0-9]{1,9}|\*)")
_STATES: dict[str, State] = {
    "initial": "initial", "translated": "translated", "reviewed": "reviewed", "final": "final"
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Scope:
    """What an element hands down to those within it."""

    translate: bool = True
    language: str | None = None
    space: str = "default"

    def within(self, element: Element) -> "_Scope":
        if not element.keys():
            return self
        return replace(
            self,
            translate=element.get("translate", "yes" if self.translate else "no") == "yes",
            language=element.get(f"{_XML}lang", self.language),
            space=element.get(f"{_XML}space", self.space),
        )


def read(events: Iterator[Event]) -> tuple[Header, Iterator[Unit]]:
    """The header and the units, the first of which is read at once. Raises Refused, then and later."""
    reader = _Reader(events)
    units = reader.units()
    first = next(units, None)
    if first is None:
        raise Refused("no-units", "the file holds no segment")
    return Header("xliff-2", reader.source, reader.target), chain((first,), units)


class _Reader:
    """Follows the events: in which file and groups we are, and what they say."""

    def __init__(self, events: Iterator[Event]) -> None:
        self.source = ""
        self.target: str | None = None
        self._events = events
        self._scopes: list[_Scope] = []
        self._file_ids = Ids()
        self._unit_ids = Ids()
        self._group_ids = Ids()
        self._file_id = ""
        self._characters = True  # what limits count, as the file's profiles say

    def units(self) -> Iterator[Unit]:
        seq = 0
        for event, element in self._events:
            name = local(element)
            if event == "start":
                self._enter(name, element)
            elif name == "unit":
                for unit in self._unit(element, seq):
                    seq = unit.seq
                    yield unit
            else:
                xliff2_schema.check_end(element)
                self._scopes.pop()

    def _enter(self, name: str, element: Element) -> None:
        heads = xliff2_schema.check_before(element)
        xliff2_modules.check(head for head in heads if not xliff2_schema.is_core(head))
        for head in heads:
            if head.tag == f"{_SIZES}profiles":
                self._characters = head.get("generalProfile", _CODEPOINTS) == _CODEPOINTS
        if name == "unit":
            return  # its content is not there yet
        xliff2_schema.check_attributes(element, name)
        outer = self._scopes[-1] if self._scopes else _Scope()
        self._scopes.append(outer.within(element))
        if len(self._scopes) > DEPTH_MAX:
            raise Refused("too-deep", f"groups within each other more than {DEPTH_MAX} deep", line_of(element))
        if name == "xliff":
            self.source, self.target = required(element, "srcLang"), element.get("trgLang") or None
        elif name == "file":
            self._open_file(element)
        else:
            self._group_ids.add(required(element, "id"), element, "id of a group")

    def _open_file(self, element: Element) -> None:
        self._file_id = required(element, "id")
        self._file_ids.add(self._file_id, element, "id of a file")
        self._unit_ids, self._group_ids, self._characters = Ids(), Ids(), True

    def _unit(self, element: Element, seq: int) -> Iterator[Unit]:
        xliff2_schema.check_tree(element)
        unit_id = required(element, "id")
        self._unit_ids.add(unit_id, element, "id of a unit")
        scope = self._scopes[-1].within(element)
        parts = [child for child in element if local(child) in ("segment", "ignorable") and child.tag in _PARTS]
        for part in parts:
            self._check_languages(part, scope)
        xliff2_codes.check(element, parts)
        xliff2_references.check(element, parts, self._file_id)
        if foreign := [child for child in element if not xliff2_schema.is_core(child)]:
            xliff2_modules.check(foreign, element.iterdescendants())
        segments = [part for part in parts if local(part) == "segment"]
        note = _note(element)
        for n, segment in enumerate(segments, 1):
            yield Unit(
                seq=seq + n,
                id=unit_id if len(segments) == 1 else f"{unit_id}/{segment.get('id') or n}",
                source=_side(segment, "source"),
                target=_side(segment, "target"),
                state=_state(segment),
                note=note,
                length_max=self._length(element) if len(segments) == 1 else None,
                locked=not scope.translate,
                line=line_of(segment) or 0,
            )

    def _check_languages(self, part: Element, scope: _Scope) -> None:
        """Source and target are in the languages of the whole file, and treat blanks alike."""
        sides = {local(child): scope.within(child) for child in part}
        source, target = sides["source"], sides.get("target")
        if source.language and source.language.lower() != self.source.lower():
            raise _wrong_language(part, "source", source.language, self.source)
        if target is None:
            return
        if self.target is None:
            reason = "the file has a target, but its root element has no trgLang"
            raise Refused("missing-target-language", reason, line_of(part))
        if target.language and target.language.lower() != self.target.lower():
            raise _wrong_language(part, "target", target.language, self.target)
        if source.space != target.space:
            raise Refused("malformed-unit", "source and target have different xml:space", line_of(part))

    def _length(self, unit: Element) -> int | None:
        """By the size restriction module, where it counts characters."""
        size = _SIZE.fullmatch(unit.get(f"{_SIZES}sizeRestriction", ""))
        return int(size[1]) if size is not None and size[1] != "*" and self._characters else None


_PARTS = frozenset(f"{space}{name}" for space in NAMESPACES for name in ("segment", "ignorable"))


def _wrong_language(part: Element, side: str, found: str, expected: str) -> Refused:
    return Refused("mixed-languages", f"a {side} is in {found}, but the file's is {expected}", line_of(part))


def _side(segment: Element, name: str) -> Text:
    found = next((child for child in segment if local(child) == name), None)
    return Text("") if found is None else text_of(found)


def _state(segment: Element) -> State:
    """As written; a segment without a state is translated where it has a translation."""
    written = segment.get("state")
    if written is not None:
        return _STATES[written]
    target = next((child for child in segment if local(child) == "target"), None)
    return "translated" if target is not None and (target.text or len(target)) else "initial"


def _note(unit: Element) -> str:
    notes = [note for child in unit if local(child) == "notes" for note in child]
    return bounded_note([text_within(note) for note in notes], unit)
