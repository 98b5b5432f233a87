"""A plan of PostgreSQL's, as values to walk: what EXPLAIN (VERBOSE, FORMAT JSON) says and is asked for. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self

NODES_MAX: Final = 300  # of one plan; deeper or wider ones are cut there
TEXT_CHARACTERS_MAX: Final = 500  # of one condition
_TEXTS: Final = (
    "Node Type", "Schema", "Relation Name", "Alias", "Index Name", "Filter", "Index Cond", "Recheck Cond",
    "Join Filter", "Hash Cond", "Merge Cond", "Join Type", "Strategy", "Parent Relationship",
    "Subplan Name", "CTE Name", "Operation", "Scan Direction", "Order By",
)  # fmt: skip
_LISTS: Final = ("Sort Key", "Presorted Key", "Group Key", "Cache Key")
_NUMBERS: Final = ("Plan Rows", "Plan Width", "Startup Cost", "Total Cost", "Workers Planned")
_LISTED_MAX: Final = 20
_LEADER_SHARE_LOST: Final = 0.3  # of the leader's part to each worker, as the planner reckons
JOINS: Final = ("Nested Loop", "Hash Join", "Merge Join")
REMEMBERING: Final = "Materialize"  # what stands below it is executed once


@dataclass(frozen=True, slots=True)
class PlanNode:
    """`table` is "schema.name". `rows` is how many rows the planner expects of one execution, in all workers together
    where the node itself is parallel; `width` bytes each. Conditions are as the server writes them, with the names of
    tables before columns. `output` is what it hands up, which only plans that are not `pruned` have."""

    kind: str
    rows: float
    width: int
    cost: float
    table: str = ""
    alias: str = ""
    index: str = ""
    filter: str = ""
    index_condition: str = ""
    join_condition: str = ""
    join_type: str = ""
    strategy: str = ""
    operation: str = ""
    relationship: str = ""
    subplan: str = ""
    sort_keys: Sequence[str] = ()
    group_keys: Sequence[str] = ()
    output: Sequence[str] = ()
    children: Sequence["PlanNode"] = field(default_factory=tuple)

    @classmethod
    def from_json(cls, data: Mapping[str, Any], workers: int = 0) -> Self:
        """Of a node that the server wrote, or `pruned`. Raises KeyError, TypeError and ValueError on anything else."""
        below = int(data.get("Workers Planned", workers))
        parallel = bool(data.get("Parallel Aware"))
        schema, name = data.get("Schema", ""), data.get("Relation Name", "")
        return cls(
            kind=data["Node Type"],
            rows=float(data["Plan Rows"]) * (divisor(workers) if parallel else 1.0),
            width=int(data["Plan Width"]),
            cost=float(data["Total Cost"]),
            table=f"{schema}.{name}" if schema and name else name,
            alias=data.get("Alias", ""),
            index=data.get("Index Name", ""),
            filter=data.get("Filter", ""),
            index_condition=data.get("Index Cond", "") or data.get("Recheck Cond", ""),
            join_condition=" AND ".join(
                data[key] for key in ("Hash Cond", "Merge Cond", "Join Filter") if data.get(key)
            ),
            join_type=data.get("Join Type", ""),
            strategy=data.get("Strategy", ""),
            operation=data.get("Operation", ""),
            relationship=data.get("Parent Relationship", ""),
            subplan=data.get("Subplan Name", ""),
            sort_keys=tuple(data.get("Sort Key", ())),
            group_keys=tuple(data.get("Group Key", ())),
            output=tuple(data.get("Output", ())),
            children=tuple(cls.from_json(child, below) for child in data.get("Plans", ())),
        )

    @property
    def bytes(self) -> float:
        """What its rows come to, without what memory adds to each."""
        return self.rows * self.width

    def walk(self) -> Iterator["PlanNode"]:
        """Itself and everything below it."""
        yield self
        for child in self.children:
            yield from child.walk()

    def visits(self, times: float = 1.0, above: tuple["PlanNode", ...] = ()) -> Iterator["Visit"]:
        """As `walk`, with how often each is executed and what stands above it, the nearest first."""
        yield Visit(self, times, above)
        outer = next((child for child in self.children if child.relationship == "Outer"), None)
        below = 1.0 if self.kind == REMEMBERING else times
        for child in self.children:
            yield from child.visits(below * _repeated(self, child, outer), (self, *above))


@dataclass(frozen=True, slots=True)
class Visit:
    """A node in its plan: `times` is how often it is executed each time the statement is, `above` its ancestors."""

    node: PlanNode
    times: float
    above: Sequence[PlanNode]

    @property
    def join(self) -> PlanNode | None:
        """The nearest join above it."""
        return next((node for node in self.above if node.kind in JOINS), None)


def divisor(workers: int) -> float:
    """By what the planner divides the rows of a parallel node: its workers and what the leader does beside them."""
    return workers + max(0.0, 1.0 - _LEADER_SHARE_LOST * workers) if workers else 1.0


def read_plan(plans: Mapping[str, Any], query_id: str) -> PlanNode | None:
    """The plan of a statement of a run's document "plans"; None where there is none that can be read."""
    try:
        return PlanNode.from_json(plans[query_id]["plan"])
    except (KeyError, TypeError, ValueError):
        return None


def pruned(node: Mapping[str, Any]) -> dict[str, Any]:
    """A plan of the server's with what is asked for only, so that it is bounded. Reads plain JSON."""
    return _pruned(node, [NODES_MAX])


def _pruned(node: Mapping[str, Any], left: list[int]) -> dict[str, Any]:
    left[0] -= 1
    kept: dict[str, Any] = {key: str(node[key])[:TEXT_CHARACTERS_MAX] for key in _TEXTS if key in node}
    kept |= {key: node[key] for key in _NUMBERS if key in node}
    kept |= {key: [str(one)[:TEXT_CHARACTERS_MAX] for one in node[key][:_LISTED_MAX]] for key in _LISTS if key in node}
    if node.get("Parallel Aware"):
        kept["Parallel Aware"] = True
    children = []
    for child in node.get("Plans", ()):
        if left[0] <= 0:
            break
        children.append(_pruned(child, left))
    return {**kept, "Plans": children} if children else kept


def _repeated(node: PlanNode, child: PlanNode, outer: PlanNode | None) -> float:
    """How often a child is executed each time its parent is."""
    if child.relationship == "SubPlan":
        return max(1.0, _taken(node)) if not child.subplan.startswith("CTE") else 1.0
    if node.kind == "Nested Loop" and child.relationship == "Inner" and outer is not None:
        return max(1.0, outer.rows)
    return 1.0


def _taken(node: PlanNode) -> float:
    """Rows that a node takes in, as far as the plan tells."""
    return max((child.rows for child in node.children if child.relationship in ("Outer", "Inner")), default=node.rows)
