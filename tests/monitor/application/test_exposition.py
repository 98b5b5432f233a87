"""The text in which an application tells its figures, and the series that two looks at it make."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.core.series.catalogue import info_of
from plimsoll.core.series.key import parse_series
from plimsoll.monitor.application.exposition import SAMPLES_MAX, Names, Sample, parse_exposition
from plimsoll.monitor.application.families import SERIES_MAX, application_rates, figures_of, quantile
from plimsoll.monitor.collecting.counters import Look, difference

PLAIN = """\
# HELP http_requests_total All requests, "quoted" \\n and all.
# TYPE http_requests_total counter
http_requests_total{method="GET",path="/a\\"b\\\\c\\nd, e}"} 100 1395066363000
http_requests_total{path="/x",method="POST",} 7
# TYPE queue_length gauge
queue_length 4.5
queue_length_max NaN
# TYPE python_info gauge
python_info{version="3.11"} 1
http_requests_created{method="GET"} 1.7e9
"""


def read(text: str) -> list[Sample]:
    return list(parse_exposition(text).samples)


def test_labels_are_unescaped_and_sorted_and_times_are_passed_over() -> None:
    first, second = read(PLAIN)[:2]
    assert first == Sample("http_requests_total", (("method", "GET"), ("path", '/a"b\\c\nd, e}')), 100.0)
    assert second == Sample("http_requests_total", (("method", "POST"), ("path", "/x")), 7.0)


def test_what_is_no_number_is_not_known() -> None:
    assert "queue_length_max" not in {sample.name for sample in read(PLAIN)}
    assert read("a NaN\nb +Inf\nc -Inf\nd 1e3\n") == [Sample("d", (), 1000.0)]


def test_examples_behind_a_figure_are_no_figures() -> None:
    text = 'a_bucket{le="1"} 5 # {trace_id="x y"} 0.67 1395066363.0\na_total 3 # {id="}"} 1\n# EOF\n'
    assert [sample.value for sample in read(text)] == [5.0, 3.0]


def test_lines_that_cannot_be_read_are_counted_and_cost_no_other() -> None:
    told = parse_exposition('ok 1\nwithout_value\nbad{label} 2\nbad{a="b" 3\nbad{a="b} 3\nodd 1_000\nodd x\n1st 2\n')
    assert [sample.name for sample in told.samples] == ["ok"]
    assert told.unreadable == 7


def test_names_are_as_series_are_named_here() -> None:
    assert read('job:Requests:rate5m{Path="/"} 2\n') == [Sample("job_requests_rate5m", (("path", "/"),), 2.0)]


def test_a_secret_in_a_label_is_masked() -> None:
    assert "hunter2" not in str(read('up{target="postgres://me:hunter2@db/x"} 1\n'))


def test_names_read_at_the_last_look_are_known_again_with_new_figures() -> None:
    names = Names()
    once, again = (parse_exposition(f'a{{b="c d"}} {value}\ne {value} 99\n', names) for value in (1, 2))
    assert [sample.value for sample in again.samples] == [2.0, 2.0]
    assert [sample.labels for sample in again.samples] == [sample.labels for sample in once.samples]


def test_no_text_is_read_without_end() -> None:
    told = parse_exposition("a 1\n" * (SAMPLES_MAX + 5))
    assert (len(told.samples), told.left_out) == (SAMPLES_MAX, 5)


@given(st.text('a_1{}="\\ ,#.\n\té', max_size=80))
def test_any_text_is_read_without_an_error(text: str) -> None:
    told = parse_exposition(text)
    assert len(told.samples) + told.unreadable <= text.count("\n") + 1


# -- two looks


def rates(before: str, after: str, seconds: float = 10.0) -> dict[str, float]:
    first, second = (figures_of(parse_exposition(text)) for text in (before, after))
    told = difference(Look(0.0, first.counters), Look(seconds, second.counters), period_s=10.0)
    assert told is not None
    return {str(key): value for key, value in application_rates(told, second, first.counters).items()}


def gauges(text: str) -> dict[str, float]:
    return {str(key): value for key, value in figures_of(parse_exposition(text)).values.items()}


def test_gauges_are_shown_as_they_are_and_what_is_always_one_is_not() -> None:
    assert gauges(PLAIN) == {"application_queue_length": 4.5}


def test_counters_of_both_formats_become_rates_under_one_name() -> None:
    plain = "# TYPE jobs_total counter\njobs_total {}\n"
    open_metrics = "# TYPE jobs counter\njobs_total {}\njobs_created 1.7e9\n# EOF\n"
    for text in (plain, open_metrics, "jobs_total {}\n"):
        assert rates(text.format(10), text.format(60)) == {"application_jobs_per_s": 5.0}


def test_a_counter_that_began_anew_has_no_rate() -> None:
    assert rates("jobs_total 60\nruns_total 1\n", "jobs_total 10\nruns_total 2\n") == {"application_runs_per_s": 0.1}


def histogram(name: str, *counts: int, total: float) -> str:
    bounds = ("0.1", "0.5", "1", "+Inf")
    buckets = "".join(f'{name}_bucket{{path="/",le="{le}"}} {n}\n' for le, n in zip(bounds, counts, strict=True))
    return f'# TYPE {name} histogram\n{buckets}{name}_sum{{path="/"}} {total}\n{name}_count{{path="/"}} {counts[-1]}\n'


def test_a_histogram_becomes_how_often_how_long_and_the_95th_percentile() -> None:
    name = "request_duration_seconds"
    values = rates(histogram(name, 5, 5, 5, 5, total=1.0), histogram(name, 55, 95, 105, 105, total=21.0))
    assert values == {
        'application_request_duration_count_per_s{path="/"}': 10.0,
        'application_request_duration_mean_ms{path="/"}': pytest.approx(200.0),
        'application_request_duration_p95_ms{path="/"}': pytest.approx(750.0),
    }


def test_figures_that_are_no_times_keep_their_unit() -> None:
    values = rates(histogram("answer_bytes", 0, 0, 0, 0, total=0), histogram("answer_bytes", 0, 0, 10, 10, total=7))
    assert values['application_answer_mean_bytes{path="/"}'] == pytest.approx(0.7)
    assert [info_of(parse_series(name).name).unit for name in values] == ["1/s", "bytes", "bytes"]


def test_a_histogram_of_which_a_part_went_back_tells_nothing() -> None:
    name = "request_duration_seconds"
    assert rates(histogram(name, 50, 50, 50, 50, total=9.0), histogram(name, 1, 60, 60, 60, total=11.0)) == {}


def test_a_histogram_that_nothing_happened_in_has_a_rate_of_none_and_no_times() -> None:
    text = histogram("request_duration_seconds", 5, 5, 5, 5, total=1.0)
    assert rates(text, text) == {'application_request_duration_count_per_s{path="/"}': 0.0}


def test_a_summary_has_a_mean_and_the_quantiles_it_tells() -> None:
    text = (
        '# TYPE wait_seconds summary\nwait_seconds{{quantile="0.5"}} 0.2\nwait_seconds_sum {}\nwait_seconds_count {}\n'
    )
    assert rates(text.format(1, 10), text.format(3, 20))["application_wait_mean_ms"] == pytest.approx(200.0)
    assert gauges(text.format(1, 10)) == {'application_wait_seconds{quantile="0.5"}': 0.2}


def test_more_series_than_there_is_room_for_are_counted_whole_histograms_as_three() -> None:
    text = (
        "".join(f'a{{n="{n}"}} 1\n' for n in range(SERIES_MAX - 1))
        + histogram("b_seconds", 1, 1, 1, 1, total=1)
        + "c 1\nd 1\n"
    )
    figures = figures_of(parse_exposition(text))
    assert len(figures.values) == SERIES_MAX
    assert figures.histograms == {}
    assert figures.left_out == 3 + 1


def test_a_series_too_long_to_be_named_is_left_out() -> None:
    text = "".join(f'{name}="{name * 150}",' for name in "abcd")
    assert figures_of(parse_exposition(f"x{{{text}}} 1\n")).left_out == 1


def test_series_of_an_endpoint_carry_its_label() -> None:
    figures = figures_of(parse_exposition('a{b="c"} 1\n'), (("endpoint", "one"),))
    assert [str(key) for key in figures.values] == ['application_a{b="c",endpoint="one"}']


# -- percentiles


@pytest.mark.parametrize(
    ("buckets", "expected"),
    [
        ([(1.0, 0.0), (2.0, 100.0), (inf, 100.0)], 1.95),
        ([(1.0, 100.0), (inf, 100.0)], 0.95),
        ([(1.0, 10.0), (2.0, 20.0), (inf, 100.0)], 2.0),  # beyond the last bound: that is the least
        ([(1.0, 0.0), (inf, 0.0)], None),
        ([(1.0, 5.0)], None),
        ([], None),
    ],
)
def test_a_percentile_lies_within_its_bucket(buckets: list[tuple[float, float]], expected: float | None) -> None:
    assert quantile(0.95, buckets) == (None if expected is None else pytest.approx(expected))


@given(st.lists(st.integers(0, 1_000), min_size=1, max_size=10), st.floats(0.01, 0.99))
def test_a_percentile_is_never_off_by_more_than_its_bucket(counts: list[int], share: float) -> None:
    bounds = [float(number + 1) for number in range(len(counts))]
    whole = [sum(counts[: number + 1]) for number in range(len(counts))]
    found = quantile(share, [*zip(bounds, map(float, whole), strict=True), (inf, float(whole[-1]))])
    if not whole[-1]:
        assert found is None
        return
    exact = next(bound for bound, below in zip(bounds, whole, strict=True) if below >= share * whole[-1])
    assert found is not None
    assert exact - 1 <= found <= exact
