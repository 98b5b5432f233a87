"""A condition in conjunctive form: clauses that must all hold, each a disjunction of facts.

SQL's three-valued logic distributes as the two-valued does, and a check is passed by null as by true, so a clause is
passed unless all of its facts are false. CASE and forms that choose by a column are handled apart.
"""

from itertools import product
from typing import Final

from sqlglot import exp

from plimsoll.data.checks.literals import INVERSE, OPERATORS, Fact, Null, On, Types, Unknown, compared, matched
from plimsoll.data.checks.literals import null_test as null_test_of
from plimsoll.data.checks.terms import bare, choice_text, column_of, is_null_literal, list_of, literal_of, term_of
from plimsoll.data.domain import Domain

Clause = tuple[Fact, ...]
CLAUSES_MAX: Final = 500  # a form that would need more is not understood
_LIKES: Final = (exp.RegexpLike, exp.RegexpILike, exp.Like, exp.ILike)
_NULL_AWARE: Final = (exp.Is, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Coalesce, exp.Case, exp.Anonymous)
_UNKNOWN: Final[list[Clause]] = [(Unknown(),)]


def clauses_of(node: exp.Expression, types: Types, positive: bool = True) -> list[Clause]:
    """The clauses of the condition, or of its negation. May raise ValueError or ArithmeticError for odd literals."""
    node = bare(node)
    if isinstance(node, exp.Not):
        return clauses_of(node.this, types, not positive)
    if isinstance(node, exp.And | exp.Or):
        parts = _flattened(node, type(node))
        if isinstance(node, exp.And) == positive:
            return [clause for part in parts for clause in clauses_of(part, types, positive)]
        chosen = _by_choice(parts, types) if positive else None
        return chosen or _any_of([clauses_of(part, types, positive) for part in parts])
    if isinstance(node, exp.Case):
        return _of_case(node, types, positive)
    return _of_test(node, types, positive)


def _flattened(node: exp.Expression, kind: type[exp.Expression]) -> list[exp.Expression]:
    parts: list[exp.Expression] = []
    while isinstance(node, kind):
        parts.append(bare(node.expression))
        node = bare(node.this)
    nested = [_flattened(part, kind) if isinstance(part, kind) else [part] for part in reversed(parts)]
    return [node, *(part for group in nested for part in group)]


def _any_of(alternatives: list[list[Clause]]) -> list[Clause]:
    size = 1
    for alternative in alternatives:
        size *= len(alternative)
    if size > CLAUSES_MAX:
        return _UNKNOWN
    return [tuple(dict.fromkeys(fact for clause in chosen for fact in clause)) for chosen in product(*alternatives)]


def _of_test(node: exp.Expression, types: Types, positive: bool) -> list[Clause]:
    if isinstance(node, exp.Boolean):
        return [(bool(node.this) == positive,)]
    if is_null_literal(node):
        return [(True,)]  # null passes a check
    if (test := null_test_of(node)) is not None:
        return [(Null(test.column, test.is_null == positive),)]
    if isinstance(node, _LIKES):
        return _all(matched(node, positive != bool(node.args.get("negate")), types))
    if isinstance(node, exp.Is | exp.NullSafeEQ | exp.NullSafeNEQ):
        return _of_safe_test(node, types, positive)
    if isinstance(node, tuple(OPERATORS)):
        return _of_comparison(node, types, positive)
    if isinstance(node, exp.ArrayContainedBy) and positive:
        return _of_items(node, types)
    column = column_of(node)
    if column is not None and types.get(column) == "bool":
        return _all([_is(column, positive)])
    return _UNKNOWN


def _of_items(node: exp.ArrayContainedBy, types: Types) -> list[Clause]:
    """scopes <@ ARRAY['read', 'write']."""
    column, texts = column_of(node.this), list_of(node.expression)
    known = column is not None and texts and types.get(column) == "array"
    return _all([On(column or "", Domain(item_choices=tuple(texts or ())))]) if known else _UNKNOWN


def _all(facts: list[Fact]) -> list[Clause]:
    return [(fact,) for fact in facts]


def _is(column: str, value: bool) -> Fact:
    return _one_of(column, ("true" if value else "false",))


def _of_comparison(node: exp.Expression, types: Types, positive: bool) -> list[Clause]:
    operator = OPERATORS[type(node)]
    left, right = bare(node.this), bare(node.expression)
    if operator in ("=", "<>") and _is_condition(left) and (_is_condition(right) or _is_bool(right, types)):
        return _equal_truth(left, right, types, (operator == "=") == positive)
    if operator in ("=", "<>") and _is_bool(left, types) and _is_condition(right):
        return _equal_truth(left, right, types, (operator == "=") == positive)
    if isinstance(left, exp.Coalesce):
        return _of_coalesce(left, operator if positive else INVERSE[operator], right, types)
    return _all(compared(left, operator, right, types) if positive else _denied(node, operator, types))


def _denied(node: exp.Expression, operator: str, types: Types) -> list[Fact]:
    """NOT (x = ANY (...)) is x <> ALL (...)."""
    left, right = node.this, bare(node.expression)
    if isinstance(right, exp.Any):
        return compared(left, "<>", exp.Anonymous(this="ALL", expressions=[right.this]), types)
    if isinstance(right, exp.Anonymous):
        return compared(left, "=", exp.Any(this=right.expressions[0]), types)
    return compared(left, INVERSE[operator], right, types)


def _is_condition(node: exp.Expression) -> bool:
    return isinstance(node, (*OPERATORS, *_LIKES, exp.Is, exp.And, exp.Or, exp.Not))


