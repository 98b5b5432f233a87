"""Which tables are watched, and what their rows' tags are: as people say it, and as the catalog knows them. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from plimsoll.core.errors import UsageError
from plimsoll.core.identifiers import NAME_BYTES_MAX, TableName, unquoted
from plimsoll.core.tag import Template, table_tag, whole

TEMPLATES_MAX: Final = 10  # of one table: each costs every write
WATCHES_MAX: Final = 500

_NAME: Final = r'(?:"(?:[^"]|"")+"|[^".=\s]+)'
_WATCH: Final = re.compile(rf"\s*(?:({_NAME})\.)?({_NAME})\s*(?:=(.*))?", re.DOTALL)
_REMEDY: Final = (
    'write it as public.orders=order:{id}; a name with a blank, a dot or = in double quotes: public."Odd one"'
)
_BETWEEN: Final = re.compile(r",\s*(?=[a-z][a-z0-9_-]*:\{)")


@dataclass(frozen=True, slots=True)
class Watch:
    """A table and the templates of its rows' tags. Without templates only the table's own tag is written."""

    table: TableName
    templates: tuple[Template, ...] = ()

    @staticmethod
    def parse(text: str) -> "Watch":
        """From `public.orders=order:{id},state:{id} when status`; names as they are, in double quotes if need be.

        Raises UsageError.
        """
        found = _WATCH.fullmatch(text)
        if found is None:
            why = f"{text[:80]!r} is not a table, =, and templates with commas between them"
            raise UsageError("cannot tell which table is meant", why=why, remedy=_REMEDY)
        table = TableName(unquoted(found[1] or "public"), unquoted(found[2]))
        if any("\0" in name or len(name.encode()) > NAME_BYTES_MAX for name in table):
            why = f"{text[:80]!r} names what cannot be a table"
            raise UsageError("cannot tell which table is meant", why=why, remedy="correct the table's name")
        stated = (found[3] or "").strip()
        templates = tuple(Template.parse(one.strip()) for one in _BETWEEN.split(stated)) if stated else ()
        return Watch(table, _once(tuple(dict.fromkeys(templates))))

    @property
    def tags(self) -> tuple[str, ...]:
        """What a change of unknown rows writes: every family whole, and the table's tag."""
        return (*dict.fromkeys(whole(one.family) for one in self.templates), table_tag(self.table))

    def __str__(self) -> str:
        return f"{self.table.written}={','.join(map(str, self.templates))}"


def _once(templates: tuple[Template, ...]) -> tuple[Template, ...]:
    """The same. Raises UsageError where one tag would be written by two rules, of which only the wider one counts."""
    made = [(one.family, one.columns) for one in templates]
    twice = next((one for one, tag in zip(templates, made, strict=True) if made.count(tag) > 1), None)
    if twice is None:
        return templates
    why = f"two templates make the tag of {replace(twice, when=None)}, by different updates"
    raise UsageError("when is it written?", why=why, remedy="name one family for each, as in order and order-state")


def checked_watches(watches: Sequence[Watch]) -> tuple[Watch, ...]:
    """The same, each table once. Raises UsageError."""
    tables = [one.table for one in watches]
    twice = next((table for table in tables if tables.count(table) > 1), None)
    if twice is not None:
        why = f"{twice} is named twice"
        raise UsageError("which templates?", why=why, remedy="name a table once, its templates with commas between")
    if len(watches) > WATCHES_MAX or any(len(one.templates) > TEMPLATES_MAX for one in watches):
        why = f"at most {WATCHES_MAX} tables with {TEMPLATES_MAX} templates each are watched"
        raise UsageError("that is too much to watch", why=why, remedy="watch what is read often and written seldom")
    return tuple(watches)


@dataclass(frozen=True, slots=True)
class ColumnFact:
    """A column as the catalog has it. `kind` is how it becomes part of a key, "" where it cannot, and then `why`.
    `virtual`: it is generated when it is read."""

    name: str
    number: int
    type: int
    collation: int
    kind: str
    why: str = ""
    virtual: bool = False


@dataclass(frozen=True, slots=True)
class TableFact:
    """A table as the catalog has it. `members` are all partitions and children below it, quoted; `above` what stands
    above it; `obstacles` why it cannot be watched at all; `key` the primary key's columns; `moves`: its rows may go
    from one partition to another."""

    oid: int
    table: TableName
    columns: tuple[ColumnFact, ...]
    members: tuple[str, ...] = ()
    above: tuple[TableName, ...] = ()
    obstacles: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    moves: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """Who we are there, and whether the changelog is there: `ours` if we own it, `version` by which it was made.

    `encoded`: the database knows what its texts are written in.
    """

    superuser: bool
    creates: bool
    standby: bool
    schema: bool
    installed: bool
    ours: bool
    on_ddl: bool
    version: str = ""
    retain_s: float = 0.0
    encoded: bool = True


@dataclass(frozen=True, slots=True)
class Installed:
    """A table that is watched. `drift` says what is not as it was installed; whole families are written until it is.
    `source` is of the triggers' function; `outdated`: another version made it, or the table has another key since."""

    watch: Watch
    oid: int
    drift: tuple[str, ...] = ()
    source: str = ""
    outdated: bool = False
