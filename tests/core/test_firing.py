"""When a schedule is due, on ordinary days and on those when the clock jumps."""

from datetime import UTC, date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.core.cron import Cron, parse_cron
from plimsoll.core.firing import last_until, moments_between, next_after, skipped_between

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
FAR = datetime(2200, 1, 1, tzinfo=UTC)

moments = st.integers(1_577_836_800, 2_051_222_400).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
crons = st.sampled_from(
    ["30 2 * * *", "*/15 * * * *", "0 0 1 * mon", "15,45 1-3 * * 0", "0 12 29 2 *", "59 23 31 * *", "7 */5 * 3,10 *"]
).map(parse_cron)
zones = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo"]).map(
    ZoneInfo
)


def due(text: str, zone: str, after: str, count: int) -> list[str]:
    """The next moments, on the clock of the zone."""
    start = datetime.fromisoformat(after).replace(tzinfo=UTC)
    found = moments_between(parse_cron(text), ZoneInfo(zone), start, FAR)
    return [moment.astimezone(ZoneInfo(zone)).isoformat(timespec="minutes") for moment in islice(found, count)]


def test_a_time_that_the_clock_skips_is_due_the_moment_it_jumps() -> None:
    assert due("30 2 * * *", "Europe/Berlin", "2026-03-27T12:00", 3) == [
        "2026-03-28T02:30+01:00", "2026-03-29T03:00+02:00", "2026-03-30T02:30+02:00",
    ]  # fmt: skip
    assert due("*/15 2 * * *", "America/New_York", "2026-03-08T06:00", 2) == [
        "2026-03-08T03:00-04:00", "2026-03-09T02:00-04:00",
    ]  # fmt: skip


def test_a_time_that_comes_twice_is_due_the_first_time() -> None:
    assert due("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00", 2) == [
        "2026-10-25T02:30+02:00", "2026-10-26T02:30+01:00",
    ]  # fmt: skip


def test_what_is_due_every_hour_goes_by_the_hours_that_pass() -> None:
    assert due("30 * * * *", "Europe/Berlin", "2026-10-24T23:00", 4) == [
        "2026-10-25T01:30+02:00", "2026-10-25T02:30+02:00", "2026-10-25T02:30+01:00", "2026-10-25T03:30+01:00",
    ]  # fmt: skip
    assert due("30 * * * *", "Europe/Berlin", "2026-03-29T00:00", 2) == [
        "2026-03-29T01:30+01:00", "2026-03-29T03:30+02:00",
    ]  # fmt: skip


def test_a_clock_that_jumps_at_midnight_or_by_half_an_hour_is_followed() -> None:
    assert due("0 0 * * *", "Africa/Cairo", "2026-04-23T12:00", 2) == [
        "2026-04-24T01:00+03:00", "2026-04-25T00:00+03:00",
    ]  # fmt: skip
    assert due("15,45 2 * * *", "Australia/Lord_Howe", "2026-10-03T12:00", 2) == [
        "2026-10-04T02:30+11:00", "2026-10-04T02:45+11:00",
    ]  # fmt: skip


def test_days_of_month_and_week_are_alternatives() -> None:
    assert due("0 12 13 * fri", "UTC", "2026-12-05", 3) == [
        "2026-12-11T12:00+00:00", "2026-12-13T12:00+00:00", "2026-12-18T12:00+00:00",
    ]  # fmt: skip


def test_the_29th_of_february_is_found_over_a_century_without_it() -> None:
    assert due("0 0 29 2 *", "UTC", "2096-03-01", 1) == ["2104-02-29T00:00+00:00"]


def test_what_the_clock_skips_is_foretold() -> None:
    start = date(2026, 1, 1)
    assert [str(wall) for wall in skipped_between(parse_cron("30 2 * * *"), BERLIN, start, 730)] == [
        "2026-03-29 02:30:00", "2027-03-28 02:30:00",
    ]  # fmt: skip
    assert not list(skipped_between(parse_cron("30 3 * * *"), BERLIN, start, 730))
    assert not list(skipped_between(parse_cron("30 * * * *"), BERLIN, start, 730))


@given(crons, zones, moments)
def test_looking_back_from_a_moment_finds_it_and_nothing_lies_between(
    cron: Cron, zone: ZoneInfo, start: datetime
) -> None:
    found = next_after(cron, zone, start)
    assert found > start
    assert last_until(cron, zone, found, after=start) == found
    assert last_until(cron, zone, found - timedelta(microseconds=1), after=start) is None


@given(crons, zones, moments)
def test_a_moment_is_at_a_time_the_expression_names_unless_the_clock_skipped_it(
    cron: Cron, zone: ZoneInfo, start: datetime
) -> None:
    there = next_after(cron, zone, start).astimezone(zone)
    named = there.minute in cron.minutes and there.hour in cron.hours and cron.on(there.date())
    assert named or list(skipped_between(cron, zone, there.date(), 1))


@pytest.mark.parametrize("zone", [BERLIN, NEW_YORK])
def test_a_daily_time_is_due_once_on_each_day_of_ten_years(zone: ZoneInfo) -> None:
    cron, start = parse_cron("30 2 * * *"), datetime(2026, 1, 1, tzinfo=zone)
    found = [moment.astimezone(zone).date() for moment in moments_between(cron, zone, start, start.replace(year=2036))]
    assert len(found) == len(set(found)) == 3652
