"""Check digits as the standards reckon them, for many numbers at once: of rows of ASCII codes. Pure."""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from plimsoll.data.drawing import Numbers
from plimsoll.data.meaning.judging import Meaning
from plimsoll.data.types.characters import Codes

_ZERO: Final = ord("0")
_NINE: Final = ord("9")
_TEN: Final = ord("X")  # of ISBN and ISSN
_LETTERS: Final = ord("A") - 10  # A is 10 in an IBAN
_COUNTRY: Final = 4  # characters that an IBAN's digits are reckoned behind


def luhn(codes: Codes, at: list[int]) -> Codes:
    """Of cards: every second digit doubled, from the right."""
    numbers = _numbers(codes[:, : at[0]])
    doubled = numbers[:, ::-1].copy()
    doubled[:, ::2] = doubled[:, ::2] * 2
    total = (doubled // 10 + doubled % 10).sum(axis=1)
    return _written(-total % 10)


def ean(codes: Codes, at: list[int]) -> Codes:
    """Of EAN, UPC and ISBN-13: threefold and single in turn, from the right."""
    numbers = _numbers(codes[:, : at[0]])[:, ::-1]
    return _written(-(numbers[:, ::2].sum(axis=1) * 3 + numbers[:, 1::2].sum(axis=1)) % 10)


def eleven(codes: Codes, at: list[int]) -> Codes:
    """Of ISBN-10 and ISSN: weights that fall to 2, by 11; 10 is an X."""
    digits = codes[:, [place for place in range(at[0]) if codes[:1, place].tolist() != [ord("-")]]]
    weights = np.arange(digits.shape[1] + 1, 1, -1)
    rest = -(_numbers(digits) * weights).sum(axis=1) % 11
    return np.where(rest == 10, _TEN, rest + _ZERO).astype(np.uint8)[:, None]


def book(codes: Codes, at: list[int]) -> Codes:
    """Of an ISBN of either length."""
    return (ean if at[0] == len("978000000000") else eleven)(codes, at)


def iban(codes: Codes, at: list[int]) -> Codes:
    """Two digits, by 97; the country and they stand behind the rest, letters are numbers from 10."""
    zeros = np.full((len(codes), len(at)), _ZERO, dtype=np.uint8)
    turned = np.concatenate([codes[:, _COUNTRY:], codes[:, : at[0]], zeros], axis=1).astype(np.int64)
    rest = np.zeros(len(codes), dtype=np.int64)
    for place in range(turned.shape[1]):
        code = turned[:, place]
        rest = np.where(code > _NINE, rest * 100 + code - _LETTERS, rest * 10 + code - _ZERO) % 97
    found = 98 - rest
    return np.stack([found // 10, found % 10], axis=1).astype(np.uint8) + _ZERO


def vat(codes: Codes, at: list[int]) -> Codes:
    """German ones: ISO 7064 by 11 and 10."""
    product = np.full(len(codes), 10, dtype=np.int64)
    for place in range(len("DE"), at[0]):
        rest = (codes[:, place].astype(np.int64) - _ZERO + product) % 10
        product = np.where(rest == 0, 10, rest) * 2 % 11
    return _written((11 - product) % 10)


def _numbers(codes: Codes) -> Numbers:
    return codes.astype(np.int64) - _ZERO


def _written(digits: Numbers) -> Codes:
    return (digits + _ZERO).astype(np.uint8)[:, None]


CHECKS: Final[Mapping[Meaning, Callable[[Codes, list[int]], Codes]]] = {
    Meaning.IBAN: iban,
    Meaning.VAT_NUMBER: vat,
    Meaning.CARD_NUMBER: luhn,
    Meaning.ISBN: book,
    Meaning.ISSN: eleven,
    Meaning.EAN: ean,
    Meaning.UPC: ean,
}
