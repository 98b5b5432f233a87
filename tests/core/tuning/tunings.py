"""Tunings as Hypothesis draws them, and one that has a bit of everything."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from plimsoll.core.identifiers import TableName
from plimsoll.core.tuning.advice import Advised, Copy, Estimate, Rejected, Tuning
from plimsoll.core.tuning.change import Change, Step
from plimsoll.core.tuning.index import ExistingIndex, Index, IndexKey
from plimsoll.core.tuning.named import Named
from plimsoll.core.tuning.proof import Interval95, Measured, Proof, QueryProof, WriteCost
from plimsoll.core.tuning.query import Binding, LeftOut, Query, QueryWorkload

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
ORDERS = TableName("public", "orders")
ON_CUSTOMER = Index(ORDERS, (IndexKey.of("customer_id"),))


def made(*advised: Advised, **changed: Any) -> Tuning:
    """A tuning of one statement."""
    query = Query("q1", "SELECT * FROM orders WHERE customer_id = $1", 1000, 5000.0, types=("integer",))
    whole: dict[str, Any] = {
        "id": "20261127-120000-abc123",
        "database": "shop",
        "server": "PostgreSQL 18.1",
        "made_at": NOON,
        "workload": QueryWorkload((query,), "pg_stat_statements over 10 min", 600.0, NOON),
        "advised": advised,
    }
    return Tuning(**(whole | changed))


def proof(before_ms: float = 5000.0, saved_ms: float = 4000.0) -> Proof:
    """Of one statement, which became faster."""
    before = Measured(Interval95(5.0, 4.5, 5.5), 100.0, plan="Seq Scan on orders")
    after = Measured(Interval95(1.0, 0.9, 1.1), 4.0, plan="Index Scan using idx_orders_customer_id")
    saved = Interval95(saved_ms, saved_ms * 0.9, saved_ms * 1.1)
    cost = WriteCost("public.orders", (10.0, 12.0), None, (100.0, 180.0), (0.9, 0.9))
    return Proof((QueryProof("q1", before, after, "better", saved_ms),), before_ms, saved, 7, 2**20, 0.4, (cost,))


texts = st.text(max_size=12)
numbers = st.floats(allow_nan=False)
names = st.builds(TableName, texts, texts)
keys = st.builds(IndexKey, texts, texts, descending=st.booleans(), nulls_first=st.none() | st.booleans(), opclass=texts)
indexes = st.builds(
    Index, names, st.lists(keys, min_size=1, max_size=3).map(tuple), texts, st.lists(texts, max_size=2).map(tuple),
    texts, st.booleans(), st.lists(st.tuples(texts, texts), max_size=2).map(tuple),
)  # fmt: skip
moments = st.datetimes(timezones=st.just(UTC))
existing = st.builds(
    ExistingIndex, texts, texts, indexes, texts, st.integers(), st.integers(), st.none() | moments,
    partitions=st.lists(texts, max_size=2).map(tuple),
)  # fmt: skip
steps = st.builds(Step, texts, texts, st.booleans(), texts, texts)
changes = st.builds(
    Change, st.sampled_from(["create-index", "drop-index", "rewrite"]), texts, texts, texts,
    st.lists(texts, max_size=2).map(tuple), st.none() | indexes, st.none() | existing, texts, texts,
    st.lists(steps, max_size=2).map(tuple), texts, texts, st.dictionaries(texts, texts, max_size=2),
)  # fmt: skip
intervals = st.builds(Interval95, numbers, numbers, numbers)
measured = st.builds(Measured, intervals, numbers, cold_ms=st.none() | numbers, plan=texts)
query_proofs = st.builds(QueryProof, texts, measured, measured, st.sampled_from(["better", "unclear"]), numbers)
proofs = st.builds(
    Proof, st.lists(query_proofs, max_size=2).map(tuple), numbers, intervals, st.integers(), st.integers(),
    st.none() | numbers,
    st.lists(st.builds(WriteCost, texts, st.none() | st.tuples(numbers, numbers)), max_size=1).map(tuple),
)  # fmt: skip
advices = st.builds(
    Advised, changes, st.sampled_from(["proved", "estimated", "explained"]), st.sampled_from(["high", "low"]), numbers,
    st.none() | st.builds(Estimate, numbers, numbers, st.integers()), st.none() | proofs,
)  # fmt: skip
bindings = st.builds(Binding, st.just(()), st.sampled_from(["real", "common"]), numbers)
queries = st.builds(
    Query, texts, texts, numbers, numbers, types=st.lists(texts, max_size=2).map(tuple),
    enums=st.frozensets(texts, max_size=2), bindings=st.lists(bindings, max_size=2).map(tuple),
)  # fmt: skip
workloads = st.builds(
    QueryWorkload, st.lists(queries, max_size=2).map(tuple), texts, st.none() | numbers, st.none() | moments,
    st.lists(st.builds(LeftOut, texts, numbers, numbers, texts), max_size=1).map(tuple),
)  # fmt: skip
tunings = st.builds(
    Tuning, texts, texts, texts, moments, workloads, st.lists(advices, max_size=2).map(tuple),
    st.lists(st.builds(Rejected, changes, texts, st.none() | proofs), max_size=2).map(tuple), st.none() | proofs,
    st.none() | st.builds(Copy, texts, texts, st.integers(), numbers), st.none() | st.integers(),
    named=st.builds(Named, texts, texts, texts, st.lists(texts, max_size=1).map(tuple)),
)  # fmt: skip
