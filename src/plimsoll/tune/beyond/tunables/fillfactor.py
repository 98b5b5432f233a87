"""fillfactor: updates that find no room on their page, and so have to write all indexes. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from plimsoll.core.identifiers import TableName
from plimsoll.core.tuning.advice import Advised
from plimsoll.core.tuning.facts import DatabaseFacts, TableFacts
from plimsoll.core.tuning.index import ExistingIndex
from plimsoll.core.units import format_count, format_share
from plimsoll.tune.beyond.asked import Asked
from plimsoll.tune.beyond.trees import folded, table_of
from plimsoll.tune.beyond.tunables.tables import table_setting
from plimsoll.tune.beyond.tunables.values import number_of
from plimsoll.tune.candidates.deparsed import words_in

UPDATED_MIN: Final = 100_000
HOT_MAX: Final = 0.5
FILLED_MIN: Final = 95.0  # percent; a table that has less has been seen to
# By a row's bytes: a page must have room for one more of them, and for its line pointers.
ROOMS: Final = ((400, "90"), (800, "80"), (1_600, "70"))
SUMMARIZING_SINCE: Final = 160_000  # BRIN does not keep updates from being HOT


def fillfactor(statements: Sequence[Asked], facts: DatabaseFacts) -> Iterator[Advised]:
    """Only where the workload shows that what it updates is in no index: else room would not help."""
    updates, there = _updates(statements), facts.indexes_by_table
    for name, table in sorted(facts.tables.items()):
        filled = number_of(table.options, "fillfactor") or 100.0
        room = next((value for size, value in ROOMS if table.row_bytes <= size), "")
        if (
            table.updated < UPDATED_MIN
            or table.hot_updated > HOT_MAX * table.updated
            or filled < FILLED_MIN
            or not room
        ):
            continue
        updating, indexes = updates.get(name, []), there.get(name, [])
        if updating and not any(_updated(one) & _indexed(indexes, facts) for one in updating):
            yield _advised(updating, table, facts, room, len(indexes))


def _advised(
    updating: Sequence[Asked], table: TableFacts, facts: DatabaseFacts, room: str, indexes: int
) -> Advised:  # fmt: skip
    hot, name = table.hot_updated / table.updated, table.table.name
    columns = ", ".join(sorted({column for one in updating for column in _updated(one)}))
    why = (
        f"{format_share(hot)} of {format_count(table.updated)} updates of {name} were HOT. The workload updates "
        f"{columns}, which are in no index, so that all could be, if the new row found room on the page of the old "
        f"one. The others write an entry into each of the table's indexes ({indexes})."
    )
    return table_setting(
        facts, table, {"fillfactor": room}, "fillfactor",
        f"Leave room on the pages of {name} (fillfactor = {room})",
        why,
        queries=[one.query.id for one in updating],
        risk=f"It holds for pages that are written from now on; the table grows by {100 / int(room) - 1:.0%}, and so "
        "does what a scan of all of it reads. The counters are of all time since they began, not of this workload "
        "alone.",
    )  # fmt: skip


def _updates(statements: Sequence[Asked]) -> dict[TableName, list[Asked]]:
    """UPDATEs by their tables."""
    from sqlglot import exp

    found: defaultdict[TableName, list[Asked]] = defaultdict(list)
    for one in statements:
        table = table_of(one.tree.this, one.facts) if isinstance(one.tree, exp.Update) else None
        if table is not None:
            found[table.table.name].append(one)
    return dict(found)


def _updated(one: Asked) -> frozenset[str]:
    """Bare names of the columns that it sets."""
    from sqlglot import exp

    columns = (column for part in one.tree.expressions for column in part.this.find_all(exp.Column))
    return frozenset(folded(column.this) for column in columns)


def _indexed(indexes: Sequence[ExistingIndex], facts: DatabaseFacts) -> frozenset[str]:
    """Columns of which a change is a change of an index."""
    summarizing = "brin" if facts.server_version >= SUMMARIZING_SINCE else ""
    return frozenset(name for one in indexes if one.index.method != summarizing for name in _columns(one))


def _columns(one: ExistingIndex) -> Iterator[str]:
    index = one.index
    yield from index.include
    for key in index.keys:
        yield from [key.column] if key.column else words_in(key.sql)
    yield from words_in(index.predicate)
