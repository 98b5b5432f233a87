"""What the makers of values are given, and the small parts they are put together from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Final

import numpy as np
import polars as pl

from plimsoll.data.drawing import Context, Draw, Numbers
from plimsoll.data.meaning.judging import Meaning
from plimsoll.data.words import names

SKEW: Final = 0.8  # Zipf's s of names, cities and browsers
_LETTERS: Final[Mapping[str, str]] = {  # those that do not come apart into a letter and an accent
    "ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "ı": "i", "đ": "d", "æ": "ae", "œ": "oe",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ask:
    """The rows wanted. `place` is the chance shared by all columns that say where a row's person or thing is.

    `beside` are other columns of the same rows, by their meaning; `room` is how many characters the value may have.
    """

    draw: Draw
    place: Draw
    context: Context
    room: int | None = None
    beside: Mapping[Meaning, pl.Series] = field(default_factory=lambda: MappingProxyType({}))

    def pick(self, kind: str, use: str = "", skew: float = SKEW) -> pl.Series:
        """Names of a kind, the first ones most often."""
        known = listed(kind)
        return chosen(known, self.draw.zipf(len(known), skew, f"{kind}{use}"))

    def digits(self, count: int, use: str = "") -> pl.Series:
        return pl.Series(self.draw.ints(10**count, f"digits{use}")).cast(pl.String).str.zfill(count)


Maker = Callable[[Ask], pl.Series]


@cache
def listed(kind: str) -> pl.Series:
    return pl.Series(names(kind), dtype=pl.String)


def chosen(known: pl.Series, at: Numbers) -> pl.Series:
    return known.gather(pl.Series(at.astype(np.uint32)))


def glued(*parts: pl.Series | str) -> pl.Series:
    """Side by side; NULL where a part is."""
    return pl.select(pl.concat_str([pl.lit(part) for part in parts])).to_series()


def where(mask: "np.typing.NDArray[np.bool_]", first: pl.Series, second: pl.Series) -> pl.Series:
    return pl.select(pl.when(pl.Series(mask)).then(first).otherwise(second)).to_series()


def or_else(first: pl.Series | None, second: Callable[[], pl.Series]) -> pl.Series:
    """The first where it says something."""
    if first is None:
        return second()
    said = first.is_not_null() & (first != "")
    return first if said.all() else where(said.fill_null(False).to_numpy(), first, second())


def plain(texts: pl.Series, between: str) -> pl.Series:
    """Lower-case letters and digits of the Latin alphabet, `between` in the place of all else."""
    different = texts.unique()
    if len(different) > len(texts) // 4:  # few are made once
        return _plain(texts, between)
    return texts.replace_strict(different, _plain(different, between), return_dtype=pl.String)


def _plain(texts: pl.Series, between: str) -> pl.Series:
    letters = texts.str.replace_many(dict(_LETTERS)).str.normalize("NFKD").str.to_lowercase()
    latin = letters.str.replace_all(r"\p{M}", "").str.replace_all(r"[^a-z0-9]+", between)
    return latin.str.strip_chars(between)
