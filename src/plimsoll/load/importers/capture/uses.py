"""What a parameter is used for, and the query around it. Pure."""

from dataclasses import dataclass
from typing import Final, Literal

from sqlglot import exp

from plimsoll.load.importers.capture.parsing import marks

# equal, low, high: compared so with `sample`. other: differs from it. list, others: an array of such; rows: an array
# that belongs to others of the same rows. prefix, anywhere, regex: a pattern for it. stored: written into it. span: how
# long a stretch of time is. limit, offset: of rows. guess: nothing tells, but little depends on it. unknown: nothing
# tells, and much does.
Kind = Literal[
    "equal", "low", "high", "other", "list", "others", "prefix", "anywhere", "regex", "stored", "rows", "span",
    "limit", "offset", "guess", "unknown",
]  # fmt: skip
SAMPLED: Final = frozenset(
    {"equal", "low", "high", "other", "list", "others", "prefix", "anywhere", "regex", "stored", "rows"}
)
SCOPES: Final = (exp.Select, exp.Insert, exp.Update, exp.Delete, exp.Merge)


@dataclass(frozen=True)
class Use:
    """Of the parameter `number`. `sample` is SQL over the rows of `scope`, the query around it; `name` is for people.

    `shift`: parameters with different ones come from different rows.
    """

    number: int
    kind: Kind
    sample: str = ""
    scope: exp.Expr | None = None
    shift: int = 0
    name: str = ""
    why: str = ""


def scope_of(node: exp.Expr) -> exp.Expr | None:
    """The innermost query or command around a node."""
    found = node.find_ancestor(*SCOPES)
    assert found is None or isinstance(found, exp.Expr)
    return found


def made_of_parameters(scope: exp.Expr) -> list[exp.Expr]:
    """What stands among the tables of a query but is made of parameters: unnest, VALUES, a function."""
    nodes = [scope.args.get("from_"), *(scope.args.get("joins") or ())]
    return [node.this for node in nodes if node is not None and is_made_of_parameters(node)]


def is_made_of_parameters(table: exp.Expr) -> bool:
    """Of a table, a join or a FROM: whether there is nothing to be read, so to say."""
    bare = table.this if isinstance(table, exp.Join | exp.From) else table
    is_function = isinstance(bare, exp.Table) and not isinstance(bare.this, exp.Identifier)
    return (is_function or isinstance(bare, exp.Unnest | exp.Values)) and bool(marks(bare))


def names_in(scope: exp.Expr) -> set[str]:
    """The names by which a query's rows are called in it, lower case."""
    sources = [scope.args.get("from_"), *(scope.args.get("joins") or ()), *(scope.args.get("using") or ()),
               *(scope.args.get("laterals") or ())]  # fmt: skip
    own = [scope.this] if isinstance(scope, exp.Insert | exp.Update | exp.Delete) else []
    tables = [
        node.this if isinstance(node, exp.From | exp.Join) else node for node in [*sources, *own] if node is not None
    ]
    return {(table.alias_or_name or "").lower() for table in tables if isinstance(table, exp.Expr)}
