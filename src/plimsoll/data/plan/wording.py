"""Text of so many words, as a plan asks for it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from plimsoll.core.schema import Column
from plimsoll.data.distributions import sample
from plimsoll.data.drawing import Draw, Floats, Numbers
from plimsoll.data.plan.values import Distribution
from plimsoll.data.plausible.text import WORDS_MAX, sentences
from plimsoll.data.rows.model import Batch, Source


@dataclass(frozen=True, slots=True)
class Words:
    """Text of so many words, drawn or reckoned, in a language, cut to the column's length."""

    count: Distribution | Callable[[Batch], Floats]
    language: "str | Source"
    length_max: int | None
    use: str = ""

    def values(self, batch: Batch, column: Column) -> pl.Series:
        draw, counts = self._draw(batch, column), self.counts(batch, column)
        if isinstance(self.language, str):
            made = sentences(self.language, counts, draw)
        else:
            languages = self.language.values(batch, column).cast(pl.String).fill_null("en").to_numpy()
            made = pl.Series([""] * len(batch), dtype=pl.String)
            for language in sorted(set(languages.tolist())):
                chosen = np.flatnonzero(languages == language)
                made = made.scatter(chosen, sentences(language, counts[chosen], draw.at(chosen)))
        return made if self.length_max is None else made.str.slice(0, self.length_max).str.strip_chars_end()

    def counts(self, batch: Batch, column: Column) -> Numbers:
        """How many words the texts have before they are cut, without making them."""
        if isinstance(self.count, Distribution):
            wanted = sample(self.count, self._draw(batch, column).sub("count"))
        else:
            wanted = np.broadcast_to(self.count(batch), (len(batch),))
        return np.clip(np.rint(np.nan_to_num(wanted)), 1, WORDS_MAX).astype(np.int64)

    def _draw(self, batch: Batch, column: Column) -> Draw:
        return batch.draw_for(column.name).sub(f"words{self.use}")
