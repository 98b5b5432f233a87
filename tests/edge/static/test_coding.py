"""Accept-Encoding: RFC 9110, 12.5.3."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.edge.static.coding import chosen

ALL = ("br", "zstd", "gzip")


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        (None, ""),
        (b"", ""),
        (b"gzip, deflate, br, zstd", "br"),
        (b"gzip", "gzip"),
        (b"x-gzip", "gzip"),
        (b"GZIP;Q=0.5", "gzip"),
        (b"br;q=0.5, gzip;q=0.8", "gzip"),
        (b"br;q=0, *", "zstd"),
        (b"*", "br"),
        (b"*;q=0", ""),
        (b"identity", ""),
        (b"identity;q=0.5, gzip;q=0.4", ""),
        (b"identity;q=0.5, gzip;q=0.5", "gzip"),
        (b"identity;q=0", ""),  # nothing else was asked for: better than nothing
        (b"deflate", ""),
        (b"gzip;q=0.0001", ""),  # no weight: it has more than three digits
        (b"gzip;q=nan", ""),
        (b"gzip;q=-1", ""),
        (b"gzip;q=1e9", ""),
        (b"gzip;q=", ""),
        (b"gzip" + b" " * 2_000, ""),
        (b",,;q=1,gzip", "gzip"),
    ],
)
def test_the_best_of_what_is_accepted(accepted: bytes | None, coding: str) -> None:
    assert chosen(accepted, ALL) == coding


def test_what_is_not_there_is_not_chosen() -> None:
    assert chosen(b"br, gzip;q=0.1", ("gzip",)) == "gzip"
    assert chosen(b"br", ("gzip",)) == ""


@given(st.binary(max_size=60) | st.text("gzipbr*;q=0.1, ", max_size=40).map(str.encode))
def test_any_value_is_answered(accepted: bytes) -> None:
    assert chosen(accepted, ALL) in ("", *ALL)
