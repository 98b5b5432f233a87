"""Which format a file is in, by what it holds; its name must agree."""

import re
from pathlib import PurePath

from lxml import etree

from fluentscribe.formats.csv_files import DELIMITERS, fields_of
from fluentscribe.formats.limits import PROLOG_BYTES_MAX
from fluentscribe.formats.markup import Element, feed, line_of, starts_and_ends
from fluentscribe.formats.prolog import encoding_of, without_doctype
from fluentscribe.formats.values import Format, Refused

HEAD_BYTES = PROLOG_BYTES_MAX  # what `detect` wants to see

_SUFFIXES: dict[str, tuple[Format, ...]] = {
    ".xlf": ("xliff-1.2", "xliff-2"), ".xliff": ("xliff-1.2", "xliff-2"), ".sdlxliff": ("xliff-1.2",),
    ".mxliff": ("xliff-1.2",), ".mqxliff": ("xliff-1.2",), ".xml": ("xliff-1.2", "xliff-2", "tmx"), ".tmx": ("tmx",),
    ".csv": ("csv",), ".tsv": ("csv",), ".tab": ("csv",), ".txt": ("csv",),
}  # fmt: skip
_BINARY = (
    (b"PK\x03\x04", "a ZIP archive"), (b"PK\x05\x06", "a ZIP archive"), (b"\x1f\x8b", "a gzip archive"),
    (b"%PDF", "a PDF"), (b"\xd0\xcf\x11\xe0", "an old Office document"), (b"\x89PNG", "a picture"),
    (b"GIF8", "a picture"), (b"\xff\xd8\xff", "a picture"), (b"\x7fELF", "a program"), (b"MZ\x90", "a program"),
    (b"7z\xbc\xaf", "a 7z archive"), (b"Rar!", "a RAR archive"), (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
)  # fmt: skip
_HTML = re.compile(rb"(?:<!--.*?-->|\s)*<(?:!doctype\s+html|html|head|body)\b", re.DOTALL | re.IGNORECASE)
_MARKS = b"\xef\xbb\xbf\xff\xfe"
_XLIFF_1 = re.compile(r"1\.[012]")
_XLIFF_2 = re.compile(r"urn:oasis:names:tc:xliff:document:2\.[0-9]+")


def detect(head: bytes, file_name: str) -> Format:
    """By the first HEAD_BYTES of a file. Raises Refused: `not-what-its-name-says`, `unknown-format` and others."""
    if not head.strip(b" \t\r\n\x00" + _MARKS):
        raise Refused("empty", "the file is empty")
    kind = next((kind for magic, kind in _BINARY if head.startswith(magic)), None)
    if kind is None and _HTML.match(head.lstrip(_MARKS)):
        kind = "a web page"
    if kind is not None:
        raise Refused("not-what-its-name-says", f"{_named(file_name)} is {kind}, not a file of translations")
    found = _of_xml(head) if _is_markup(head) else "csv"
    _check_name(found, head, file_name)
    return found


def _is_markup(head: bytes) -> bool:
    return head.replace(b"\x00", b"").lstrip(_MARKS + b" \t\r\n").startswith(b"<")


def _of_xml(head: bytes) -> Format:
    root = _root(head)
    space, _, name = str(root.tag).rpartition("}")
    if name == "tmx":
        return "tmx"
    if name == "xliff":
        return _of_xliff(space.removeprefix("{"), root)
    raise Refused("unknown-format", f"the root element is {name!r}, neither xliff nor tmx", 1)


def _of_xliff(namespace: str, root: Element) -> Format:
    """1.0 and 1.1, and 1.2 without its namespace, are read as 1.2 is."""
    version = root.get("version", "")
    if _XLIFF_2.fullmatch(namespace) and version in ("2.0", "2.1", "2.2") and namespace[-1] in "012":
        return "xliff-2"
    if _XLIFF_1.fullmatch(version) and namespace in ("", f"urn:oasis:names:tc:xliff:document:{version}"):
        return "xliff-1.2"
    reason = f"XLIFF of version {version or '(none)'} in the namespace {namespace or '(none)'} is not known"
    raise Refused("unknown-version", reason, line_of(root))


def _root(head: bytes) -> Element:
    """The root element, as far as it is there. What is wrong behind its start tag is for the reader to find."""
    parser = etree.XMLPullParser(events=("start",), resolve_entities=False, no_network=True, load_dtd=False)
    wrong = Refused("truncated-xml", "the file ends before its root element")
    try:
        feed(parser, without_doctype(head))
    except Refused as refused:
        wrong = refused
    started = next(starts_and_ends(parser), None)
    if started is None:
        raise wrong
    return started[1]


def _check_name(found: Format, head: bytes, file_name: str) -> None:
    suffix = PurePath(file_name).suffix.lower()
    expected = _SUFFIXES.get(suffix)
    if expected is not None and found not in expected:
        what = "plain text" if found == "csv" else found
        raise Refused("not-what-its-name-says", f"{_named(file_name)} holds {what}")
    if found == "csv" and expected is None and not _looks_like_a_table(head):
        raise Refused("unknown-format", f"{_named(file_name)} is neither XLIFF nor TMX nor a table")


def _looks_like_a_table(head: bytes) -> bool:
    first = head.decode(encoding_of(head) if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", "replace").split(
        "\n"
    )[0]
    return any(len(fields_of(first, sign)) > 1 for sign in DELIMITERS)


def _named(file_name: str) -> str:
    return repr(PurePath(file_name).name[:255])
