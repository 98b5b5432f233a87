"""The statements of a workload that are worth a look: as trees, with their plans and part of its time. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from plimsoll.core.identifiers import TableName
from plimsoll.core.query_plan import PlanNode, Visit
from plimsoll.core.sql.parsing import parsed
from plimsoll.core.tuning.advice import Advised, Confidence
from plimsoll.core.tuning.change import Change
from plimsoll.core.tuning.facts import DatabaseFacts, TableFacts
from plimsoll.core.tuning.index import ExistingIndex
from plimsoll.core.tuning.planned import Planned
from plimsoll.core.tuning.query import Query
from plimsoll.core.units import format_share
from plimsoll.tune.beyond.trees import parameter_of, sql_of, takes_same
from plimsoll.tune.candidates.accesses import roots

if TYPE_CHECKING:
    from sqlglot import exp

SHARE_MIN: Final = 0.01  # of the workload's time; what is below is not worth changing an application for
CHARACTERS_MAX: Final = 20_000  # of a statement; what is longer is made by a machine, which nobody rewrites by hand
_BY_INDEX: Final = ("Index Scan", "Index Only Scan")
_KNOWN: Final = ("real", "common", "rare", "sampled")


@dataclass(frozen=True, slots=True)
class Asked:
    """A statement. `share` is of the workload's time, or of its planned cost where the workload is not `timed`."""

    planned: Planned
    tree: "exp.Expr"
    share: float
    timed: bool
    facts: DatabaseFacts
    roots: Mapping[str, TableName]
    indexes: Mapping[TableName, Sequence[ExistingIndex]]

    @property
    def query(self) -> Query:
        return self.planned.query

    @property
    def plans(self) -> list[PlanNode]:
        return [plan for plan in self.planned.plans if plan is not None]

    def visits(self) -> Iterator[Visit]:
        """Of all bindings' plans."""
        for plan in self.plans:
            yield from plan.visits()

    def table(self, node: PlanNode) -> TableFacts | None:
        """The table that a node reads, of a partition the whole."""
        name = self.roots.get(node.table)
        return self.facts.tables[name] if name is not None else None

    def indexes_of(self, table: TableFacts) -> Sequence[ExistingIndex]:
        """Those that are there."""
        return self.indexes.get(table.table.name, ())

    def sequential(self, table: TableFacts) -> list[PlanNode]:
        """Nodes that read the table, or an index of it, from end to end."""
        nodes = [one.node for one in self.visits() if self.roots.get(one.node.table) == table.table.name]
        return [one for one in nodes if one.kind == "Seq Scan" or (one.kind in _BY_INDEX and not one.index_condition)]

    def is_told(self, node: "exp.Expr") -> bool:
        """Whether it stands in the statement, or was really sent."""
        return parameter_of(node) is None or all(one.origin == "real" for one in self.query.bindings)

    @property
    def weight(self) -> str:
        """Its part of the workload, in words."""
        of = "time" if self.timed else "planned cost"
        return f"The statement takes {format_share(self.share)} of the workload's {of}"

    def number(self, node: "exp.Expr | None", *, guessed: bool = False) -> float | None:
        """The number that a constant or a parameter stands for, in the mean over the bindings; None where unknown.
        `guessed`: also of bindings that nothing tells."""
        from sqlglot import exp

        if node is None:
            return None
        place = parameter_of(node)
        if place is None:
            return float(node.name) if isinstance(node, exp.Literal) and not node.is_string else None
        known = [one for one in self.query.bindings if (guessed or one.origin in _KNOWN) and len(one.values) >= place]
        pairs = [(_number(one.values[place - 1]), one.share) for one in known]
        given = [(value, share) for value, share in pairs if value is not None]
        weight = sum(share for _, share in given)
        return sum(value * share for value, share in given) / weight if weight else None


def asked(planned: Sequence[Planned], facts: DatabaseFacts, share_min: float = SHARE_MIN) -> list[Asked]:
    """Those that can be read and take enough, the heaviest first. Without times all are: what the planner takes for
    the cost of one that it plans badly would hide the others."""
    timed = sum(one.query.total_ms for one in planned) > 0
    weights = [one.query.total_ms if timed else one.cost * one.query.calls for one in planned]
    whole, below, there = sum(weights), roots(facts), facts.indexes_by_table
    pairs = sorted(zip(planned, weights, strict=True), key=lambda pair: -pair[1])
    least = share_min if timed else 0.0
    heavy = [(one, weight / whole) for one, weight in pairs if whole and weight / whole >= least]
    trees = [(one, share, _tree(one)) for one, share in heavy]
    return [Asked(one, tree, share, timed, facts, below, there) for one, share, tree in trees if tree is not None]


def rewrite(
    one: Asked, form: str, title: str, why: str, *, risk: str = "", after: "exp.Expr | None" = None, sketch: str = "",
    confidence: Confidence = "medium", details: Mapping[str, str] | None = None,
) -> Advised:  # fmt: skip
    """`after` gives the same rows for the same parameters; where it takes others it is no more than a sketch."""
    more = dict(details or {})
    executable = after is not None and takes_same(one.tree, after)
    if after is not None and not executable:
        sketch = sql_of(after)
    if sketch:
        more["sketch"] = sketch
    change = Change(
        "rewrite", one.query.id, title, f"{one.weight}. {why}", queries=(one.query.id,), form=form, risk=risk,
        before=one.query.shown, after=sql_of(after) if after is not None and executable else "", details=more,
    )  # fmt: skip
    return Advised(change, "explained", confidence)


def _tree(one: Planned) -> "exp.Expr | None":
    return parsed(one.query.text) if len(one.query.text) <= CHARACTERS_MAX else None


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text is not None else None
    except ValueError:
        return None
