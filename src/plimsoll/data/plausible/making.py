"""From a meaning to a generator of such values."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Final, NamedTuple

import numpy as np
import polars as pl

from plimsoll.core.schema import Column, DataType, Table
from plimsoll.data.domain import Domain
from plimsoll.data.drawing import Context, Draw, Generator
from plimsoll.data.meaning.defaults import constant_default
from plimsoll.data.meaning.judging import Meaning
from plimsoll.data.meaning.naming import TEXT
from plimsoll.data.plausible import people, prose, systems, things, where
from plimsoll.data.plausible.asking import Ask, Maker, chosen
from plimsoll.data.plausible.categories import categories
from plimsoll.data.plausible.figures import figures
from plimsoll.data.plausible.forms import FORMS, formed
from plimsoll.data.plausible.made import InTurn, Made, numbers_width
from plimsoll.data.plausible.statuses import statuses
from plimsoll.data.words import places

_STATUS_SKEW: Final = 0.9
_FEW_MIN: Final = 2
_SAMPLE: Final = 2_000  # values held against patterns


class _Form(NamedTuple):
    """How texts of a meaning are made. `needs` are the characters they must have room for; longer ones are cut, if
    `cut`. `least` is how long the shortest is. `random`: they differ without a number."""

    maker: Maker
    needs: int
    least: int
    cut: bool = False
    random: bool = False


_FORMS: Final[Mapping[Meaning, _Form]] = {
    Meaning.EMAIL: _Form(people.email, people.HOST_MAX + 8, 8),
    Meaning.USERNAME: _Form(people.username, 8, 2, cut=True),
    Meaning.FIRST_NAME: _Form(people.first_name, 8, 2, cut=True),
    Meaning.LAST_NAME: _Form(people.last_name, 8, 2, cut=True),
    Meaning.FULL_NAME: _Form(people.full_name, 16, 5, cut=True),
    Meaning.COMPANY: _Form(prose.company, 16, 8, cut=True),
    Meaning.JOB_TITLE: _Form(prose.named("jobs"), 8, 5, cut=True),
    Meaning.PHONE: _Form(where.phone, 17, 14),
    Meaning.STREET: _Form(where.street, 12, 8, cut=True),
    Meaning.CITY: _Form(where.of_place("city"), 8, 3, cut=True),
    Meaning.REGION: _Form(where.of_place("region"), 8, 3, cut=True),
    Meaning.COUNTRY: _Form(where.of_place("country"), 14, 5),
    Meaning.COUNTRY_CODE: _Form(where.country_code, 2, 2),
    Meaning.POSTCODE: _Form(where.postcode, 9, 4),
    Meaning.LANGUAGE: _Form(where.of_place("language"), 2, 2),
    Meaning.LOCALE: _Form(where.of_place("locale"), 5, 5),
    Meaning.CURRENCY: _Form(where.of_place("currency"), 3, 3),
    Meaning.TIME_ZONE: _Form(where.of_place("zone"), 30, 9),
    Meaning.URL: _Form(things.url, 46, 28),
    Meaning.SLUG: _Form(things.slug, 12, 1, cut=True),
    Meaning.DOMAIN_NAME: _Form(things.domain, 68, 9),
    Meaning.IP: _Form(things.ip, 12, 7),
    Meaning.USER_AGENT: _Form(prose.named("agents"), 60, 30, cut=True),
    Meaning.TITLE: _Form(prose.title, 12, 2, cut=True),
    Meaning.LABEL: _Form(prose.label, 8, 8, cut=True),
    Meaning.SENTENCE: _Form(prose.comment, 20, 1, cut=True),
    Meaning.PARAGRAPH: _Form(prose.body, 20, 4, cut=True),
    Meaning.PRODUCT: _Form(prose.product, 12, 6, cut=True),
    Meaning.TAG: _Form(prose.named("tags"), 8, 3, cut=True),
    Meaning.FILE_NAME: _Form(things.file_name, 20, 11),
    Meaning.MIME_TYPE: _Form(things.mime_type, 80, 8),
    Meaning.SHA256: _Form(things.hexadecimal(64), 64, 64, random=True),
    Meaning.SHA1: _Form(things.hexadecimal(40), 40, 40, random=True),
    Meaning.MD5: _Form(things.hexadecimal(32), 32, 32, random=True),
    Meaning.PASSWORD_HASH: _Form(things.password_hash, 100, 60),
    Meaning.TOKEN: _Form(things.hexadecimal(32), 32, 32, random=True),
    Meaning.COLOUR: _Form(things.colour, 6, 6),
    Meaning.VERSION: _Form(things.version, 7, 5),
    Meaning.CODE: _Form(things.code, 9, 9),
    Meaning.IDENTIFIER: _Form(things.identifier, 36, 36, random=True),
    Meaning.BRAND: _Form(prose.named("company_heads"), 8, 4, cut=True),
    Meaning.BIC: _Form(systems.bic, 8, 8),
    Meaning.CARD_LAST4: _Form(systems.last4, 4, 4),
    Meaning.CARD_BRAND: _Form(systems.card_brand, 10, 4),
    Meaning.CARD_EXPIRY: _Form(systems.card_expiry, 5, 5),
    Meaning.FILE_EXTENSION: _Form(systems.file_extension, 4, 3),
    Meaning.FILE_PATH: _Form(systems.file_path, 40, 20),
    Meaning.ENDPOINT: _Form(systems.endpoint, 24, 12),
    Meaning.STACK_TRACE: _Form(systems.stack_trace, 150, 60),
    Meaning.COORDINATES: _Form(systems.coordinates, 22, 8),
}
# Words of a list.
_LISTED: Final = frozenset(
    {Meaning.GENDER, Meaning.SALUTATION, Meaning.BLOOD_TYPE, Meaning.WEEKDAY, Meaning.MONTH_NAME, Meaning.HTTP_METHOD}
    | {Meaning.HTTP_REASON, Meaning.LOG_LEVEL, Meaning.PROTOCOL, Meaning.BROWSER, Meaning.OS, Meaning.DEVICE}
    | {Meaning.BRANCH, Meaning.CRON, Meaning.QUEUE, Meaning.JOB_CLASS, Meaning.ERROR, Meaning.CONTINENT}
    | {
        Meaning.CLOTHES_SIZE,
        Meaning.MATERIAL,
        Meaning.NATIONALITY,
        Meaning.EVENT,
        Meaning.SOURCE,
        Meaning.LANGUAGE_NAME,
        Meaning.THEME,
    }
)
# Unique ones are taken in turn from the places known, while there are enough.
_FIELDS: Final[Mapping[Meaning, str]] = {
    Meaning.COUNTRY: "country",
    Meaning.COUNTRY_CODE: "code",
    Meaning.CURRENCY: "currency",
    Meaning.LANGUAGE: "language",
    Meaning.LOCALE: "locale",
    Meaning.CITY: "city",
    Meaning.TIME_ZONE: "zone",
}
_NEVER_UNIQUE: Final = frozenset(
    {*_FIELDS, Meaning.MIME_TYPE, Meaning.COLOUR, Meaning.POSTCODE, Meaning.PHONE, Meaning.IP, Meaning.VERSION}
    | {Meaning.USER_AGENT, Meaning.PASSWORD_HASH, Meaning.CATEGORY, Meaning.STATUS, *_LISTED}
    | {Meaning.BIC, Meaning.CARD_LAST4, Meaning.CARD_BRAND, Meaning.CARD_EXPIRY, Meaning.FILE_EXTENSION}
    | {Meaning.STACK_TRACE, Meaning.COORDINATES}
) - {Meaning.CITY}  # fmt: skip


def plausible(
    meaning: Meaning, table: Table, column: Column, domain: Domain, context: Context, *, unique: bool, rows: int
) -> Generator | None:
    """None where no such value fits the type, the length or the domain: the type alone must do."""
    if domain.choices is not None or domain.is_null:
        return None
    if not unique:
        number = figures(meaning, column.type, domain, context.now, constant_default(column))
        if number is not None:
            return number
    if domain.excluded - {""}:
        return None
    room = min((one for one in (column.type.length, domain.length_max) if one is not None), default=None)
    if unique and meaning in _FIELDS:
        listed = _in_turn(meaning, room, domain)
        if rows <= (listed.capacity or 0) and _found(listed, domain):
            return listed
    if meaning in FORMS:
        known = formed(meaning, room, domain, rows if unique else None) if column.type.base in TEXT else None
        return known if known is not None and _found(known, domain) else None
    form = _form(meaning, room, table, column)
    if form is None:
        return None
    made = _text(meaning, form, column.type, replace(domain, length_max=room), context, rows if unique else None)
    return made if made is None or _found(made, domain) else None


def _text(
    meaning: Meaning, form: _Form, type: DataType, domain: Domain, context: Context, rows: int | None
) -> Generator | None:
    if type.base in ("inet", "cidr") and meaning is not Meaning.IP:
        return None
    room = domain.length_max
    if (rows is not None and meaning in _NEVER_UNIQUE) or (domain.length_min or 0) > form.least:
        return None
    numbered = None if form.random else rows
    if room is not None and room < form.needs + numbers_width(numbered):
        return None
    cased = {"lower": domain.lower_case, "upper": domain.upper_case}
    return Made(meaning, form.maker, context, room if form.cut or meaning in _ROOMY else None, numbered, **cased)


def _found(made: Generator, domain: Domain) -> bool:
    """Whether what would be made matches the patterns demanded, as far as these are understood."""
    if not (domain.patterns or domain.absent_patterns):
        return True
    texts = made.values(Draw(0, np.arange(_SAMPLE)))
    try:
        wanted = all(texts.str.contains(pattern).all() for pattern in domain.patterns)
        return wanted and not any(texts.str.contains(pattern).any() for pattern in domain.absent_patterns)
    except pl.exceptions.ComputeError:  # a pattern of PostgreSQL's own kind
        return False


_ROOMY: Final = frozenset({Meaning.COUNTRY_CODE, Meaning.COLOUR, Meaning.EMAIL})  # whose makers keep to it themselves


def _form(meaning: Meaning, room: int | None, table: Table, column: Column) -> _Form | None:
    known = _words(meaning, room, table, column)
    if known is None:
        return _FORMS.get(meaning)
    if len(known) < _FEW_MIN:
        return None
    return _Form(partial(_status, known), max(map(len, known)), min(map(len, known)))


def _words(meaning: Meaning, room: int | None, table: Table, column: Column) -> tuple[str, ...] | None:
    """The few that there are to choose from; None where these are not few."""
    if meaning in _LISTED:
        return systems.words_of_kind(meaning.value, room)
    if meaning is Meaning.STATUS:
        return statuses(table, room, constant_default(column))
    return categories(table, column, room) if meaning is Meaning.CATEGORY else None


def _status(known: tuple[str, ...], ask: Ask) -> pl.Series:
    return chosen(pl.Series(known, dtype=pl.String), ask.draw.zipf(len(known), _STATUS_SKEW, "status"))


def _in_turn(meaning: Meaning, room: int | None, domain: Domain) -> InTurn:
    field = "code3" if meaning is Meaning.COUNTRY_CODE and room == len("USA") else _FIELDS[meaning]
    texts = dict.fromkeys(getattr(place, field) for place in places())
    cased = [text.lower() if domain.lower_case else text.upper() if domain.upper_case else text for text in texts]
    fits = [text for text in cased if (domain.length_min or 0) <= len(text) <= (room or len(text))]
    return InTurn(tuple(fits))
