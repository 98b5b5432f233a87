"""XLIFF 2: what is read, and each rule of the specification that a file may break."""

from pathlib import Path

import pytest

from fluentscribe.formats.values import Refused
from fluentscribe.formats.xliff2_references import parsed
from tests.fluentscribe.formats.reads import code_of, refusal, units_of, xliff2

SEGMENT = "<segment><source>a</source></segment>"
FIXED = 'canDelete="no" canCopy="no"'


def of_unit(content: str, root: str = 'srcLang="en" trgLang="de"') -> str:
    return xliff2(f'<file id="f"><unit id="u">{content}</unit></file>', root)


def of_source(content: str, target: str | None = None, before: str = "") -> str:
    written = "" if target is None else f"<target>{target}</target>"
    return of_unit(f"{before}<segment><source>{content}</source>{written}</segment>")


def test_segments_have_their_texts_ids_states_notes_and_limits(tmp_path: Path) -> None:
    header, (first, second, third) = units_of(
        tmp_path,
        xliff2(
            '<file id="f" xmlns:slr="urn:oasis:names:tc:xliff:sizerestriction:2.0"><notes><note>file</note></notes>'
            '<group id="g" translate="no"><unit id="u" translate="yes">'
            '<notes><note id="1">n</note><note>m</note></notes>'
            '<segment id="s" state="final"><source>a</source><target>b</target></segment>'
            "<ignorable><source> </source></ignorable>\n<segment><source>c</source></segment></unit>"
            f'<unit id="v" slr:sizeRestriction="2,9">{SEGMENT}</unit></group></file>'
        ),
    )
    assert (header.format, header.source_language, header.target_language) == ("xliff-2", "en", "de")
    assert (first.id, first.source.plain, first.target.plain, first.state, first.note) == (
        "u/s",
        "a",
        "b",
        "final",
        "n\nm",
    )
    assert (second.seq, second.id, second.state, second.line, second.locked) == (2, "u/2", "initial", 4, False)
    assert (third.id, third.length_max, third.locked) == ("v", 9, True)


def test_limits_hold_for_all_units_of_a_file_unless_it_counts_something_else(tmp_path: Path) -> None:
    sizes = 'xmlns:slr="urn:oasis:names:tc:xliff:sizerestriction:2.0"'
    units = "".join(f'<unit id="{n}" slr:sizeRestriction="9">{SEGMENT}</unit>' for n in "ab")
    profiles = '<slr:profiles generalProfile="my:pixels"/>'
    found = units_of(
        tmp_path, xliff2(f'<file id="f" {sizes}>{profiles}{units}</file><file id="g" {sizes}>{units}</file>')
    )[1]
    assert [unit.length_max for unit in found] == [None, None, 9, 9]


def test_a_file_without_targets_needs_no_target_language(tmp_path: Path) -> None:
    header, units = units_of(tmp_path, of_unit(SEGMENT, 'srcLang="en"'))
    assert (header.target_language, len(units)) == (None, 1)
    translated = "<segment><source>a</source><target>b</target></segment>"
    assert code_of(tmp_path, of_unit(translated, 'srcLang="en"')) == "missing-target-language"
    ignored = "<segment><source>a</source></segment><ignorable><source> </source><target> </target></ignorable>"
    assert code_of(tmp_path, of_unit(ignored, 'srcLang="en"')) == "missing-target-language"


