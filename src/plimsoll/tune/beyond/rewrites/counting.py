"""count(*) of a whole large table, which reads all of it each time. Pure."""

from collections.abc import Iterator
from typing import Final

from plimsoll.core.tuning.advice import Advised
from plimsoll.core.tuning.facts import TableFacts
from plimsoll.core.units import format_count, format_ms
from plimsoll.tune.beyond.asked import Asked, rewrite
from plimsoll.tune.beyond.trees import sources

ROWS_MIN: Final = 1_000_000  # below it takes some tens of milliseconds
CALLS_MIN: Final = 10.0  # what is counted now and then, as in a report, may be counted


def counting(one: Asked) -> Iterator[Advised]:
    from sqlglot import exp

    tree = one.tree
    if not isinstance(tree, exp.Select) or len(tree.expressions) != 1 or one.query.calls < CALLS_MIN:
        return
    made = tree.expressions[0].unalias()
    if not isinstance(made, exp.Count) or not isinstance(made.this, exp.Star):
        return
    if any(tree.args.get(part) for part in ("where", "group", "joins", "having", "distinct", "with_")):
        return
    (table, *_) = sources(tree, one.facts).values() or (None,)
    if table is not None and table.rows >= ROWS_MIN and tree.find(exp.TableSample) is None:
        yield _advised(one, table)


def _advised(one: Asked, table: TableFacts) -> Advised:
    taken = f", {format_ms(one.query.mean_ms)} a call" if one.query.total_ms else ""
    why = (
        f"It counts {format_count(table.rows)} rows of {table.table.name} in each of "
        f"{format_count(round(one.query.calls))} calls{taken}; no index spares reading every row or entry."
    )
    return rewrite(
        one, "count-all", f"Take the number of rows of {table.table.name} from what is counted already", why,
        sketch=_sketch(table), confidence="medium",
        risk="The planner's number is an estimate, as of the last VACUUM or ANALYZE. Where it must be exact, a "
        "trigger keeps a counter in several rows, so that writers do not wait for each other.",
    )  # fmt: skip


def _sketch(table: TableFacts) -> str:
    name = table.table.name.quoted.replace("'", "''")
    if table.table.partitioning is None:
        return f"SELECT reltuples::bigint FROM pg_class WHERE oid = '{name}'::regclass"
    return (
        f"SELECT sum(c.reltuples)::bigint FROM pg_partition_tree('{name}') AS p JOIN pg_class AS c ON c.oid = p.relid "
        "WHERE p.isleaf"
    )
