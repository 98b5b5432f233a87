"""The rules by which other open advisors choose indexes, rebuilt in a few lines each on one way to ask for costs.

They are the rules and not the programs: what those get wrong of a statement's text or of a size is not held against
them. dexter has no budget; here it takes what it has found by what it saves, until the budget is full.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, permutations
from math import log

from plimsoll.core.identifiers import TableName
from plimsoll.core.tuning.index import Index, IndexKey
from plimsoll.tune.costing.costing import Answer, Configuration

LEAST_GAIN = 0.003  # of the workload, as ours


@dataclass
class Ground:
    """`columns` of each table that statements name, by their tables in `reads`; `answer` asks for a cost."""

    reads: Mapping[str, frozenset[TableName]]
    columns: Mapping[TableName, Sequence[str]]
    answer: Callable[[str, Configuration], Awaitable[Answer]]
    size: Callable[[Index], int]
    base_bytes: int
    known: dict[tuple[str, Configuration], Answer] = field(default_factory=dict)

    async def ask(self, query: str, indexes: Configuration) -> Answer:
        relevant = frozenset(one for one in indexes if one.table in self.reads[query])
        if (query, relevant) not in self.known:
            self.known[query, relevant] = await self.answer(query, relevant)
        return self.known[query, relevant]

    async def cost(self, indexes: Configuration) -> float:
        return sum([(await self.ask(query, indexes)).cost for query in self.reads])

    def bytes(self, indexes: Configuration) -> int:
        return sum(self.size(one) for one in indexes)

    def fits(self, indexes: Configuration, budget: int | None) -> bool:
        return budget is None or self.bytes(indexes) <= budget


def of(table: TableName, columns: Sequence[str]) -> Index:
    return Index(table, tuple(map(IndexKey.of, columns)))


async def one_column(ground: Ground, budget: int | None) -> Configuration:
    """Greedy: the index of one column that saves most, while one saves anything to speak of."""
    every = [of(table, [name]) for table, names in ground.columns.items() for name in names]
    chosen: Configuration = frozenset()
    before = cost = await ground.cost(chosen)
    while True:
        options = [chosen | {one} for one in every if one not in chosen and ground.fits(chosen | {one}, budget)]
        costs = [(await ground.cost(option), number) for number, option in enumerate(options)]
        best, number = min(costs, default=(cost, -1))
        if cost - best < LEAST_GAIN * before:
            return chosen
        cost, chosen = best, options[number]


async def dexter(ground: Ground, budget: int | None) -> Configuration:
    """Each statement for itself: all of one column at once, then all of two; what its plan uses is taken where it costs
    half or less, two columns only where they halve it again, and never more than two indexes."""
    wanted: dict[Index, float] = {}
    for query, tables in ground.reads.items():
        ones = frozenset(of(table, [name]) for table in tables for name in ground.columns.get(table, ()))
        twos = frozenset(of(table, two) for table in tables for two in permutations(ground.columns.get(table, ()), 2))
        plain, first = await ground.ask(query, frozenset()), await ground.ask(query, ones)
        second = await ground.ask(query, ones | twos)
        saves, saves_more = first.cost < plain.cost / 2, first.cost > 100 and second.cost < first.cost / 2
        used, cost = (second.used, second.cost) if saves_more else (first.used, first.cost)
        if saves_more and len(used) > 1:
            saves_more, used, cost = False, first.used, first.cost
        if (saves or saves_more) and len(used) <= 2:
            for one in used:
                wanted[one] = wanted.get(one, 0.0) + plain.cost - cost
    covered = {of(one.table, one.columns[:1]) for one in wanted if len(one.columns) > 1}
    chosen: Configuration = frozenset()
    for one in sorted(wanted.keys() - covered, key=lambda one: (-wanted[one], one.name)):
        chosen = chosen | {one} if ground.fits(chosen | {one}, budget) else chosen
    return chosen


async def postgres_mcp(ground: Ground, budget: int | None) -> Configuration:
    """Greedy: up to three columns in one order, by log(time) + 2 log(space), and at least a tenth of the time each."""
    every = [
        of(table, some) for table, names in ground.columns.items() for n in (1, 2, 3) for some in combinations(names, n)
    ]
    chosen: Configuration = frozenset()
    cost = await ground.cost(chosen)
    while True:
        worth = log(cost) + 2 * log(ground.base_bytes + ground.bytes(chosen))
        best: tuple[float, Configuration] | None = None
        for option in (chosen | {one} for one in every if one not in chosen):
            if not ground.fits(option, budget):
                continue
            with_it = await ground.cost(option)
            better = log(with_it) + 2 * log(ground.base_bytes + ground.bytes(option)) < worth
            if better and with_it <= 0.9 * cost and (best is None or with_it < best[0]):
                best = with_it, option
        if best is None:
            return chosen
        cost, chosen = best


PEERS = {"dexter's rule": dexter, "one column": one_column, "postgres-mcp's rule": postgres_mcp}
