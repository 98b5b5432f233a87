"""Traces: each form read and told by its content, and what is refused, with its line."""

import gzip
import io
from array import array
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plimsoll.core.errors import UsageError
from plimsoll.scale.simulating.forms import Lines, recognize
from plimsoll.scale.simulating.reading import read_trace
from plimsoll.scale.simulating.trace import Trace
from plimsoll.workflows.scale_simulate import TraceSource, load_trace, second_of, write_trace


def read(text: str, form: str = "", *, step_s: float | None = None, count: str = "") -> Trace:
    content = text.encode()
    return read_trace(Lines(io.BytesIO(content), "t"), form or recognize(content, "t"), step_s=step_s, count=count)


LOG = 'host - - [01/Jul/1995:00:00:0{} -0400] "GET /a HTTP/1.0" 200 6245\n'


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("3\n0\n\n5.5\n", [3, 0, 5.5]),
        ("# requests a second\n3\n4\n", [3, 4]),
        ("timestamp,requests\n2026-01-05 00:00:00,3\n2026-01-05 00:00:01,4\n2026-01-05 00:00:03,1\n", [3, 4, 0, 1]),
        ('"value"\n3\n4\n', [3, 4]),
        ("\ufeff3\n4\n", [3, 4]),
        ("\ufeff1767571200\n1767571201\n", [1, 1]),
        ("\ufeff# a comment\ntime,value\n0,3\n1,4\n", [3, 4]),
        ("event_time,event_count\n0,3\n1,4\n", [3, 4]),
        ("when;hits\n5;3\n6;4\n", [3, 4]),
        ("second\tvolume\n5\t3\n6\t4\n", [3, 4]),
        ("894000000,3\n894000001,4\n894000003,5\n", [3, 4, 0, 5]),
        ("894000000 3\n894000001 4\n", [3, 4]),
        ('"2026-01-05 00:00:00",3\n"2026-01-05 00:00:01",4\n', [3, 4]),
        ("time,value\n0,3\n1,4\n", [3, 4]),
        ("requests,other\n3,a\n4,b\n", [3, 4]),
        ("0.1\n0.2\n1.5\n1.6\n1.7\n3.9\n", [2, 3, 0, 1]),
        ("1767571200\n1767571201\n1767571200\n", [2, 1]),
        ("2026-01-05T00:00:00Z\n2026-01-05T00:00:02Z\n", [1, 0, 1]),
        ("".join(LOG.format(second) for second in (1, 1, 3)) + "not a request\n", [2, 0, 1]),
    ],
)
def test_every_form_is_told_by_its_content(text: str, counts: list[float]) -> None:
    assert list(read(text).counts) == counts


def test_a_count_of_five_minutes_is_spread_over_them() -> None:
    trace = read("timestamp,value\n2014-02-14 14:30:00,300\n2014-02-14 14:35:00,600\n")
    assert (trace.step_s, len(trace), trace.counts[0], trace.counts[599]) == (300, 600, 1.0, 2.0)
    assert list(read("10\n20\n", step_s=2).counts) == [5, 5, 10, 10]


@given(st.permutations([(0, 60), (60, 0), (120, 30), (300, 90)]), st.permutations(["1.2", "1.9", "2", "9", "900.5"]))
@settings(max_examples=10)
def test_times_are_played_in_their_order_however_they_come(rows: list[tuple[int, int]], times: list[str]) -> None:
    begins = 1_767_571_200
    table = read("time,requests\n" + "".join(f"{begins + at},{count}\n" for at, count in rows))
    counts = [1.0] * 60 + [0] * 60 + [0.5] * 60 + [0] * 120 + [1.5] * 60
    assert table == Trace("t", array("d", counts), begins, 60, missing=2)
    requests = read("\n".join(times), "times")
    assert list(requests.counts) == [2, 1, *[0] * 6, 1, *[0] * 890, 1]


@pytest.mark.parametrize("name", ["rate", "rps", "qps", "req/s", "hits_per_s", "requests_per_second", "rate(hits[5m])"])
def test_a_column_of_rates_holds_for_each_second_of_its_step(name: str) -> None:
    trace = read(f"time,path,{name}\n0,/,4\n15,/,2\n", count=name)
    assert (list(trace.counts), trace.rate) == ([4.0] * 15 + [2.0] * 15, name)


@pytest.mark.parametrize("name", ["shoppers", "rated", "requests", "per_server", "rate_limited"])
def test_a_column_of_counts_is_not_taken_for_rates(name: str) -> None:
    assert read(f"time,path,{name}\n0,/,30\n15,/,30\n", count=name).requests == 60


def test_a_gap_behind_the_first_row_or_one_odd_time_is_no_other_step() -> None:
    rows = [0, 600, 900, 1200, 1201, 1500, 1800]
    trace = read("time,requests\n" + "".join(f"{at},300\n" for at in rows))
    assert (trace.step_s, trace.missing, trace.counts[0], len(trace)) == (300, 0, 1.0, 2100)
    assert read("time,requests\n0,300\n600,300\n900,300\n1200,300\n").missing == 1


