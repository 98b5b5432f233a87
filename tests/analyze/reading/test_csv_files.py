"""JTL files as CSV, however they are written: what is in them comes out, what cannot be read is counted."""

import random
from pathlib import Path

import polars as pl
import pytest

from plimsoll.analyze.metrics.measured import measure
from plimsoll.analyze.reading.sub_results import SubResults
from plimsoll.core.errors import UsageError
from tests.analyze.reading.writing import DEFAULT, T0, csv_line, csv_text, measured, row, rows

WITHOUT_URL = tuple(name for name in DEFAULT if name != "URL")
OLD = tuple(name for name in DEFAULT if name not in ("URL", "failureMessage", "sentBytes", "IdleTime", "Connect"))


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_delimiter_and_any_line_break(tmp_path: Path, delimiter: str, end: str) -> None:
    found = measured(tmp_path, csv_text(rows(10), delimiter=delimiter, end=end))
    assert (found.requests, found.told.rows, found.told.left_out.rows) == (10, 10, 0)
    assert found.steps[0].sums.label == "look up"
    assert found.steps[0].sums.received == 5120


@pytest.mark.parametrize("columns", [DEFAULT, WITHOUT_URL, OLD], ids=["17", "16", "12"])
def test_a_file_without_a_header_is_known_by_its_columns(tmp_path: Path, columns: tuple[str, ...]) -> None:
    found = measured(tmp_path, csv_text(rows(10), columns, header=False))
    assert found.requests == 10
    sums = found.steps[0].sums
    assert (sums.group, sums.label, sums.received) == ("buyers", "look up", 5120)


def test_columns_in_any_order_with_some_that_nobody_knows(tmp_path: Path) -> None:
    columns = [*DEFAULT, "Hostname", "SampleCount"]
    random.Random(7).shuffle(columns)
    found = measured(tmp_path, csv_text(rows(10, SampleCount=1), columns))
    assert (found.requests, found.steps[0].ok.sum_ms, found.start_ms) == (10, 400, T0)


def test_rows_with_more_columns_than_the_header_names_or_fewer(tmp_path: Path) -> None:
    head, _, body = csv_text(rows(5)).partition("\n")
    assert measured(tmp_path, f"{head}\n" + body.replace("\n", ",own,variables\n")).requests == 5
    assert measured(tmp_path, f"{head},Hostname,Own\n{body}").requests == 5
    assert measured(tmp_path, f"{head}\n{body}\n{head},Own\n{body}").requests == 10


def test_rows_that_stand_for_several_samples_are_said(tmp_path: Path) -> None:
    found = measured(tmp_path, csv_text([*rows(5, SampleCount=1), row(SampleCount=8)], [*DEFAULT, "SampleCount"]))
    assert (found.requests, found.told.several) == (6, 1)


def test_a_header_in_other_letters_and_lines_before_it(tmp_path: Path) -> None:
    head, _, body = csv_text(rows(5)).partition("\n")
    found = measured(tmp_path, f"written by hand\n{head.upper()}\n{body}")
    assert (found.requests, found.told.headers, found.told.left_out.rows) == (5, 1, 1)


def test_quoted_fields_over_several_lines_with_doubled_quotes(tmp_path: Path) -> None:
    odd = row(50, label='say "hi", twice', failureMessage='first\nsecond, "third"\r\nfourth', success="false")
    found = measured(tmp_path, csv_text([row(), odd, row(100)]))
    assert (found.requests, found.told.left_out.rows) == (3, 0)
    assert {step.sums.label for step in found.steps} == {"look up", 'say "hi", twice'}


def test_every_field_quoted(tmp_path: Path) -> None:
    text = csv_text(rows(20)).replace(",", '","').replace("\n", '"\n"')
    found = measured(tmp_path, '"' + text.removesuffix('"'))
    assert (found.requests, found.told.left_out.rows) == (20, 0)


def test_a_byte_order_mark_is_no_part_of_the_header(tmp_path: Path) -> None:
    assert measured(tmp_path, b"\xef\xbb\xbf" + csv_text(rows(3)).encode()).start_ms == T0
    assert measured(tmp_path, csv_text(rows(3)).encode("utf-16")).start_ms == T0


