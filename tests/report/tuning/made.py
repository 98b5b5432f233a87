"""Tunings made up by hand: what their faces are tested and looked at with."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from plimsoll.core.identifiers import TableName
from plimsoll.core.tuning.advice import NO_SEARCH, Advised, Copy, Estimate, Rejected, Tuning
from plimsoll.core.tuning.change import Change, Step
from plimsoll.core.tuning.index import ExistingIndex, Index, IndexKey
from plimsoll.core.tuning.proof import Effect, Interval95, Measured, Proof, QueryProof, WriteCost
from plimsoll.core.tuning.query import Binding, LeftOut, Query, QueryWorkload

ID: Final = "20261127-031500-a1b2c3"
HOSTILE: Final = "<img src=x onerror=alert(1)>|`*_\x1b[31m\u202e @everyone ]( $(touch x) \n# no heading"
ORDERS: Final = TableName("public", "orders")
BY_CUSTOMER: Final = Index(ORDERS, (IndexKey.of("customer_id"), IndexKey.of("created_at", descending=True)))
BY_MAIL: Final = Index(TableName("public", "customers"), (IndexKey("(lower(email))"),))
BY_STATUS: Final = Index(ORDERS, (IndexKey.of("status"),))
LIST: Final = (
    "SELECT o.id, o.total, o.status FROM public.orders AS o WHERE o.customer_id = $1 "
    "ORDER BY o.created_at DESC LIMIT $2"
)
WORKLOAD: Final = QueryWorkload(
    (
        Query("812345", LIST, 4_931, 189_350.0, 20, ("bigint", "bigint"), bindings=(Binding(("7", "20"), "real"),)),
        Query("99120", "SELECT id FROM customers WHERE lower(email) = $1", 2_210, 48_620.0, 1, ("text",)),
        Query("55", "INSERT INTO orders (customer_id, total) VALUES ($1, $2)", 1_900, 1_140.0, 1, writes=True),
        Query("56", "SELECT * FROM orders ORDER BY id OFFSET $1 LIMIT $2", 310, 24_800.0, 50),
        Query("57", "SELECT name FROM products WHERE id = $1", 9_800, 490.0, 1),
    ),
    "pg_stat_statements over 10 min",
    600.0,
    left_out=(
        LeftOut("CALL settle_all()", 2, 4_100.0, "a procedure: what it asks inside is not seen"),
        LeftOut("VACUUM orders", 1, 900.0, "maintenance"),
    ),
    notes=("Parameters of 1 statement are guessed: SELECT * FROM orders ORDER BY id OFFSET $1 LIMIT $2",),
)


def interval(value: float, spread: float = 0.06) -> Interval95:
    return Interval95(value, value * (1 - spread), value * (1 + spread))


def measured(ms: float, plan: str, pages: float) -> Measured:
    return Measured(interval(ms), pages, pages / 40, plan=plan)


def compared(
    query: str, before: float, after: float, effect: Effect, plans: tuple[str, str], saved: float, why: str = ""
) -> QueryProof:
    return QueryProof(
        query, measured(before, plans[0], before * 300), measured(after, plans[1], after * 9), effect, saved, why
    )


ON_LIST: Final = compared(
    "812345", 38.4, 0.291, "better", ("Seq Scan on orders", f"Index Scan using {BY_CUSTOMER.name}"), 187_900.0
)
ON_MAIL: Final = compared(
    "99120", 22.0, 0.06, "better", ("Seq Scan on customers", f"Index Scan using {BY_MAIL.name}"), 48_500.0
)
ON_INSERT: Final = compared("55", 0.6, 0.613, "same", ("Insert on orders", "Insert on orders"), -24.0)
ON_PAGE: Final = compared("56", 80.0, 79.6, "same", ("Index Scan using orders_pkey",) * 2, 120.0)
ON_PRODUCT: Final = compared("57", 0.05, 0.051, "unclear", ("Index Scan using products_pkey",) * 2, -9.0)
WRITES: Final = (
    WriteCost(
        "public.orders", (12.1, 16.3), (18.0, 22.5), (310.0, 402.0), (0.92, 0.31),
        Interval95(4.2, 3.9, 4.6), Interval95(4.5, 4.1, 5.0),
    ),
)  # fmt: skip


def proof(*queries: QueryProof, size: int = 12_582_912, build: float | None = 3.2, worth: float = 1.0) -> Proof:
    saved = sum(one.saved_ms for one in queries) * worth
    return Proof(queries, 264_400.0, interval(saved), 7, size, build, WRITES)


def index_steps(index: Index) -> tuple[Step, ...]:
    drop = f'DROP INDEX CONCURRENTLY IF EXISTS "{index.table.schema}"."{index.name}"'
    return (Step(index.create(concurrently=True), drop, alone=True),)


CREATED: Final = Change(
    "create-index", "public.orders", 'Create index on orders ("customer_id", "created_at" DESC)',
    "Every call of one statement reads the whole table: customer_id = $1, sorted by created_at.",
    ("812345",), BY_CUSTOMER, form="btree", risk="The build reads the table once.", steps=index_steps(BY_CUSTOMER),
)  # fmt: skip
EXPRESSION: Final = Change(
    "create-index", "public.customers", "Create index on customers ((lower(email)))", "lower(email) = $1",
    ("99120",), BY_MAIL, form="expression", steps=index_steps(BY_MAIL),
)  # fmt: skip
DROPPED: Final = Change(
    "drop-index", "public.orders", "Drop index orders_note_idx: not used in 12 d",
    "No scan was counted in 12 d, and no plan of the workload uses it; writes maintain it.",
    existing=ExistingIndex(
        "orders_note_idx", "public", Index(ORDERS, (IndexKey.of("note"),)),
        "CREATE INDEX orders_note_idx ON public.orders USING btree (note)", 41_943_040,
    ),
    form="unused", risk="What runs less often than that has not been seen.",
    steps=(
        Step('DROP INDEX CONCURRENTLY "public"."orders_note_idx"',
             "CREATE INDEX CONCURRENTLY orders_note_idx ON public.orders USING btree (note)", alone=True),
    ),
)  # fmt: skip
REWRITE: Final = Change(
    "rewrite", "56", "Page by key instead of OFFSET",
    "OFFSET reads and throws away all rows before the page: 80.0 ms a call, more the further one pages.",
    ("56",), form="offset", risk="Pages can no longer be jumped to by number.",
    before="SELECT *\n  FROM orders\n ORDER BY id\nOFFSET $1 LIMIT $2",
    after="SELECT *\n  FROM orders\n WHERE id > $1 -- the last id of the page before\n ORDER BY id\n LIMIT $2",
)  # fmt: skip
KEYSET: Final = Change(
    "rewrite", "57", "Page by id instead of OFFSET", "It throws away 9,000 rows a call.", ("57",), form="offset",
    details={"sketch": "SELECT name\n  FROM products\n WHERE id > $1", "note": "$1 is the last row's id."},
)  # fmt: skip
DIVIDED: Final = Change(
    "partition", "public.orders", "Divide orders by created_at, a month each", "orders has 90,000,000 rows.", ("56",),
    form="range",
    steps=(*[Step("DO $$ BEGIN NULL; END $$")] * 7, Step("ALTER TABLE orders RENAME TO orders_old", "DROP TABLE o")),
)  # fmt: skip
SETTING: Final = Change(
    "setting", "work_mem", "Raise work_mem to 32MB for this workload",
    "2 sorts of one statement spill 18.0 MiB to disk at 4MB.", ("56",), form="work_mem",
    steps=(Step("ALTER DATABASE shop SET work_mem = '32MB'", "ALTER DATABASE shop RESET work_mem"),),
)  # fmt: skip
BY_STATUS_CHANGE: Final = Change(
    "create-index", "public.orders", 'Create index on orders ("status")', "status = $1", ("55",), BY_STATUS,
    form="btree", steps=index_steps(BY_STATUS),
)  # fmt: skip
HARMFUL: Final = compared("55", 0.6, 0.91, "worse", ("Update on orders", "Update on orders"), -590.0, "no longer HOT")
REJECTED: Final = (
    Rejected(BY_STATUS_CHANGE, "no plan of the workload's statements uses it"),
    Rejected(
        replace(BY_STATUS_CHANGE, title='Create index on orders ("status", "id")'),
        "makes INSERT INTO orders 52 % slower, which has 3 % of the workload's calls", proof(HARMFUL),
    ),
)  # fmt: skip
EXAMPLES: Final = tuple(Advised(one, "explained", "medium") for one in (KEYSET, DIVIDED))
COPY: Final = Copy("dump", "PostgreSQL 18.1, started for this", 1_288_490_189, 41.0)


def proved() -> Tuning:
    """Two indexes, a drop, a rewrite that is explained only, measured together."""
    return Tuning(
        ID, "shop", "PostgreSQL 18.1", datetime(2026, 11, 27, 3, 15, tzinfo=UTC), WORKLOAD,
        (
            Advised(CREATED, "proved", "high", 0.71, Estimate(412_000, 9_100, 12_500_000), proof(ON_LIST, ON_INSERT)),
            Advised(EXPRESSION, "proved", "high", 0.18, None, proof(ON_MAIL, size=4_194_304, build=0.8)),
            Advised(DROPPED, "proved", "medium", 0.0, None, replace(proof(size=0, build=None), writes=())),
            Advised(REWRITE, "explained", "medium"),
        ),
        REJECTED, proof(ON_LIST, ON_MAIL, ON_INSERT, ON_PAGE, ON_PRODUCT, size=16_777_216, build=4.0), COPY,
        524_288_000, "812 plans by the planner with real indexes on the copy",
        ("The server's track_io_timing is off: reads are not timed.",), 212.0,
    )  # fmt: skip


def estimated() -> Tuning:
    """By HypoPG, nothing measured."""
    advised = (
        Advised(CREATED, "estimated", "medium", 0.7, Estimate(412_000, 9_100, 12_500_000)),
        Advised(EXPRESSION, "estimated", "medium", 0.18, Estimate(113_000, 9_100, 4_000_000)),
        Advised(SETTING, "explained", "low"),
    )
    return replace(proved(), advised=advised, together=None, copy=None, searched="96 plans by the planner with HypoPG")


def explained() -> Tuning:
    return replace(estimated(), advised=(Advised(REWRITE, "explained", "medium"),))


def nothing() -> Tuning:
    return replace(estimated(), advised=(), budget_bytes=None)


def empty() -> Tuning:
    """Of a workload without a statement."""
    return replace(nothing(), workload=QueryWorkload((), "queries.sql"), rejected=(), notes=(), searched="")


def untold() -> Tuning:
    """Nothing could be reckoned: no HypoPG, no copy."""
    why = "nothing tells what it would give: --prove builds it on a copy and measures"
    return replace(nothing(), searched=f"{NO_SEARCH}{why}", rejected=[Rejected(one.change, why) for one in REJECTED])


def interrupted() -> Tuning:
    return replace(proved(), together=None, interrupted=True)


def hostile() -> Tuning:
    """Every text is what an attacker would like it to be."""
    queries = tuple(replace(one, text=f"{one.text} {HOSTILE}", label=HOSTILE) for one in WORKLOAD.queries)
    change = replace(REWRITE, title=HOSTILE, why=HOSTILE, risk=HOSTILE, before=HOSTILE, after=f"```\n{HOSTILE}")
    index = replace(CREATED, title=HOSTILE, why=HOSTILE, steps=(Step(f"SELECT '{HOSTILE}'", HOSTILE, note=HOSTILE),))
    tables = (WriteCost(HOSTILE, (1.0, 9.0), None, None, (0.9, 0.1)),)
    whole = replace(proof(replace(ON_LIST, why=HOSTILE), replace(ON_MAIL, query=HOSTILE)), writes=tables)
    return replace(
        proved(), id=HOSTILE, database=HOSTILE, server=HOSTILE, notes=(HOSTILE,), searched=HOSTILE, together=whole,
        workload=replace(WORKLOAD, queries=queries, source=HOSTILE, left_out=(LeftOut(HOSTILE, 1, 5.0, HOSTILE),)),
        advised=(Advised(index, "proved", "high", 0.5, None, whole), Advised(change, "explained", "low")),
        rejected=(Rejected(change, HOSTILE),), copy=replace(COPY, server=HOSTILE, notes=(HOSTILE,)),
    )  # fmt: skip


def large() -> Tuning:
    """More of everything than anybody reads."""
    queries = tuple(replace(WORKLOAD.queries[0], id=str(at), text=f"SELECT {at}, {'x' * 300}") for at in range(120))
    compared_all = [replace(ON_LIST, query=str(at)) for at in range(120)]
    whole = proof(*compared_all, worth=1 / 120)
    advised = [Advised(replace(CREATED, queries=tuple(map(str, range(120)))), "proved", "high", 0.1, None, whole)] * 60
    return replace(
        proved(), workload=replace(WORKLOAD, queries=queries), advised=advised, rejected=REJECTED * 400, together=whole
    )


MAKERS: Final = {
    one.__name__: one for one in (proved, estimated, explained, nothing, untold, empty, interrupted, hostile, large)
}  # fmt: skip
NAMES: Final = tuple(MAKERS)
