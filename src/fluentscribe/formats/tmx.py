"""TMX 1.1 to 1.4: of every translation unit, the pair of languages that is asked for."""

import re
from collections.abc import Iterator, Sequence
from itertools import chain

from fluentscribe.formats.checking import bounded_note, required
from fluentscribe.formats.inline import text_of
from fluentscribe.formats.languages import best, same
from fluentscribe.formats.markup import Element, Event, line_of, local, text_within
from fluentscribe.formats.values import Header, Refused, Text, Unit

TAGS = ("{*}tmx", "{*}header", "{*}tu")
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_VERSION = re.compile(r"1\.[1-4][ab]?")
_ANY = "*all*"
_Variants = Sequence[tuple[str, Element]]


def read(events: Iterator[Event], source: str | None, target: str | None) -> tuple[Header, Iterator[Unit]]:
    """The header and the units in the languages asked for; those that the file names first, where None is.

    A unit without the source language is none of this pair and left out; one without the target is untranslated.
    """
    reader = _Reader(source, target)
    units = reader.units(events)
    first = next(units)
    return Header("tmx", reader.source, reader.target), chain((first,), units)


class _Reader:
    """Which languages are read: as asked for, or as the first unit has them."""

    def __init__(self, source: str | None, target: str | None) -> None:
        self.source = source
        self.target = target
        self._declared: str | None = None  # the header's srclang; None for any

    def units(self, events: Iterator[Event]) -> Iterator[Unit]:
        seq = translated = seen = 0
        for event, element in events:
            name = local(element)
            if event == "start" and name in ("tmx", "header"):
                self._enter(name, element)
            elif event == "end" and name == "tu":
                seen += 1
                if (unit := self._unit(element, seq + 1)) is not None:
                    seq = unit.seq
                    translated += bool(unit.target.plain or unit.target.tags)
                    yield unit
        _check_found(seen, seq, translated, self.source, self.target)

    def _enter(self, name: str, element: Element) -> None:
        if name == "tmx" and not _VERSION.fullmatch(required(element, "version")):
            raise Refused("unknown-version", f"TMX {element.get('version')} is not known", line_of(element))
        if name == "header":
            self._declared = _declared(element)

    def _unit(self, element: Element, seq: int) -> Unit | None:
        variants = [(_language(child), child) for child in element if local(child) == "tuv"]
        if not variants:
            raise Refused("malformed-unit", "a tu holds no tuv", line_of(element))
        source, target = self._pair(variants, element)
        if source is None:
            return None
        text, translation = _segment(source), Text("") if target is None else _segment(target)
        blank = not (translation.plain or translation.tags)
        notes = [text_within(child) for child in element if local(child) == "note"]
        return Unit(
            seq=seq,
            id=element.get("tuid", ""),
            source=text,
            target=translation,
            state="initial" if blank else "translated",
            note=bounded_note(notes, element),
            line=line_of(element) or 0,
        )

    def _pair(self, variants: _Variants, element: Element) -> tuple[Element | None, Element | None]:
        declared = _declared(element) if element.get("srclang") else self._declared
        self.source = self.source or declared or variants[0][0]
        if self.target is None:
            self.target = next((language for language, _ in variants if not same(language, self.source)), None)
        return _variant(variants, self.source), None if self.target is None else _variant(variants, self.target)


def _declared(element: Element) -> str | None:
    language = element.get("srclang")
    return None if not language or language == _ANY else language


def _language(variant: Element) -> str:
    language = variant.get(_LANGUAGE) or variant.get("lang")
    if not language:
        raise Refused("missing-attribute", "a tuv has no xml:lang", line_of(variant))
    return language


def _variant(variants: _Variants, wanted: str) -> Element | None:
    language = best([language for language, _ in variants], wanted)
    return None if language is None else next(variant for known, variant in variants if known == language)


def _segment(variant: Element) -> Text:
    segments = [child for child in variant if local(child) == "seg"]
    if len(segments) != 1:
        raise Refused("malformed-unit", f"a tuv holds {len(segments)} seg elements instead of one", line_of(variant))
    return text_of(segments[0])


def _check_found(seen: int, units: int, translated: int, source: str | None, target: str | None) -> None:
    if not seen:
        raise Refused("no-units", "the file holds no tu")
    if not units:
        raise Refused("missing-source-language", f"no unit is in {source}")
    if not translated:
        wanted = f"in {target}" if target else "in a second language"
        raise Refused("missing-target-language", f"no unit has a translation {wanted}")
