"""When people were born, and which of two moments of a pair is its beginning."""

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest

from plimsoll.core.schema import Column, DataType
from plimsoll.data.deciding.birth import years_of_birth
from plimsoll.data.deciding.spans import beginning_of
from plimsoll.data.domain import Bound, Domain
from plimsoll.data.rows.timing import settled
from tests.data.filling_any import NOW
from tests.data.made_fills import table

MOMENT = DataType("timestamptz", "timestamptz")


def test_people_are_no_babies_where_a_check_only_says_that_they_are_born() -> None:
    assert years_of_birth(Domain(high=Bound(NOW.date())), NOW) == years_of_birth(Domain(), NOW)
    bounded = years_of_birth(Domain(low=Bound(date(1960, 1, 1)), high=Bound(date(1990, 1, 1))), NOW)
    assert bounded is not None
    assert [bounded[0].year, bounded[1].year] == [1960, 1989]
    assert years_of_birth(Domain(low=Bound(NOW.date() - timedelta(days=700))), NOW) is None
    assert years_of_birth(Domain(choices=(str(Decimal(1)),)), NOW) is None


@pytest.mark.parametrize(
    "pair",
    [
        ("planned_departure", "planned_arrival"),
        ("arrival", "departure"),
        ("login_at", "logout_at"),
        ("check_in", "check_out"),
    ],
)
def test_what_ends_a_pair_comes_after_its_beginning(pair: tuple[str, str]) -> None:
    made = table("stays", *(Column(name, MOMENT) for name in pair))
    assert [beginning_of(made, column) for column in made.columns] == [None, pair[0]]


def test_a_day_that_begins_now_is_not_over() -> None:
    day, now = 86_400e6, 10 * 86_400e6
    found = settled(np.array([8.5 * day, 9.5 * day, 10 * day]), Column("day", DataType("date", "date")), now)
    assert (found / day).tolist() == [9.0, 9.0, 10.0]
