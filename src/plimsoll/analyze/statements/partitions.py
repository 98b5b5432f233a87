"""Of a partition the table that a statement names: what is said and advised is about that. Pure."""

from plimsoll.analyze.statements.costs import TableSize
from plimsoll.core.details import StatementRow
from plimsoll.core.sql.shape import shape_of


def whole_of(row: StatementRow, table: TableSize) -> str:
    """A table itself where it is no partition, or where the statement does not tell of which."""
    shape = shape_of(row.query) if table.partition else None
    schema, _, name = table.name.rpartition(".")
    written = [one for one in shape.tables.values() if name.startswith(one.rpartition(".")[2])] if shape else []
    if not written:
        return table.name
    return written[0] if "." in written[0] else f"{schema}.{written[0]}"
