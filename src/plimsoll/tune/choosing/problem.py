"""What a choice of indexes is made of: the workload's statements, what may be built, and what it would take. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from plimsoll.core.tuning.candidate import Candidate
from plimsoll.core.tuning.index import Index
from plimsoll.tune.costing.costing import Configuration

KEY_COLUMNS_MAX: Final = 6
CARRIED_COLUMNS_MAX: Final = 8


@dataclass(frozen=True, slots=True)
class Question:
    """What does a statement cost with exactly these indexes besides those that are there? `best` is the best
    configuration known when it was asked, for whoever has no time to answer."""

    query: str
    indexes: Configuration
    best: Configuration


@dataclass(frozen=True)
class Problem:
    """`weights` are what a unit of each statement's cost counts, by its id, in what is decided; `told` in what is told
    of it, where that is not the same. `serves` are the statements that each index may serve.
    `size` is an index's bytes, `upkeep` what writing to it costs over the workload; both also of indexes that the
    search makes of two. `rent` is what a byte of them costs: disk, memory, backups. Without a
    budget `budget_bytes` is None. `freely`: to ask about one more index costs no more than a plan."""

    weights: Mapping[str, float]
    serves: Mapping[Index, frozenset[str]]
    size: Callable[[Index], int]
    upkeep: Callable[[Index], float] = lambda index: 0.0
    budget_bytes: int | None = None
    rent: float = 0.0
    freely: bool = True
    told: Mapping[str, float] = field(default_factory=dict)
    made: dict[Index, frozenset[str]] = field(default_factory=dict)
    serving: dict[str, set[Index]] = field(default_factory=dict)  # by statement, of both
    merging: dict[tuple[Index, Index], Index | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for index, queries in self.serves.items():
            self._remember(index, queries)

    def relevant(self, query: str, chosen: Configuration) -> Configuration:
        """Those that may serve the statement. An intersection hashes nothing anew, which the search lives by."""
        return chosen & self.serving.get(query, set())

    def served(self, index: Index) -> frozenset[str]:
        """Statements that it may serve; of one made of two, those of both."""
        found = self.serves.get(index)
        return found if found is not None else self.made.get(index, frozenset())

    def kept(self, index: Index) -> float:
        """What it costs to have it."""
        return self.upkeep(index) + self.rent * self.size(index)

    def bytes(self, chosen: Configuration) -> int:
        return sum(self.size(one) for one in chosen)

    def fits(self, chosen: Configuration) -> bool:
        return self.budget_bytes is None or self.bytes(chosen) <= self.budget_bytes

    def merged(self, first: Index, second: Index) -> Index | None:
        """One that serves what both do, remembered; None where none does."""
        if (first, second) in self.merging:
            return self.merging[first, second]
        one = self.merging[first, second] = widened(first, second)
        if one is not None and one not in self.serves:
            self.made[one] = self.made.get(one, frozenset()) | self.served(first) | self.served(second)
            self._remember(one, self.made[one])
        return one

    def narrowed(self, wide: Index, one: Index) -> Index:
        """The second, remembered as one that serves what the first does."""
        if one not in self.serves:
            self.made[one] = self.made.get(one, frozenset()) | self.served(wide)
            self._remember(one, self.made[one])
        return one

    def _remember(self, index: Index, queries: frozenset[str]) -> None:
        for query in queries:
            self.serving.setdefault(query, set()).add(index)


def problem_of(candidates: Sequence[Candidate], weights: Mapping[str, float]) -> dict[Index, frozenset[str]]:
    """`serves` of a problem: by index, where several candidates are the same one."""
    serves: dict[Index, frozenset[str]] = {}
    for one in candidates:
        known = frozenset(query for query in one.queries if query in weights)
        serves[one.index] = serves.get(one.index, frozenset()) | known
    return serves


def widened(first: Index, second: Index) -> Index | None:
    """The first with what the second has more: further keys behind its own, and columns to carry. None where nothing
    is added, or where the two cannot be one (other tables, methods or predicates)."""
    if not _alike(first, second):
        return None
    keys = first.keys + tuple(key for key in second.keys if key.sql not in {one.sql for one in first.keys})
    named = {key.column for key in keys}
    include = tuple(dict.fromkeys(name for name in first.include + second.include if name not in named))
    if len(keys) > KEY_COLUMNS_MAX or len(include) > CARRIED_COLUMNS_MAX:
        return None
    one = Index(first.table, keys, first.method, include, first.predicate, options=first.options)
    return None if one in (first, second) else one


def _alike(first: Index, second: Index) -> bool:
    same = (first.table, first.method, first.predicate, first.options)
    plain = first.method == "btree" and not (first.unique or second.unique)
    return plain and same == (second.table, second.method, second.predicate, second.options)
