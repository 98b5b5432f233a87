"""Formats are told by what files hold, and names must agree."""

import pytest

from fluentscribe.formats.detecting import detect
from fluentscribe.formats.values import Refused
from tests.fluentscribe.formats.reads import tmx, xliff2, xliff12


@pytest.mark.parametrize(
    ("content", "name", "found"),
    [
        (xliff12(""), "a.xlf", "xliff-1.2"),
        (xliff12(""), "a.sdlxliff", "xliff-1.2"),
        (xliff12(""), "upload", "xliff-1.2"),
        (xliff2(""), "A.XLIFF", "xliff-2"),
        (xliff2(""), "a.xml", "xliff-2"),
        (tmx(""), "a.tmx", "tmx"),
        ("source,target\n", "a.csv", "csv"),
        ("source\ttarget\n", "a.txt", "csv"),
        ("source;target\n", "upload", "csv"),
    ],
)
def test_a_format_is_what_the_file_holds(content: str, name: str, found: str) -> None:
    assert detect(content.encode(), name) == found


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "a.xlf", "empty"),
        (b"\xef\xbb\xbf \n", "a.csv", "empty"),
        (b"PK\x03\x04rest", "a.xlf", "not-what-its-name-says"),
        (b"\x1f\x8brest", "a.csv", "not-what-its-name-says"),
        (b"<!DOCTYPE html><html>", "a.xlf", "not-what-its-name-says"),
        (b"\n<HTML lang='en'>", "a.csv", "not-what-its-name-says"),
        (xliff12("").encode(), "a.csv", "not-what-its-name-says"),
        (xliff12("").encode(), "a.tmx", "not-what-its-name-says"),
        (tmx("").encode(), "a.xlf", "not-what-its-name-says"),
        (b"source,target\n", "a.xlf", "not-what-its-name-says"),
        (b"a letter to nobody", "upload", "unknown-format"),
        (b"<svg/>", "a.xml", "unknown-format"),
        (b"<xliff", "a.xlf", "truncated-xml"),
        (b'<xliff version="3.0"/>', "a.xlf", "unknown-version"),
        (b"<xliff/>", "a.xlf", "unknown-version"),
        (b'<xliff version="2.0"/>', "a.xlf", "unknown-version"),
        (b'<xliff version="1.2" xmlns="urn:other"/>', "a.xlf", "unknown-version"),
        (xliff2("", version="2.3").encode(), "a.xlf", "unknown-version"),
    ],
)
def test_what_is_not_what_its_name_says_is_refused(content: bytes, name: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        detect(content, name)
    assert refused.value.code == code
