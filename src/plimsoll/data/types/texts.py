"""Text of common words, where nothing is known of what it means."""

from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

import numpy as np
import polars as pl

from plimsoll.core.distribution import key, permutation
from plimsoll.data.checks import PatternGenerator
from plimsoll.data.domain import Domain, Unsatisfiable
from plimsoll.data.drawing import Draw, Generator, Numbers
from plimsoll.data.types.characters import LOWER, digits, strings
from plimsoll.data.types.numbered import base36, width_for
from plimsoll.data.types.spaces import Counted, Space
from plimsoll.data.types.wanted import Wanted

_LISTED: Final = (
    "able acre amber anchor apple april arch arrow autumn bank barn basin beacon birch blue board book branch bread "
    "bridge bright brook cabin calm canal candle canvas cedar chalk chart cherry circle clay clear cliff cloud clover "
    "coast copper coral corner cotton course cream crest current daily dawn deep delta depot direct dock draft drift "
    "early east echo elm ember equal evening fair falcon farm feather fern field final first flint float forest forge "
    "fresh garden gate general glass gold grain grand granite green grove hall harbor hazel heron hill honey house "
    "inner iris island ivory jade journey june kettle key lake lantern large late laurel leaf ledge level light lily "
    "linen local long lower maple marble market meadow middle mill mint morning moss narrow new noble north note oak "
    "ocean olive open orange orchard order outer palm paper park path pearl pebble pine plain plum point pond poplar "
    "prairie prime quarter quartz quick quiet rain raven reed ridge river road robin rose round saddle sage sand "
    "scarlet second shade shell shore silver simple slate small smooth snow south spring square stable star station "
    "steady stone stream summer sun swift tall third thistle tide timber tower trail upper valley velvet view village "
    "violet walnut warm water west wheat white willow wind winter wood yard yellow young"
)
WORDS: Final = tuple(_LISTED.split())
_WORDS_MAX: Final = 5
_WORD_MIN: Final = 3  # characters of the shortest word
_CODE_MAX: Final = 3  # characters: there is no room for words
_NAME_MAX: Final = 63
_FILLER: Final = " ".join(WORDS) + " "
_ROOM: Final = 4  # base-36 digits of a unique text at least, where there is room: 1.7 million
_LENGTHS: Final = {"name": _NAME_MAX, "char": 1}


