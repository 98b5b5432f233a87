"""Files that were damaged at random are read or refused, and nothing else happens."""

import random
from pathlib import Path

import pytest

from tests.fluentscribe.formats.reads import code_of, tmx, xliff2, xliff12

WHOLE = {
    "a.xlf": xliff12(
        '<group><trans-unit id="1" maxwidth="3" size-unit="char"><source>a <g id="1">b<x id="2"/></g><ph id="3">c</ph>'
        '</source><seg-source><mrk mtype="seg" mid="1">a</mrk></seg-source><target state="final">b</target>'
        "<note>n</note></trans-unit></group>"
    ).encode(),
    "b.xlf": xliff2(
        '<file id="f"><notes><note id="1">n</note></notes><group id="g"><unit id="u"><originalData>'
        '<data id="d">x</data></originalData><segment id="s" state="final"><source>a<pc id="1" dataRefStart="d">b</pc>'
        '<sc id="2"/><ec startRef="2"/></source><target order="1">c<pc id="1">d</pc></target></segment>'
        "</unit></group></file>"
    ).encode(),
    "a.tmx": tmx(
        '<tu tuid="1"><tuv xml:lang="en"><seg>a<bpt i="1">x</bpt></seg></tuv>'
        '<tuv xml:lang="de"><seg>b</seg></tuv></tu>',
        doctype='<!DOCTYPE tmx SYSTEM "tmx14.dtd" [<!ELEMENT a ANY>]>\n',
    ).encode("utf-16"),
    "a.csv": 'id;source;target;limit;state\n1;"a\n""b";c;12;final\n2;ä;ö;;\n'.encode("utf-8-sig"),
}
PIECES = (
    b"<", b">", b"&", b'"', b"\0", b"\xff", b"<![CDATA[", b"<!--", b"<?x ?>", b"<!DOCTYPE a>", b'<!ENTITY a "b">',
    b"&a;",
    b"&#0;", b"</source>", b"<source>", b"<g>", b"x" * 70_000, b' a="' + b"y" * 40_000 + b'"', b"\n", b"<unit id='u'>",
    b"<group>" * 120, b"\xed\xa0\x80", b'id="1"', b'xmlns:q="r" ', b"q:",
)  # fmt: skip


def damaged(whole: bytes, chance: random.Random) -> bytes:
    first, last = sorted(chance.randrange(len(whole) + 1) for _ in range(2))
    match chance.randrange(5):
        case 0:
            flipped = whole[first - 1] ^ 1 << chance.randrange(8)
            return whole[: first - 1] + bytes([flipped]) + whole[first:] if first else whole
        case 1:
            return whole[:first]
        case 2:
            return whole[:first] + whole[last:]
        case 3:
            return whole[:last] + whole[first:]
        case _:
            return whole[:first] + chance.choice(PIECES) + whole[first:]


@pytest.mark.parametrize("name", WHOLE)
def test_damage_is_refused_or_does_no_harm(tmp_path: Path, name: str) -> None:
    chance = random.Random(name)
    codes = {code_of(tmp_path, damaged(WHOLE[name], chance), name) for _ in range(150)}
    assert code_of(tmp_path, WHOLE[name], name) is None
    assert len(codes - {None}) >= 3
