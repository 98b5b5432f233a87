"""JTL files as XML: every sample once, whatever its element is called, and all of it that a crash left."""

import re
from pathlib import Path

import pytest

from plimsoll.analyze.reading.left_out import LeftOut
from plimsoll.analyze.reading.xml_rows import XmlRows
from plimsoll.core.errors import UsageError
from tests.analyze.reading.writing import T0, csv_text, measured, rows, xml_sample, xml_text

TRANSACTION = "Number of samples in transaction : 2, number of failing samples : 0"
FAILED = (
    "<assertionResult><name>size</name><failure>true</failure><error>false</error>"
    "<failureMessage>expected 3 rows &amp; got 2</failureMessage></assertionResult>"
)


def test_samples_of_any_name_with_all_that_is_told_of_them(tmp_path: Path) -> None:
    found = measured(tmp_path, xml_text(xml_sample(), xml_sample(100, tag="com.example.Own", lb="own", by=None)))
    assert {(step.sums.label, step.sums.http, step.sums.received) for step in found.steps} == {
        ("look up", True, 512),
        ("own", False, None),
    }
    assert (found.start_ms, found.end_ms) == (T0, T0 + 140)


def test_what_success_is_where_nothing_says_so_and_why_a_sample_failed(tmp_path: Path) -> None:
    failing = xml_sample(50, inner=FAILED, s="false")
    old = xml_sample(100, s="false", rc=None, rs=503)
    found = measured(tmp_path, xml_text(xml_sample(s=None), failing, old))
    assert found.steps[0].sums.error_classes == {"check: expected N rows & got N": 1, "HTTP 503": 1}


def test_parts_of_a_sample_are_counted_by_it_and_those_of_a_transaction_by_themselves(tmp_path: Path) -> None:
    page = xml_sample(inner=xml_sample(lb="page-0") + xml_sample(10, lb="page-1"), lb="page")
    buy = xml_sample(100, tag="sample", inner=xml_sample(100) + xml_sample(150), lb="buy", rm=TRANSACTION)
    found = measured(tmp_path, xml_text(page, buy))
    assert (found.requests, found.told.sub_results) == (3, 2)
    assert [step.sums.label for step in found.journeys] == ["buy"]


def test_without_a_closing_tag_nothing_is_lost(tmp_path: Path) -> None:
    found = measured(tmp_path, xml_text(*(xml_sample(at) for at in range(50)), closed=False))
    assert (found.requests, found.told.left_out.rows) == (50, 0)


@pytest.mark.parametrize("cut", range(1, 80, 7))
def test_a_sample_whose_tag_is_cut_off_is_left_out_and_said(tmp_path: Path, cut: int) -> None:
    whole = xml_text(*(xml_sample(at) for at in range(5)), closed=False)
    found = measured(tmp_path, whole[: -cut - 2])
    assert (found.requests, found.told.left_out.said()) == (4, ["1 row: its tag is cut off (line 7)"])


def test_reading_goes_on_behind_what_is_not_well_formed(tmp_path: Path) -> None:
    broken = xml_sample(10, inner="<responseData>a < b</responseData>")
    torn = '<httpSample t="5" lb="torn" rm="un<closed"/>\n'
    found = measured(tmp_path, xml_text(xml_sample(), broken, xml_sample(20), torn, xml_sample(30)))
    assert (found.requests, found.told.left_out.rows) == (4, 1)
    assert len(found.told.breaks) == 2


def test_a_second_run_appended_behind_the_first_is_read_too(tmp_path: Path) -> None:
    found = measured(tmp_path, xml_text(xml_sample(), xml_sample(50)) + xml_text(xml_sample(100)))
    assert (found.requests, found.told.left_out.rows) == (3, 0)


@pytest.mark.parametrize("before", ["", "<!-- <testResults " + "x" * 300_000 + " -->"])
def test_entities_are_refused_before_they_are_expanded(tmp_path: Path, before: str) -> None:
    entities = "".join(f'<!ENTITY e{at} "{f"&e{at - 1};" * 10}">' for at in range(1, 12))
    bomb = f'<?xml version="1.0"?>{before}<!DOCTYPE testResults [<!ENTITY e0 "ha">{entities}]>'
    with pytest.raises(UsageError, match=r"refused.*document type"):
        measured(tmp_path, bomb + '<testResults><sample t="1" lb="&e11;"/></testResults>')


def test_an_endless_tag_is_given_up_and_the_rest_is_read(tmp_path: Path) -> None:
    endless = f'<httpSample t="1" lb="{"x" * (10 << 20)}"/>\n'
    found = measured(tmp_path, xml_text(xml_sample(), endless, xml_sample(50)))
    assert found.requests + found.told.left_out.rows == 3
    assert found.requests >= 2


def test_line_numbers_of_xml_are_those_of_the_tags(tmp_path: Path) -> None:
    found = measured(tmp_path, xml_text(xml_sample(), xml_sample(t="long", ts=T0 + 50), xml_sample(90)))
    assert [re.search(r"line (\d+)", said)[1] for said in found.told.left_out.said()] == ["4"]  # type: ignore[index]  # a missing one fails


@pytest.mark.parametrize("declared", ["ISO-8859-1", "UTF-8", "no-such", "UTF-16"])
def test_the_declared_encoding_is_used_where_there_is_such(tmp_path: Path, declared: str) -> None:
    encoding = declared if declared != "no-such" else "utf-8"
    text = xml_text(xml_sample(lb="café")).replace("UTF-8", declared)
    assert measured(tmp_path, text.encode(encoding)).steps[0].sums.label == "café"


def test_bytes_that_are_not_in_the_encoding_cost_no_sample(tmp_path: Path) -> None:
    found = measured(tmp_path, xml_text(xml_sample(lb="caf\xe9")).encode("latin-1"))
    assert found.steps[0].sums.label == "caf\N{REPLACEMENT CHARACTER}"


def test_a_tag_that_is_cut_off_is_counted_wherever_the_pieces_end() -> None:
    whole = xml_text(*(xml_sample(at) for at in range(5)), closed=False).encode()[:-30]
    for size in (7, 64, len(whole)):
        left_out = LeftOut()
        pieces = (whole[at : at + size] for at in range(0, len(whole), size))
        assert sum(len(frame) for frame, _ in XmlRows(left_out).read(pieces)) == 4
        assert left_out.rows == 1


def test_a_table_that_was_appended_to_xml_is_counted_as_left_out(tmp_path: Path) -> None:
    found = measured(tmp_path, xml_text(*(xml_sample(50 * at) for at in range(3))) + csv_text(rows(2_000)))
    assert (found.requests, found.told.left_out.rows) == (3, 2_001)
    assert found.told.left_out.said() == ["2,001 rows: a table amid the XML (line 7 …)"]
    assert found.told.breaks == [7]


def test_lines_behind_what_was_passed_over_keep_their_numbers(tmp_path: Path) -> None:
    text = xml_text(xml_sample()) + csv_text(rows(10)) + xml_sample(600) + xml_sample(700, t="never")
    found = measured(tmp_path, text + xml_sample(800, ts="never"))
    assert any("line 18" in said for said in found.told.left_out.said()), found.told.left_out.said()
