"""Inline markup: text without it, and nothing of it lost."""

from io import BytesIO

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from fluentscribe.formats.inline import rebuilt, text_of
from fluentscribe.formats.markup import Element, events
from fluentscribe.formats.values import Tag

_TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"], include_characters="\t\n&<>\"'"), max_size=6
)
_NAMES = st.sampled_from(["g", "x", "bx", "ex", "bpt", "ept", "ph", "it", "mrk", "pc", "sc", "ec", "cp", "hi", "q:own"])
_KEYS = st.sampled_from(["id", "rid", "i", "x", "startRef", "q:key", "xml:space"])


def parsed(markup: str) -> Element:
    whole = f'<a xmlns="urn:d" xmlns:q="urn:q"><s>{markup}</s></a>'.encode()
    return next(element for event, element in events(BytesIO(whole), ("{*}s",)) if event == "end")


def canonical(markup: str) -> bytes:
    return etree.tostring(parsed(markup), method="c14n")


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


@st.composite
def _elements(draw: st.DrawFn, content: st.SearchStrategy[str]) -> str:
    name = draw(_NAMES)
    attributes = draw(st.dictionaries(_KEYS, _TEXTS, max_size=3))
    written = "".join(f' {key}="{escaped(value)}"' for key, value in attributes.items())
    declared = draw(st.sampled_from(["", ' xmlns:r="urn:r" r:k="1"']))
    return f"<{name}{written}{declared}>{draw(content)}</{name}>"


_CONTENT = st.recursive(
    _TEXTS.map(escaped), lambda inner: st.lists(inner | _elements(inner), max_size=4).map("".join), max_leaves=8
)


@settings(max_examples=50)
@given(_CONTENT)
def test_text_and_tags_make_the_markup_again(markup: str) -> None:
    text = text_of(parsed(markup))
    assert canonical(rebuilt(text)) == canonical(markup)
    assert all(0 <= tag.position <= len(text.plain) for tag in text.tags)
    assert [tag.position for tag in text.tags] == sorted(tag.position for tag in text.tags)


def test_spans_are_text_and_codes_are_not() -> None:
    text = text_of(
        parsed('a<g id="1">b<ph id="2">&lt;c/></ph></g><!-- no --><bpt id="3" rid="4">d</bpt>e<ept id="5" rid="4"/>')
    )
    assert text.plain == "abe"
    assert text.tags == (
        Tag(1, "open", "g", "1", '<g id="1">'),
        Tag(2, "empty", "ph", "2", '<ph id="2">&lt;c/&gt;</ph>'),
        Tag(2, "close", "g", "1", "</g>"),
        Tag(2, "open", "bpt", "4", '<bpt id="3" rid="4">d</bpt>'),
        Tag(3, "close", "ept", "4", '<ept id="5" rid="4"/>'),
    )


def test_blanks_and_cdata_stay_as_they_are() -> None:
    assert text_of(parsed("  a\n\tb <![CDATA[<c> & ]]>")).plain == "  a\n\tb <c> & "
