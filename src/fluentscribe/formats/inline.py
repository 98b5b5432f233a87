"""Inline markup: from an element's content to plain text and tags, and back."""

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from fluentscribe.formats.limits import ATTRIBUTE_CHARACTERS_MAX, DEPTH_MAX, SEGMENT_CHARACTERS_MAX
from fluentscribe.formats.markup import Element, line_of, local
from fluentscribe.formats.values import Refused, Tag, TagKind, Text

# Elements that hold or stand for native code, which is no part of the text: what is within goes into the tag.
CODES = frozenset({"bpt", "ept", "ph", "it", "ut", "x", "bx", "ex", "sc", "ec", "sm", "em", "cp"})
_KINDS: dict[str, TagKind] = {
    "bpt": "open", "bx": "open", "sc": "open", "sm": "open",
    "ept": "close", "ex": "close", "ec": "close", "em": "close",
}  # fmt: skip
# Where the two halves of a pair are elements of their own, what says that they belong together comes first.
_IDS = {
    "bpt": ("rid", "i", "id"), "ept": ("rid", "i", "id"), "bx": ("rid", "id"), "ex": ("rid", "id"),
    "ec": ("startRef", "id"), "em": ("startRef", "id"), "ph": ("id", "x"), "it": ("id", "x"), "hi": ("id", "x"),
    "mrk": ("id", "mid"), "cp": ("hex",),
}  # fmt: skip
_ID = ("id",)
_XML = "{http://www.w3.org/XML/1998/namespace}"


def text_of(element: Element) -> Text:
    """The content of a source, target or seg element. Raises Refused where it is too long or too deep."""
    if not len(element):
        return Text(_bounded(element.text or "", element))
    pieces: list[str | Tag] = []
    _collect(element, pieces, 1)
    return _joined(pieces, element)


def rebuilt(text: Text) -> str:
    """The markup again: what stood in the file, but for comments and how attributes and entities were written."""
    return "".join(piece.text if isinstance(piece, Tag) else escape(piece) for piece in _in_order(text))


def _collect(element: Element, pieces: list[str | Tag], depth: int) -> None:
    """Text and tags of the content, in document order; positions of tags are filled in later."""
    _check_depth(element, depth)
    pieces.append(element.text or "")
    for child in element:
        name = local(child)
        if name in CODES:
            pieces.append(Tag(0, _KINDS.get(name, "empty"), name, _id(child, name), markup(child, depth)))
        else:
            pieces.append(Tag(0, "open", name, _id(child, name), _start(child) + ">"))
            _collect(child, pieces, depth + 1)
            pieces.append(Tag(0, "close", name, _id(child, name), f"</{_name(child)}>"))
        pieces.append(child.tail or "")


def _joined(pieces: list[str | Tag], element: Element) -> Text:
    plain: list[str] = []
    tags: list[Tag] = []
    position = markup_length = 0
    for piece in pieces:
        if isinstance(piece, str):
            plain.append(piece)
            position += len(piece)
        else:
            tags.append(Tag(position, piece.kind, piece.name, piece.id, piece.text))
            markup_length += len(piece.text)
    if markup_length > SEGMENT_CHARACTERS_MAX:
        raise Refused(
            "too-long", f"tags of more than {SEGMENT_CHARACTERS_MAX:,} characters in a segment", line_of(element)
        )
    return Text(_bounded("".join(plain), element), tuple(tags))


def _in_order(text: Text) -> Iterator[str | Tag]:
    position = 0
    for tag in text.tags:
        yield text.plain[position : tag.position]
        yield tag
        position = tag.position
    yield text.plain[position:]


def markup(element: Element, depth: int = 1) -> str:
    """The whole element as it stood, without its tail."""
    _check_depth(element, depth)
    inner = escape(element.text or "") + "".join(
        markup(child, depth + 1) + escape(child.tail or "") for child in element
    )
    return f"{_start(element)}>{inner}</{_name(element)}>" if inner else f"{_start(element)}/>"


def _start(element: Element) -> str:
    """The start tag without its end."""
    attributes = "".join(
        f" {_prefixed(element, str(name))}={_quoted(element, str(value))}" for name, value in element.items()
    )
    return f"<{_name(element)}{attributes}{_declarations(element)}"


def _declarations(element: Element) -> str:
    """Namespaces that are declared on this element itself."""
    parent = element.getparent()
    outer = {} if parent is None else parent.nsmap
    new = [(prefix, uri) for prefix, uri in element.nsmap.items() if outer.get(prefix) != uri]
    return "".join(f" {f'xmlns:{prefix}' if prefix else 'xmlns'}={quoteattr(uri)}" for prefix, uri in new)


def _name(element: Element) -> str:
    name = local(element)
    return f"{element.prefix}:{name}" if element.prefix else name


def _prefixed(element: Element, name: str) -> str:
    if not name.startswith("{"):
        return name
    if name.startswith(_XML):
        return f"xml:{name.removeprefix(_XML)}"
    uri, _, short = name[1:].partition("}")
    return next(f"{prefix}:{short}" for prefix, known in element.nsmap.items() if prefix and known == uri)


def _quoted(element: Element, value: str) -> str:
    if len(value) > ATTRIBUTE_CHARACTERS_MAX:
        reason = f"an attribute of more than {ATTRIBUTE_CHARACTERS_MAX:,} characters"
        raise Refused("attribute-too-long", reason, line_of(element))
    return quoteattr(value, {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})


def _id(element: Element, name: str) -> str:
    return next((value for key in _IDS.get(name, _ID) if (value := element.get(key)) is not None), "")


def _bounded(plain: str, element: Element) -> str:
    if len(plain) > SEGMENT_CHARACTERS_MAX:
        raise Refused("too-long", f"a segment of more than {SEGMENT_CHARACTERS_MAX:,} characters", line_of(element))
    return plain


def _check_depth(element: Element, depth: int) -> None:
    if depth > DEPTH_MAX:
        raise Refused("too-deep", f"elements within each other more than {DEPTH_MAX} deep", line_of(element))
