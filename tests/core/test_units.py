"""How durations, sizes, rates and shares are read and said."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.core.errors import UsageError
from plimsoll.core.units import (
    format_bytes,
    format_count,
    format_duration,
    format_ms,
    format_rate,
    format_share,
    parse_bytes,
    parse_duration,
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("5m", 300), ("1.5s", 1.5), ("300ms", 0.3), ("1h", 3600), ("1m30s", 90), ("1h 2m 3s", 3723), ("1d", 86400),
        ("250us", 0.00025), ("250µs", 0.00025), ("10", 10), (" 10 s ", 10),
        (".5s", 0.5), (12, 12), (0.25, 0.25), ("0s", 0),
    ],
)  # fmt: skip
def test_durations_are_read(text: str | float, seconds: float) -> None:
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("5 mins", 'write "5m"'), ("1hour", 'write "1h"'), ("300 msec", 'write "300ms"'), ("30s 1m", 'write "1m30s"'),
        ("5M", 'write "5m"'), ("3 fortnights", "for example"), ("", "for example"), ("soon", "for example"),
        ("-5s", "for example"), ("1m1m", "for example"), ("5s!", "for example"), ("1m30", "for example"),
    ],
)  # fmt: skip
def test_a_wrong_duration_is_answered_with_the_nearest_right_one(text: str, remedy: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_duration(text, what="ramp")
    assert text in refused.value.what
    assert "ramp" in refused.value.what
    assert remedy in refused.value.remedy


@pytest.mark.parametrize("number", [-1, math.inf, math.nan, True])
def test_a_number_that_is_no_duration_is_refused(number: float) -> None:
    with pytest.raises(UsageError):
        parse_duration(number)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (None, "–"), (0, "0 s"), (0.000412, "412 µs"), (0.412, "412 ms"), (0.9996, "1 s"), (4.5, "4.5 s"), (20, "20 s"),
        (12.34, "12.3 s"), (59.96, "1 min"), (252, "4 min 12 s"), (300, "5 min"), (3599.6, "1 h"), (3900, "1 h 5 min"),
        (86_399, "1 d"), (183_600, "2 d 3 h"), (math.nan, "–"), (-4.5, "-4.5 s"),
    ],
)  # fmt: skip
def test_durations_are_said_as_people_say_them(seconds: float | None, said: str) -> None:
    assert format_duration(seconds) == said


@pytest.mark.parametrize(
    ("ms", "said"),
    [
        (None, "–"), (0, "0 ms"), (0.0412, "41.2 µs"), (0.9999, "1.00 ms"), (4.1, "4.10 ms"), (412.4, "412 ms"),
        (999.7, "1.00 s"), (1500, "1.50 s"), (59_990, "1 min"), (252_000, "4 min 12 s"), (-4.1, "-4.10 ms"),
    ],
)  # fmt: skip
def test_measured_times_have_three_significant_digits(ms: float | None, said: str) -> None:
    assert format_ms(ms) == said


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (None, "–"), (0, "0 %"), (1, "100 %"), (0.5, "50 %"), (0.01234, "1.23 %"), (0.99999, "> 99.9 %"),
        (1e-9, "< 0.001 %"), (0.0999999, "10 %"), (1.5, "150 %"), (math.nan, "–"),
    ],
)  # fmt: skip
def test_a_share_is_nothing_or_everything_only_where_it_is(share: float | None, said: str) -> None:
    assert format_share(share) == said


def test_rates_counts_and_sizes_are_said_with_their_units() -> None:
    assert [format_rate(rate) for rate in (None, 0, 0.5, 12.34, 100.4, 3012.3)] == [
        "–", "0/s", "0.5/s", "12.3/s", "100/s", "3,012/s",
    ]  # fmt: skip
    assert [format_count(count) for count in (None, 0, 1_234_567)] == ["–", "0", "1,234,567"]
    assert [format_bytes(size) for size in (None, 0, 512, 1000, 1536, 1.5 * 2**30, 2**50)] == [
        "–", "0 B", "512 B", "0.977 KiB", "1.50 KiB", "1.50 GiB", "1,024 TiB",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "size"),
    [("1GiB", 2**30), ("100MB", 10**8), ("1.5 KiB", 1536), ("512B", 512), ("512", 512), (4096, 4096), ("0", 0)],
)
def test_sizes_are_read(text: str | int, size: int) -> None:
    assert parse_bytes(text) == size


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("1gib", 'write "1GiB"'),
        ("5 mb", 'write "5MB"'),
        ("5G", 'write "5GB"'),
        ("much", "for example"),
        (-1, "for example"),
    ],
)
def test_a_wrong_size_is_answered_with_the_nearest_right_one(text: str | int, remedy: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_bytes(text)
    assert remedy in refused.value.remedy


@given(st.floats(0, 1e9), st.sampled_from(["s", "ms", "m", "h"]))
def test_every_number_with_a_unit_is_read_as_that_many(number: float, unit: str) -> None:
    text = f"{number:.6f}{unit}"
    scale = {"s": 1, "ms": 1e-3, "m": 60, "h": 3600}[unit]
    assert parse_duration(text) == pytest.approx(float(f"{number:.6f}") * scale)


@given(st.floats(0, 1e12, allow_subnormal=False))
def test_every_finite_value_can_be_said(value: float) -> None:
    for say in (format_duration, format_ms, format_rate, format_share, format_bytes):
        assert say(value)[0] in "0123456789<>"