@dataclass(frozen=True, slots=True)
class Words:
    """One to five words, cut or filled up to the length demanded; unique ones end in a number of base 36."""

    domain: Domain
    length_max: int | None
    number_width: int = 0
    words_max: int = _WORDS_MAX
    _words: pl.Series = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_words", pl.Series(WORDS, dtype=pl.String))

    @property
    def capacity(self) -> int | None:
        return 36**self.number_width if self.number_width else None

    def values(self, draw: Draw) -> pl.Series:
        texts = self._cased(self._fitted(self._phrases(draw)))
        if self.number_width:
            texts = texts + base36(
                permutation(key(draw.key, "number"), draw.n, 36**self.number_width), self.number_width
            )
        texts = texts.str.to_uppercase() if self.domain.upper_case else texts
        return self._without_excluded(texts) if self.domain.excluded and not self.number_width else texts

    def _phrases(self, draw: Draw) -> pl.Series:
        """As many words as are drawn, with a blank behind each."""
        count = draw.ints(self.words_max, "count")
        parts = []
        for place in range(self.words_max):
            word = self._words.gather(pl.Series(draw.ints(len(WORDS), f"word {place}"))) + " "
            parts.append(word if not place else pl.select(pl.when(pl.Series(count >= place)).then(word)).to_series())
        return pl.select(pl.concat_str([pl.lit(part) for part in parts], ignore_nulls=True)).to_series()

    def _fitted(self, phrases: pl.Series) -> pl.Series:
        """Within the lengths, less the number's; a blank never stands at the end, but before the number."""
        least = max((self.domain.length_min or 0) - self.number_width, 0)
        room = None if self.length_max is None else self.length_max - self.number_width
        phrases = phrases if self.number_width else phrases.str.strip_chars_end(" ")
        if least > _WORD_MIN:
            target = pl.Series(np.maximum(phrases.str.len_chars().to_numpy().astype(np.int64), least))
            blank = "" if self.number_width else " "
            phrases = (phrases + blank + (_FILLER * (least // len(_FILLER) + 1))[:least]).str.head(target)
        if room is not None:
            phrases = phrases.str.head(room)
        if self.number_width:
            return phrases
        return phrases.str.strip_chars_end(" ") if least <= _WORD_MIN else phrases.str.replace(r" $", "s")

    def _cased(self, texts: pl.Series) -> pl.Series:
        if self.domain.lower_case or self.number_width:
            return texts
        return texts.str.head(1).str.to_uppercase() + texts.str.slice(1)

    def _without_excluded(self, texts: pl.Series) -> pl.Series:
        """An excluded text has its last letter changed, until it is none."""
        for letter in "aeiosy":
            hit = texts.is_in(list(self.domain.excluded))
            if not hit.any():
                break
            letter = letter.upper() if self.domain.upper_case else letter
            texts = pl.select(pl.when(hit).then(texts.str.head(-1) + letter).otherwise(texts)).to_series()
        return texts


def texts(wanted: Wanted) -> Generator:
    """Text of every textual type. Raises Unsatisfiable."""
    domain, length = wanted.domain, _length_max(wanted)
    if domain.patterns or domain.absent_patterns:
        return _matching(wanted, replace(domain, length_max=length))
    if length is not None and (length < 1 or length < (domain.length_min or 0)):
        return _empty(wanted, length)
    if length is not None and (length <= _CODE_MAX or (wanted.type.base == "bpchar" and length <= 2 * _CODE_MAX)):
        return _codes(wanted, length)
    return Words(domain, length, _number_width(wanted, length) if wanted.unique else 0)


def _matching(wanted: Wanted, domain: Domain) -> PatternGenerator:
    """char(n) is compared with the blanks that fill it: an end ($) is found only in what fills it by itself."""
    if wanted.type.base == "bpchar":
        with suppress(Unsatisfiable):
            return PatternGenerator(replace(domain, length_min=domain.length_max), wanted.unique)
    return PatternGenerator(domain, wanted.unique)


def _length_max(wanted: Wanted) -> int | None:
    known = [wanted.domain.length_max, _LENGTHS.get(wanted.type.base, wanted.type.length)]
    return min([length for length in known if length is not None], default=None)


def _empty(wanted: Wanted, length: int) -> Counted:
    if (wanted.domain.length_min or 0) > length or "" in wanted.domain.excluded:
        raise Unsatisfiable(f"no text is long enough and within {length} characters")
    return Counted(Space.of([(0, 0)]), partial(_coded, alphabet=LOWER, length=0), wanted.unique)


def _number_width(wanted: Wanted, length: int | None) -> int:
    width = max(width_for(wanted.rows), _ROOM)
    if length is not None:
        width = min(width, length)
    return width


def _codes(wanted: Wanted, length: int) -> Counted:
    """Short codes of letters, and of digits too where the letters are too few for what must differ."""
    lower = wanted.domain.lower_case or wanted.type.base == "citext"
    letters = LOWER if lower else LOWER.upper()
    alphabet = letters if len(letters) ** length >= wanted.different else letters + b"0123456789"
    excluded = [_place(text, alphabet) for text in wanted.domain.excluded if _is_code(text, alphabet, length)]
    space = Space.of([(0, len(alphabet) ** length - 1)], excluded)
    return Counted(space, partial(_coded, alphabet=alphabet, length=length), wanted.unique)


def _coded(places: Numbers, alphabet: bytes, length: int) -> pl.Series:
    return strings(digits(places, alphabet, length))


def _is_code(text: str, alphabet: bytes, length: int) -> bool:
    return len(text) == length and text.isascii() and all(letter in alphabet for letter in text.encode())


def _place(text: str, alphabet: bytes) -> int:
    place = 0
    for letter in text.encode():
        place = place * len(alphabet) + alphabet.index(letter)
    return place
