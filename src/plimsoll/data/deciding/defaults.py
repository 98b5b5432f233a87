"""Columns whose DEFAULT is a constant have it often: as often as what is not said is left to it."""

from typing import Final

from plimsoll.core.schema import Column, Table
from plimsoll.data.checks.intersection import admits
from plimsoll.data.domain import Domain
from plimsoll.data.meaning.defaults import constant_default
from plimsoll.data.meaning.judging import Meaning, meaning_of
from plimsoll.data.meaning.naming import NUMBER, TEXT

STATE_SHARE: Final = 0.4  # besides those that are in it anyhow
COUNTER_SHARE: Final = 0.5
MONEY_SHARE: Final = 0.3
DOCUMENT_SHARE: Final = 0.6
TEXT_SHARE: Final = 0.7
NULL_SHARE: Final = 0.02  # who has a default is rarely unknown
_FEW: Final = frozenset({Meaning.STATUS, Meaning.CATEGORY, Meaning.OPTION, Meaning.LEVEL})
_OF_PLACES: Final = frozenset(
    {Meaning.LANGUAGE, Meaning.LOCALE, Meaning.CURRENCY, Meaning.TIME_ZONE, Meaning.COUNTRY, Meaning.COUNTRY_CODE}
)
_OWN: Final = frozenset({Meaning.PERCENTAGE, Meaning.SCORE, Meaning.RATING, Meaning.YEAR, Meaning.EPOCH, Meaning.AGE})


def often_default(table: Table, column: Column, domain: Domain) -> tuple[str, float] | None:
    """The default and the share of rows that have it besides those that come to it by chance; None where it tells
    nothing, must differ from row to row or may not be."""
    text = constant_default(column)
    if text is None or domain.is_null or domain.items_min or domain.json_type or not admits(domain, text):
        return None
    told_apart = {name for unique in table.uniques for name in unique.columns}
    told_apart |= {name for exclusion in table.exclusions for name, _ in exclusion.elements}
    share = None if column.name in told_apart else _share(table, column, text, listed=domain.choices is not None)
    return None if share is None else (text, share)


def _share(table: Table, column: Column, text: str, *, listed: bool) -> float | None:
    type, meaning = column.type, meaning_of(table, column)
    if type.kind == "array":
        return COUNTER_SHARE if text == "{}" else None
    if type.kind == "enum" or listed or meaning in _FEW:
        return STATE_SHARE
    if type.kind != "base":
        return None
    if type.base in ("json", "jsonb", "hstore"):
        return DOCUMENT_SHARE
    if type.base in TEXT:
        return _share_of_text(meaning, text)
    if type.base in NUMBER and meaning not in _OWN:
        return MONEY_SHARE if meaning is Meaning.MONEY else COUNTER_SHARE
    return None


def _share_of_text(meaning: Meaning | None, text: str) -> float | None:
    if meaning in _OF_PLACES:
        return DOCUMENT_SHARE if text else None
    return TEXT_SHARE if meaning is None else None
