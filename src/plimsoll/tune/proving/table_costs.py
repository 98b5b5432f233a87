"""What writing to the tables of changes costs on either side, and what that comes to over the workload."""

from collections.abc import Iterable, Sequence

from plimsoll.core.tuning.change import Change
from plimsoll.core.tuning.facts import TableFacts
from plimsoll.core.tuning.index import Index
from plimsoll.core.tuning.proof import WriteCost
from plimsoll.tune.choosing.upkeep import columns_of
from plimsoll.tune.proving.judging import Rounds
from plimsoll.tune.proving.sides import Side
from plimsoll.tune.proving.state import Proving
from plimsoll.tune.proving.touching import Plans, text
from plimsoll.tune.proving.upkeep import Writers, upkeep_ms, writers
from plimsoll.tune.proving.write_cost import write_cost


async def table_costs(
    proving: Proving, changes: Sequence[Change], sides: tuple[Side, Side], plans: Plans, rounds: Sequence[Rounds]
) -> tuple[list[WriteCost], float]:
    """Of each table that is written to, and over the workload what the rounds do not show of it."""
    found: list[WriteCost] = []
    upkeep = 0.0
    bench = proving.bench
    for table, indexes in by_table(proving, changes):
        writing = _writers(proving, table, indexes, plans)
        if not writing.any or proving.until.over:
            continue
        connection, until = bench.running.connection, proving.until
        cost = await write_cost(connection, bench.switch, sides, table, writing.assigned, until)
        if cost is not None:
            found.append(cost)
            upkeep += upkeep_ms(writing, cost, rounds, proving.workload)
    return found, upkeep


def by_table(proving: Proving, changes: Iterable[Change]) -> list[tuple[TableFacts, list[Index]]]:
    """Those that are known, each with the indexes that are made there or dropped."""
    found: dict[str, tuple[TableFacts, list[Index]]] = {}
    for change in changes:
        index = change.index or (change.existing.index if change.existing else None)
        table = proving.facts.tables.get(index.table) if index is not None else None
        if index is not None and table is not None:
            found.setdefault(text(table.table.name), (table, []))[1].append(index)
    return list(found.values())


def _writers(proving: Proving, table: TableFacts, indexes: Sequence[Index], plans: Plans) -> Writers:
    parts = table.table.partitioning.names() if table.table.partitioning else ()
    names = [text(table.table.name), *map(text, parts)]
    columns = frozenset[str]().union(*(columns_of(one, table) for one in indexes))
    return writers(names, columns, proving.workload, plans, proving.left_out)