def test_a_header_repeated_by_an_appended_run_is_no_row(tmp_path: Path) -> None:
    found = measured(tmp_path, csv_text(rows(5)) + csv_text(rows(5), OLD))
    assert (found.requests, found.told.left_out.rows, found.told.headers) == (10, 0, 2)
    assert found.steps[0].sums.received == 5120


def test_a_last_row_that_was_cut_off_is_left_out_and_said(tmp_path: Path) -> None:
    found = measured(tmp_path, csv_text(rows(5))[:-40])
    assert (found.requests, found.told.left_out.rows) == (4, 1)
    assert found.told.left_out.said() == ["1 row: fewer fields than columns: cut off (line 6)"]


def test_a_row_cut_off_within_a_quote_does_not_swallow_what_was_appended(tmp_path: Path) -> None:
    broken = csv_line(row())[:40] + ',"never closed\n'
    found = measured(tmp_path, csv_text(rows(5)) + broken + csv_text([*rows(5), row(label="with, comma")]))
    assert found.requests == 11
    assert found.told.left_out.said() == ["1 row: a quote that is never closed: cut off (line 7)"]


def test_rows_that_make_no_sense_are_counted_by_reason_with_their_lines(tmp_path: Path) -> None:
    given = [row(), row(elapsed="soon"), row(success="maybe"), row(timeStamp="yesterday"), row(elapsed=-4), row()]
    found = measured(tmp_path, csv_text(given) + "one,two\n" + csv_line(row()) + ",more,fields\n")
    assert found.requests == 2
    assert set(found.told.left_out.said()) == {
        "2 rows: elapsed is no number of milliseconds (lines 3, 6)",
        "1 row: success is neither true nor false (line 4)",
        "1 row: its time stamp cannot be read (line 5)",
        "1 row: fewer fields than columns: cut off (line 8)",
        "1 row: more fields than columns (line 9)",
    }


def test_bytes_that_are_no_utf8_cost_no_row(tmp_path: Path) -> None:
    found = measured(tmp_path, csv_text(rows(3, label="caf\xe9")).encode("latin-1"))
    assert (found.requests, found.steps[0].sums.label) == (3, "caf\N{REPLACEMENT CHARACTER}")


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("yyyy/MM/dd HH:mm:ss", "2023/11/14 22:13:20"),
        ("yyyy/MM/dd HH:mm:ss.SSS", "2023/11/14 22:13:20.000"),
        ("yyyy-MM-dd HH:mm:ss", "2023-11-14 22:13:20"),
        ("yyyy-MM-dd HH:mm:ss.SSS", "2023-11-14 22:13:20.000"),
        ("MM/dd/yy HH:mm:ss", "11/14/23 22:13:20"),
        ("seconds", "1700000000.000"),
        ("whole seconds", "1700000000"),
        ("microseconds", "1700000000000000"),
        ("nanoseconds", "1700000000000000000"),
        ("ISO 8601 in UTC", "2023-11-14T22:13:20Z"),
        ("ISO 8601 with an offset", "2023-11-14T23:13:20.000+01:00"),
        ("ISO 8601 with a short offset", "2023-11-14 23:13:20 +01"),
        ("dd.MM.yyyy HH:mm:ss", "14.11.2023 22:13:20"),
        ("MM/dd/yy hh:mm:ss a", "11/14/23 10:13:20 PM"),
    ],
)
def test_time_stamps_in_every_format(tmp_path: Path, form: str, text: str) -> None:
    assert measured(tmp_path, csv_text([row(timeStamp=text)])).start_ms == T0, form


def test_without_time_stamps_times_are_told_and_rates_are_not(tmp_path: Path) -> None:
    columns = [name for name in DEFAULT if name != "timeStamp"]
    found = measured(tmp_path, csv_text(rows(10), columns))
    assert (found.requests, found.start_ms, found.points) == (10, None, [])


def test_a_time_stamp_years_away_from_the_others_stretches_nothing(tmp_path: Path) -> None:
    found = measured(tmp_path, csv_text([*rows(5), row(timeStamp=0), row(timeStamp=T0 * 2)]))
    assert (found.requests, found.told.left_out.rows, found.duration_s) == (5, 2, 0.24)


