"""What a column means, told by its name, its type, its comment and its table; and whether it is personal data."""

import re
from dataclasses import replace
from functools import lru_cache
from typing import Final, NamedTuple

from plimsoll.core.schema import Column, DataType, Table
from plimsoll.data.meaning.kinds import Meaning
from plimsoll.data.meaning.naming import (
    BOOL,
    CATEGORY,
    COMMENTS,
    EXACT,
    NAMED,
    NUMBER,
    RULES,
    TELLING,
    TEXT,
    TIME,
    WHOLE,
)
from plimsoll.data.meaning.standards import EXACTS, NUMBERS, TEXTS, WHOLES

__all__ = [
    "Meaning",
    "Reading",
    "category",
    "meaning_of",
    "personal",
    "personal_column",
    "reading",
    "singular",
    "words_of",
]

_FORMS: Final = re.compile(r"([a-z0-9])([A-Z])|([A-Z])(?=[A-Z][a-z])")
_HASHES: Final = {32: Meaning.MD5, 40: Meaning.SHA1, 64: Meaning.SHA256}  # by their digits
_PEOPLE: Final = frozenset({Meaning.FIRST_NAME, Meaning.LAST_NAME})
_PLACES: Final = re.compile(r"(?:.* )?(?:city|town|zip|zip ?code|post(?:al)? ?code|street\w*)")
_SALUTATION_MAX: Final = 10  # characters of a title that is no job
_FREE: Final = re.compile(r"free (form )?text|free-?text", re.IGNORECASE)
_IMPERSONAL: Final = frozenset(
    {Meaning.COUNTRY_CODE, Meaning.LANGUAGE, Meaning.LOCALE, Meaning.CURRENCY, Meaning.TIME_ZONE, Meaning.MIME_TYPE}
    | {Meaning.MONEY, Meaning.QUANTITY, Meaning.PERCENTAGE, Meaning.SHARE, Meaning.SCORE, Meaning.RATING, Meaning.YEAR}
    | {Meaning.DURATION, Meaning.COUNT, Meaning.REPEATS, Meaning.BYTES, Meaning.POSITION, Meaning.LEVEL, Meaning.FLAG}
    | {Meaning.ANY_FLAG, Meaning.RARE_FLAG, Meaning.OPTION, Meaning.EPOCH, Meaning.MONTH, Meaning.DAY}
    | {Meaning.CREATED_AT, Meaning.UPDATED_AT, Meaning.DELETED_AT, Meaning.EXPIRES_AT, Meaning.WEEKDAY}
    | {Meaning.MONTH_NAME, Meaning.HTTP_METHOD, Meaning.LOG_LEVEL, *WHOLES, *NUMBERS, *EXACTS}
) - {Meaning.AGE, Meaning.ROOM}
_IMPERSONAL_BASES: Final = frozenset({*BOOL, *NUMBER, *TIME, "interval", "time", "timetz", "oid"})


class Reading(NamedTuple):
    """A meaning, and the words before those that tell it: `billing_city` is a CITY of "billing"."""

    meaning: Meaning
    of: str = ""


def _compiled(words: str) -> re.Pattern[str]:
    """Words after "=" are the whole name, in a part of a rule too."""
    if words.startswith("="):
        return re.compile(words[1:])
    parts = re.split(r"\|(?==)", words)
    last = "|".join(part for part in parts if not part.startswith("="))
    whole = "".join(f"|{part[1:]}" for part in parts if part.startswith("="))
    return re.compile(rf"(?:(?P<of>.*) )?(?:{last}){whole}")


_OF_STANDARDS: Final = ((TEXT, TEXTS), (WHOLE, WHOLES), (EXACT, EXACTS), (NUMBER, NUMBERS))
_STANDARDS: Final = [(bases, words, meaning) for bases, names in _OF_STANDARDS for meaning, words in names.items()]
_COMPILED: Final = tuple((bases, _compiled(words), meaning) for bases, words, meaning in (*_STANDARDS, *RULES))
_BODY: Final = re.compile(r"(body )?((?P<height>height( cm)?)|weight( kg)?)")
_HTTP: Final = re.compile(
    r"(.* )?(url|uri|path|route|end ?points?|status code|http \w+|referer|referrer|user agent|headers|requests?)"
)
_NAMED: Final = tuple((re.compile(rf"(?:.* )?(?:{words})(?:e?s)?"), meaning) for words, meaning in NAMED)


def meaning_of(table: Table, column: Column) -> Meaning | None:
    """None where nothing is known, and for what its type contradicts: a created_at that is text."""
    found = reading(table, column)
    return None if found is None else found.meaning


def reading(table: Table, column: Column) -> Reading | None:
    """As `meaning_of`, with what it is of."""
    if column.type.kind != "base":
        return None
    if column.type.base == "inet":
        return Reading(Meaning.IP)
    found = _by_words(column.type, words_of(column.name)) or _by_words(column.type, words_of(column.type.domain or ""))
    if found is None:
        by_table = _of_text(table, column, words_of(column.name)) if column.type.base in TEXT else None
        return None if by_table is None else Reading(by_table)
    return found._replace(meaning=_narrowed(table, column, found.meaning))