VALID = {
    "a pair over two segments": of_unit(
        '<segment><source><sc id="1"/>a</source><target><sc id="1"/>b</target></segment>'
        '<segment><source>c<ec startRef="1"/></source></segment>'
    ),
    "isolated halves": of_source('<sc id="1" isolated="yes"/>a<ec id="2" isolated="yes"/>'),
    "data, copies and spans": of_source(
        '<ph id="1" dataRef="d"/><ph id="2" copyOf="1"/><pc id="3" dataRefStart="d" dataRefEnd="d">x</pc>'
        '<cp hex="0001"/>',
        before='<originalData><data id="d">&lt;br&gt;<cp hex="001A"/></data></originalData>',
    ),
    "a chain moved as a whole": of_source(
        f'<pc id="1" canReorder="firstNo" {FIXED}>a<ph id="2" canReorder="no" {FIXED}/></pc><ph id="3"/>',
        f'<ph id="3"/><pc id="1" canReorder="firstNo" {FIXED}>b<ph id="2" canReorder="no" {FIXED}/></pc>',
    ),
    "a code in another segment's target": of_unit(
        '<segment><source><ph id="1" canDelete="no"/></source><target>b</target></segment>'
        '<segment><source>c</source><target><ph id="1" canDelete="no"/></target></segment>'
    ),
    "order": of_unit(
        '<segment><source>a</source><target order="3">a</target></segment><ignorable><source> </source></ignorable>'
        '<segment><source>c</source><target order="1">c</target></segment>'
    ),
    "languages by inheritance": xliff2(
        '<file id="f" xml:lang="ja"><unit id="u" xml:lang="en"><segment><source>a</source>'
        '<target xml:lang="de">b</target></segment></unit></file>'
    ),
    "comments": of_source(
        '<mrk id="m" type="comment" ref="#n=1">a</mrk><mrk id="o" type="comment" value="v">b</mrk>'
        '<sm id="p" type="my:x" ref="#f=f/tbx=t" my:a="1"/><em startRef="p"/>',
        before='<notes><note id="1" my:a="1">n</note></notes>',
    ),
    "foreign elements, and notes before modules": xliff2(
        '<file id="f" my:a="1"><skeleton href="s"/><my:e id="1">x</my:e><group id="g"><my:e id="1"/>'
        f'<unit id="u"><notes><note>n</note></notes><my:e id="1"/>{SEGMENT}</unit></group></file>'
    ),
    "equal ids in two files": xliff2("".join(f'<file id="{f}"><unit id="u">{SEGMENT}</unit></file>' for f in "fg")),
    "version 2.1 and a type with its subtype": xliff2(
        '<file id="f"><unit id="u"><segment><source><ph id="1" type="fmt" subType="xlf:b"/></source></segment>'
        "</unit></file>",
        version="2.1",
    ),
    "text in CDATA": of_source("<![CDATA[a & b]]>"),
}

