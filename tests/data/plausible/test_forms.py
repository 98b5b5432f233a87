"""Numbers of accounts, cards, books and wares have right check digits and are nobody's."""

from datetime import datetime

import numpy as np
import pytest

from plimsoll.core.identifiers import TableName
from plimsoll.core.schema import Column, DataType, Table
from plimsoll.data.domain import Domain
from plimsoll.data.drawing import Context, Draw
from plimsoll.data.meaning.judging import Meaning
from plimsoll.data.plausible import plausible

CONTEXT = Context(datetime(2026, 6, 30), 1e7)  # noqa: DTZ001  # UTC without a zone is our form
ROWS = 300


def made(meaning: Meaning, length: int | None = None, *, unique: bool = False) -> list[str]:
    column = Column("value", DataType("text", "varchar", length=length))
    table = Table(TableName("public", "things"), (column,))
    generator = plausible(meaning, table, column, Domain(), CONTEXT, unique=unique, rows=ROWS)
    assert generator is not None
    return generator.values(Draw(7, np.arange(ROWS))).to_list()


def luhn(number: str) -> bool:
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number))]
    return sum(one - 9 if one > 9 else one for one in doubled) % 10 == 0


def ware(number: str) -> bool:
    return sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(number))) % 10 == 0


def by_eleven(number: str) -> bool:
    digits = [10 if digit == "X" else int(digit) for digit in reversed(number.replace("-", ""))]
    return sum(digit * weight for weight, digit in enumerate(digits, start=1)) % 11 == 0


def account(number: str) -> bool:
    return int("".join(str(int(char, 36)) for char in number[4:] + number[:4])) % 97 == 1


def german_vat(number: str) -> bool:
    product = 10
    for digit in number[2:-1]:
        product = ((int(digit) + product) % 10 or 10) * 2 % 11
    return (11 - product) % 10 == int(number[-1])


@pytest.mark.parametrize("unique", [False, True])
@pytest.mark.parametrize(
    ("meaning", "length", "right"),
    [
        (Meaning.IBAN, None, account),
        (Meaning.CARD_NUMBER, None, luhn),
        (Meaning.EAN, None, ware),
        (Meaning.EAN, 8, ware),
        (Meaning.UPC, None, ware),
        (Meaning.ISBN, None, ware),
        (Meaning.ISBN, 10, by_eleven),
        (Meaning.ISSN, None, by_eleven),
        (Meaning.VAT_NUMBER, None, german_vat),
    ],
)  # fmt: skip
def test_check_digits_are_right(meaning: Meaning, length: int | None, right: object, unique: bool) -> None:
    numbers = made(meaning, length, unique=unique)
    assert callable(right)
    assert [number for number in numbers if not right(number)] == []
    assert len(set(numbers)) == ROWS if unique else len(set(numbers)) > ROWS * 0.8


def test_nothing_of_persons_is_in_a_range_that_is_given_out() -> None:
    assert all(
        (one.startswith(("DE", "NL", "GB")) and one[4:8] == "TEST") or one[4] == "0" for one in made(Meaning.IBAN)
    )
    assert all(one[0] == "9" and one[4] == "1" for one in made(Meaning.NATIONAL_ID))
    assert all(one.startswith(("400000", "555555", "378282")) for one in made(Meaning.CARD_NUMBER))
    assert all(one[:2] == "02" for one in made(Meaning.MAC))


def test_words_of_a_list_are_the_short_ones_where_there_is_little_room() -> None:
    assert set(made(Meaning.GENDER, 1)) == {"F", "M", "X"}
    assert "Monday" in made(Meaning.WEEKDAY)
    assert "Mon" in made(Meaning.WEEKDAY, 3)
