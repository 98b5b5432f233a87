"""What in a file would do something where it is shown: told, not refused."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from fluentscribe.formats.limits import CHUNK_BYTES

FINDINGS_MAX = 20
_OVERLAP = 512  # what is looked for is shorter
_EXCERPT = 80

# Markup may be escaped, as it is where a format keeps it in text.
_OPEN = rb"(?:<|&lt;|&#60;|&#x3c;)"
_HANDLERS = (b"onerror", b"onload", b"onclick", b"onmouseover", b"onfocus", b"ontoggle")
_TAGS = (b"script", b"iframe", b"object", b"embed", b"img", b"link", b"base")
_KINDS = {
    "script": _OPEN + rb"script\b|javascript:|vbscript:",
    "event_handler": rb"\b(?:" + b"|".join(_HANDLERS) + rb")\s*=\s*[\"'\\&\w]",
    "embedded_content": _OPEN + rb"(?:iframe|object|embed)\b|data:text/html",
    "external_reference": (
        rb"<!doctype[^>\[]{0,200}(?:://|\"\\\\)|<\?xml-stylesheet\b|w3\.org/2001/xinclude"
        rb"|<(?:\w{1,50}:)?external-file\b[^>]{0,200}href\s*=\s*[\"'](?:\w{2,20}://|\\\\)"
        rb"|" + _OPEN + rb"(?:img|link|base)\b[^>]{0,200}?(?:src|href)\s*=\s*[\\\"'&;\w]{0,10}(?:https?:)?//"
    ),
}
_ANY = re.compile(b"|".join(b"(?P<%s>%s)" % (kind.encode(), what) for kind, what in _KINDS.items()), re.IGNORECASE)
# Whatever is found has one of these, which are looked for twenty times as fast.
_SIGNS = (
    *(opening + tag for tag in _TAGS for opening in (b"<", b";")),
    *_HANDLERS,
    *(b"javascript:", b"vbscript:", b"data:text/html", b"<!doctype", b"xml-stylesheet", b"external-file", b"xinclude"),
)


@dataclass(frozen=True, slots=True)
class Finding:
    kind: str
    line: int
    excerpt: str


def scan(path: Path) -> list[dict[str, object]]:
    """The first FINDINGS_MAX of what there is, in the order of the file. Blocks."""
    with path.open("rb") as file:
        return [asdict(one) for one in found(iter(lambda: file.read(CHUNK_BYTES), b""))]


def found(chunks: Iterable[bytes]) -> list[Finding]:
    findings: list[Finding] = []
    for finding in _found(chunks):
        findings.append(finding)
        if len(findings) == FINDINGS_MAX:
            break
    return findings


def _found(chunks: Iterable[bytes]) -> Iterator[Finding]:
    kept, line, behind = b"", 1, 0  # `behind`: how much of `kept` was told before
    for chunk in chunks:
        piece = kept + chunk.replace(b"\0", b"")  # of UTF-16, what is ASCII is left
        end = behind
        for match in _ANY.finditer(piece, behind) if _suspect(piece) else ():
            yield Finding(
                str(match.lastgroup),
                line + piece.count(b"\n", 0, match.start()),
                _excerpt(piece, match),
            )
            end = match.end()
        cut = max(len(piece) - _OVERLAP, 0)
        line += piece.count(b"\n", 0, cut)
        kept, behind = piece[cut:], max(end - cut, 0)


def _suspect(piece: bytes) -> bool:
    lower = piece.lower()
    return any(sign in lower for sign in _SIGNS)


def _excerpt(piece: bytes, match: "re.Match[bytes]") -> str:
    return piece[match.start() : match.start() + _EXCERPT].decode("utf-8", "replace").split("\n")[0]
