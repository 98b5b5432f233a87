"""Cron expressions: what is read, and what is refused because it means different things elsewhere."""

from datetime import date

import pytest

from plimsoll.core.cron import parse_cron
from plimsoll.core.errors import UsageError

SUNDAY, MONDAY = date(2026, 3, 1), date(2026, 3, 2)


@pytest.mark.parametrize(
    ("text", "minutes", "hours"),
    [
        ("0 3 * * *", {0}, {3}),
        ("*/20 0-6/3 * * *", {0, 20, 40}, {0, 3, 6}),
        ("1,5-7,30-59/15 22,23 * * *", {1, 5, 6, 7, 30, 45}, {22, 23}),
        ("@hourly", {0}, set(range(24))),
        (" 00  03 * * * ", {0}, {3}),
    ],
)
def test_lists_ranges_steps_and_nicknames_are_read(text: str, minutes: set[int], hours: set[int]) -> None:
    cron = parse_cron(text)
    assert (set(cron.minutes), set(cron.hours)) == (minutes, hours)


@pytest.mark.parametrize(
    ("field", "weekdays"),
    [
        ("0", {0}), ("7", {0}), ("1", {1}), ("6", {6}), ("sun", {0}), ("Mon", {1}), ("1-5", {1, 2, 3, 4, 5}),
        ("5-7", {5, 6, 0}), ("fri-SUN", {5, 6, 0}), ("sun-mon", {0, 1}), ("*", set(range(7))), ("*/3", {0, 3, 6}),
    ],
)  # fmt: skip
def test_days_of_the_week_count_from_sunday(field: str, weekdays: set[int]) -> None:
    assert parse_cron(f"0 0 * * {field}").weekdays == weekdays


def test_one_is_monday_and_seven_is_sunday() -> None:
    assert parse_cron("0 0 * * 1").on(MONDAY)
    assert not parse_cron("0 0 * * 1").on(SUNDAY)
    assert parse_cron("0 0 * * 7").on(SUNDAY)


def test_a_day_of_the_month_or_of_the_week_is_enough_where_both_are_named() -> None:
    cron = parse_cron("0 0 2 * sun")
    assert cron.on(SUNDAY)
    assert cron.on(MONDAY)
    assert not cron.on(date(2026, 3, 3))


def test_a_star_beside_named_days_names_no_others() -> None:
    assert not parse_cron("0 0 * * sun").on(MONDAY)
    assert not parse_cron("0 0 1 * *").on(MONDAY)
    assert not parse_cron("0 0 1 4 *").on(SUNDAY)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("60 * * * *", 'field "minute": 60 is not from 0 to 59'),
        ("0 24 * * *", 'field "hour": 24 is not from 0 to 23'),
        ("0 0 0 * *", 'field "day of month": 0 is not from 1 to 31'),
        ("0 0 * 13 *", 'field "month": 13 is not from 1 to 12'),
        ("0 0 * * 8", 'field "day of week": 8 is not from 0 to 7'),
        ("0 0 * * mom", 'field "day of week": "mom" is not a number from 0 to 7 or sun, mon'),
        ("*/0 * * * *", 'field "minute": the step of "*/0" is not a number from 1 to 59'),
        ("1,,2 * * * *", 'field "minute": a number is missing'),
        ("-5 * * * *", 'field "minute": a number is missing'),
        ("0 L * * *", 'field "hour": "L" is not cron\'s but Quartz\'s'),
        ("0 0 ? * 1", 'field "day of month": "?" is not cron\'s but Quartz\'s'),
        ("* * *", "it has 3 fields instead of five"),
        ("0 0 3 * * *", "it has 6 fields instead of five; seconds"),
        ("@reboot", "of the nicknames there are @yearly"),
        ("1," * 1000, "it is longer than 1000 characters"),
        ("0 0 30 2 *", "it is never due"),
        ("0 0 31 4,6,9,11 *", "it is never due"),
    ],
)
def test_a_mistake_is_told_with_its_field(text: str, words: str) -> None:
    with pytest.raises(UsageError) as told:
        parse_cron(text)
    assert words in str(told.value)


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("5/15 * * * *", 'write "5-59/15"'),
        ("0 22-2 * * *", 'write "22-23,0-2"'),
        ("0 0 * * fri-mon", 'write "fri-6,0-mon"'),
        ("0 0 */2 * 1", 'write "1-31/N"'),
        ("0 0 2 * */2", 'write "0-6/N"'),
    ],
)
def test_what_means_different_things_to_different_crons_is_refused(text: str, remedy: str) -> None:
    with pytest.raises(UsageError) as told:
        parse_cron(text)
    assert remedy in told.value.remedy


def test_the_29th_of_february_and_an_alternative_to_an_impossible_day_are_possible() -> None:
    assert parse_cron("0 0 29 2 *").on(date(2028, 2, 29))
    assert parse_cron("0 0 31 2 mon").on(date(2026, 2, 2))
