"""Finding out what each parameter of a statement is used for, which tells where its values come from. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlglot import exp

from plimsoll.load.importers.capture.bulk import bulk_use
from plimsoll.load.importers.capture.comparing import Comparing
from plimsoll.load.importers.capture.parsing import MARK, Parsed, sql
from plimsoll.load.importers.capture.uses import SAMPLED, SCOPES, Use, scope_of

_RECKONING: Final = (exp.Mul, exp.Div, exp.Mod, exp.BitwiseAnd, exp.BitwiseOr, exp.AtTimeZone)
_WORDS: Final = ("format", "zone", "unit", "charset")  # as in to_char(at, $1): the function's own, no row's
_CONDITIONS: Final = (exp.Where, exp.Join, exp.Having)


def uses_of(
    parsed: Parsed,
    types: Mapping[int, str],
    own_functions: frozenset[str] = frozenset(),
    columns: Sequence[str] = (),
) -> list[Use]:
    """Of every parameter in `types` (their SQL types by number).

    `own_functions` are the database's, not SQL's; `columns` those of the table into which rows are inserted.
    """
    if isinstance(parsed.tree, exp.Merge):
        return [Use(number, "unknown", why="MERGE is not taken apart") for number in sorted(types)]
    found: dict[int, Use] = {}
    for literal in parsed.tree.find_all(exp.Literal):
        mark = MARK.fullmatch(literal.name) if literal.is_string else None
        if mark:
            use = _Finder(literal, int(mark[1]), types, own_functions, columns).use()
            found[use.number] = _both(found[use.number], use) if use.number in found else use
    for key in parsed.tree.find_all(exp.JSONPathKey):
        mark = MARK.fullmatch(str(key.this))
        if mark:
            found[int(mark[1])] = _key_use(key, int(mark[1]), types)
    return [found.get(number) or Use(number, "guess", why="its place is not understood") for number in sorted(types)]


def _both(one: Use, other: Use) -> Use:
    """Of a parameter that is used twice: as it tells more. What bounds from both sides, as in
    `BETWEEN $1 AND $1 + $2`, is a place and no width."""
    if {one.kind, other.kind} == {"low", "high"}:
        return replace(one if one.kind == "low" else other, kind="equal")
    return other if one.kind not in SAMPLED else one


def _key_use(key: exp.Expr, number: int, types: Mapping[int, str]) -> Use:
    """Of `data ->> $1`: a key that a row has, by the name `sampling` gives it."""
    if types[number] != "text":
        return Use(number, "guess", why="an index of a JSON array")
    return Use(number, "equal", f"plimsoll_key_{number}.k", scope_of(key), name="key")


@dataclass
class _Finder:
    """Of one parameter."""

    literal: exp.Literal
    number: int
    types: Mapping[int, str]
    own_functions: frozenset[str]
    columns: Sequence[str]

    def use(self) -> Use:
        if self.types[self.number] == "regconfig":
            return Use(self.number, "equal", "get_current_ts_config()", scope_of(self.literal), name="config")
        bulk = bulk_use(self.literal, self.number, self.columns)
        if bulk is not None:
            return bulk
        stored = self._stored()
        if stored is not None:
            return stored
        comparing = Comparing(self.literal, self.number, self.types)
        return comparing.use() or self._without(comparing.term)

    # -- written ------------------------------------------------------------------------------------------------------

    def _stored(self) -> Use | None:
        """In VALUES or the select list of an INSERT, or to the right of SET."""
        top = self._unwrapped(self.literal)
        parent = top.parent
        if parent is None:
            return None
        assigned = isinstance(parent, exp.EQ) and isinstance(parent.parent, exp.Update | exp.OnConflict)
        if assigned and parent.arg_key == "expressions" and top.arg_key == "expression":
            return self._column(parent.this, parent, 0)
        insert = parent.find_ancestor(exp.Insert) if isinstance(parent, exp.Tuple | exp.Select) else None
        if not isinstance(insert, exp.Insert):
            return None
        if isinstance(parent, exp.Tuple) and parent.parent is insert.expression:
            return self._inserted(insert, top.index or 0, parent.index or 0)
        if parent is insert.expression and top.arg_key == "expressions":
            return self._inserted(insert, top.index or 0, 0)
        return None

    def _unwrapped(self, node: exp.Expr) -> exp.Expr:
        while isinstance(node.parent, exp.Paren | exp.Cast | exp.Coalesce):
            node = node.parent
        return node

    def _inserted(self, insert: exp.Insert, place: int, row: int) -> Use:
        named = insert.this.expressions if isinstance(insert.this, exp.Schema) else []
        columns = named or [exp.to_identifier(name, quoted=True) for name in self.columns]
        if place >= len(columns):
            return Use(self.number, "unknown", why="it is inserted into a column that is not named")
        return self._column(columns[place], insert, row)

    def _column(self, column: exp.Expr, inside: exp.Expr, row: int) -> Use:
        bare = exp.Column(this=column.copy()) if isinstance(column, exp.Identifier) else column
        return Use(self.number, "stored", sql(bare), inside.find_ancestor(*SCOPES) if not isinstance(
            inside, exp.Insert) else inside, row, column.name)  # fmt: skip

    # -- neither ------------------------------------------------------------------------------------------------------

    def _without(self, term: exp.Expr) -> Use:
        called = self.literal.find_ancestor(exp.Anonymous)
        if called is not None and str(called.this).lower() in self.own_functions:
            return Use(self.number, "unknown", why=f"what the function {called.this} is called with is not known")
        if self.types[self.number] == "interval" and term.find_ancestor(exp.Where, exp.Join):
            return Use(self.number, "span", name="span")
        if self.types[self.number] == "boolean":  # as in JOIN … ON true
            return Use(self.number, "guess", why="a constant")
        if isinstance(term.parent, _RECKONING):
            return Use(self.number, "guess", why="a constant in a formula")
        if term.arg_key in _WORDS:
            return Use(self.number, "guess", why="a word of a function's own")
        condition = term.find_ancestor(*_CONDITIONS, *SCOPES)
        if isinstance(condition, exp.Where | exp.Join) and not _is_of_constants(term):
            return Use(self.number, "unknown", why=f"what it is compared with is not a row's: {_shown(term)}")
        return Use(self.number, "guess", why="a constant")


def _is_of_constants(term: exp.Expr) -> bool:
    """As in `1 = 1` or `'x' IS NULL`."""
    parent = term.parent
    return isinstance(parent, exp.Binary | exp.Is) and parent.find(exp.Column, exp.AggFunc) is None


def _shown(term: exp.Expr) -> str:
    return re.sub(MARK.pattern.join(("'?", "'?")), r"$\1", sql(term.parent or term))[:80]
