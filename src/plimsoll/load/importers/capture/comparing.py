"""What a parameter is compared with, which tells the rows and the column its values come from. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from sqlglot import exp

from plimsoll.load.importers.capture.parsing import marks, sql
from plimsoll.load.importers.capture.uses import Kind, Use, names_in, scope_of

_Compared = Mapping[type[exp.Expr], tuple[Kind, Kind]]
# The kind of the right side's parameter, and of the left side's.
_COMPARED: Final[_Compared] = {
    exp.EQ: ("equal", "equal"), exp.NullSafeEQ: ("equal", "equal"), exp.NEQ: ("other", "other"),
    exp.NullSafeNEQ: ("other", "other"), exp.GT: ("low", "high"), exp.GTE: ("low", "high"), exp.LT: ("high", "low"),
    exp.LTE: ("high", "low"), exp.Like: ("prefix", "equal"), exp.ILike: ("anywhere", "equal"),
    exp.SimilarTo: ("prefix", "equal"), exp.RegexpLike: ("regex", "equal"), exp.RegexpILike: ("regex", "equal"),
    exp.Distance: ("equal", "equal"), exp.ArrayOverlaps: ("equal", "equal"), exp.Adjacent: ("equal", "equal"),
}  # fmt: skip
_TURNED: Final[Mapping[Kind, Kind]] = {"low": "high", "high": "low"}
_TRANSPARENT: Final = (exp.Paren, exp.Cast, exp.TryCast, exp.Lower, exp.Upper, exp.Trim)
_TSQUERIES: Final = ("to_tsquery", "plainto_tsquery", "phraseto_tsquery", "websearch_to_tsquery")
_PART = "(({0}))[1 + floor(random() * cardinality({0}))::int]"
_KEY = (
    "(SELECT k FROM jsonb_object_keys(CASE jsonb_typeof({0}) WHEN 'object' THEN {0} END) AS k "
    "ORDER BY random() LIMIT 1)"
)
# The network of an address, as wide as usual ones; and an address of a network.
_NETWORK = "network(set_masklen(({0})::inet, least(masklen(({0})::inet), CASE family({0}) WHEN 4 THEN 24 ELSE 64 END)))"
_WORD: Final = "(regexp_match({0}::text, '\\w{{2,}}'))[1]"
# All but a few characters, up to a third of them.
_BEGINNING: Final = "left({0}::text, greatest(3, length({0}::text) - 1 - floor(random() * length({0}::text) / 3)::int))"
_RANGES: Final = ("tstzrange", "tsrange", "daterange", "int4range", "int8range", "numrange")
_HOST = "host({0})::inet"
_MEMBER = (
    "(SELECT jsonb_build_object(k, v) FROM jsonb_each(CASE jsonb_typeof({0}) WHEN 'object' THEN {0} END) "
    "AS e (k, v) ORDER BY random() LIMIT 1)"
)


@dataclass
class Comparing:
    """Climbs from a parameter to what it is compared with. `term` is then the outermost that stands for it."""

    literal: exp.Literal
    number: int
    types: Mapping[int, str]

    def __post_init__(self) -> None:
        self.term, self._inverse, self._turned = self._climbed()

    def use(self) -> Use | None:
        """None where it is compared with nothing that rows have."""
        parent = self.term.parent
        if isinstance(parent, exp.Limit | exp.Fetch):
            return Use(self.number, "limit", name="limit")
        if isinstance(parent, exp.Offset):
            return Use(self.number, "offset", name="offset")
        return self._compared(self.term, self._inverse)

    def _climbed(self) -> tuple[exp.Expr, Callable[[str], str], bool]:
        """The outermost term that stands for the parameter, how to get from what it is compared with to it, and whether
        it falls where that rises."""
        term: exp.Expr = self.literal
        steps: list[str] = []
        turned = False
        while (parent := term.parent) is not None:
            if isinstance(parent, _TRANSPARENT):
                term = parent
                continue
            if not isinstance(parent, exp.Add | exp.Sub):
                break
            other = parent.expression if term is parent.this else parent.this
            if marks(other) and self.types[self.number] == "interval":
                break  # at < $1 + $2::interval: the moment is a row's, how long is not
            turned ^= isinstance(parent, exp.Sub) and term is parent.expression
            steps.append(_solved(parent, term is parent.this, sql(other)))
            term = parent

        def inverse(compared: str) -> str:
            for step in reversed(steps):
                compared = step.replace("{}", compared)
            return compared

        return term, inverse, turned

    def _compared(self, term: exp.Expr, inverse: Callable[[str], str]) -> Use | None:
        parent = term.parent
        if isinstance(parent, exp.Between):
            kind: Kind = "low" if term is parent.args["low"] else "high"
            return self._sampled(kind, parent.this, inverse)
        if isinstance(parent, exp.In) and term is not parent.this:
            return self._in_list(parent, parent.this, inverse, term.index or 0)
        if isinstance(parent, exp.Tuple):
            return self._in_tuple(term, parent, inverse)
        if parent is not None and (isinstance(parent, exp.Any) or _is_all(parent)):
            return self._array(parent, inverse)
        if isinstance(parent, exp.DPipe):
            return self._piece(parent)
        if isinstance(parent, exp.Array) and term.arg_key == "expressions":
            return self._element(parent, inverse, term.index or 0)
        if isinstance(parent, exp.Coalesce):
            other = next((one for one in (parent.this, *parent.expressions) if one is not term), None)
            return self._sampled("equal", other, inverse) if other is not None else None
        if isinstance(parent, exp.Anonymous):
            return self._called(parent, term.index or 0, inverse)
        if parent is None or not isinstance(parent, exp.Binary):
            return None
        return self._binary(parent, term, inverse)

    def _binary(self, parent: exp.Binary, term: exp.Expr, inverse: Callable[[str], str]) -> Use | None:
        on_right = term is parent.expression
        other = parent.this if on_right else parent.expression
        if isinstance(other, exp.Any):
            return self._sampled("equal", other.this, _PART.format)
        if isinstance(parent, exp.ArrayContainsAll | exp.ArrayContainedBy):
            return self._contained(other, inverse, inside=on_right == isinstance(parent, exp.ArrayContainsAll))
        if isinstance(parent, exp.BitwiseLeftShift | exp.BitwiseRightShift) and self._is_address():
            around = on_right == isinstance(parent, exp.BitwiseLeftShift)
            return self._sampled("equal", other, (_NETWORK if around else _HOST).format)
        if isinstance(parent, exp.JSONBContainsAnyTopKeys | exp.JSONBContainsAllTopKeys):
            return self._sampled("equal", other, f"ARRAY[{_KEY}]".format)
        if isinstance(parent, exp.JSONBContainsTopKey):
            return self._sampled("equal", other, _KEY.format)
        kinds = _COMPARED.get(type(parent))
        if isinstance(parent, exp.Mod) and self.types[self.number] == "text":
            kinds = ("equal", "equal")  # similar, of pg_trgm
        if kinds is None or isinstance(parent.parent, exp.Update | exp.OnConflict):
            return None
        kind = kinds[0] if on_right else kinds[1]
        if kind == "equal" and isinstance(parent.parent, exp.Not):
            kind = "other"
        return self._sampled(kind, other, inverse)

    def _called(self, function: exp.Anonymous, place: int, inverse: Callable[[str], str]) -> Use | None:
        name = str(function.this).lower()
        if name in _TSQUERIES:
            return self._words(function)
        return self._end(function, place, inverse) if name in _RANGES else None

    def _end(self, made: exp.Anonymous, place: int, inverse: Callable[[str], str]) -> Use | None:
        """`during && tstzrange($1, $2)`: where a row's range begins and ends."""
        parent = made.parent
        if place > 1 or not isinstance(parent, exp.ArrayOverlaps | exp.ArrayContainedBy | exp.ArrayContainsAll):
            return None
        other = parent.this if made is parent.expression else parent.expression
        end = ("lower", "upper")[place]
        return self._sampled("equal", other, lambda span: inverse(f"{end}({span})"))

    def _is_address(self) -> bool:
        return self.types[self.number] in ("inet", "cidr")

    def _contained(self, other: exp.Expr, inverse: Callable[[str], str], *, inside: bool) -> Use | None:
        """`document @> $1`: a member of it; `array @> $1`: one of its elements; `range @> $1`: where it begins. What
        contains the row's is the same as that."""
        kind = self.types[self.number]
        if inside and kind == "jsonb":
            return self._sampled("equal", other, _MEMBER.format)
        if inside and kind.endswith("[]"):
            return self._sampled("equal", other, lambda array: f"ARRAY[{_PART.format(array)}]")
        if inside and kind != "jsonb" and not kind.endswith(("range", "[]")):
            return self._sampled("equal", other, lambda span: inverse(f"coalesce(lower({span}), upper({span}))"))
        return self._sampled("equal", other, lambda value: value)

    def _in_list(self, parent: exp.In, other: exp.Expr, inverse: Callable[[str], str], shift: int) -> Use | None:
        negated = isinstance(parent.parent, exp.Not)
        return self._sampled("other" if negated else "equal", other, inverse, shift)

    def _in_tuple(self, term: exp.Expr, parent: exp.Tuple, inverse: Callable[[str], str]) -> Use | None:
        """Row comparisons: `(a, b) < ($1, $2)`, `(a, b) IN (($1, $2), ($3, $4))`."""
        compared = parent.parent
        place = term.index or 0
        if isinstance(compared, exp.In) and isinstance(compared.this, exp.Tuple):
            return self._in_list(compared, compared.this.expressions[place], inverse, parent.index or 0)
        kinds = _COMPARED.get(type(compared)) if isinstance(compared, exp.Binary) else None
        if kinds is None or not isinstance(compared, exp.Binary):
            return None
        on_right = parent is compared.expression
        other = compared.this if on_right else compared.expression
        if not isinstance(other, exp.Tuple) or place >= len(other.expressions):
            return None
        return self._sampled(kinds[0] if on_right else kinds[1], other.expressions[place], inverse)

    def _array(self, parent: exp.Expr, inverse: Callable[[str], str]) -> Use | None:
        """`x = ANY ($1)` and `x <> ALL ($1)`."""
        compared = parent.parent
        if not isinstance(compared, exp.Binary):
            return None
        other = compared.this if parent is compared.expression else compared.expression
        return self._sampled("list" if isinstance(compared, exp.EQ) else "others", other, inverse)

    def _element(self, array: exp.Expr, inverse: Callable[[str], str], shift: int) -> Use | None:
        """`tags @> ARRAY[$1, $2]` and `x = ANY (ARRAY[$1, $2])`."""
        outer: exp.Expr = array
        while isinstance(outer.parent, exp.Paren | exp.Cast):
            outer = outer.parent
        parent = outer.parent
        if isinstance(parent, exp.ArrayContainsAll | exp.ArrayOverlaps | exp.ArrayContainedBy):
            other = parent.this if outer is parent.expression else parent.expression
            return self._sampled("equal", other, _PART.format, shift)
        if (
            (isinstance(parent, exp.Any) or _is_all(parent))
            and parent is not None
            and isinstance(parent.parent, exp.Binary)
        ):
            compared = parent.parent
            other = compared.this if parent is compared.expression else compared.expression
            return self._sampled("equal" if isinstance(compared, exp.EQ) else "other", other, inverse, shift)
        return None

    def _piece(self, parent: exp.Expr) -> Use | None:
        """`x LIKE '%' || $1 || '%'`: a word of x; `x LIKE $1 || '%'`: how it begins. Where several are joined, only the
        first by number is one: constants, as '%', are numbered behind the parameters by the server that counts
        statements."""
        while isinstance(parent.parent, exp.DPipe | exp.Paren):
            parent = parent.parent
        compared = parent.parent
        if not isinstance(compared, exp.Like | exp.ILike) or parent is not compared.expression:
            return None
        if self.number != min(marks(parent)):
            return self._sampled("equal", compared.this, lambda value: "'%'")
        first = next(parent.find_all(exp.Literal, bfs=False))
        return self._sampled("equal", compared.this, (_BEGINNING if first is self.literal else _WORD).format)

    def _words(self, parent: exp.Expr) -> Use | None:
        """`document @@ to_tsquery($1)`: one of its words."""
        matched = parent.parent
        if isinstance(matched, exp.Table):  # FROM documents, to_tsquery($1) AS q WHERE words @@ q
            matched = _matched_with(matched)
        if not isinstance(matched, exp.MatchAgainst) or not matched.expressions:
            return None
        other = matched.expressions[0]
        if isinstance(other, exp.Anonymous) and str(other.this).lower() == "to_tsvector":
            other = other.expressions[-1]
            return self._sampled("equal", other, lambda value: f"(regexp_match({value}::text, '\\w{{3,}}'))[1]")
        return self._sampled("equal", other, lambda value: _PART.format(f"tsvector_to_array({value})"))

    def _sampled(self, kind: Kind, other: exp.Expr, inverse: Callable[[str], str], shift: int = 0) -> Use | None:
        """None where the other side tells nothing of rows: a constant, an aggregate, a query of its own."""
        if other.find(exp.Column) is None or other.find(exp.AggFunc, exp.Window, exp.Select) is not None:
            return None
        if self._turned and kind in _TURNED:
            kind = _TURNED[kind]
        moved = shift or (1 if kind in ("other", "others") else 0)
        column = other.find(exp.Column)
        assert column is not None
        return Use(self.number, kind, inverse(f"({sql(other)})" if not isinstance(other, exp.Column) else sql(other)),
                   self._scope_with(column), moved, column.name)  # fmt: skip

    def _scope_with(self, column: exp.Expr) -> exp.Expr | None:
        """The innermost query around that has the table which the column names."""
        scope = scope_of(self.literal)
        table = column.args.get("table")
        inner = scope
        while table is not None and scope is not None and table.name.lower() not in names_in(scope):
            scope = scope_of(scope)
        return scope or inner


def _solved(parent: exp.Expr, is_left: bool, other: str) -> str:
    """What the term is if `parent` is {}."""
    if isinstance(parent, exp.Add):
        return f"({{}} - {other})"
    return f"({{}} + {other})" if is_left else f"({other} - {{}})"


def _matched_with(table: exp.Table) -> exp.Expr | None:
    """Where the query around compares with what a function in FROM gives."""
    scope = scope_of(table)
    found = scope.find_all(exp.MatchAgainst) if scope is not None else ()
    return next((one for one in found if one.this.name == table.alias_or_name), None)


def _is_all(node: exp.Expr | None) -> bool:
    return isinstance(node, exp.All) or (isinstance(node, exp.Anonymous) and str(node.this).lower() == "all")
