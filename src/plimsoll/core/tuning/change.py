"""What might be changed in a database, and why."""

from dataclasses import dataclass, field
from typing import Literal

from plimsoll.core.tuning.index import ExistingIndex, Index

ChangeKind = Literal["create-index", "drop-index"]


@dataclass(frozen=True, slots=True)
class Change:
    """`subject` is the table that it is about ("public.orders"). `title` is one line for people, `why` says what it
    serves and on what that rests, `risk` what may go wrong. `queries` are ids of those that it is for. `index` is one
    to create, `existing` one to drop. `form` tells its kind ("covering", "unused")."""

    kind: ChangeKind
    subject: str
    title: str
    why: str
    queries: tuple[str, ...] = ()
    index: Index | None = None
    existing: ExistingIndex | None = None
    form: str = ""
    risk: str = ""
    details: dict[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Names it among the changes of a database."""
        if self.index is not None:
            return f"{self.kind}:{self.index.name}"
        about = self.existing.name if self.existing is not None else self.subject
        return ":".join(part for part in (self.kind, about, self.form) if part)
