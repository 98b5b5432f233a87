"""XLIFF 1.2, sdlxliff and their elders: what is read of them, and what is refused."""

from pathlib import Path

import pytest

from fluentscribe.formats.values import State, Unit
from tests.fluentscribe.formats.reads import code_of, refusal, units_of, xliff12
from tests.fluentscribe.made_files import write_xliff

UNIT = '<trans-unit id="1"><source>a</source><target>b</target></trans-unit>'


def read(directory: Path, units: str, attributes: str = 'target-language="de"') -> list[Unit]:
    return units_of(directory, xliff12(units, attributes))[1]


def state_of(directory: Path, target: str, unit: str = "") -> State:
    return read(directory, f'<trans-unit id="1" {unit}><source>a</source>{target}</trans-unit>')[0].state


def test_units_have_their_texts_ids_notes_and_lines(tmp_path: Path) -> None:
    header, (first, second) = units_of(
        tmp_path,
        xliff12(
            f'{UNIT}\n<group><trans-unit id="2"><source>c</source><note>n</note><note>m</note></trans-unit></group>'
        ),
    )
    assert (header.format, header.source_language, header.target_language) == ("xliff-1.2", "en", "de")
    assert (first.seq, first.id, first.source.plain, first.target.plain, first.line) == (1, "1", "a", "b", 3)
    assert (second.seq, second.id, second.target.plain, second.note, second.line) == (2, "2", "", "n\nm", 4)
    assert (first.state, second.state) == ("translated", "initial")


def test_states_are_those_of_the_target_else_of_the_approval(tmp_path: Path) -> None:
    assert state_of(tmp_path, '<target state="needs-translation">b</target>') == "initial"
    assert state_of(tmp_path, '<target state="signed-off">b</target>') == "reviewed"
    assert state_of(tmp_path, '<target state="final">b</target>') == "final"
    assert state_of(tmp_path, '<target state="x-own">b</target>') == "translated"
    assert state_of(tmp_path, "<target>b</target>", 'approved="yes"') == "reviewed"


def test_limits_count_only_in_characters_and_groups_hand_down_what_they_say(tmp_path: Path) -> None:
    first, second, third = read(
        tmp_path,
        '<trans-unit id="1" maxwidth="9" size-unit="char"><source>a</source></trans-unit>'
        '<trans-unit id="2" maxwidth="9"><source>a</source></trans-unit>'
        '<group translate="no"><group maxwidth="7" size-unit="char">'
        '<trans-unit id="3"><source>a</source></trans-unit></group></group>',
    )
    assert (first.length_max, second.length_max, third.length_max) == (9, None, 7)
    assert (first.locked, third.locked) == (False, True)
    (endless,) = read(
        tmp_path, f'<trans-unit id="1" maxwidth="{"9" * 9_000}" size-unit="char"><source>a</source></trans-unit>'
    )
    assert endless.length_max is None


def test_what_is_no_segment_is_passed_over(tmp_path: Path) -> None:
    (unit,) = read(
        tmp_path,
        '<bin-unit id="9" mime-type="x"><bin-source><internal-file><xliff><file><trans-unit/></file></xliff>'
        "</internal-file></bin-source></bin-unit>"
        '<trans-unit id="1"><source>a</source><target>b</target>'
        "<alt-trans><source>no</source><target>no</target></alt-trans></trans-unit>",
    )
    assert (unit.source.plain, unit.target.plain) == ("a", "b")


def test_segments_of_a_unit_are_paired_by_their_mid(tmp_path: Path) -> None:
    first, second = read(
        tmp_path,
        '<trans-unit id="u"><source>A. B.</source><seg-source><g id="1"><mrk mtype="seg" mid="1">A.</mrk> '
        '<mrk mtype="seg" mid="2">B.</mrk></g></seg-source>'
        '<target><g id="1"><mrk mtype="seg" mid="2">Zwei.</mrk></g></target>'
        '<sdl:seg-defs><sdl:seg id="1"/><sdl:seg id="2" conf="ApprovedSignOff" locked="true"/></sdl:seg-defs>'
        "</trans-unit>",
    )
    assert (first.id, first.source.plain, first.target.plain, first.state) == ("u/1", "A.", "", "initial")
    assert (second.id, second.source.plain, second.target.plain, second.state) == ("u/2", "B.", "Zwei.", "final")
    assert (first.locked, second.locked) == (False, True)


