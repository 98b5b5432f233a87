"""Tags: what a cached value says it rests on, and what a changed row says it changed. Plain text, compared as it is.

A tag is `family:key`. A row's key is made from its columns by a template, `order:{id}` or `line:{order_id}/{number}`;
`family:*` stands for every tag of a family. Two rows share a tag exactly if they share the columns of its template:

- `%`, `/` and `*` in a value are written `%25`, `%2F`, `%2A`, so that `/` stands only between values, and `*` never
  in a row's tag;
- NULL is written `%0`, which no value gives;
- a key of more than KEY_CHARACTERS_MAX characters is written `%h` and its SHA-256, which no shorter one gives.

`order:{id} when status, total` is written by fewer changes: of an UPDATE by one that changes these columns or the key.

The database makes the same texts in SQL (`plimsoll.changes.sql`), which a test holds against this.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from plimsoll.core.errors import UsageError
from plimsoll.core.identifiers import NAME_BYTES_MAX, TableName, quote_identifier, unquoted

KEY_CHARACTERS_MAX: Final = 200
COLUMNS_MAX: Final = 8  # of one template
WHEN_MAX: Final = 32  # columns that an update is looked at for; each is compared for every row
TABLE_FAMILY: Final = "table"  # of tags of whole tables; no template may take it
STATEMENT_FAMILY: Final = "statement"  # of what cached statements rest on in the schema, written where that changed
NULL: Final = "%0"
LONG: Final = "%h"
ESCAPES: Final[Mapping[str, str]] = {"%": "%25", "/": "%2F", "*": "%2A"}  # in this order: % first

_ESCAPING: Final = str.maketrans(dict(ESCAPES))
_FAMILY: Final = re.compile(r"[a-z][a-z0-9_-]{0,39}", re.ASCII)
_PART: Final = r"(?:[^%/*\0]|%25|%2F|%2A)*|%0"
_KEY: Final = re.compile(rf"(?:{_PART})(?:/(?:{_PART}))*|%h[0-9a-f]{{64}}", re.DOTALL)
_COLUMN: Final = re.compile(r"\{((?:[^{}]|\{\{|\}\})+)\}", re.DOTALL)
_BARE: Final = re.compile(r'[^",\s{}]+')
_NAME: Final = rf'(?:"(?:[^"]|"")+"|{_BARE.pattern})'
_WHEN: Final = re.compile(rf"\s+when\s+({_NAME}(?:\s*,\s*{_NAME})*)\s*", re.DOTALL)
_NAMED: Final = re.compile(_NAME, re.DOTALL)


def tag(family: str, *values: Any) -> str:
    """The tag of a row with these values in the template's columns: `tag("order", 42)` is "order:42".

    A value is a whole number, a text, a UUID, a truth value, an Enum of one of these, or None for NULL. Raises
    UsageError for others, whose text depends on settings, and for what is no family.
    """
    if not values:
        raise UsageError("a row's tag has a key", why=f"{family!r} got no value", remedy=f"whole({family!r}) for all")
    return f"{checked_family(family)}:{key_of(*values)}"


def key_of(*values: Any) -> str:
    """What stands behind the family. Raises UsageError as `tag`."""
    key = "/".join(map(_escaped, values))
    if len(key) <= KEY_CHARACTERS_MAX:
        return key
    from hashlib import sha256  # takes 3 ms to import, and hardly any key is so long

    return LONG + sha256(key.encode(errors="surrogatepass")).hexdigest()


def whole(family: str) -> str:
    """The tag for every row of a family: "order:*". What carries any tag of the family goes with it."""
    return f"{checked_family(family)}:*"


def table_tag(table: TableName) -> str:
    """The tag that every change of a table writes: "table:public.orders". A dot within a name is written %2E."""
    return f"{TABLE_FAMILY}:{'.'.join(_escaped(part).replace('.', '%2E') for part in table)}"


def family_of(tag: str) -> str:
    """What stands before the key."""
    return tag.partition(":")[0]


def is_whole(tag: str) -> bool:
    """Whether it stands for a family."""
    return tag.endswith(":*")


def is_row_tag(text: str) -> bool:
    """Whether a row could have it: one that a person wrote and that is not escaped as it must be is none."""
    family, colon, key = text.partition(":")
    return bool(colon and _FAMILY.fullmatch(family) and family != TABLE_FAMILY and _KEY.fullmatch(key))


def checked_family(name: object) -> str:
    """The name itself. Raises UsageError for what cannot be a family."""
    if isinstance(name, str) and _FAMILY.fullmatch(name) and name != TABLE_FAMILY:
        return name
    why = (
        f"{name!r} is kept for whole tables"
        if name == TABLE_FAMILY
        else f"{name!r:.60} is not a small letter followed by up to 39 small letters, digits, - or _"
    )
    raise UsageError("not a family of tags", why=why, remedy="name it as in order:{id}")


@dataclass(frozen=True, slots=True)
class Template:
    """How a row's tag is made: the family, and the columns whose values are its key, in order.

    `when` are columns of which an UPDATE has to change one, or one of the key, to write the tag; None: every UPDATE
    writes it. Rows that come or go always do.
    """

    family: str
    columns: tuple[str, ...]
    when: tuple[str, ...] | None = None

    @staticmethod
    def parse(text: str) -> "Template":
        """From `order:{id}`, `line:{order_id}/{number}` or `order:{id} when status, "Odd name"`; a brace within a
        column's name in braces is written twice.

        Raises UsageError.
        """
        family, _, key = text.partition(":")
        columns, at = [], 0
        while found := _COLUMN.match(key, at):
            columns.append(found[1].replace("{{", "{").replace("}}", "}"))
            at = found.end() + 1
            if key[found.end() : at] != "/":
                break
        said = _WHEN.fullmatch(key, at - 1) if columns and at <= len(key) else None
        when = tuple(map(unquoted, _NAMED.findall(said[1]))) if said else None
        if not columns or (at != len(key) + 1 and when is None):
            why = (
                f"{text[:80]!r} is not a family, a colon, and columns in braces with / between them, "
                "or these and when, and columns with commas between"
            )
            raise UsageError(
                "not a template of tags",
                why=why,
                remedy="write it as order:{id}, line:{order_id}/{no}, order:{id} when status, total, "
                "or order:{id} when id for rows that come or go",
            )
        if len(columns) > COLUMNS_MAX or len(set(columns)) < len(columns):
            why = f"{text[:80]!r} names a column twice, or more than {COLUMNS_MAX}"
            raise UsageError("not a template of tags", why=why, remedy="name the columns of the key once each")
        if when is not None and (len(when) > WHEN_MAX or len(set(when)) < len(when)):
            why = f"{text[:80]!r} names a column twice behind when, or more than {WHEN_MAX}"
            raise UsageError(
                "not a template of tags", why=why, remedy="name each once; without when, any change counts"
            )
        if not all(len(name.encode()) <= NAME_BYTES_MAX and "\0" not in name for name in (*columns, *(when or ()))):
            why = f"{text[:80]!r} names a column that cannot be one"
            raise UsageError("not a template of tags", why=why, remedy=f"a name has at most {NAME_BYTES_MAX} bytes")
        return Template(checked_family(family), tuple(columns), when)

    def tells_all_of(self, other: "Template") -> bool:
        """Whether this one is written whenever the other is."""
        if (self.family, self.columns) != (other.family, other.columns):
            return False
        return self.when is None or (other.when is not None and {*other.when} <= {*self.when, *self.columns})

    def may_write(self, tag: str) -> bool:
        """Whether rows could have it, by its family and by how many values are in its key."""
        key = tag.partition(":")[2]
        fits = is_whole(tag) or key.startswith(LONG) or key.count("/") + 1 == len(self.columns)
        return family_of(tag) == self.family and fits

    def tag_of(self, row: Mapping[str, Any]) -> str:
        """The tag of a row. Raises UsageError where a column is missing or its value cannot be in a key."""
        missing = [name for name in self.columns if name not in row]
        if missing:
            why = f"the row has no {missing[0]!r}, which {self} takes"
            raise UsageError("a tag cannot be made", why=why, remedy="fetch the columns of the template too")
        return tag(self.family, *(row[name] for name in self.columns))

    def __str__(self) -> str:
        braced = ("{" + name.replace("{", "{{").replace("}", "}}") + "}" for name in self.columns)
        named = (one if _BARE.fullmatch(one) else quote_identifier(one) for one in self.when or ())
        when = "" if self.when is None else f" when {', '.join(named)}"
        return f"{self.family}:{'/'.join(braced)}{when}"


def _escaped(value: Any) -> str:
    """As the database writes it: `value::text`, escaped."""
    match value:
        case Enum():
            return _escaped(value.value)
        case bool():
            return "true" if value else "false"
        case int():
            return str(int(value))
        case str() if "\0" not in value:
            return str(value).translate(_ESCAPING)
        case None:
            return NULL
    from uuid import UUID  # takes 3 ms to import: whoever has one has paid for it

    if isinstance(value, UUID):
        return str(value)
    why = f"a value of type {type(value).__name__} has no text that is always the same"
    raise UsageError("a tag cannot be made", why=why, remedy="take whole numbers, texts, UUIDs, truth values or None")