def personal(meaning: Meaning) -> bool:
    """Whether values of that meaning may say something of a person."""
    return meaning not in _IMPERSONAL


def personal_column(table: Table, column: Column) -> bool:
    """Whether a column may hold personal data. Text of unknown meaning may; enums, flags, times and numbers do not,
    unless their names tell of people. Arrays, ranges and composites may if what they are made of may.
    """
    type = column.type
    if TELLING.search(words_of(column.name)) or TELLING.search(words_of(type.domain or "")):
        return type.base not in BOOL
    if type.kind == "composite":
        return any(personal_column(table, Column(name, field)) for name, field in type.fields)
    if type.element is not None:
        return personal_column(table, replace(column, name=singular(column.name), type=type.element))
    if category(table, column):
        return False
    meaning = meaning_of(table, column)
    if meaning is not None:
        return personal(meaning)
    return type.kind != "enum" and type.base not in _IMPERSONAL_BASES


def category(table: Table, column: Column) -> bool:
    """Whether text is one of a few words of the application's own, as a status, going by its name and its comment.

    How many different values there are, is for the caller to look at.
    """
    type, words = column.type, words_of(column.name)
    if type.kind == "enum":
        return True
    if type.kind != "base" or type.base not in TEXT or TELLING.search(words):
        return False
    return bool(CATEGORY.fullmatch(words)) and not (type.length is None and _FREE.search(column.comment))


@lru_cache(maxsize=16_384)
def words_of(name: str) -> str:
    """user_eMail, UserEMail, user-e-mail: "user e mail". As many names are kept as a large schema has columns."""
    return re.sub(r"[\W_]+", " ", _FORMS.sub(r"\1\3 \2", name)).strip().lower()


@lru_cache(maxsize=4096)
def _by_words(type: DataType, words: str) -> Reading | None:
    """The cache holds one small value for each name of a large schema."""
    if not words:
        return None
    for bases, pattern, meaning in _COMPILED:
        found = pattern.fullmatch(words) if type.base in bases else None
        if found:
            return Reading(meaning, (found.groupdict().get("of") or "").strip())
    return None


def _narrowed(table: Table, column: Column, meaning: Meaning) -> Meaning:
    """What a length or the rest of the table says besides."""
    length = column.type.length
    if meaning is Meaning.COUNTRY and length in (2, 3):
        return Meaning.COUNTRY_CODE
    if meaning is Meaning.SHA256 and length in _HASHES:
        return _HASHES[length]
    if meaning in (Meaning.EXTENT, Meaning.WEIGHT) and _of_bodies(table):
        body = _BODY.fullmatch(words_of(column.name))
        return meaning if body is None else Meaning.BODY_HEIGHT if body["height"] else Meaning.BODY_WEIGHT
    if meaning is Meaning.HTTP_METHOD and words_of(column.name) == "method" and not _of_http(table):
        return Meaning.CATEGORY
    if meaning is Meaning.TITLE and words_of(column.name) == "title" and _has(table, _PEOPLE):
        return Meaning.JOB_TITLE if length is None or length > _SALUTATION_MAX else Meaning.SALUTATION
    return meaning


def _of_bodies(table: Table) -> bool:
    """Whether what has a height or a weight are people."""
    return any(words_of(one.name) == "bmi" for one in table.columns) or _has(table, _PEOPLE)


def _of_http(table: Table) -> bool:
    return any(_HTTP.fullmatch(words_of(name)) for name in (table.name.name, *(one.name for one in table.columns)))


def _of_text(table: Table, column: Column, words: str) -> Meaning | None:
    """By the comment, or by what else the table has."""
    for pattern, meaning in COMMENTS.items():
        if re.search(pattern, column.comment, re.IGNORECASE):
            return meaning
    if words == "display name" and _has(table, frozenset({Meaning.USERNAME})):
        return Meaning.FULL_NAME
    if words in ("name", "display name"):
        title = words_of(table.name.name)
        return next((meaning for named, meaning in _NAMED if named.fullmatch(title)), Meaning.LABEL)
    if words in ("state", "region") or words.endswith((" state", " region")):
        if any(_PLACES.fullmatch(words_of(other.name)) for other in table.columns):
            return Meaning.REGION
        return Meaning.STATUS if words.endswith("state") else None
    if words == "position" and _has(table, _PEOPLE):
        return Meaning.JOB_TITLE
    return Meaning.CATEGORY if category(table, column) else None


def _has(table: Table, meanings: frozenset[Meaning]) -> bool:
    readings = (_by_words(one.type, words_of(one.name)) for one in table.columns if one.type.kind == "base")
    return any(found is not None and found.meaning in meanings for found in readings)


def singular(name: str) -> str:
    """What one item of an array of that name is: tags, cities."""
    if name.endswith("ies"):
        return f"{name[:-3]}y"
    return name[:-2] if name.endswith(("ses", "xes")) else name.removesuffix("s")
