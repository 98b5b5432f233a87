"""What a file is, by its first bytes and never by its name. Pure."""

from dataclasses import dataclass
from typing import Final, Literal

from plimsoll.analyze.reading.layout import Layout, header_layout, headerless_layout, split_line
from plimsoll.core.errors import UsageError

HEAD_BYTES: Final = 256 << 10
ROWS_MAX: Final = 200  # that the form of a file is judged by
FIRST_LINES: Final = 20  # within which a header may stand, after what somebody put before it

FileKind = Literal["jtl-csv", "jtl-xml"]


@dataclass(frozen=True, slots=True)
class Recognized:
    """`layout` is None for XML."""

    kind: FileKind
    layout: Layout | None = None


def recognize(head: bytes, where: str) -> Recognized:
    """Raises UsageError, which says what it looks like, for what is no JTL."""
    text = head[:HEAD_BYTES].decode(errors="replace").lstrip()
    if not text:
        raise UsageError("the file is empty", where=where, why="it holds no samples")
    if text.startswith("<"):
        return _recognize_xml(text, where)
    lines = [line for line in text.splitlines()[: ROWS_MAX + FIRST_LINES] if line.strip()]
    layout = next(filter(None, (header_layout(line) for line in lines[:FIRST_LINES])), None)
    layout = layout or headerless_layout(lines[:ROWS_MAX])
    if layout is None:
        raise _not_a_jtl(where, _looks_like(head))
    return Recognized("jtl-csv", layout)


def _recognize_xml(text: str, where: str) -> Recognized:
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise UsageError(
            "this XML is refused", where=where, why="it declares a document type, as no JTL does",
            remedy="write the results anew, or remove the declaration",
        )  # fmt: skip
    if "<testResults" in text or ("<sample" in text or "<httpSample" in text):
        return Recognized("jtl-xml")
    raise _not_a_jtl(where, "it is XML without testResults")


def _looks_like(head: bytes) -> str:
    if b"\0" in head[:4096]:
        return "it is a binary file"
    first = head[:4096].decode(errors="replace").lstrip().splitlines()[:1]
    cells = max((len(split_line(first[0], mark)) for mark in ",\t;|"), default=0) if first else 0
    return "it is a table without a column named elapsed" if cells > 2 else "it is text of another kind"


def _not_a_jtl(where: str, why: str) -> UsageError:
    return UsageError(
        "this is not a JTL file", where=where, why=why,
        remedy="have the samples written as CSV with a header (jmeter.save.saveservice.print_field_names=true)",
    )  # fmt: skip
