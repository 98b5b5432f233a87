"""XLIFF 1.2, with sdlxliff and what is left of 1.0 and 1.1."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import chain

from fluentscribe.formats.checking import Ids, bounded_note, languages_agree, required
from fluentscribe.formats.inline import text_of
from fluentscribe.formats.limits import DEPTH_MAX
from fluentscribe.formats.markup import Element, Event, line_of, local, text_within
from fluentscribe.formats.values import Header, Refused, State, Text, Unit

NAMESPACE = "urn:oasis:names:tc:xliff:document:1.2"
TAGS = ("{*}xliff", "{*}file", "{*}group", "{*}trans-unit", "{*}bin-unit", "{*}header")
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_SEGMENT_DEFINITIONS = "{http://sdl.com/FileTypes/SdlXliff/1.0}seg-defs"
_WIDTH = re.compile("[0-9]{1,9}")
_SIDES = ("source", "seg-source", "target")
_STATES: dict[str, State] = {
    "new": "initial", "needs-translation": "initial", "needs-l10n": "initial", "needs-adaptation": "translated",
    "needs-review-translation": "translated", "needs-review-adaptation": "translated",
    "needs-review-l10n": "translated", "translated": "translated", "signed-off": "reviewed", "final": "final",
}  # fmt: skip
_CONFIRMATIONS: dict[str, State] = {
    "Unspecified": "initial", "Draft": "initial", "Translated": "translated", "RejectedTranslation": "translated",
    "ApprovedTranslation": "reviewed", "RejectedSignOff": "reviewed", "ApprovedSignOff": "final",
}  # fmt: skip


@dataclass(slots=True)
class _File:
    """The `file` element that is being read. Ids are unique within it."""

    source: str
    target: str | None
    heard: bool = False  # whether its languages have been compared with those of the files before
    ids: Ids = field(default_factory=Ids)


@dataclass(frozen=True, slots=True)
class _Scope:
    """What groups hand down to their units."""

    translate: bool = True
    length_max: str | None = None
    size_unit: str | None = None

    def within(self, element: Element) -> "_Scope":
        translate = element.get("translate")
        inner = self if translate is None else replace(self, translate=translate != "no")
        width = element.get("maxwidth")
        return inner if width is None else replace(inner, length_max=width, size_unit=element.get("size-unit"))

    def characters(self) -> int | None:
        """None also for a number of more digits than 9, which limits nothing."""
        counted = self.size_unit == "char" and _WIDTH.fullmatch(self.length_max or "")
        return int(self.length_max or 0) if counted else None


@dataclass(frozen=True, slots=True)
class _Parts:
    """The children of a trans-unit that matter."""

    source: Element
    segmented: Element | None
    target: Element | None
    note: str
    confirmations: dict[str, Element]


def read(events: Iterator[Event]) -> tuple[Header, Iterator[Unit]]:
    """The header and the units, the first of which is read at once. Raises Refused, then and later."""
    reader = _Reader(events)
    units = reader.units()
    first = next(units, None)
    if first is None:
        raise Refused("no-units", "the file holds no trans-unit")
    return Header("xliff-1.2", reader.source, reader.target), chain((first,), units)


def _counts(unit: Element) -> bool:
    """Whether a trans-unit is of this file, not of one that an internal-file holds."""
    parent = unit.getparent()
    return parent is not None and local(parent) in ("body", "group", "bin-unit")


class _Reader:
    """Follows the events: which file and groups we are in, and what languages were said."""

    def __init__(self, events: Iterator[Event]) -> None:
        self.source: str | None = None
        self.target: str | None = None
        self._events = events
        self._file = _File("", None)
        self._scopes = [_Scope()]
        self._strict = False
        self._unique = True  # ids within a file; before 1.2 tools numbered them anew in each group

    def units(self) -> Iterator[Unit]:
        seq = 0
        for event, element in self._events:
            name = local(element)
            if name == "trans-unit":
                if event == "end" and _counts(element):
                    for unit in self._unit(element, seq):
                        seq = unit.seq
                        yield unit
            elif event == "start":
                self._enter(name, element)
            elif name == "group" and len(self._scopes) > 1:
                self._scopes.pop()

    def _enter(self, name: str, element: Element) -> None:
        if name == "xliff" and element.getparent() is None:
            self._strict = element.tag == f"{{{NAMESPACE}}}xliff"
            self._unique = element.get("version") == "1.2"
        elif name == "file" and element.getparent() is element.getroottree().getroot():
            self._open_file(element)
        elif name == "group":
            self._scopes.append(self._scopes[-1].within(element))
            if len(self._scopes) > DEPTH_MAX:
                raise Refused("too-deep", f"groups within each other more than {DEPTH_MAX} deep", line_of(element))

    def _open_file(self, element: Element) -> None:
        for attribute in ("original", "datatype") if self._strict else ():
            if element.get(attribute) is None:
                raise Refused("missing-attribute", f"a file element has no {attribute}", line_of(element))
        source, target = required(element, "source-language"), element.get("target-language") or None
        self._file = _File(source, target)
        self._scopes = [_Scope()]

    def _speak(self, element: Element) -> None:
        """Takes on the file's languages. A later file may leave out the target's, but not have other ones: a session
        has one of each. Files without units, which tools use as containers, are not asked.
        """
        self.source = self.source or self._file.source
        self.target = self.target or self._file.target
        languages_agree(self.source, self._file.source, element)
        languages_agree(self.target, self._file.target, element)
        self._file.heard = True

    def _unit(self, element: Element, seq: int) -> Iterator[Unit]:
        if not self._file.heard:
            self._speak(element)
        unit_id = required(element, "id")
        if self._unique:
            self._file.ids.add(unit_id, element)
        parts = _parts(element)
        self._check_language(parts.target)
        scope = self._scopes[-1].within(element)
        pairs = _pairs(parts)
        for n, (mid, source, target) in enumerate(pairs, seq + 1):
            confirmation = parts.confirmations.get(mid)
            yield Unit(
                seq=n,
                id=unit_id if len(pairs) == 1 else f"{unit_id}/{mid}",
                source=source,
                target=target,
                state=_state(element, parts.target, target, confirmation),
                note=parts.note,
                length_max=scope.characters() if len(pairs) == 1 else None,
                locked=not scope.translate or (confirmation is not None and confirmation.get("locked") == "true"),
                line=line_of(element) or 0,
            )

    def _check_language(self, target: Element | None) -> None:
        if target is None or self.target is not None or not _has_content(target):
            return
        language = target.get(_LANGUAGE)
        if not language:
            reason = "neither the file element nor the target says the target language; add target-language"
            raise Refused("missing-target-language", reason, line_of(target))
        self.target = language


@lru_cache(maxsize=8)
def _names(space: str) -> dict[str, str]:
    """The children that matter, by their names with the file's namespace, of which there are few."""
    return {_SEGMENT_DEFINITIONS: "seg-defs", **{f"{space}{name}": name for name in (*_SIDES, "note")}}