INVALID = {
    "a file without an id": (xliff2(f'<file><unit id="u">{SEGMENT}</unit></file>'), "missing-attribute"),
    "no source language": (of_unit(SEGMENT, 'trgLang="de"'), "missing-attribute"),
    "an unknown version": (xliff2("", version="2.9"), "unknown-version"),
    "no file": (xliff2(""), "malformed-xliff"),
    "a unit in a foreign element": (
        xliff2(f'<file id="f"><my:e><unit id="u">{SEGMENT}</unit></my:e></file>'),
        "malformed-xliff",
    ),
    "a file without units": (xliff2('<file id="f"/>'), "malformed-xliff"),
    "no unit at all": (xliff2('<file id="f"><group id="g"/></file>'), "no-units"),
    "a unit without segments": (of_unit("<ignorable><source>a</source></ignorable>"), "malformed-unit"),
    "a segment without a source": (of_unit("<segment><target>b</target></segment>"), "missing-source"),
    "two sources": (of_unit("<segment><source>a</source><source>a</source></segment>"), "malformed-unit"),
    "a target before its source": (
        of_unit("<segment><target>a</target><source>a</source></segment>"),
        "malformed-unit",
    ),
    "equal unit ids": (xliff2(f'<file id="f">{f"""<unit id="u">{SEGMENT}</unit>""" * 2}</file>'), "duplicate-id"),
    "equal file ids": (xliff2(f'<file id="f"><unit id="u">{SEGMENT}</unit></file>' * 2), "duplicate-id"),
    "equal group ids": (xliff2('<file id="f"><group id="g"/><group id="g"/></file>'), "duplicate-id"),
    "equal segment ids": (of_unit('<segment id="s"><source>a</source></segment>' * 2), "duplicate-id"),
    "equal code ids": (of_source('<ph id="1"/><ph id="1"/>'), "duplicate-id"),
    "a code with its segment's id": (
        of_unit('<segment id="1"><source><ph id="1"/></source></segment>'),
        "duplicate-id",
    ),
    "equal code ids in a target": (of_source("a", '<ph id="1"/><pc id="1">b</pc>'), "duplicate-id"),
    "equal note ids": (
        of_unit(f'<notes><note id="1">a</note><note id="1">b</note></notes>{SEGMENT}'),
        "duplicate-id",
    ),
    "an id with a blank": (of_unit('<segment id="a b"><source>a</source></segment>'), "bad-attribute"),
    "an unknown state": (of_unit('<segment state="done"><source>a</source></segment>'), "bad-state"),
    "an unknown attribute": (of_unit('<segment translate="no"><source>a</source></segment>'), "malformed-xliff"),
    "a foreign attribute": (of_unit('<segment my:a="1"><source>a</source></segment>'), "malformed-xliff"),
    "a foreign element": (of_unit("<segment><my:e/><source>a</source></segment>"), "malformed-xliff"),
    "a foreign element in the text": (of_source("<my:e/>"), "malformed-xliff"),
    "a foreign element behind the units": (
        xliff2(f'<file id="f"><unit id="u">{SEGMENT}</unit><my:e/></file>'),
        "malformed-xliff",
    ),
    "notes between units": (
        xliff2(
            f'<file id="f"><unit id="u">{SEGMENT}</unit><notes><note>n</note></notes>'
            f'<unit id="v">{SEGMENT}</unit></file>'
        ),
        "malformed-xliff",
    ),
    "notes behind a group's units": (
        xliff2(f'<file id="f"><group id="g"><unit id="u">{SEGMENT}</unit><notes><note>n</note></notes></group></file>'),
        "malformed-xliff",
    ),
    "notes behind segments": (of_unit(f"{SEGMENT}<notes><note>n</note></notes>"), "malformed-xliff"),
    "notes without a note": (of_unit(f"<notes/>{SEGMENT}"), "malformed-xliff"),
    "text in a unit": (of_unit(f"x{SEGMENT}"), "malformed-xliff"),
    "a skeleton with nothing": (
        xliff2(f'<file id="f"><skeleton/><unit id="u">{SEGMENT}</unit></file>'),
        "malformed-xliff",
    ),
    "another source language": (
        of_unit('<segment><source xml:lang="fr">a</source></segment>'),
        "mixed-languages",
    ),
    "another target language": (
        of_unit('<segment><source>a</source><target xml:lang="fr">b</target></segment>'),
        "mixed-languages",
    ),
    "different blanks": (
        of_unit('<segment><source xml:space="preserve">a</source><target>b</target></segment>'),
        "malformed-unit",
    ),
    "an end before its start": (of_source('<ec startRef="1"/><sc id="1"/>'), "broken-code"),
    "a start without an end": (of_source('<sc id="1"/>a'), "broken-code"),
    "an isolated start with an end": (of_source('<sc id="1" isolated="yes"/><ec startRef="1"/>'), "broken-code"),
    "an end with an id and a start": (of_source('<sc id="1"/><ec id="2" startRef="1"/>'), "broken-code"),
    "an end with neither": (of_source("a<ec/>"), "broken-code"),
    "a mark without an end": (of_source('<sm id="1"/>a'), "broken-code"),
    "a mark's end alone": (of_source('a<em startRef="1"/>'), "broken-code"),
    "a pair that disagrees": (of_source('<sc id="1" canCopy="no"/><ec startRef="1" canCopy="yes"/>'), "broken-code"),
    "a pair of two types": (of_source('<sc id="1" type="fmt"/><ec startRef="1" type="ui"/>'), "broken-code"),
    "data that is not there": (of_source('<ph id="1" dataRef="d"/>'), "bad-reference"),
    "a copy of nothing": (of_source('<ph id="1" copyOf="2"/>'), "bad-reference"),
    "a copy of what may not be copied": (of_source('<ph id="1" canCopy="no"/><ph id="2" copyOf="1"/>'), "broken-code"),
    "a code missing in the target": (of_source('<ph id="1" canDelete="no"/>', "b"), "missing-code"),
    "a fixed code that may be copied": (of_source('<ph id="1" canReorder="firstNo"/>'), "broken-code"),
    "a fixed code without a first": (of_source(f'<ph id="1" canReorder="no" {FIXED}/>'), "broken-code"),
    "fixed codes parted": (
        of_source(
            f'<pc id="1" canReorder="firstNo" {FIXED}>a<ph id="2" canReorder="no" {FIXED}/></pc>',
            f'<pc id="1" canReorder="firstNo" {FIXED}>b</pc><ph id="2" canReorder="no" {FIXED}/>',
        ),
        "moved-code",
    ),
    "equal orders": (
        of_unit(
            '<segment><source>a</source><target order="2">a</target></segment>'
            "<segment><source>a</source><target>a</target></segment>"
        ),
        "bad-attribute",
    ),
    "an order beyond the parts": (
        of_unit('<segment><source>a</source><target order="2">a</target></segment>'),
        "bad-attribute",
    ),
    "a subtype without a type": (of_source('<ph id="1" subType="my:x"/>'), "bad-attribute"),
    "a subtype of another type": (of_source('<ph id="1" type="ui" subType="xlf:b"/>'), "bad-attribute"),
    "an unknown type": (of_source('<ph id="1" type="bold"/>'), "bad-attribute"),
    "a character beyond Unicode": (of_source('<cp hex="7FFFFF"/>'), "bad-attribute"),
    "a character that is no number": (of_source('<cp hex="zz"/>'), "bad-attribute"),
    "a comment without a text": (of_source('<mrk id="1" type="comment">a</mrk>'), "bad-reference"),
    "a comment with two": (
        of_source(
            '<mrk id="1" type="comment" value="v" ref="#n=1">a</mrk>',
            before='<notes><note id="1">n</note></notes>',
        ),
        "bad-reference",
    ),
    "a comment in the file's notes": (
        of_source('<mrk id="1" type="comment" ref="#f=f/n=1">a</mrk>', before='<notes><note id="1">n</note></notes>'),
        "bad-reference",
    ),
    "codes too deep": (
        of_source("".join(f'<pc id="{n}">' for n in range(101)) + "</pc>" * 101),
        "too-deep",
    ),
    "a long attribute": (of_source(f'<ph id="1" disp="{"x" * 32_769}"/>'), "attribute-too-long"),
}