def _is_bool(node: exp.Expression, types: Types) -> bool:
    return types.get(column_of(node) or "") == "bool"


def _equal_truth(left: exp.Expression, right: exp.Expression, types: Types, same: bool) -> list[Clause]:
    """(left = right) of two conditions, as two implications; of the opposite one where not `same`."""
    return [
        *_any_of([clauses_of(left, types, False), clauses_of(right, types, same)]),
        *_any_of([clauses_of(left, types, True), clauses_of(right, types, not same)]),
    ]


def _of_safe_test(node: exp.Expression, types: Types, positive: bool) -> list[Clause]:
    """IS [NOT] TRUE, IS [NOT] DISTINCT FROM: a comparison that says what of null."""
    distinct = isinstance(node, exp.NullSafeNEQ)
    equal = (positive != bool(node.args.get("negate"))) != distinct
    left, right = bare(node.this), bare(node.expression)
    column = column_of(left)
    if column is None or literal_of(right) is None or column not in types:
        return _UNKNOWN
    facts = compared(left, "=" if equal else "<>", right, types)
    if equal:
        return [*_all(facts), (Null(column, False),)]
    return [(fact, Null(column, True)) for fact in facts]


def _of_coalesce(node: exp.Coalesce, operator: str, right: exp.Expression, types: Types) -> list[Clause]:
    """COALESCE(column, 0) > 3: the comparison of the column, and what becomes of null."""
    term = term_of(node.this, types)
    if term is None or term.functions or len(node.expressions) != 1:
        return _UNKNOWN
    category = types[term.column]
    texts = [literal_of(side) for side in (node.expressions[0], right)]
    if operator not in ("=", "<>") and category != "number":
        return _UNKNOWN
    instead, limit = (None if text is None else choice_text(category, text) for text in texts)
    if instead is None or limit is None:
        return _UNKNOWN
    facts = compared(node.this, operator, right, types)
    if _holds(instead, operator, limit):
        return [(fact, Null(term.column, True)) for fact in facts]
    return [*_all(facts), (Null(term.column, False),)]


def _holds(first: str, operator: str, second: str) -> bool:
    if operator in ("=", "<>"):
        return (first == second) == (operator == "=")
    left, right = float(first), float(second)
    return {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[operator]


def _of_case(node: exp.Case, types: Types, positive: bool) -> list[Clause]:
    """Each branch where its condition holds and none before it does; ELSE where none holds.

    Where a condition is null, what comes after it decides, but a clause is passed: the form may ask too little.
    """
    default = node.args.get("default")
    found: list[Clause] = [] if _is_null_safe(node, default, positive) else list(_UNKNOWN)
    before: list[list[Clause]] = []
    for branch in node.args["ifs"]:
        condition = exp.EQ(this=node.this, expression=branch.this) if node.this is not None else branch.this
        result = clauses_of(branch.args["true"], types, positive)
        found += _any_of([*before, clauses_of(condition, types, False), result])
        before.append(clauses_of(condition, types, True))
    if default is not None:
        found += _any_of([*before, clauses_of(default, types, positive)])
    return found


def _is_null_safe(node: exp.Case, default: exp.Expression | None, positive: bool) -> bool:
    """Whether a null condition leads to what passes: ELSE does, and no other condition holds then."""
    if default is not None and not is_null_literal(default):
        plain = bare(default)
        if not isinstance(plain, exp.Boolean) or bool(plain.this) != positive:
            return False
    if len(node.args["ifs"]) == 1 or node.this is not None:
        return True
    conditions = [branch.this for branch in node.args["ifs"]]
    columns = {column_of(column) for condition in conditions for column in condition.find_all(exp.Column)}
    return len(columns) == 1 and not any(condition.find(*_NULL_AWARE) for condition in conditions)


def _by_choice(parts: list[exp.Expression], types: Types) -> list[Clause] | None:
    """(kind = 'a' AND ...) OR (kind = 'b' AND ...) as what each kind implies; None where it is not of that form.

    Equal to the distributed form but for a null kind, which is ruled out, and much smaller.
    """
    branches = [clauses_of(part, types) for part in parts]
    selector = next(
        (
            column
            for column in (fact.column for (fact, *_) in branches[0] if isinstance(fact, On))
            if all(_choices(branch, column) is not None for branch in branches)
        ),
        None,
    )
    if selector is None or all(len(branch) == 1 for branch in branches):
        return None
    choices = [_choices(branch, selector) or () for branch in branches]
    every = tuple(choice for chosen in choices for choice in chosen)
    if len(set(every)) < len(every):
        return None
    found: list[Clause] = [tuple(_one_of(selector, chosen) for chosen in choices), (Null(selector, False),)]
    for branch, chosen in zip(branches, choices, strict=True):
        found += [(_none_of(selector, chosen), *clause) for clause in branch if clause != (_one_of(selector, chosen),)]
    return found


def _choices(branch: list[Clause], column: str) -> tuple[str, ...] | None:
    """Those that the branch allows the column, if that is one of its clauses and all of it."""
    for clause in branch:
        fact = clause[0]
        if len(clause) == 1 and isinstance(fact, On) and fact.column == column and fact.domain.choices:
            return fact.domain.choices if fact == _one_of(column, fact.domain.choices) else None
    return None


def _one_of(column: str, choices: tuple[str, ...]) -> On:
    return On(column, Domain(choices=choices))


def _none_of(column: str, choices: tuple[str, ...]) -> On:
    return On(column, Domain(excluded=frozenset(choices)))
