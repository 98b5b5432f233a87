"""Which other columns of a row a value agrees with: the e-mail with the name, the slug with the title."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

from plimsoll.core.schema import Column, Table
from plimsoll.data.drawing import Generator
from plimsoll.data.meaning.judging import Meaning, Reading, reading
from plimsoll.data.plausible.made import Made
from plimsoll.data.plausible.things import NAMING
from plimsoll.data.rows.model import Batch

# In rising order: what a meaning agrees with never agrees with it in turn, so no column waits for itself.
_AGREES: Final[Mapping[Meaning, tuple[Meaning, ...]]] = {
    Meaning.FULL_NAME: (Meaning.FIRST_NAME, Meaning.LAST_NAME),
    Meaning.USERNAME: (Meaning.FIRST_NAME, Meaning.LAST_NAME, Meaning.FULL_NAME),
    Meaning.EMAIL: (Meaning.FIRST_NAME, Meaning.LAST_NAME, Meaning.FULL_NAME, Meaning.USERNAME),
    Meaning.SLUG: NAMING,
    Meaning.DOMAIN_NAME: (Meaning.COMPANY,),
    **dict.fromkeys((Meaning.MIME_TYPE, Meaning.FILE_EXTENSION, Meaning.FILE_PATH), (Meaning.FILE_NAME,)),
    **dict.fromkeys((Meaning.CARD_LAST4, Meaning.CARD_BRAND), (Meaning.CARD_NUMBER,)),
    Meaning.BIC: (Meaning.IBAN,),
    **dict.fromkeys((Meaning.TITLE, Meaning.SENTENCE, Meaning.PARAGRAPH), (Meaning.LANGUAGE, Meaning.LOCALE)),
}
_SOMEBODY_ELSE: Final = re.compile(
    r"(.* )?(emergency|next of kin|kin|guardian|spouse|mother|father|parent|doctor|referr(er|al))( contact)?"
)
_FOLLOWING: Final = (Meaning.FULL_NAME, Meaning.SLUG, Meaning.DOMAIN_NAME)  # have nothing of their own


@dataclass(frozen=True, slots=True)
class Agreeing:
    """Made beside other columns of the row, and at the row's place: that of its `of`, billing or shipping."""

    made: Made
    beside: Mapping[Meaning, str]
    of: str = ""

    def values(self, batch: Batch, column: Column) -> pl.Series:
        known = {meaning: batch.column(name).cast(pl.String) for meaning, name in self.beside.items()}
        return self.made.agreeing(batch.draw_for(column.name), batch.draw("place", self.of), known)


def agreeing(table: Table, column: Column, generator: Generator, free: Callable[[str], bool]) -> Agreeing | None:
    """None for what is not made by its meaning. `free` columns may be looked at."""
    said = reading(table, column)
    if said is None or not isinstance(generator, Made):
        return None
    if said.meaning not in _AGREES:
        return Agreeing(generator, {}, said.of)
    readings = {
        other.name: found
        for other in table.columns
        if other.name != column.name and not other.generated and free(other.name) and (found := reading(table, other))
    }
    alone = all(found.meaning is not said.meaning for found in readings.values())
    beside = {meaning: _nearest(readings, meaning, said.of, alone) for meaning in _AGREES[said.meaning]}
    known = {meaning: name for meaning, name in beside.items() if name is not None}
    nearest = {meaning: name for meaning, name in known.items() if readings[name].of == said.of}
    return Agreeing(generator, nearest or known, said.of)


def follows(table: Table, column: Column, free: Callable[[str], bool]) -> bool:
    """Whether a column says nothing but what other `free` columns of its row do."""
    said = reading(table, column)
    if said is None or said.meaning not in _FOLLOWING:
        return False
    others = [other for other in table.columns if other.name != column.name and not other.generated]
    found = [one for other in others if free(other.name) and (one := reading(table, other)) is not None]
    return any(one.meaning in _AGREES[said.meaning] and one.of == said.of for one in found)


def _nearest(readings: Mapping[str, Reading], meaning: Meaning, of: str, alone: bool) -> str | None:
    """That of the same person or place; else, where there is but one of each, that one."""
    found = [name for name, one in readings.items() if one.meaning is meaning]
    same = [name for name in found if readings[name].of == of]
    if same:
        return same[0]
    return found[0] if len(found) == 1 and alone and not _SOMEBODY_ELSE.fullmatch(of) else None
