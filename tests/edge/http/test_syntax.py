"""HTTP-date (RFC 9110, 5.6.7), delta-seconds (RFC 9111, 1.2.2), what may be in a directive's place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.edge.http.dates import format_date, parse_date
from plimsoll.edge.http.etags import is_listed
from plimsoll.edge.http.numbers import DELTA_MAX_S, delta_seconds
from plimsoll.edge.rules.directives import parse_cache_control

THEN_S = 784_111_777.0  # 6 November 1994, 08:49:37
NOW_S = 1_800_000_000.0


@pytest.mark.parametrize(
    "value",
    [
        b"Sun, 06 Nov 1994 08:49:37 GMT",
        b"SUN, 06 nov 1994 08:49:37 gmt",
        b"Sunday, 06-Nov-94 08:49:37 GMT",
        b"Sun Nov  6 08:49:37 1994",
        b"Sun Nov 06 08:49:37 1994",
        b"Mon, 06 Nov 1994 08:49:37 GMT",
    ],
)
def test_a_date_is_read_in_its_three_forms(value: bytes) -> None:
    assert parse_date(value, NOW_S) == THEN_S


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"0",
        b"Sun, 06 Nov 1994 08:49:37 UTC",
        b"Sun, 06 Nov 1994 08:49:37 +0000",
        b"Sun, 06 Nov 1994 08:49:37",
        b"Sun, 06 Nov 94 08:49:37 GMT",
        b"Sun 06 Nov 1994 08:49:37 GMT",
        b"Sun, 6 Nov 1994 08:49:37 GMT",
        b"Sun, 06  Nov  1994 08:49:37 GMT",
        b"Sun, 06-Nov-1994 08:49:37 GMT",
        b"Sun, 06 Nov 1994 08.49.37 GMT",
        b"Sun, 06 Nov 1994 8:49:37 GMT",
        b"Sun, 06 Nov 1994 24:00:00 GMT",
        b"Sun, 31 Feb 1994 08:49:37 GMT",
        b"Sun, 00 Nov 1994 08:49:37 GMT",
        b"Sun, 06 Nov 0000 08:49:37 GMT",
        b"Sun, 06 Nov 1994 08:49:61 GMT",
        b"Sun, 06 Nov 1994 08:49:37 GMT\n",
        b" Sun, 06 Nov 1994 08:49:37 GMT",
        b"Sun, 06 Nov 1994 08:49:37 GMT" + b" " * 10_000,
        "Sun, 0\u0666 Nov 1994 08:49:37 GMT".encode(),
        b"1994-11-06T08:49:37Z",
    ],
)
def test_what_is_no_date_is_none(value: bytes) -> None:
    assert parse_date(value, NOW_S) is None


@pytest.mark.parametrize(("year", "full"), [(b"26", 2026), (b"70", 2070), (b"77", 2077), (b"78", 1978), (b"99", 1999)])
def test_two_digits_are_a_year_at_most_50_years_ahead(year: bytes, full: int) -> None:
    two = parse_date(b"Monday, 01-Mar-" + year + b" 00:00:00 GMT", NOW_S)
    assert two == parse_date(b"Mon, 01 Mar %d 00:00:00 GMT" % full, NOW_S)


def test_a_leap_second_is_the_one_before_it() -> None:
    assert parse_date(b"Sat, 31 Dec 2016 23:59:60 GMT", NOW_S) == parse_date(b"Sat, 31 Dec 2016 23:59:59 GMT", NOW_S)


@given(st.integers(-62_135_596_800, 253_402_300_799))
def test_what_is_written_is_read(at_s: int) -> None:
    assert parse_date(format_date(at_s), NOW_S) == at_s


@given(st.integers(0, 10**12), st.integers(0, 30))
def test_seconds_are_digits_and_have_a_greatest(number: int, zeros: int) -> None:
    assert delta_seconds(b"0" * zeros + b"%d" % number) == min(number, DELTA_MAX_S)


@pytest.mark.parametrize("value", [b"", b"-1", b"+1", b"1.0", b" 1", b"1 ", b"0x1", b"1e3", "\u0661".encode(), b"1_0"])
def test_what_is_no_number_of_seconds_is_none(value: bytes) -> None:
    assert delta_seconds(value) is None


@given(
    st.lists(
        st.sampled_from(
            ['"', "\\", ",", "=", " ", ";", "max-age", "no-store", "private", "no-cache", "60", "x", "\xff"]
        )
    )
)
def test_any_cache_control_is_read_and_a_forbidding_word_outside_quotes_always_counts(parts: list[str]) -> None:
    value = "".join(parts)
    said = parse_cache_control(value.encode("latin-1"))
    words = value.replace(",", " ").replace(";", " ").split()
    if '"' not in value and "=" not in value and "\xff" not in value and "\\" not in value:
        assert said.no_store is ("no-store" in words)
        assert said.private is ("private" in words)


@given(st.binary(max_size=60), st.binary(max_size=20))
def test_any_list_of_entity_tags_is_read(listed: bytes, tag: bytes) -> None:
    is_listed(tag, listed)


def test_long_lists_are_read_to_their_end() -> None:
    assert is_listed(b'"x"', b", ".join(b'"%d"' % n for n in range(10_000)) + b', W/"x"')
    assert not is_listed(b'"x"', b'"' * 100_000)
    for filler in (
        b'x="' * 20_000,
        b"," * 200_000 + b"\0",
        b" " * 200_000 + b"\0",
        b'x="\\",' * 20_000,
        b"x" * 200_000 + b" y",
    ):
        assert parse_cache_control(filler + b", no-store").no_store