SPACES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:xliff:{name}:2.0"'
    for prefix, name in (("v", "validation"), ("d", "metadata"), ("m", "matches"), ("g", "glossary"))
)


def with_modules(modules: str) -> str:
    return xliff2(
        f'<file id="f" {SPACES}><unit id="u">{modules}<segment><source><mrk id="k" type="my:x">a</mrk></source>'
        "</segment></unit></file>"
    )


@pytest.mark.parametrize(
    "modules",
    [
        '<v:validation><v:rule isPresent="x" occurs="2" normalization="nfc"/><v:rule my:own="1"/></v:validation>',
        '<d:metadata id="a"><d:metaGroup appliesTo="source"><d:meta type="x">y</d:meta></d:metaGroup></d:metadata>',
        '<m:matches><m:match ref="#k" id="1" type="tm" subType="my:x" similarity="99.5"/></m:matches>',
        "<g:glossary><g:glossEntry><g:term>a</g:term><g:definition>b</g:definition></g:glossEntry></g:glossary>",
        '<my:e id="1"/><my:e xml:id="b"/>',
    ],
)
def test_modules_that_keep_their_rules_are_passed_over(tmp_path: Path, modules: str) -> None:
    assert refusal(tmp_path, with_modules(modules)) is None


@pytest.mark.parametrize(
    ("modules", "code"),
    [
        ('<my:e xml:id="2"/>', "bad-attribute"),
        ("<v:other/>", "broken-module"),
        ('<v:validation><v:rule isPresent="x" endsWith="y"/></v:validation>', "broken-module"),
        ('<v:validation><v:rule isNotPresent="x" existsInSource="yes"/></v:validation>', "broken-module"),
        ('<v:validation><v:rule isPresent="x" occurs="0"/></v:validation>', "broken-module"),
        ("<d:metadata/>", "broken-module"),
        ("<d:metadata><d:metaGroup><d:meta/></d:metaGroup></d:metadata>", "broken-module"),
        ('<m:matches><m:match ref="#none"/></m:matches>', "bad-reference"),
        ('<m:matches><m:match ref="k"/></m:matches>', "bad-reference"),
        ('<m:matches><m:match ref="#k" subType="my:x"/></m:matches>', "broken-module"),
        ('<m:matches><m:match ref="#k" id="1"/><m:match ref="#k" id="1"/></m:matches>', "duplicate-id"),
        ("<g:glossary><g:glossEntry><g:term>a</g:term></g:glossEntry></g:glossary>", "broken-module"),
        ('<my:e id="x"/><my:e><my:f xml:id="x"/></my:e>', "duplicate-id"),
    ],
)
def test_modules_that_break_their_rules_are_refused(tmp_path: Path, modules: str, code: str) -> None:
    assert code_of(tmp_path, with_modules(modules)) == code


