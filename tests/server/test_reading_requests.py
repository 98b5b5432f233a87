"""What clients write: moments, names and patterns of series; and how points are merged for them."""

from fnmatch import fnmatchcase

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from plimsoll.core.series.catalogue import info_of
from plimsoll.core.series.key import SeriesKey
from plimsoll.core.series.window import SeriesWindow
from plimsoll.server.api.choosing import PATTERNS_MAX, STARS_MAX, Fits, chosen, fits_of, is_pattern
from plimsoll.server.api.json_text import masked, to_text
from plimsoll.server.api.moments import read_moment, read_window
from plimsoll.server.api.thinning import thinned
from plimsoll.server.live.fitting import Fitting
from plimsoll.server.problems import Problem
from tests.server.asking import CPU, NOW, READS

OTHER = SeriesKey.of("host_disk_reads_per_s", device="sdb[1]")
KEYS = [OTHER, READS, CPU]


@pytest.mark.parametrize(
    ("text", "at_s"),
    [
        ("now", NOW),
        ("-1h", NOW - 3600),
        ("-1m30s", NOW - 90),
        ("1800000000.5", NOW + 0.5),
        ("2027-01-15T08:00:00Z", NOW),
        ("2027-01-15T08:00:00", NOW),
        ("2027-01-15T09:00:00+01:00", NOW),
        ("2027-01-15T09:00:00 01:00", NOW),
        ("2027-01-15", NOW - 8 * 3600),
    ],
)
def test_a_moment_may_be_written_in_these_ways(text: str, at_s: float) -> None:
    assert read_moment(text, "from", NOW) == at_s


@pytest.mark.parametrize("text", ["", "yesterday", "-", "-1x", "nan", "inf", "1e300", "0001-01-01", "2027-13-01"])
def test_what_is_no_moment_is_told_with_how_to_write_one(text: str) -> None:
    with pytest.raises(Problem) as raised:
        read_moment(text, "from", NOW)
    assert (raised.value.status, bool(raised.value.remedy)) == (422, True)


def test_a_window_ends_after_it_begins() -> None:
    assert read_window("-1h", "now", NOW) == (NOW - 3600, NOW)
    with pytest.raises(Problem, match="at its end"):
        read_window("now", "-1h", NOW)


def test_series_are_meant_by_name_by_labels_and_by_pattern() -> None:
    assert chosen(["host_disk_reads_per_s"], KEYS) == [READS, OTHER]
    assert chosen([str(READS), "host_*"], KEYS) == [READS, CPU, OTHER]
    assert chosen(['*sdb[1]"}'], KEYS) == [OTHER]
    assert chosen(["host_cpu_????_percent"], KEYS) == [CPU]


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("host_memory", 404),
        ("no*thing", 404),
        ("{}", 422),
        ("*a*a*a*a*a*", 422),
        ("?" * 11, 422),
        ("a*" + "b" * 99, 422),
        ("", 422),
    ],
)
def test_what_fits_nothing_is_told(text: str, status: int) -> None:
    with pytest.raises(Problem) as raised:
        chosen([text], KEYS)
    assert raised.value.status == status


@given(st.text("ab?*", max_size=8), st.text("ab", max_size=8))
def test_a_pattern_fits_what_a_shell_says_it_fits(pattern: str, text: str) -> None:
    assume(is_pattern(pattern) and pattern.count("*") <= STARS_MAX)
    assert fits_of(pattern)(SeriesKey.of(text), text) == fnmatchcase(text, pattern)


def test_there_are_ten_patterns_and_each_key_is_written_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[SeriesKey] = []
    told = SeriesKey.__str__

    def noted(key: SeriesKey) -> str:
        written.append(key)
        return told(key)

    monkeypatch.setattr(SeriesKey, "__str__", noted)
    patterns = [f"*{'?' * number}" for number in range(PATTERNS_MAX)]
    assert set(chosen([*patterns, "host_disk_reads_per_s"], KEYS)) == set(KEYS)
    assert sorted(written) == sorted(KEYS)
    with pytest.raises(Problem, match="11 patterns, and there may be 10"):
        chosen([*patterns, "*_*"], KEYS)


def test_a_series_is_held_against_a_pattern_once() -> None:
    looked: list[SeriesKey] = []

    def fits(pattern: str) -> Fits:
        def noted(key: SeriesKey, shown: str) -> bool:
            looked.append(key)
            return fits_of(pattern)(key, shown)

        return noted

    fitting = Fitting(fits, keys_max=3)
    assert [fitting.of("host_cpu*", KEYS[:2]), fitting.of("host_cpu*", KEYS)] == [
        [key for key in keys if key.name.startswith("host_cpu")] for keys in (KEYS[:2], KEYS)
    ]
    assert fitting.of("host_cpu*", reversed(KEYS)) == [CPU]
    assert looked == list(KEYS)
    more = [SeriesKey.of(f"host_cpu_{letter}") for letter in "abc"]
    assert fitting.of("host_cpu*", more) == fitting.of("host_cpu*", more) == more  # beyond the bound it forgets


def window(times: list[float], values: list[float]) -> SeriesWindow:
    return SeriesWindow(CPU, info_of(CPU.name), 0.0, times, values, values, values)


def test_few_points_stay_as_they_were_measured() -> None:
    few = window([1.0, 2.0], [5.0, 6.0])
    assert thinned(few, 0, 10, 2) is few


@given(
    st.lists(
        st.tuples(st.floats(0, 100), st.floats(-1e6, 1e6)), min_size=1, max_size=60, unique_by=lambda point: point[0]
    ),
    st.integers(1, 20),
)
def test_merged_points_keep_the_lowest_and_the_highest(points: list[tuple[float, float]], points_max: int) -> None:
    points.sort()
    merged = thinned(window([at for at, _ in points], [value for _, value in points]), 0, 100, points_max)
    assert len(merged.times) == len(merged.mean) <= points_max
    assert list(merged.times) == sorted(set(merged.times))
    assert (min(merged.low), max(merged.high)) == (min(v for _, v in points), max(v for _, v in points))
    assert all(
        low - 1e-6 <= mean <= high + 1e-6 for low, mean, high in zip(merged.low, merged.mean, merged.high, strict=True)
    )


def test_a_gap_stays_a_gap() -> None:
    merged = thinned(window([0.0, 1.0, 98.0, 99.0], [1.0, 3.0, 5.0, 7.0]), 0, 100, 3)
    assert (merged.times, merged.mean) == ([0.0, pytest.approx(200 / 3)], [2.0, 6.0])


def test_what_is_no_number_is_null_and_secrets_are_masked() -> None:
    assert to_text({"a": [float("nan"), 1.5, float("inf")]}) == '{"a":[null,1.5,null]}'
    rows = masked({"rows": [{"query": "ALTER ROLE me PASSWORD 'geheim'", "pid": 7}]})
    assert rows["rows"][0]["pid"] == 7
    assert "geheim" not in str(rows)
