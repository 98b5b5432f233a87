"""The ends of what ranges are drawn from: of a large table a sample hardly meets the newest rows, which are asked for
most. Pure."""

import sqlglot
from sqlglot import exp

from plimsoll.core.statement import OURS
from plimsoll.load.importers.capture.parsing import MARKED, sql
from plimsoll.load.importers.capture.sampling import sources_of
from plimsoll.load.importers.capture.uses import Use


def extremes_query(use: Use, type_name: str) -> str | None:
    """A query for the smallest and the largest value of a range parameter, as text; with an index on the column it
    reads two rows. None where the range is not that of one column of one table."""
    if use.kind not in ("low", "high") or use.scope is None or MARKED.search(use.sample):
        return None
    tables = sources_of(use.scope.copy())
    columns = list(sqlglot.parse_one(use.sample, dialect="postgres").find_all(exp.Column))
    if len(columns) != 1 or len(tables) != 1 or not isinstance(tables[0], exp.Table):
        return None
    column, source = sql(columns[0].this), sql(tables[0])
    name = sql(exp.to_identifier(tables[0].alias_or_name, quoted=True))
    ends = f"SELECT min({column}) AS {column} FROM {source} UNION ALL SELECT max({column}) FROM {source}"
    return f"SELECT {OURS} ({use.sample})::{type_name}::text FROM ({ends}) AS {name}"