@pytest.mark.parametrize(("name", "seconds"), [("minute", 60), ("hour", 3600), ("day", 86_400), ("second", 1)])
def test_a_number_in_a_column_of_minutes_is_one_of_minutes(name: str, seconds: int) -> None:
    trace = read(f"{name},requests\n0,60\n1,120\n")
    assert (trace.step_s, len(trace), round(trace.requests)) == (seconds, 2 * seconds, 180)


def test_a_column_that_counts_on_is_refused_and_one_that_only_looks_so_is_played() -> None:
    rising = "".join(f"{at},{100 + 10 * at}\n" for at in range(9))
    with pytest.raises(UsageError, match=r"this column counts on \(t\): http_requests_total never falls in 9 rows"):
        read("time,http_requests_total\n" + rising)
    assert read("time,http_requests_total\n" + rising + "9,50\n").requests == 1310
    assert read("time,http_requests\n" + rising).requests == 1260


@pytest.mark.parametrize("unit", [1, 10**3, 10**6, 10**9])
@pytest.mark.parametrize("text", ["{0}\n{0}\n{1}\n", "time,requests\n{0},2\n{1},1\n"])
def test_the_unit_of_times_since_1970_is_told_by_their_size(text: str, unit: int) -> None:
    begins = 1_767_571_200
    trace = read(text.format(begins * unit, (begins + 1) * unit))
    assert trace == Trace.of("t", [2, 1], begins)


def test_logs_one_after_another_in_any_order_are_one() -> None:
    older, newer = (LOG.format(second) for second in (1, 4))
    trace = read(newer + older * 2)
    assert list(trace.counts) == [2, 0, 0, 1]
    assert trace.starts_at == read(older).starts_at


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "it is empty"),
        ("\0\1\2", "it is binary"),
        ("hello\n", '"hello" is no count'),
        ("3\n\n5\n-4\n5\n", '(t, line 4): "-4" is no count'),
        ("2026-01-05\nsoon\n", '(t, line 2): "soon" is no count'),
        ("a,b\n1,2\n", "(t, line 1): it has a, b"),
        ("# made\na,b\n1,2\n", "(t, line 2): it has a, b"),
        ("time,value\n0,3\n1\n", "this row is too short (t, line 3)"),
        ("time,value\n0,3\n1,many\n", '"many" is no count of requests (t, line 3)'),
        ("time,value\n5,3\nsoon,4\n", '"soon" is no time (t, line 3)'),
        ("time,value\n5,3\n5,4\n", "do not rise (t, line 3)"),
        ("time,value\n200000,3\n5,4\n", "a count of more than a day (t, line 3)"),
        ("1767571200\n1267571200\n", "too long, or this time is wrong (t, line 2)"),
        ("time,value\n0,3\n1,4\n99999999,1\n", "too long, or this time is wrong (t, line 4)"),
        ("time,value\n99999999999999999999,3\n", "is no time (t, line 2)"),
        ("9999-12-31\n", "is no count, time"),
        ("0\n0\n", "the trace has no requests"),
        ("3\n" + "4" * 70_000, "too long for a trace (t, line 2)"),
    ],
)
def test_what_is_no_trace_is_refused_with_its_line(text: str, said: str) -> None:
    with pytest.raises(UsageError) as refused:
        read(text)
    assert said in str(refused.value)
    assert refused.value.remedy


def test_numbers_below_none_are_refused_where_counts_were_asked_for() -> None:
    with pytest.raises(UsageError, match=r'"-4" is no count of requests \(t, line 2\)'):
        read("3\n-4\n5\n", "counts")


@given(st.binary(max_size=200), st.sampled_from(("", "counts", "csv", "times", "log")))
@settings(max_examples=60)
def test_whatever_is_read_there_is_a_trace_or_an_error_of_ours(content: bytes, form: str) -> None:
    try:
        trace = read_trace(Lines(io.BytesIO(content), "t"), form or recognize(content, "t"))
    except UsageError:
        return
    assert trace.requests > 0


def test_what_is_written_is_read_again_packed_too(tmp_path: Path) -> None:
    made = load_trace(TraceSource(shape="nasa", seconds=300))[0]
    write_trace(made, tmp_path / "made.csv")
    packed = tmp_path / "made.csv.gz"
    packed.write_bytes(gzip.compress((tmp_path / "made.csv").read_bytes()))
    again, form, left_out = load_trace(TraceSource(packed))
    assert (list(again.counts), again.starts_at, form, left_out) == (list(made.counts), made.starts_at, "csv", 0)
    with pytest.raises(UsageError, match="there already"):
        write_trace(made, packed)


@pytest.mark.parametrize(("text", "second"), [("1h", 3600), ("0:30", 1800), ("2026-01-05 01:00:00", 3600), ("90", 90)])
def test_a_moment_is_named_by_date_clock_or_since_the_start(text: str, second: int) -> None:
    assert second_of(text, Trace.of("t", [1.0] * 7200, 1_767_571_200.0)) == second


@pytest.mark.parametrize("text", ["3h", "23:00", "soon", "2020-01-01 00:00"])
def test_a_moment_outside_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no time within the trace"):
        second_of(text, Trace.of("t", [1.0] * 7200, 1_767_571_200.0))
