"""What might be changed in a database or in what is asked of it, and why."""

from dataclasses import dataclass, field
from typing import Final, Literal

from plimsoll.core.tuning.index import ExistingIndex, Index

ChangeKind = Literal[
    "create-index", "drop-index", "partition", "rewrite", "statistics", "setting", "table-setting",
]  # fmt: skip
APPLIED: Final[tuple[ChangeKind, ...]] = ("create-index", "drop-index", "statistics", "table-setting")  # by a migration


@dataclass(frozen=True, slots=True)
class Step:
    """One statement of a migration, without its semicolon. `alone`: must not stand in a transaction. `undo` takes it
    back; "" where nothing needs to be done for it. `check` is a query whose one boolean says that it is done."""

    sql: str
    undo: str = ""
    alone: bool = False
    note: str = ""
    check: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """`subject` is what it is about ("public.orders", a setting, a statement's id). `title` is one line for people,
    `why` says what it serves and on what that rests, `risk` what may go wrong. `queries` are ids of those that it is
    for. `index` is one to create, `existing` one to drop. `form` tells its kind ("covering", "unused", "offset",
    "work_mem"). `steps` are how it is done on the database; a rewrite has none, and `before` and `after` instead."""

    kind: ChangeKind
    subject: str
    title: str
    why: str
    queries: tuple[str, ...] = ()
    index: Index | None = None
    existing: ExistingIndex | None = None
    form: str = ""
    risk: str = ""
    steps: tuple[Step, ...] = ()
    before: str = ""
    after: str = ""
    details: dict[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Names it among the changes of a tuning. Indexes of different schemas may have one name."""
        if self.index is not None:
            return ":".join((self.kind, _in_schema(self.index.table.schema, self.index.name)))
        existing = self.existing
        about = _in_schema(existing.schema, existing.name) if existing is not None else self.subject
        return ":".join(part for part in (self.kind, about, self.form) if part)


def _in_schema(schema: str, name: str) -> str:
    return name if schema == "public" else f"{schema}.{name}"
