"""What stands before an XML file's root element: its encoding, and a document type that may declare nothing.

The document type is blanked before a parser sees the file. So no DTD is ever read, an entity that is none of XML's own
five is an error instead of lost text, and no default attribute is added.
"""

import codecs
import re

from fluentscribe.formats.values import Refused

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_UNMARKED = ((b"<\x00", "utf-16-le"), (b"\x00<", "utf-16-be"))
_UTF32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, b"<\x00\x00\x00", b"\x00\x00\x00<")
_DECLARATION = re.compile(r"""<\?xml\s[^>]*?\bencoding\s*=\s*["']([A-Za-z0-9._:-]+)["']""")
_MISC = re.compile(r"\s+|<!--.*?-->|<\?.*?\?>", re.DOTALL)
_DOCTYPE = re.compile(r"<!DOCTYPE\b")
# Of a document type: comments, instructions and literals, which may hold any sign, and what tells where it stands.
_PIECE = re.compile(r"""<!--.*?-->|<\?.*?\?>|"[^"]*"|'[^']*'|<!ENTITY\b|[\[\]>%]|[^<"'%\[\]>]+|.""", re.DOTALL)
# Encodings in which markup is ASCII and every byte sequence means one thing only.
_PLAIN_ENCODINGS = re.compile(
    r"utf-8|ascii|iso8859-\d+|cp125\d|cp874|cp93[26]|cp949|cp950|koi8-[ru]|shift_jis|euc_jp|euc_kr|gb2312|gbk|gb18030|big5"
)


def without_doctype(head: bytes) -> bytes:
    """The first bytes of a file, which hold its prolog, with the document type blanked. Raises Refused."""
    encoding = encoding_of(head)
    wide = encoding.startswith("utf-16")
    # One byte is one character where it is not UTF-16: only ASCII is looked for, and nothing is lost on the way back.
    code = encoding if wide else "latin-1"
    text = head[: len(head) // 2 * 2].decode(code, "surrogatepass") if wide else head.decode(code)
    rest = head[len(head) // 2 * 2 :] if wide else b""
    return _blanked(text).encode(code, "surrogatepass") + rest


def encoding_of(head: bytes) -> str:
    """By byte order mark, by the bytes of "<", or as declared; UTF-8 where nothing says. Raises Refused."""
    if head[:4] in _UTF32:
        raise Refused("wrong-encoding", "the file is in UTF-32; save it in UTF-8", 1)
    found = next((name for mark, name in (*_BOMS, *_UNMARKED) if head.startswith(mark)), None)
    wide = found is not None and found.startswith("utf-16")
    declared = _declared(head[:2048].decode(found if found and wide else "latin-1", "replace"))
    if declared is None:
        return found or "utf-8"
    if wide != declared.startswith("utf-16") or (found == "utf-8" and declared != "utf-8"):
        actual = found or "one byte a character"
        raise Refused("wrong-encoding", f"the file declares {declared}, but its bytes are {actual}", 1)
    return found or declared


def _declared(text: str) -> str | None:
    declaration = _DECLARATION.match(text.removeprefix("\ufeff").removeprefix("\xef\xbb\xbf"))
    if declaration is None:
        return None
    try:
        name = codecs.lookup(declaration[1]).name
    except LookupError:
        name = ""
    if not name.startswith("utf-16") and not _PLAIN_ENCODINGS.fullmatch(name):
        raise Refused("wrong-encoding", f"the declared encoding {declaration[1]} is not known; save it in UTF-8", 1)
    return name


def _blanked(text: str) -> str:
    start = _after_misc(text, len(text) - len(text.lstrip("\ufeffï»¿")))
    if not _DOCTYPE.match(text, start):
        return text
    end = _doctype_end(text, start)
    return text[:start] + re.sub(r"[^\n]", " ", text[start:end]) + text[end:]


def _after_misc(text: str, position: int) -> int:
    while found := _MISC.match(text, position):
        position = found.end()
    return position


def _doctype_end(text: str, start: int) -> int:
    """Behind the document type that begins at `start`. Raises Refused where it declares or uses an entity."""
    subset = False
    for piece in _PIECE.finditer(text, start + len("<!DOCTYPE")):
        if piece[0] == "<!ENTITY" or (subset and piece[0] == "%"):
            reason = "the document type declares or uses entities, which are not taken; remove it"
            raise Refused("entity-declaration", reason, _line(text, piece.start()))
        if piece[0] == ">" and not subset:
            return piece.end()
        subset = piece[0] == "[" or (subset and piece[0] != "]")
    raise Refused("truncated-xml", "the document type does not end", _line(text, start))


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1
