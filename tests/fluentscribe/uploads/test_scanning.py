"""What in a file would do something where it is shown."""

import random

import pytest

from fluentscribe.uploads.scanning import FINDINGS_MAX, found

SUSPICIOUS = {
    "<script>alert(1)</script>": "script",
    "&lt;SCRIPT src=x&gt;": "script",
    "<a href='javascript:alert(1)'>": "script",
    '<b onerror="x()">': "event_handler",
    "&lt;iframe src=x&gt;": "embedded_content",
    "<?xml-stylesheet href='x.xsl'?>": "external_reference",
    '<!DOCTYPE tmx SYSTEM "http://example.org/tmx14.dtd">': "external_reference",
    '<external-file href="file:///etc/passwd"/>': "external_reference",
    '&lt;img src="https://example.org/p.png"&gt;': "external_reference",
    '<x xmlns:xi="http://www.w3.org/2001/XInclude"/>': "external_reference",
}
CLEAN = (
    "See https://example.org for scripts, objects and links; on error = stop.",
    '<!DOCTYPE tmx SYSTEM "tmx14.dtd">',
    '<external-file href="skeleton.skl"/>',
    '<g id="1">&lt;b&gt;bold&lt;/b&gt;</g>',
)


@pytest.mark.parametrize(("text", "kind"), SUSPICIOUS.items())
def test_what_would_do_something_is_found_with_its_line_in_any_encoding_and_cut_anywhere(text: str, kind: str) -> None:
    whole = "\n\n" + "a" * 600 + text + "z" * 600
    for encoding in ("utf-8", "utf-16-le"):
        data = whole.encode(encoding)
        for size in (len(data), random.Random(1).randrange(590, 640)):
            findings = found([data[start : start + size] for start in range(0, len(data), size)])
            assert [(one.kind, one.line) for one in findings] == [(kind, 3)], size


@pytest.mark.parametrize("text", CLEAN)
def test_what_files_have_anyway_is_clean(text: str) -> None:
    assert found([text.encode()]) == []


def test_findings_have_an_end() -> None:
    assert len(found([b"<script>" * 10_000] * 10)) == FINDINGS_MAX
    (one,) = found([b"<b>" + b"x" * 600 + b"<script>" + b"y" * 600])
    assert one.excerpt == "<script>" + "y" * 72