def _parts(unit: Element) -> _Parts:
    """Raises Refused where there is not one source, or more than one target, or the target stands first."""
    names = _names(str(unit.tag).removesuffix("trans-unit"))
    found: dict[str, Element] = {}
    notes: list[str] = []
    confirmations: dict[str, Element] = {}
    for child in unit:
        name = names.get(str(child.tag))
        if name is None:
            continue
        if name in _SIDES:
            _check_order(found, name, child)
            found[name] = child
        elif name == "note":
            notes.append(text_within(child))
        elif name == "seg-defs":
            confirmations = {segment.get("id", ""): segment for segment in child}
    if "source" not in found:
        raise Refused("missing-source", f"unit {unit.get('id')} has no source", line_of(unit))
    note = bounded_note(notes, unit)
    return _Parts(found["source"], found.get("seg-source"), found.get("target"), note, confirmations)


def _check_order(found: dict[str, Element], name: str, child: Element) -> None:
    if name in found:
        raise Refused("malformed-unit", f"a unit has two {name} elements", line_of(child))
    if name == "target" and "source" not in found:
        raise Refused("malformed-unit", "a target stands before its source", line_of(child))


def _pairs(parts: _Parts) -> list[tuple[str, Text, Text]]:
    """Segments by their mid; the whole unit where source and target are not divided alike, so that nothing is lost."""
    sources = {} if parts.segmented is None else _segments(parts.segmented)
    if not sources:
        return [("", text_of(parts.source), _text(parts.target))]
    targets = {} if parts.target is None else _segments(parts.target)
    blank = parts.target is None or not _has_content(parts.target)
    if not (blank or targets) or not targets.keys() <= sources.keys():
        return [("", text_of(parts.source), _text(parts.target))]
    return [(mid, text_of(source), _text(targets.get(mid))) for mid, source in sources.items()]


def _segments(element: Element) -> dict[str, Element]:
    """By mid; none at all where two have the same one."""
    marks = [mark for mark in element.iter() if mark.get("mtype") == "seg" and local(mark) == "mrk"]
    by_mid = {mark.get("mid", ""): mark for mark in marks}
    return by_mid if len(by_mid) == len(marks) else {}


def _has_content(element: Element) -> bool:
    return len(element) > 0 or bool(element.text and element.text.strip())


def _text(element: Element | None) -> Text:
    return Text("") if element is None else text_of(element)


def _state(unit: Element, target: Element | None, text: Text, confirmation: Element | None) -> State:
    """What the segment says, else the target, else the unit's approval, else whether there is a translation."""
    if confirmation is not None:
        return _CONFIRMATIONS.get(confirmation.get("conf", "Unspecified"), "initial")
    written = None if target is None else target.get("state")
    if written is not None and written not in _STATES and not written.startswith("x-"):
        raise Refused("bad-state", f"the state {written!r} is none of XLIFF 1.2's", line_of(unit))
    if written in _STATES:
        return _STATES[written]
    if unit.get("approved") == "yes":
        return "reviewed"
    return "translated" if text.plain or text.tags else "initial"
