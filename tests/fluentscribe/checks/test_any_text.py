"""Whatever a file holds, checks come to an end and point into the target."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluentscribe.checks.findings import FLAGS_MAX
from fluentscribe.checks.registry import CHECKS
from tests.fluentscribe.checks.asking import findings

PIECES = (
    "%d", "%1$s", "%(a)s", "{a}", "{", "}", "{a, plural, one {", "other {#}}", "{{ b }}", "<b>", "</b>", "&lt;",
    "&amp;amp;",
    "1,000.5", "١٢", "၀", "က", "3:30 pm", "12 million", "https://a.b/", "a@b.c", "(", ")", "“", "„", '"',
    "«", "the the ", "das ", "  ", " ,",
    ".", "。", "?", "¿", "\n", "\\n", "|", "ß", "İ", "Ω;", "を", "\ud7ff", "\u200f", "É",
)  # fmt: skip
texts = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=4)), max_size=14).map("".join)
languages = st.sampled_from(["de", "fr", "es", "ja", "my", "ar", "el", "zh-Hans", "pt-BR", "nl", "x-unknown"])


@settings(max_examples=60, deadline=None)
@given(texts, texts, languages)
def test_findings_point_into_the_target_and_are_bounded(source: str, target: str, language: str) -> None:
    found = findings(source, target, language)
    assert len(found) <= FLAGS_MAX * len(CHECKS)
    for one in found:
        assert 0 <= one.start <= one.end <= len(target)
        assert re.fullmatch("[0-9a-f]{32}", one.fingerprint)
        assert one.message
    assert found == findings(source, target, language)


@pytest.mark.parametrize("piece", ["9", "1,", "1 ", "{a,plural,", "<a ", "%(", "a@", "“a ", " ,"])
def test_texts_of_a_hundred_thousand_characters_are_no_burden(piece: str) -> None:
    text = (piece * 100_000)[:100_000]
    assert len(findings(text, f"{text}x")) <= FLAGS_MAX * len(CHECKS)
