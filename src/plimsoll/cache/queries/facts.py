"""What is known of a statement that may be cached, and of what it reads. Values."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from plimsoll.cache.queries.conjuncts import Kind, Value
from plimsoll.core.identifiers import TableName
from plimsoll.core.tag import STATEMENT_FAMILY, Template, tag


@dataclass(frozen=True, slots=True)
class Relation:
    """One that a statement's analysis locked. `tops`: what stands highest above it, itself where nothing does.
    `columns` are those that can be in keys. `texts`: a view's definition, and conditions of policies."""

    oid: int
    table: TableName
    kind: str
    lock: str
    temporary: bool
    system: bool
    tops: tuple[TableName, ...] = ()
    columns: Mapping[str, Kind] = field(default_factory=dict)
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Function:
    """One that may be meant by a name. `builtin`: the server's own. `ordinary`: its volatility tells all, which of an
    aggregate it does where that of its `parts` does, by name. `body`: of one in SQL that the planner may write into the
    statement, else ""."""

    schema: str
    name: str
    volatility: str
    builtin: bool
    ordinary: bool = True
    body: str = ""
    parts: tuple[str, ...] = ()


Calls = Mapping[tuple[str, str], Sequence[Function]]


class Watched(NamedTuple):
    """A watched table that a relation is, or stands below."""

    table: TableName
    templates: tuple[Template, ...]


@dataclass(frozen=True, slots=True)
class Catalog:
    """What the database says beside the plan. `watched` by relation. `operators`: symbols whose meaning is not fixed,
    `casts`: types to which one casts by what is not. `odd_collations`: some take different texts for equal.
    `odd_equals`: there is an = of somebody's for types of the server's. `parameters`: types of the statement's."""

    relations: Sequence[Relation] = ()
    functions: Calls = field(default_factory=dict)
    watched: Mapping[TableName, Sequence[Watched]] = field(default_factory=dict)
    operators: frozenset[str] = frozenset()
    casts: frozenset[str] = frozenset()
    odd_collations: bool = False
    odd_equals: bool = False
    parameters: Sequence[str] = ()


class Held(NamedTuple):
    """A column of a template that is held to a value. `type`: of a parameter, as the server reads it."""

    value: Value
    kind: Kind
    type: str


@dataclass(frozen=True, slots=True)
class RowTag:
    """A tag to be made of parameters and settings; where that cannot be, `otherwise` is the table's."""

    family: str
    held: tuple[Held, ...]
    otherwise: str

    def __str__(self) -> str:
        return f"{self.family}:{'/'.join(_shown(one.value) for one in self.held)}"


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether a statement may be cached (`refused` is "" then), and by which tags.

    `tables` are whole tables' tags. `settings` are read by it and belong into the key. `moments`: a date is read from a
    text, which must not be 'today'.
    """

    refused: str = ""
    tables: frozenset[str] = frozenset()
    rows: tuple[RowTag, ...] = ()
    settings: tuple[str, ...] = ()
    moments: bool = False

    @property
    def tags(self) -> tuple[str, ...]:
        """For people, with what is only known when it is asked: `order:$1`, `org:app.tenant`."""
        return tuple(sorted({*map(str, self.rows), *self.tables}))

    def __str__(self) -> str:
        if self.refused:
            return f"not kept: {self.refused}"
        return f"kept, by {', '.join(self.tags)}" if self.tags else "kept: it reads no table"


@dataclass(frozen=True, slots=True)
class Facts:
    """A judgement with what it rests on: `stamps` by kind and name of things in the catalog, as they were."""

    judgement: Judgement
    stamps: Mapping[tuple[str, str], str] = field(default_factory=dict)
    relations: frozenset[tuple[int, str]] = frozenset()
    fingerprint: str = ""

    @property
    def tag(self) -> str:
        """That answers carry beside their rows' and tables': what is filled from them goes with it, too."""
        return tag(STATEMENT_FAMILY, self.fingerprint)

    @staticmethod
    def of(
        judgement: Judgement, stamps: Mapping[tuple[str, str], str], relations: Iterable[tuple[int, str]] = ()
    ) -> "Facts":
        """The fingerprint is the same in every process that found the same."""
        tags = sorted(judgement.tables), judgement.rows
        said = repr((sorted(stamps.items()), judgement.refused, tags, judgement.settings)).encode(
            errors="surrogatepass"
        )
        return Facts(judgement, stamps, frozenset(relations), hashlib.sha256(said).hexdigest()[:16])


def _shown(value: Value) -> str:
    name = "${}" if value.source == "parameter" else "{}"
    text = name.format(value.text)
    return f"[{text}]" if value.several else text
