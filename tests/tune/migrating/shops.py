"""Facts about made tables, for migrations of them."""

from collections.abc import Mapping

from plimsoll.core.column_statistics import TableStatistics
from plimsoll.core.identifiers import TableName
from plimsoll.core.schema import Partition, PartitionScheme, Schema, Table
from plimsoll.core.tuning.facts import DatabaseFacts, TableFacts
from plimsoll.core.tuning.index import ExistingIndex, Index, IndexKey

ORDERS, EVENTS = TableName("public", "orders"), TableName("public", "events")
JAN, REST, REST_A = (TableName("public", name) for name in ("events_jan", "events_rest", "events_rest_a"))
BELOW = PartitionScheme("list", ("kind",), (Partition(REST_A, "DEFAULT"),))
SCHEME = PartitionScheme("range", ("at",), (Partition(JAN, "FOR VALUES …"), Partition(REST, "DEFAULT", BELOW)))
ON_CUSTOMER = Index(ORDERS, (IndexKey.of("customer"),))
ON_KIND = Index(EVENTS, (IndexKey.of("kind"),))


def shop(
    *indexes: ExistingIndex, options: Mapping[str, str] | None = None, extensions: str = "", available: str = ""
) -> DatabaseFacts:
    """A table and a partitioned one, whose default partition is partitioned again."""
    tables = {
        ORDERS: TableFacts(Table(ORDERS, ()), TableStatistics(1000), options=options or {}),
        EVENTS: TableFacts(Table(EVENTS, (), partitioning=SCHEME), TableStatistics(1000)),
    }
    words = frozenset(extensions.split()), frozenset(available.split())
    return DatabaseFacts(Schema(), tables, indexes, extensions=words[0], available=words[1])


def there(
    name: str, index: Index, *, part_of: str = "", parts: tuple[str, ...] = (), valid: bool = True
) -> ExistingIndex:
    """As the server tells it."""
    only = "ON ONLY" if parts else "ON"
    definition = f"CREATE INDEX {name} {only}{index.definition.removeprefix('ON')}"
    return ExistingIndex(name, "public", index, definition, partition_of=part_of, partitions=parts, valid=valid)