def test_a_unit_whose_target_is_not_divided_as_its_source_is_read_whole(tmp_path: Path) -> None:
    segmented = '<seg-source><mrk mtype="seg" mid="1">A.</mrk><mrk mtype="seg" mid="2">B.</mrk></seg-source>'
    (whole,) = read(
        tmp_path, f'<trans-unit id="u"><source>A.B.</source>{segmented}<target>Beide.</target></trans-unit>'
    )
    assert (whole.source.plain, whole.target.plain) == ("A.B.", "Beide.")


def test_ids_are_unique_within_a_file_element_and_a_later_one_may_leave_out_the_target_language(tmp_path: Path) -> None:
    later = '</body></file><file original="b" datatype="plaintext" source-language="en-US"><body>'
    assert [unit.id for unit in read(tmp_path, f"{UNIT}{later}{UNIT}")] == ["1", "1"]
    assert code_of(tmp_path, xliff12(f"{UNIT}\n{UNIT}")) == "duplicate-id"


def test_before_version_12_ids_may_begin_anew_in_each_group(tmp_path: Path) -> None:
    group = f"<group>{UNIT}</group>"
    file = f'<file source-language="en" target-language="de"><body>{group * 2}</body></file>'
    content = f'<xliff version="1.{{}}">{file}</xliff>'
    assert len(units_of(tmp_path, content.format(0))[1]) == 2
    assert code_of(tmp_path, content.format(2)) == "duplicate-id"


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2"])
def test_old_versions_and_files_without_a_namespace_are_read(tmp_path: Path, version: str) -> None:
    content = (
        f'<xliff version="{version}"><file source-language="en" target-language="de"><body>{UNIT}</body></file></xliff>'
    )
    assert len(units_of(tmp_path, content)[1]) == 1


@pytest.mark.parametrize(
    ("unit", "code"),
    [
        ("<trans-unit><source>a</source></trans-unit>", "missing-attribute"),
        ('<trans-unit id="1"><target>b</target></trans-unit>', "malformed-unit"),
        ('<trans-unit id="1"><note>b</note></trans-unit>', "missing-source"),
        ('<trans-unit id="1"><source>a</source><source>a</source></trans-unit>', "malformed-unit"),
        ('<trans-unit id="1"><source>a</source><target state="done">b</target></trans-unit>', "bad-state"),
        (f'<trans-unit id="{"x" * 1001}"><source>a</source></trans-unit>', "attribute-too-long"),
        (f'<trans-unit id="1"><source>{"x" * 100_001}</source></trans-unit>', "too-long"),
        (f'<trans-unit id="1"><source>{"<g>" * 101}{"</g>" * 101}</source></trans-unit>', "too-deep"),
        ("<group>" * 101 + "</group>" * 101, "too-deep"),
        ("", "no-units"),
        ("<group></body>", "malformed-xml"),
        ('<trans-unit id="1"><source>&nbsp;</source></trans-unit>', "entity"),
    ],
)
def test_units_that_break_the_rules_are_refused(tmp_path: Path, unit: str, code: str) -> None:
    refused = refusal(tmp_path, xliff12(unit))
    assert refused is not None
    assert refused.code == code
    assert refused.line is not None or code == "no-units"


def test_a_target_needs_a_language(tmp_path: Path) -> None:
    own = '<trans-unit id="1"><source>a</source><target xml:lang="de">b</target></trans-unit>'
    assert code_of(tmp_path, xliff12(UNIT, "")) == "missing-target-language"
    assert units_of(tmp_path, xliff12(own, ""))[0].target_language == "de"
    assert (
        units_of(tmp_path, xliff12('<trans-unit id="1"><source>a</source></trans-unit>', ""))[0].target_language is None
    )


def test_files_without_units_may_be_in_other_languages_and_of_no_origin(tmp_path: Path) -> None:
    file = '<file original="" datatype="x" source-language="{}" target-language="{}"><body>{}</body></file>'
    start, end = '<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2">', "</xliff>"
    container, real, other = file.format("hy", "fr", ""), file.format("en", "de", UNIT), file.format("en", "fr", UNIT)
    assert units_of(tmp_path, start + container + real + container + end)[0].target_language == "de"
    assert code_of(tmp_path, start + real + other + end) == "mixed-languages"


def test_an_empty_target_needs_no_language(tmp_path: Path) -> None:
    empty = '<trans-unit id="1"><source>a</source><target> </target></trans-unit>'
    assert units_of(tmp_path, xliff12(empty, 'target-language=""'))[0].target_language is None


def test_the_made_file_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "made.xlf"
    write_xliff(path, 1000)
    units = units_of(tmp_path, path.read_bytes())[1]
    assert [unit.seq for unit in units] == list(range(1, 1001))
    assert units[9].target.tags[1].text == '<ph id="2">%s</ph>'
