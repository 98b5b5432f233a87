"""What a column means, told by its name, its type and its comment; and whether that is personal data."""

import re
from collections.abc import Mapping
from enum import StrEnum, auto
from typing import Final

from plimsoll.core.schema import Column, Table


class Meaning(StrEnum):
    """Of a column."""

    EMAIL = auto()
    USERNAME = auto()
    FIRST_NAME = auto()
    LAST_NAME = auto()
    FULL_NAME = auto()
    COMPANY = auto()
    PHONE = auto()
    STREET = auto()
    CITY = auto()
    COUNTRY = auto()
    COUNTRY_CODE = auto()
    POSTCODE = auto()
    LATITUDE = auto()
    LONGITUDE = auto()
    URL = auto()
    SLUG = auto()
    IP = auto()
    USER_AGENT = auto()
    LANGUAGE = auto()
    CURRENCY = auto()
    TIME_ZONE = auto()
    TITLE = auto()
    SENTENCE = auto()
    PARAGRAPH = auto()
    FILE_NAME = auto()
    MIME_TYPE = auto()
    SHA256 = auto()
    MD5 = auto()
    PASSWORD_HASH = auto()
    TOKEN = auto()
    COLOUR = auto()
    VERSION = auto()
    MONEY = auto()
    QUANTITY = auto()
    PERCENTAGE = auto()
    RATING = auto()
    YEAR = auto()
    COUNT = auto()
    BYTES = auto()
    FLAG = auto()
    JOB_TITLE = auto()
    CREATED_AT = auto()
    UPDATED_AT = auto()
    DELETED_AT = auto()
    EXPIRES_AT = auto()
    BIRTH_DATE = auto()


_TEXT: Final = frozenset({"text", "varchar", "bpchar", "citext"})
_NUMBER: Final = frozenset({"int2", "int4", "int8", "numeric", "float4", "float8", "money"})
_WHOLE: Final = frozenset({"int2", "int4", "int8"})
_TIME: Final = frozenset({"timestamp", "timestamptz", "date"})
_FORMS: Final = re.compile(r"([a-z0-9])([A-Z])")

