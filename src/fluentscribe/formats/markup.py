"""Reads an XML file piece by piece in constant memory. No network, no DTD, no entities; every error is a Refused."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import BinaryIO, Literal, cast

from lxml import etree

from fluentscribe.formats.limits import CHUNK_BYTES, DEPTH_MAX, MARKS_BETWEEN_MAX, PROLOG_BYTES_MAX, TAG_BYTES_MAX
from fluentscribe.formats.prolog import without_doctype
from fluentscribe.formats.values import Refused

Element = etree._Element  # the only name that lxml has for its elements' type
Event = tuple[Literal["start", "end"], Element]

_TYPES = etree.ErrorTypes
_ENCODING = (
    _TYPES.ERR_INVALID_ENCODING, _TYPES.ERR_UNKNOWN_ENCODING, _TYPES.ERR_UNSUPPORTED_ENCODING, _TYPES.I18N_NO_HANDLER,
    _TYPES.I18N_CONV_FAILED,
)  # fmt: skip
_ENTITY = (_TYPES.ERR_UNDECLARED_ENTITY, _TYPES.WAR_UNDECLARED_ENTITY)


def events(file: BinaryIO, tags: Sequence[str]) -> Iterator[Event]:
    """Starts and ends of the elements named (`{namespace}name`, `{*}name`). Raises Refused.

    At its end an element is whole; once the next event is asked for, it and what stood before it are gone.
    """
    parser = etree.XMLPullParser(
        events=("start", "end"), tag=tags, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    bounds = _Bounds()
    for chunk in _chunks(file):
        bounds.check(chunk)
        feed(parser, chunk)
        for event, element in starts_and_ends(parser):
            yield event, element
            if event == "end":
                _forget(element)
                bounds.passed()
    yield from _rest(parser)


def feed(parser: "etree.XMLPullParser", chunk: bytes) -> None:
    """Raises Refused for what is wrong up to the end of the chunk."""
    error: etree.XMLSyntaxError | None = None
    try:
        parser.feed(chunk)
    except etree.XMLSyntaxError as raised:
        error = raised
    if (wrong := refused(parser, error)) is not None:
        raise wrong


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    if head := file.read(PROLOG_BYTES_MAX):
        yield without_doctype(head)
    while chunk := file.read(CHUNK_BYTES):
        yield chunk


def _rest(parser: "etree.XMLPullParser") -> Iterator[Event]:
    """What only the end of the file brings out. An error here means that more should have come."""
    error: etree.XMLSyntaxError | None = None
    try:
        parser.close()
    except etree.XMLSyntaxError as raised:
        error = raised
    if (wrong := refused(parser, error, at_end=True)) is not None:
        raise wrong
    yield from starts_and_ends(parser)


def starts_and_ends(parser: "etree.XMLPullParser") -> Iterator[Event]:
    return cast("Iterator[Event]", parser.read_events())  # starts and ends are all that was asked for


def _forget(element: Element) -> None:
    """Frees an element's content and what stands before it. Its tail stays: the parser may be about to add to it."""
    element.text = None
    del element[:]
    parent = element.getparent()
    if parent is not None:
        while element.getprevious() is not None:
            del parent[0]


class _Bounds:
    """What the parser holds between two units, guessed from the bytes: it must not grow with the file."""

    def __init__(self) -> None:
        self._marks = 0
        self._open = 0  # bytes since a "<" that no ">" followed
        self._line = 1

    def check(self, chunk: bytes) -> None:
        self._marks += chunk.count(b"<")
        opened, closed = chunk.rfind(b"<"), chunk.rfind(b">")
        if opened > closed:
            self._open = len(chunk) - opened
        else:
            self._open = self._open + len(chunk) if self._open and closed < 0 else 0
        self._line += chunk.count(b"\n")
        if self._open > TAG_BYTES_MAX:
            raise Refused("attribute-too-long", f"a tag is longer than {TAG_BYTES_MAX:,} bytes", self._line)
        if self._marks > MARKS_BETWEEN_MAX:
            raise Refused("too-long", f"more than {MARKS_BETWEEN_MAX:,} elements in one unit or before it", self._line)

    def passed(self) -> None:
        self._marks = 0


def refused(parser: "etree.XMLPullParser", error: etree.XMLSyntaxError | None, at_end: bool = False) -> Refused | None:
    """What the parser's first error means to whoever handed the file in; None where there is none.

    Its log is asked, too: an entity that is not declared, and a prefix without a namespace, raise nothing.
    """
    entry = next((entry for entry in parser.feed_error_log if entry.level >= etree.ErrorLevels.ERROR), None)
    if entry is not None:
        return _refused(entry.type, str(entry.message).strip(), entry.line or None, at_end)
    if error is not None:
        return _refused(0, str(error.msg or "not well-formed"), error.lineno or None, at_end)
    return None


def _refused(code: int, message: str, line: int | None, at_end: bool) -> Refused:
    if code in _ENCODING or "encoding" in message:
        return Refused("wrong-encoding", f"bytes that are not in the file's encoding ({message})", line)
    if code in _ENTITY:
        return Refused("entity", f"an entity that XML does not have by itself ({message})", line)
    if code == _TYPES.ERR_RESOURCE_LIMIT:
        return _beyond_limit(message, line)
    if code == _TYPES.DTD_ID_REDEFINED:
        return Refused("duplicate-id", f"an xml:id stands twice ({message})", line)
    if code == _TYPES.DTD_XMLID_VALUE:
        return Refused("bad-attribute", message, line)
    if at_end:
        return Refused("truncated-xml", f"the file ends early ({message})", line)
    return Refused("malformed-xml", f"not well-formed XML ({message})", line)


def _beyond_limit(message: str, line: int | None) -> Refused:
    if "depth" in message:
        return Refused("too-deep", f"elements within each other more than {DEPTH_MAX} deep", line)
    if "Text node" in message:
        return Refused("too-long", "a text of more than 10 MB", line)
    return Refused("attribute-too-long", "an attribute or comment of more than 10 MB", line)


def text_within(element: Element) -> str:
    """All text in the element, whatever is around it."""
    return "".join(str(piece) for piece in element.itertext())


def line_of(element: Element) -> int | None:
    """Where the element stands in the file."""
    line: object = element.sourceline
    return line if isinstance(line, int) else None


def local(element: Element) -> str:
    """The element's name without its namespace."""
    return _local(str(element.tag))


@lru_cache(maxsize=256)  # files have few names, and each is asked for again with every unit
def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
