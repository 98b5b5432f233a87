"""What the server says of a statement that it executed, as values. Pure."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

from plimsoll.core.query_plan import PlanNode

# Server time without sending rows, which no index changes; without a clock read per row, which would make plans of
# many rows look slower than they are (TIMING OFF). Checked against plain execution on loopback: counting rows adds some
# 15 % where plans pass hundreds of thousands of them, a client's clock 0.05 to 0.1 ms to each statement, which is three
# times what one by key takes, and 12 ms for reading 6,000 rows.
EXPLAIN: Final = "EXPLAIN (ANALYZE, BUFFERS, WAL, TIMING OFF, SUMMARY, FORMAT JSON)"
# Always of one name: each other text is one more for a server that counts statements.
SAVEPOINT: Final = "SAVEPOINT plimsoll"
RELEASED: Final = "RELEASE SAVEPOINT plimsoll"
ROLLED_BACK: Final = f"ROLLBACK TO SAVEPOINT plimsoll; {RELEASED}"
_MERGED: Final = re.compile(r',\s*"Tuples \w+": [\d.]+')
_SCANS_MAX: Final = 4  # told of one plan
_FOLDED_MIN: Final = 3  # alike beneath an Append: partitions, most often


@dataclass(frozen=True, slots=True)
class Execution:
    """Milliseconds of planning and executing, pages of 8 KiB touched and read from outside of shared buffers, WAL.
    `bound`: it was ended at a time limit, so that it takes at least this long. `each_ms` are those of its bindings."""

    ms: float
    pages: float = 0.0
    pages_read: float = 0.0
    wal_bytes: float = 0.0
    plan: str = ""
    bound: bool = False
    each_ms: tuple[float, ...] = ()

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "Execution":
        """Of one plan that EXPLAIN wrote. Raises KeyError, TypeError and ValueError on anything else."""
        plan = said["Plan"]
        read = float(plan.get("Shared Read Blocks", 0)) + float(plan.get("Local Read Blocks", 0))
        hit = float(plan.get("Shared Hit Blocks", 0)) + float(plan.get("Local Hit Blocks", 0))
        return cls(
            float(said["Planning Time"]) + float(said["Execution Time"]),
            hit + read,
            read,
            float(plan.get("WAL Bytes", 0)),
            plan_words(PlanNode.from_json(plan)),
        )


def read_explained(text: str) -> Execution:
    """Of what EXPLAIN answers. Of a MERGE into several tables the server writes how many rows it took into the list of
    the tables, where no JSON has such things. Raises as `from_json`."""
    try:
        said = json.loads(text)
    except json.JSONDecodeError:
        said = json.loads(_MERGED.sub("", text))
    return Execution.from_json(said[0])


def mean(executions: Sequence[tuple[Execution, float]]) -> Execution:
    """Over bindings by their shares."""
    whole = sum(share for _, share in executions) or 1.0
    return Execution(
        sum(one.ms * share for one, share in executions) / whole,
        sum(one.pages * share for one, share in executions) / whole,
        sum(one.pages_read * share for one, share in executions) / whole,
        sum(one.wal_bytes * share for one, share in executions) / whole,
        " | ".join(dict.fromkeys(one.plan for one, _ in executions)),
        any(one.bound for one, _ in executions),
        tuple(one.ms for one, _ in executions),
    )


def plan_words(plan: PlanNode) -> str:
    """What a plan comes to in a line: how it reads its tables, of many partitions the first."""
    said = list(dict.fromkeys(_scans(plan))) or [plan.kind]
    rest = f" and {len(said) - _SCANS_MAX} more" if len(said) > _SCANS_MAX else ""
    return ", ".join(said[:_SCANS_MAX]) + rest


def signature(plan: PlanNode | None) -> tuple[tuple[object, ...], ...]:
    """What makes two plans the same: their nodes, of which tables and indexes, by which conditions."""
    if plan is None:
        return ()
    return tuple(
        (one.kind, one.table, one.alias, one.index, one.index_condition, one.join_type, one.strategy, one.sort_keys)
        for one in plan.walk()
    )


def indexes_of(plan: PlanNode | None) -> frozenset[str]:
    """Names of the indexes that it reads."""
    return frozenset(one.index for one in plan.walk() if one.index) if plan else frozenset()


def reads_nothing(plan: PlanNode) -> bool:
    """Whether it shows no table: what it reads is hidden in a function, whose plans nobody is told."""
    return not any(one.table or one.index for one in plan.walk())


def _scans(plan: PlanNode) -> Iterator[str]:
    if plan.index:
        yield f"{plan.kind} using {plan.index}"
    elif plan.kind.endswith("Scan") and plan.table:
        yield f"{plan.kind} on {plan.table.removeprefix('public.')}"
    below = [list(_scans(child)) for child in plan.children]
    yield from _folded(below) if plan.kind.endswith("Append") else chain.from_iterable(below)


def _folded(parts: Sequence[Sequence[str]]) -> Iterator[str]:
    """Of what is read of each partition in the same way, the first and how many more."""
    alike: dict[tuple[str, ...], list[Sequence[str]]] = {}
    for said in parts:
        alike.setdefault(tuple(one.rpartition(" ")[0] for one in said), []).append(said)
    for same in alike.values():
        rest = f" and {len(same) - 1} more" if len(same) >= _FOLDED_MIN else ""
        shown = same[:1] if rest else same
        yield from (f"{one}{rest}" for said in shown for one in said)