# What the words of a name must match, from their beginning or after a blank to their end; the first that fits counts.
_RULES: Final[tuple[tuple[frozenset[str], str, Meaning], ...]] = (
    (_TIME, r"(created|inserted|registered|joined|posted|added)( (at|on|date|time|timestamp))?|date joined",
     Meaning.CREATED_AT),
    (_TIME, r"(updated|modified|changed|last modified)( (at|on|date|time))?", Meaning.UPDATED_AT),
    (_TIME, r"(deleted|removed|archived|discarded|disabled|trashed)( (at|on|date))?", Meaning.DELETED_AT),
    (_TIME, r"(expires?|expiry|valid until|due|deadline)( (at|on|date))?", Meaning.EXPIRES_AT),
    (_TIME, r"(birth ?day|birth ?date|date of birth|dob|born)( on)?", Meaning.BIRTH_DATE),
    (_TEXT, r"e ?mail( address)?|mail", Meaning.EMAIL),
    (_TEXT, r"user ?name|login|nick ?name|handle|screen name", Meaning.USERNAME),
    (_TEXT, r"first ?name|given ?name|fore ?name", Meaning.FIRST_NAME),
    (_TEXT, r"last ?name|sur ?name|family ?name", Meaning.LAST_NAME),
    (_TEXT, r"full ?name|display ?name|real ?name|author|contact name|customer name|person name", Meaning.FULL_NAME),
    (_TEXT, r"company( name)?|organi[sz]ation( name)?|employer|vendor|supplier|firm", Meaning.COMPANY),
    (_TEXT, r"phone( number)?|telephone|mobile|fax|tel", Meaning.PHONE),
    (_TEXT, r"street( address)?|address( line)?( ?[12])?|addr", Meaning.STREET),
    (_TEXT, r"city|town|locality", Meaning.CITY),
    (_TEXT, r"country( name)?", Meaning.COUNTRY),
    (_TEXT, r"country ?(code|iso)|iso country", Meaning.COUNTRY_CODE),
    (_TEXT, r"zip( ?code)?|post(al)? ?code", Meaning.POSTCODE),
    (_NUMBER, r"lat(itude)?", Meaning.LATITUDE),
    (_NUMBER, r"lng|lon(gitude)?", Meaning.LONGITUDE),
    (_TEXT, r"ur[li]|website|homepage|link|href|avatar( url)?|web ?site", Meaning.URL),
    (_TEXT, r"slug|permalink", Meaning.SLUG),
    (_TEXT, r"ip( address)?|remote (ip|addr)", Meaning.IP),
    (_TEXT, r"user ?agent|browser", Meaning.USER_AGENT),
    (_TEXT, r"lang(uage)?( code)?|locale", Meaning.LANGUAGE),
    (_TEXT, r"currency( code)?", Meaning.CURRENCY),
    (_TEXT, r"time ?zone|tz", Meaning.TIME_ZONE),
    (_TEXT, r"file ?name|path", Meaning.FILE_NAME),
    (_TEXT, r"mime ?type|content ?type", Meaning.MIME_TYPE),
    (_TEXT, r"sha ?256|checksum|digest|fingerprint", Meaning.SHA256),
    (_TEXT, r"md5|etag", Meaning.MD5),
    (_TEXT, r"(encrypted |crypted )?password( hash| digest)?|passwd", Meaning.PASSWORD_HASH),
    (_TEXT, r"(\w+ )?(token|secret|api key|otp)", Meaning.TOKEN),
    (_TEXT, r"colou?r", Meaning.COLOUR),
    (_TEXT, r"version", Meaning.VERSION),
    (_TEXT, r"job( title)?|position|profession|occupation", Meaning.JOB_TITLE),
    (_TEXT, r"body|content|text|raw|cooked|html|markdown|article|bio|about( me)?|notes?", Meaning.PARAGRAPH),
    (_TEXT, r"description|comment|message|summary|excerpt|remark|reason|question|answer", Meaning.SENTENCE),
    (_TEXT, r"title|subject|headline|caption|label|topic", Meaning.TITLE),
    (_NUMBER, r"(unit )?(price|amount|cost|(sub)?total|balance|fee|salary|tax|revenue|discount)", Meaning.MONEY),
    (_WHOLE, r"qty|quantity|stock|inventory|pieces|units", Meaning.QUANTITY),
    (_NUMBER, r"percent(age)?|pct|share|progress", Meaning.PERCENTAGE),
    (_NUMBER, r"rating|stars", Meaning.RATING),
    (_WHOLE, r"year", Meaning.YEAR),
    (_WHOLE, r"(\w+ )*counts?|num \w+|(views|likes|clicks|hits|visits|votes)", Meaning.COUNT),
    (_WHOLE, r"bytes|file ?size|size|length|content length", Meaning.BYTES),
    (frozenset({"bool"}), r".*", Meaning.FLAG),
)  # fmt: skip
_COMPILED: Final = tuple((bases, re.compile(rf"(?:.* )?(?:{words})"), meaning) for bases, words, meaning in _RULES)
_PEOPLE: Final = re.compile(
    r"user|person|people|customer|employee|member|contact|author|profile|patient|student|player"
)
_COMMENTS: Final[Mapping[str, Meaning]] = {
    r"\be-?mail\b": Meaning.EMAIL,
    r"\biso[ -]?4217\b": Meaning.CURRENCY,
    r"\biso[ -]?3166\b": Meaning.COUNTRY_CODE,
    r"\b(bcp ?47|iso[ -]?639)\b": Meaning.LANGUAGE,
    r"\bphone number\b": Meaning.PHONE,
    r"\bsha-?256\b": Meaning.SHA256,
}
_PERSONAL: Final = frozenset(
    {Meaning.EMAIL, Meaning.USERNAME, Meaning.FIRST_NAME, Meaning.LAST_NAME, Meaning.FULL_NAME, Meaning.PHONE}
    | {Meaning.STREET, Meaning.CITY, Meaning.POSTCODE, Meaning.LATITUDE, Meaning.LONGITUDE, Meaning.URL, Meaning.SLUG}
    | {Meaning.IP, Meaning.USER_AGENT, Meaning.TITLE, Meaning.SENTENCE, Meaning.PARAGRAPH, Meaning.FILE_NAME}
    | {Meaning.SHA256, Meaning.MD5, Meaning.PASSWORD_HASH, Meaning.TOKEN, Meaning.BIRTH_DATE, Meaning.COMPANY}
)
_IMPERSONAL_BASES: Final = frozenset({"bool", *_NUMBER, *_TIME, "interval", "time"})


def meaning_of(table: Table, column: Column) -> Meaning | None:
    """None where nothing is known, and for what its type contradicts: an email_verified that is true or false."""
    if column.type.kind != "base":
        return None
    words = _words(column.name)
    for bases, pattern, meaning in _COMPILED:
        if column.type.base in bases and pattern.fullmatch(words):
            return meaning
    if column.type.base not in _TEXT:
        return None
    for pattern_text, meaning in _COMMENTS.items():
        if re.search(pattern_text, column.comment, re.IGNORECASE):
            return meaning
    if words == "name":
        return Meaning.FULL_NAME if _PEOPLE.search(_words(table.name.name)) else Meaning.TITLE
    return Meaning.TITLE if words.endswith(" name") else None


def personal(meaning: Meaning) -> bool:
    """Whether values of that meaning may say something of a person."""
    return meaning in _PERSONAL


def personal_column(table: Table, column: Column) -> bool:
    """Whether a column may hold personal data. Free text of unknown meaning may; enums, flags and numbers do not."""
    meaning = meaning_of(table, column)
    if meaning is not None:
        return personal(meaning)
    return column.type.kind != "enum" and column.type.base not in _IMPERSONAL_BASES


def _words(name: str) -> str:
    """user_eMail, UserEmail, user-email: "user email"."""
    return re.sub(r"[\W_]+", " ", _FORMS.sub(r"\1 \2", name)).strip().lower()
