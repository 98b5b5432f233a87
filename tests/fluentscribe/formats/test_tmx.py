"""TMX: the pair of languages that is asked for, of files with any number of them."""

from pathlib import Path

import pytest

from fluentscribe.formats.values import Unit
from tests.fluentscribe.formats.reads import code_of, tmx, units_of

DOCTYPE = '<!DOCTYPE tmx SYSTEM "tmx14.dtd">\n'


def tuv(language: str, text: str) -> str:
    return f'<tuv xml:lang="{language}"><seg>{text}</seg></tuv>'


def texts(units: list[Unit]) -> list[tuple[str, str]]:
    return [(unit.source.plain, unit.target.plain) for unit in units]


def test_without_languages_the_header_and_the_first_unit_say_which(tmp_path: Path) -> None:
    content = tmx(f'<tu tuid="x">\n<note>n</note>{tuv("de", "b")}{tuv("en", "a")}</tu>', doctype=DOCTYPE)
    header, (unit,) = units_of(tmp_path, content, "a.tmx")
    assert (header.format, header.source_language, header.target_language) == ("tmx", "en", "de")
    assert (unit.id, unit.source.plain, unit.target.plain, unit.state, unit.note) == ("x", "a", "b", "translated", "n")


def test_of_several_languages_those_asked_for_are_read_nearly_where_not_exactly(tmp_path: Path) -> None:
    content = tmx(
        f"<tu>{tuv('en-US', 'a')}{tuv('de-AT', 'at')}{tuv('de-DE', 'b')}{tuv('fr', 'c')}</tu>"
        f"<tu>{tuv('en-US', 'only')}</tu><tu>{tuv('fr', 'x')}{tuv('de-DE', 'y')}</tu>",
        'srclang="*all*"',
    )
    assert texts(units_of(tmp_path, content, "a.tmx", "en", "de-DE")[1]) == [("a", "b"), ("only", "")]
    assert texts(units_of(tmp_path, content, "a.tmx", "en", "de")[1])[0] == ("a", "at")
    assert texts(units_of(tmp_path, content, "a.tmx", "FR", "de_DE")[1]) == [("c", "b"), ("x", "y")]
    assert code_of(tmp_path, content, "a.tmx", "en", "it") == "missing-target-language"
    assert code_of(tmp_path, content, "a.tmx", "it", "en") == "missing-source-language"


def test_native_code_is_no_text_and_old_attributes_are_known(tmp_path: Path) -> None:
    content = tmx(
        '<tu><tuv lang="en"><seg>a <bpt i="1" x="1">&lt;b></bpt>b<ept i="1">&lt;/b></ept> <hi>c</hi>'
        '<ph x="2">&lt;img alt="<sub>d</sub>"></ph></seg></tuv><tuv lang="de"><seg>e</seg></tuv></tu>'
    ).replace("1.4", "1.1")
    (unit,) = units_of(tmp_path, content.encode("utf-16"), "a.tmx")[1]
    assert unit.source.plain == "a b c"
    assert [(tag.name, tag.kind, tag.id, tag.position) for tag in unit.source.tags] == [
        ("bpt", "open", "1", 2),
        ("ept", "close", "1", 3),
        ("hi", "open", "", 4),
        ("hi", "close", "", 5),
        ("ph", "empty", "2", 5),
    ]
    assert unit.source.tags[4].text == '<ph x="2">&lt;img alt="<sub>d</sub>"&gt;</ph>'


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (tmx(""), "no-units"),
        (tmx("<tu/>"), "malformed-unit"),
        (tmx(f"<tu>{tuv('en', 'a')}</tu>"), "missing-target-language"),
        (tmx(f"<tu>{tuv('en', 'a')}{tuv('en-US', 'b')}</tu>"), "missing-target-language"),
        (tmx("<tu><tuv><seg>a</seg></tuv></tu>"), "missing-attribute"),
        (tmx('<tu><tuv xml:lang="en"/></tu>'), "malformed-unit"),
        (tmx("").replace("1.4", "2.0"), "unknown-version"),
        (tmx(f"<tu>{tuv('en', '&nbsp;')}</tu>", doctype=DOCTYPE), "entity"),
    ],
)
def test_what_is_no_pair_of_languages_is_refused(tmp_path: Path, content: str, code: str) -> None:
    assert code_of(tmp_path, content, "a.tmx") == code
