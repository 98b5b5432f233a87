"""Requests that hand in files as nobody should: drawn by chance, the same for the same seed."""

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tests.fluentscribe.api.handing_in import BOUNDARY, CSV, KIND, multipart
from tests.fluentscribe.made_files import xliff

_XML = xliff(20)
_XLIFF2 = (
    b'<xliff version="2.0" xmlns="urn:oasis:names:tc:xliff:document:2.0" srcLang="en" trgLang="de"><file id="f">'
    b'<unit id="u"><segment><source>A <pc id="1">file</pc></source><target>Eine <pc id="1">Datei</pc></target>'
    b"</segment></unit></file></xliff>"
)
_TMX = (
    b'<tmx version="1.4"><header srclang="en" segtype="sentence" datatype="x" o-tmf="x" adminlang="en"'
    b' creationtool="x" creationtoolversion="1"/><body><tu><tuv xml:lang="en"><seg>A <ph x="1"/>file</seg></tuv>'
    b'<tuv xml:lang="de"><seg>Eine <ph x="1"/>Datei</seg></tuv></tu></body></tmx>'
)
_WHOLE = (
    ("a.xlf", _XML),
    ("a.xlf", _XLIFF2),
    ("a.tmx", _TMX),
    ("a.csv", CSV),
    ("a.csv", CSV.decode().encode("utf-16")),
)
_BILLION = b'<!DOCTYPE x [<!ENTITY a "' + b"a" * 1000 + b'"><!ENTITY b "&a;&a;&a;">]>'


@dataclass(frozen=True, slots=True)
class Mangled:
    """`words` name the way in which it is wrong."""

    words: str
    kind: str
    body: bytes


def mangled(random: Random) -> Mangled:
    words = random.choice(sorted(_WAYS))
    kind, body = _WAYS[words](random)
    return Mangled(words, kind, body)


def _one(name: str, content: bytes) -> tuple[str, bytes]:
    return KIND, multipart((name, content))


def _truncated(random: Random) -> tuple[str, bytes]:
    name, content = random.choice(_WHOLE)
    return _one(name, content[: random.randrange(len(content))])


def _flipped(random: Random) -> tuple[str, bytes]:
    name, content = random.choice(_WHOLE)
    data = bytearray(content)
    for _ in range(random.choice((1, 1, 5, 50))):
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)
    return _one(name, bytes(data))


def _spliced(random: Random) -> tuple[str, bytes]:
    name, content = random.choice(_WHOLE)
    other = random.choice(_WHOLE)[1]
    cut, start = random.randrange(len(content)), random.randrange(len(other))
    return _one(name, content[:cut] + other[start : start + random.randrange(200)] + content[cut:])


def _inserted(random: Random) -> tuple[str, bytes]:
    """What is of meaning to a parser or to the database, anywhere."""
    name, content = random.choice(_WHOLE)
    pieces = (
        b"\0",
        b"&#0;",
        b"&a;",
        b"&#x1F600;",
        b"<![CDATA[",
        b"]]>",
        b"<!--",
        b"\xff\xfe",
        b"\xed\xa0\x80",
        b'"',
        b"\r",
        _BILLION,
    )
    place = random.randrange(len(content))
    return _one(name, content[:place] + random.choice(pieces) + content[place:])


def _nested(random: Random) -> tuple[str, bytes]:
    depth, tag = random.choice((90, 300, 20_000)), random.choice((b"g", b"group", b"note"))
    inside = b"<%s>" % tag * depth + b"x" + b"</%s>" % tag * depth
    return _one("a.xlf", _XML.replace(b"<source>", b"<source>" + inside, 1))


def _huge(random: Random) -> tuple[str, bytes]:
    """One attribute, text, id, number or name of a size that none has."""
    size = random.choice((40_000, 300_000, 2_000_000))
    old, new = random.choice(
        (
            (b'id="message.1"', b'id="%s"' % (b"i" * size)),
            (b"<source>", b"<source>" + b"text " * (size // 5)),
            (b"<trans-unit", b"<trans-unit " + b" ".join(b'a%d=""' % n for n in range(size // 10))),
            (b"<trans-unit", b'<trans-unit size-unit="char" maxwidth="%s"' % (b"9" * random.choice((30, 9_000)))),
            (b"<body>", b"<body>" + b"<" * size),
            (b'original="', b'original="' + b"o" * size),
        )
    )
    return _one("a.xlf", _XML.replace(old, new, 1))


def _other(random: Random) -> tuple[str, bytes]:
    contents = (
        gzip.compress(_XML),
        b"PK\x03\x04" + random.randbytes(200),
        random.randbytes(3_000),
        b"",
        b"\0" * 999,
        b"\xff\xfe",
        b"<",
        b'"' * 99_999,
    )
    return _one(random.choice(("a.xlf", "a.csv", "a.tmx", "a", "a.exe")), random.choice(contents))


def _bad_multipart(random: Random) -> tuple[str, bytes]:
    whole, line = multipart(("a.csv", CSV)), f"--{BOUNDARY}\r\n".encode()
    return random.choice(
        (
            ("multipart/form-data", whole),
            ("multipart/form-data; boundary=" + "b" * 300, whole),
            ("multipart/form-data; boundary=other", whole),
            ("application/x-www-form-urlencoded", whole),
            (KIND, whole[: random.randrange(len(whole))]),
            (KIND, line + b"A: " + b"x" * 100_000),
            (KIND, line + b"A: b\r\n" * 20_000),
            (KIND, line * 50),
            (KIND, b"\r\n" * 50_000 + whole),
            (KIND, b""),
            (KIND, multipart()),
            (KIND, multipart(*[("a.csv", CSV)] * 11)),
            (KIND, multipart(("", CSV), ("../..", CSV))),
            (KIND, multipart(("a\0b\r\nX: y", CSV))),
            (KIND, whole.replace(b'name="files"', b"name=files; filename*=utf-8''%00")),
            (KIND, whole.replace(b"form-data;", b"attachment;")),
            (KIND, random.randbytes(2_000)),
            (KIND, whole.replace(b"\r\n", b"\n")),
        )
    )


_WAYS: dict[str, Callable[[Random], tuple[str, bytes]]] = {
    "truncated": _truncated,
    "bits flipped": _flipped,
    "of two files": _spliced,
    "signs put in": _inserted,
    "nested": _nested,
    "huge": _huge,
    "something else": _other,
    "bad multipart": _bad_multipart,
}
