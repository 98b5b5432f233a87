"""Encodings, document types and whatever else may be wrong with a file as XML."""

from pathlib import Path

import pytest

from fluentscribe.formats.prolog import encoding_of, without_doctype
from fluentscribe.formats.values import Refused
from tests.fluentscribe.formats.reads import code_of, refusal, units_of, xliff12

UNIT = '<trans-unit id="1"><source>{}</source></trans-unit>'
FILE = xliff12(UNIT.format("ä")).partition("\n")[2]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "iso-8859-1", "windows-1252"])
def test_a_file_may_be_in_the_encoding_that_it_declares(tmp_path: Path, encoding: str) -> None:
    content = f'<?xml version="1.0" encoding="{encoding}"?>\n{FILE}'.encode(encoding)
    assert units_of(tmp_path, content)[1][0].source.plain == "ä"


def test_what_declares_nothing_is_utf8_or_has_a_mark(tmp_path: Path) -> None:
    for content in (FILE.encode(), FILE.encode("utf-8-sig"), FILE.encode("utf-16")):
        assert units_of(tmp_path, content)[1][0].source.plain == "ä"


@pytest.mark.parametrize(
    "content",
    [
        FILE.encode("latin-1"),
        b'<?xml version="1.0" encoding="utf-8"?>' + FILE.encode("latin-1"),
        b'<?xml version="1.0" encoding="us-ascii"?>' + FILE.encode(),
        b'<?xml version="1.0" encoding="utf-16"?>' + FILE.encode(),
        f'<?xml version="1.0" encoding="utf-8"?>{FILE}'.encode("utf-16"),
        b'<?xml version="1.0" encoding="utf-7"?>' + FILE.encode(),
        b'<?xml version="1.0" encoding="no-such"?>' + FILE.encode(),
        FILE.encode("utf-32"),
    ],
)
def test_bytes_in_another_encoding_are_refused(tmp_path: Path, content: bytes) -> None:
    refused = refusal(tmp_path, content)
    assert refused is not None
    assert (refused.code, refused.line is None) == ("wrong-encoding", False)


@pytest.mark.parametrize(
    "declaration",
    [
        '[<!ENTITY a "b">]',
        '[<!ELEMENT a ANY> <!ENTITY\na SYSTEM "file:///etc/passwd">]',
        'SYSTEM "x.dtd" [<!ENTITY % p SYSTEM "http://127.0.0.1:9/p"> %p;]',
        "[<!-- ok --> %p; ]",
        "[<!ATTLIST a b CDATA ']>'> <!ENTITY a 'b'>]",
    ],
)
def test_entity_declarations_of_any_kind_are_refused_before_they_are_parsed(tmp_path: Path, declaration: str) -> None:
    assert code_of(tmp_path, f"<!DOCTYPE xliff {declaration}>{FILE}") == "entity-declaration"
    utf16 = f"<!DOCTYPE xliff {declaration}>{FILE}".encode("utf-16")
    assert code_of(tmp_path, utf16) == "entity-declaration"


def test_a_document_type_that_declares_no_entities_is_blanked_and_lines_stay() -> None:
    doctype = '<!DOCTYPE tmx PUBLIC "a>b" "x.dtd" [<!-- <!ENTITY ]> -->\n<!ATTLIST a b CDATA "]>">]>'
    assert without_doctype(f"<!-- a -->{doctype}<a/>".encode()) == b"<!-- a -->%s\n%s<a/>" % (
        b" " * doctype.index("\n"),
        b" " * (len(doctype) - doctype.index("\n") - 1),
    )
    assert encoding_of(b"<a/>") == "utf-8"


def test_an_entity_of_a_document_type_is_not_lost_in_silence(tmp_path: Path) -> None:
    doctype = '<!DOCTYPE xliff SYSTEM "http://127.0.0.1:9/x.dtd">'
    assert code_of(tmp_path, doctype + FILE.replace("ä", "&eacute;")) == "entity"
    assert code_of(tmp_path, doctype + FILE.replace('id="1"', 'id="&eacute;"')) == "entity"
    assert units_of(tmp_path, doctype + FILE.replace("ä", "&lt;&#228;"))[1][0].source.plain == "<ä"


def test_a_document_type_without_an_end_is_refused() -> None:
    with pytest.raises(Refused, match="does not end"):
        without_doctype(b"<!DOCTYPE a [")


@pytest.mark.parametrize("end", [10, 60, 200, len(FILE) - 20, len(FILE) - 3])
def test_truncated_files_are_refused_as_such(tmp_path: Path, end: int) -> None:
    assert code_of(tmp_path, FILE[:end]) == "truncated-xml"


def test_what_is_not_well_formed_is_refused_where_it_is_wrong(tmp_path: Path) -> None:
    refused = refusal(tmp_path, FILE.replace("</source>", "\n</sauce>"))
    assert refused is not None
    assert (refused.code, refused.line) == ("malformed-xml", 3)
    assert code_of(tmp_path, FILE.replace("ä", "<q:g/>")) == "malformed-xml"
    assert code_of(tmp_path, FILE.replace("ä", '<g xml:id="a"/><g xml:id="a"/>')) == "duplicate-id"
    assert code_of(tmp_path, FILE.replace("ä", "\0")) == "malformed-xml"


def test_what_the_parser_would_have_to_hold_is_bounded(tmp_path: Path) -> None:
    assert code_of(tmp_path, FILE.replace("<trans-unit", f"{'<x/>' * 250_001}<trans-unit")) == "too-long"
    assert code_of(tmp_path, FILE.replace('id="1"', f'id="{"x" * 1_200_000}"')) == "attribute-too-long"
    assert code_of(tmp_path, FILE.replace("<trans-unit", "<x>" * 300)) == "too-deep"