def test_time_stamps_at_the_end_of_samples_are_known_by_their_thread(tmp_path: Path) -> None:
    took = [10, 300, 20, 250, 30, 200] * 5
    ends = [T0 + sum(took[: at + 1]) for at in range(len(took))]
    given = [row(timeStamp=end, elapsed=ms) for end, ms in zip(ends, took, strict=True)]
    found = measured(tmp_path, csv_text(given))
    assert found.told.stamped == "end"
    assert (found.start_ms, found.end_ms) == (T0, ends[-1])


def test_transactions_are_no_requests_where_their_samples_are_in_the_file(tmp_path: Path) -> None:
    said = "Number of samples in transaction : 2, number of failing samples : 0"
    whole = row(label="buy", elapsed=90, responseMessage=said)
    found = measured(tmp_path, csv_text([row(), row(50), whole]))
    assert (found.requests, [step.sums.label for step in found.journeys]) == (2, ["buy"])
    alone = measured(tmp_path, csv_text([whole, whole]))
    assert (alone.requests, alone.journeys, alone.told.transactions_are_requests) == (2, [], True)


def test_sub_results_behind_their_sample_are_not_counted_twice(tmp_path: Path) -> None:
    page = row(label="page", elapsed=100)
    parts = [row(0, label="page-0", elapsed=40), row(40, label="page-1", elapsed=60)]
    other = row(200, label="page-1", threadName="buyers 1-2")
    found = measured(tmp_path, csv_text([page, *parts, other]))
    assert (found.requests, found.told.sub_results) == (2, 2)


def test_without_success_the_response_code_tells(tmp_path: Path) -> None:
    columns = [name for name in DEFAULT if name != "success"]
    given = [row(), row(responseCode=503), row(responseCode="Non HTTP response code: java.net.ConnectException")]
    found = measured(tmp_path, csv_text(given, columns))
    assert found.steps[0].sums.error_classes == {"HTTP 503": 1, "ConnectException": 1}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "the file is empty"),
        ("   \n\n", "the file is empty"),
        ("name,age,city\nann,3,rome\n", "a table without a column named elapsed"),
        ("dear reader\n", "text of another kind"),
        ("\0\1\2\3" * 100, "a binary file"),
        ("<html><body/></html>", "XML without testResults"),
    ],
)
def test_what_is_no_jtl_is_refused_with_what_it_looks_like(tmp_path: Path, content: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        measured(tmp_path, content)


def test_a_directory_and_what_is_not_there_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="a directory"):
        measure(tmp_path)
    with pytest.raises(UsageError, match="no such file"):
        measure(tmp_path / "missing.jtl")


def test_blank_lines_are_no_rows_whatever_stands_between_them(tmp_path: Path) -> None:
    head, _, body = csv_text(rows(2)).partition("\n")
    quoted = csv_line(row(label='a "b"'))
    found = measured(tmp_path, f"\n{head}\n\n{body}\n\n{quoted}\n\n\n{quoted}\n  \n")
    assert (found.requests, found.told.left_out.rows) == (4, 0)


def test_parts_of_a_sample_are_known_where_one_is_quoted_and_the_other_is_not(tmp_path: Path) -> None:
    page, other = row(label="page", elapsed=100, failureMessage="a, b"), row(300, label="page", elapsed=100)
    parts = [row(0, label="page-0", elapsed=40), row(300, label="page-0", elapsed=40, failureMessage="c, d")]
    found = measured(tmp_path, csv_text([page, parts[0], other, parts[1]]))
    assert (found.requests, found.told.sub_results) == (2, 2)


def test_parts_are_known_across_the_borders_of_batches() -> None:
    parts = SubResults()
    first = frame([("page", 0, 100), ("other-1", 100, 10)])
    second = frame([("other-1-0", 100, 5), ("page-0", 0, 50), ("page-0-1", 10, 20), ("page-1", 90, 90)])
    assert parts.without(first)["label"].to_list() == ["page", "other-1"]
    assert parts.without(second)["label"].to_list() == ["other-1-0", "page-1"]
    assert parts.count == 2


def frame(samples: list[tuple[str, int, int]]) -> pl.DataFrame:
    columns = zip(("label", "start_ms", "elapsed_ms"), zip(*samples, strict=True), strict=True)
    return pl.DataFrame(dict(columns)).with_columns(thread=pl.lit("buyers 1-1"))
