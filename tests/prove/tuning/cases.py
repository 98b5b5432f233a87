"""The cases: a schema with data, what is asked of it, and what right advice on it is. Values only."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from plimsoll.core.identifiers import TableName, quote_identifier
from plimsoll.core.tuning.index import Index, IndexKey

Answer = frozenset[Index]
NOTHING: Sequence[Answer] = ()
Drops = Sequence[frozenset[str]]
_COLUMN = re.compile(r"(-?)([^:(]+?)(?::(\w+))?")
_EXPRESSION = re.compile(r"(-?)(\(.*\))(?::(\w+))?")


@dataclass(frozen=True, slots=True)
class Asked:
    """A statement with its parameters as $1, $2 …; `bindings` are SQL literals of them, one binding after another."""

    sql: str
    calls: int = 100
    bindings: Sequence[Sequence[str]] = ((),)
    writes: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """`accepted` are the sets of indexes of which any one is right; without one, nothing is. `never` are those that
    tempt and do not pay, each with the reason. `drops` are the sets of names of which any one is to be dropped, `kept`
    those that never are. `beyond` is what else is right, as "rewrite:offset", all of it; `fine` may be said besides.
    `role` asks the statements."""

    name: str
    data: str
    asked: Sequence[Asked]
    accepted: Sequence[Answer] = NOTHING
    never: Mapping[Index, str] = field(default_factory=dict)
    drops: Drops = ()
    kept: Mapping[str, str] = field(default_factory=dict)
    beyond: frozenset[str] = frozenset()
    fine: frozenset[str] = frozenset()
    budget_bytes: int | None = None
    role: str = ""

    @property
    def quiet(self) -> bool:
        """Whether nothing is to be advised."""
        return not (self.accepted or self.drops or self.beyond)

    @property
    def group(self) -> str:
        return self.name.partition("/")[0]


def on(
    table: str,
    *keys: str | IndexKey,
    method: str = "btree",
    include: Sequence[str] = (),
    where: str = "",
    schema: str = "public",
) -> Index:
    """An index in short: "-created_at" descends, "name:text_pattern_ops" has a class, "(lower(name))" is computed."""
    place = TableName(schema, table)
    return Index(
        place, tuple(key if isinstance(key, IndexKey) else _key(key) for key in keys), method, tuple(include), where
    )


def answer(*indexes: Index) -> Answer:
    """Those that are right together."""
    return frozenset(indexes)


def any_of(*indexes: Index) -> Sequence[Answer]:
    """Each is right by itself."""
    return tuple(answer(index) for index in indexes)


def dropping(*names: str) -> Drops:
    """One of them."""
    return tuple(frozenset({name}) for name in names)


def _key(text: str) -> IndexKey:
    matched = (_EXPRESSION if "(" in text else _COLUMN).fullmatch(text)
    if matched is None:
        message = f"no key of an index: {text!r}"
        raise ValueError(message)
    minus, what, opclass = matched.groups()
    computed = what.startswith("(")
    return IndexKey(
        what if computed else quote_identifier(what),
        "" if computed else what,
        descending=bool(minus),
        opclass=opclass or "",
    )
