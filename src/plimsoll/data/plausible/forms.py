"""Numbers of standards: of accounts, cards, people, books and wares. Each has its form, its check digits are right.

None is anybody's: banks, areas and prefixes are such as were never given out, or are kept for tests and for use within
a shop.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from plimsoll.core.distribution import key, permutation
from plimsoll.data.domain import Domain
from plimsoll.data.drawing import Draw, Numbers
from plimsoll.data.meaning.judging import Meaning
from plimsoll.data.plausible.check_digits import CHECKS
from plimsoll.data.types.characters import DIGITS, HEX, LOWER, Codes, digits, random_digits, strings

# "#" is a digit, "@" a capital letter, "~" a hexadecimal digit, "%" a digit or a capital, "?" a check digit.
FORMS: Final[Mapping[Meaning, tuple[str, ...]]] = {
    # German bank codes never begin with 0; no Dutch or British bank is called TEST.
    Meaning.IBAN: ("DE??0#################", "NL??TEST##########", "GB??TEST##############"),
    Meaning.VAT_NUMBER: ("DE0#######?",),  # which begin with 1 to 9
    # Areas from 900 are no social security numbers, nor are such with these groups numbers of taxpayers.
    Meaning.NATIONAL_ID: ("9##-1#-####", "9##1#####"),
    Meaning.TAX_NUMBER: ("07-#######", "07#######"),  # a prefix never given out
    Meaning.PASSPORT: ("X0#######",),
    Meaning.CARD_NUMBER: ("400000#########?", "555555#########?", "378282########?"),  # kept for tests
    Meaning.CARD_CODE: ("###",),
    Meaning.ISBN: ("978#########?", "#########?"),
    Meaning.ISSN: ("####-###?", "#######?"),
    Meaning.EAN: ("20##########?", "20#####?"),  # for use within a shop, as the next one
    Meaning.UPC: ("4##########?",),
    Meaning.ASIN: ("B0%%%%%%%%",),
    Meaning.MAC: ("02:~~:~~:~~:~~:~~", "02~~~~~~~~~~"),  # administered locally
    Meaning.IP6: ("fd00:~~~~:~~~~::~~~~",),  # of private nets
    Meaning.NETWORK: ("10.1##.0.0/16", "10.#.1##.0/24", "192.168.1##.0/24"),
    Meaning.PLATE: ("@@@ ####", "@@@####"),
    Meaning.ROOM: ("###",),
    Meaning.SEAT: ("1#@", "#@"),
    Meaning.PHONE_EXTENSION: ("###",),
    Meaning.SHORT_SHA: ("~~~~~~~~", "~~~~~~~"),
}
# All their forms occur; of the others, the first that fits.
_MIXED: Final = frozenset({Meaning.IBAN, Meaning.CARD_NUMBER, Meaning.NETWORK, Meaning.SEAT})
_ALPHABETS: Final = {"#": DIGITS, "@": b"ABCDEFGHJKLMNPRSTUVWXY", "~": HEX, "%": DIGITS + LOWER.upper()}
_FORM_SKEW: Final = 0.7
_TELLING_DIGITS: Final = 9  # of a unique value


@dataclass(frozen=True, slots=True)
class Formed:
    """Texts of some forms; `unique` ones are told apart by the digits of a permutation."""

    meaning: Meaning
    forms: tuple[str, ...]
    unique: bool = False

    @property
    def capacity(self) -> int | None:
        return min(10 ** len(_told(form)) for form in self.forms) if self.unique else None

    def values(self, draw: Draw) -> pl.Series:
        which = draw.zipf(len(self.forms), _FORM_SKEW, "form")
        places = [np.flatnonzero(which == number) for number in range(len(self.forms))]
        made = [self._of_form(form, draw.at(at)) for form, at in zip(self.forms, places, strict=True)]
        return pl.concat(made)[np.argsort(np.concatenate(places))]

    def _of_form(self, form: str, draw: Draw) -> pl.Series:
        codes = np.tile(np.frombuffer(form.encode(), dtype=np.uint8), (len(draw.n), 1))
        for mark, alphabet in _ALPHABETS.items():
            at = [place for place, char in enumerate(form) if char == mark]
            codes[:, at] = random_digits(draw.sub(mark), alphabet, len(at))
        if self.unique:
            told = _told(form)
            codes[:, told] = digits(_numbers(draw, 10 ** len(told)), DIGITS, len(told))
        return strings(_checked(self.meaning, codes, [place for place, char in enumerate(form) if char == "?"]))


def formed(meaning: Meaning, room: int | None, domain: Domain, rows: int | None) -> Formed | None:
    """None where no form fits; of `rows` values each is another."""
    known = FORMS.get(meaning, ())
    fits = tuple(form for form in known if (domain.length_min or 0) <= len(form) <= (room or len(form)))
    cased = [form for form in fits if _case(meaning, form, domain)]
    chosen = tuple(cased) if meaning in _MIXED else tuple(cased[:1])
    made = Formed(meaning, chosen, unique=rows is not None)
    return made if chosen and (made.capacity or rows or 0) >= (rows or 0) else None


def _case(meaning: Meaning, form: str, domain: Domain) -> bool:
    letters = "".join("f" if char == "~" else "A" if char in "@%" else char for char in form)
    letters += "X" * (meaning in (Meaning.ISBN, Meaning.ISSN))  # a check digit that may be one
    lower, upper = letters == letters.lower(), letters == letters.upper()
    return (lower or not domain.lower_case) and (upper or not domain.upper_case)


def _told(form: str) -> list[int]:
    """The places of the digits that tell rows apart."""
    return [place for place, char in enumerate(form) if char in "#~%"][-_TELLING_DIGITS:]


def _numbers(draw: Draw, size: int) -> Numbers:
    return permutation(key(draw.key, "number"), draw.n, size)


def _checked(meaning: Meaning, codes: Codes, at: list[int]) -> Codes:
    if at:
        codes[:, at] = CHECKS[meaning](codes, at)
    return codes
