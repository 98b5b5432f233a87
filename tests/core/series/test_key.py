"""Series are named as people and Prometheus write them, and read back as they were."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.core.errors import UsageError
from plimsoll.core.series.catalogue import CATALOGUE, info_of
from plimsoll.core.series.key import SeriesKey, parse_series

NAMES = st.from_regex(r"[a-z_][a-z0-9_]{0,9}", fullmatch=True)


@given(NAMES, st.dictionaries(NAMES, st.text(max_size=20), max_size=3))
def test_what_is_written_is_read_back(name: str, labels: dict[str, str]) -> None:
    key = SeriesKey.of(name, **labels)
    assert parse_series(str(key)) == key


def test_labels_are_in_the_order_of_their_names() -> None:
    assert str(SeriesKey.of("x", kind="some", device="sda")) == 'x{device="sda",kind="some"}'
    assert parse_series('x{ kind = "some" , device="sda" }') == SeriesKey.of("x", device="sda", kind="some")


@pytest.mark.parametrize("text", ["", "Upper", "x{", 'x{a="1"', "x{a=1}", 'x{a="1" b="2"}', "x y", "x" * 600])
def test_what_is_no_series_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="this is not a series"):
        parse_series(text)


def test_every_series_has_a_unit_that_its_name_tells() -> None:
    units = {"_percent": "percent", "_bytes": "bytes", "_bytes_per_s": "bytes/s", "_ms_per_s": "ms/s", "_ms": "ms"}
    for name, info in CATALOGUE.items():
        for end, unit in units.items():
            if name.endswith(end) and not (end == "_ms" and name.endswith("_per_s")):
                assert info.unit == unit, name


def test_of_an_applications_own_series_the_name_tells_the_unit() -> None:
    assert info_of("application_requests_per_s").unit == "1/s"
    assert info_of("application_queue_bytes").unit == "bytes"
    assert info_of("application_workers").layer == "application"
