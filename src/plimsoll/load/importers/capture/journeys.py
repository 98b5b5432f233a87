"""Captured statements as journeys: names, parameters, where each value comes from. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from sqlglot import exp

from plimsoll.core.sql.values import Cell, Reading
from plimsoll.core.statement import WorkloadStatement
from plimsoll.load.importers.capture.parsing import Effect, Parsed, Relation
from plimsoll.load.importers.capture.uses import Use

_UNSAID: Final = ("stored", "rows", "span", "limit", "offset")
LABEL_MAX: Final = 33  # characters of a journey's name, so that its feed's fits into one too

# feed: a column of the feed; fixed: the same each time; fresh: made anew each time, in one of the ways of `fresh`.
Source = Literal["feed", "fixed", "fresh"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """Of a statement, in order. `value` is that of a fixed one, as text."""

    number: int
    type_name: str
    reading: Reading
    source: Source
    name: str
    value: Cell = None
    way: str = ""
    length: int | None = None  # of the column, for texts made anew
    many: int = 0  # made anew at once, for an array of them


@dataclass(frozen=True)
class Captured:
    """A statement that can be replayed. `rows` are the feed's: a cell for each parameter whose source is the feed, and
    for texts made anew, which keep the end of a real one."""

    statement: WorkloadStatement
    query: str
    effect: Effect
    label: str
    parameters: tuple[Parameter, ...] = ()
    rows: Sequence[Sequence[Cell]] = ()
    notes: tuple[str, ...] = ()
    relations: tuple[Relation, ...] = ()

    @property
    def columns(self) -> list[Parameter]:
        """The parameters that are columns of the feed."""
        return [one for one in self.parameters if one.source == "feed" or one.way == "text"]


def label_of(parsed: Parsed | None, uses: Sequence[Use]) -> str:
    """A name for people: "read orders by customer_id"."""
    if parsed is None:
        return "run a statement"
    names = [relation.name for relation in parsed.relations if not relation.is_system][:2]
    compared = list(
        dict.fromkeys(
            use.name for use in uses if use.kind not in ("stored", "rows", "span", "limit", "offset") and use.name
        )
    )
    verb = _verb(parsed.tree)
    for tables, columns in ((2, 2), (2, 1), (1, 1), (1, 0)):
        by = f" by {' and '.join(compared[:columns])}" if compared[:columns] else ""
        label = f"{verb} {' and '.join(names[:tables]) or 'nothing'}{by}"
        if len(label) <= LABEL_MAX:
            break
    return label


def _verb(tree: exp.Expr) -> str:
    for kind, verb in (
        (exp.Insert, "insert into"),
        (exp.Update, "update"),
        (exp.Delete, "delete from"),
        (exp.Merge, "merge into"),
    ):
        if isinstance(tree, kind):
            return verb
    if isinstance(tree, exp.Select) and all(isinstance(one.unalias(), exp.Count) for one in tree.expressions):
        return "count"
    return "lock" if tree.find(exp.Lock) is not None else "read"


def named(uses: Sequence[Use]) -> Mapping[int, str]:
    """A column's name for each parameter, each once."""
    taken: set[str] = set()
    found = {}
    for use in uses:
        base = use.name if use.name.isidentifier() else f"p{use.number}"
        name, number = base, 2
        while name in taken:
            name, number = f"{base}_{number}", number + 1
        taken.add(name)
        found[use.number] = name
    return found