def test_modules_attributes_keep_their_rules(tmp_path: Path) -> None:
    spaces = 'xmlns:fs="urn:oasis:names:tc:xliff:fs:2.0" xmlns:slr="urn:oasis:names:tc:xliff:sizerestriction:2.0"'

    def code(attributes: str) -> str | None:
        return code_of(tmp_path, of_source(f'<ph id="1" {spaces} {attributes}/>'))

    assert code('fs:fs="img" fs:subFs="src,a.png" slr:equivStorage="7" slr:sizeInfo="x"') is None
    assert code('fs:fs="picture"') == code('fs:subFs="src,a.png"') == "broken-module"
    assert code('slr:equivStorage="x"') == code('slr:sizeInfo="1" slr:sizeInfoRef="a"') == "broken-module"


def test_modules_may_stand_before_the_first_file_and_extensions_may_not(tmp_path: Path) -> None:
    file = f'<file id="f"><unit id="u">{SEGMENT}</unit></file>'
    module = '<d:metadata xmlns:d="urn:oasis:names:tc:xliff:metadata:2.0"><d:metaGroup><x/></d:metaGroup></d:metadata>'
    assert refusal(tmp_path, xliff2(module + file)) is None
    assert code_of(tmp_path, xliff2(f"<my:e/>{file}")) == "malformed-xliff"


@pytest.mark.parametrize("content", VALID.values(), ids=VALID)
def test_what_the_specification_allows_is_read(tmp_path: Path, content: str) -> None:
    assert refusal(tmp_path, content) is None


@pytest.mark.parametrize(("content", "code"), INVALID.values(), ids=INVALID)
def test_what_breaks_a_rule_is_refused_with_its_place(tmp_path: Path, content: str, code: str) -> None:
    refused = refusal(tmp_path, content)
    assert refused is not None
    assert refused.code == code
    assert refused.line is not None or code == "no-units"


@pytest.mark.parametrize("reference", ["#n=1", "#/f=a/u=b/c", "#t=x", "#f=f1/g=2/u=3/gls=4", "#m1"])
def test_references_lead_from_the_outside_in(reference: str) -> None:
    assert parsed(reference)


@pytest.mark.parametrize(
    "reference", ["#", "#u=1/f=2", "#f=1/f=2", "#a/b", "#d=1/u=1", "#my=1", "#n=", "#f=1//n=1", "#=a"]
)
def test_references_in_another_order_or_of_unknown_prefixes_are_refused(reference: str) -> None:
    with pytest.raises(Refused, match="no reference"):
        parsed(reference)
