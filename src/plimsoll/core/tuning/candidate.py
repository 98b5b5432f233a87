"""An index that might pay, before anybody knows whether it does."""

from dataclasses import dataclass
from typing import Literal

from plimsoll.core.tuning.index import Index

Form = Literal["btree", "partial", "covering", "expression", "gin", "trigram", "brin", "foreign-key"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """`queries` are ids of those that it may serve, `why` says by which of their conditions. `always` is one whose use
    no statement of the workload shows: a foreign key, whose check reads the table. `share` is how many of the table's
    rows its predicate takes in."""

    index: Index
    form: Form
    why: str
    queries: tuple[str, ...]
    always: bool = False
    share: float = 1.0
