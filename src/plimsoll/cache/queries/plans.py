"""What a plan says that tags and refusals are made of: scans with their conditions, and all expressions. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

NODES_MAX: Final = 500  # of a plan; a larger one is refused
_CONDITIONS: Final = ("Filter", "Index Cond", "Recheck Cond", "TID Cond")
_NO_EXPRESSIONS: Final = frozenset({
    "Node Type", "Schema", "Relation Name", "Alias", "Index Name", "Function Name", "CTE Name", "Subplan Name",
    "Parent Relationship", "Join Type", "Strategy", "Partial Mode", "Scan Direction", "Cache Mode", "Command",
    "Operation", "Tuplestore Name",
})  # fmt: skip
_SCANS: Final = frozenset({
    "Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan", "Tid Scan", "Tid Range Scan",
})  # fmt: skip
_OTHERS: Final = frozenset({
    "Result", "ProjectSet", "Append", "Merge Append", "Recursive Union", "BitmapAnd", "BitmapOr", "Nested Loop",
    "Merge Join", "Hash Join", "Bitmap Index Scan", "Subquery Scan", "Function Scan", "Table Function Scan",
    "Values Scan", "CTE Scan", "WorkTable Scan", "Gather", "Gather Merge", "Materialize", "Memoize", "Sort",
    "Incremental Sort", "Group", "Aggregate", "WindowAgg", "Unique", "SetOp", "Hash", "Limit",
})  # fmt: skip
_WHY: Final = {
    "LockRows": "it locks rows (FOR UPDATE or FOR SHARE)",
    "ModifyTable": "it writes",
    "Sample Scan": "TABLESAMPLE gives other rows each time",
    "Foreign Scan": "it reads a foreign table",
    "Custom Scan": "an extension reads its tables",
}


@dataclass(frozen=True, slots=True)
class Scan:
    """One reading of a relation; `conditions` hold for every row that it gives."""

    schema: str
    name: str
    alias: str
    conditions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """`refused`: why a statement with such a plan cannot be kept, or "". `outputs`: what a parameter of the plan's
    own is called, which servers before 17 write as if it were one of the statement's. `cut`: parts are not shown."""

    scans: tuple[Scan, ...]
    expressions: tuple[str, ...]
    refused: str = ""
    outputs: frozenset[str] = frozenset()
    cut: bool = False


def read_plan(plan: Mapping[str, Any]) -> Plan:
    """From the "Plan" of EXPLAIN (VERBOSE, FORMAT JSON). Raises KeyError and TypeError for what is none."""
    nodes = list(_walk(plan))
    return Plan(
        scans=tuple(map(_scan, (one for one in nodes if "Relation Name" in one))),
        expressions=tuple(text for one in nodes for text in _expressions(one)),
        refused="its plan is too large" if len(nodes) > NODES_MAX else next(filter(None, map(_refused, nodes)), ""),
        outputs=frozenset(name for one in nodes for name in _outputs(one.get("Subplan Name", ""))),
        cut=any(one.get("Subplans Removed") for one in nodes),
    )


def _walk(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _walk(child)


def _scan(node: Mapping[str, Any]) -> Scan:
    conditions = tuple(node[key] for key in _CONDITIONS if key in node)
    return Scan(node.get("Schema", ""), node["Relation Name"], node.get("Alias", ""), conditions)


def _refused(node: Mapping[str, Any]) -> str:
    kind = node["Node Type"]
    known = kind in _SCANS if "Relation Name" in node else kind in _OTHERS
    return "" if known else _WHY.get(kind, f"its plan has a step that is not known here: {str(kind)[:40]}")


def _expressions(node: Mapping[str, Any]) -> Iterator[str]:
    for key, value in node.items():
        if key not in _NO_EXPRESSIONS and key != "Plans":
            yield from _texts(value)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Sequence):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _texts(one)


def _outputs(subplan: str) -> Iterator[str]:
    """Of "InitPlan 1 (returns $0,$1)"."""
    _, _, returned = subplan.partition("(returns ")
    yield from (one for one in returned.rstrip(")").split(",") if one)
