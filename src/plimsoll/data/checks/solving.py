"""Check constraints solved: what they demand of each column, and of columns together."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from math import ceil, floor

from plimsoll.core.schema import Check, DataType
from plimsoll.data.checks.clauses import Clause, clauses_of
from plimsoll.data.checks.intersection import intersect, unite
from plimsoll.data.checks.literals import Fact, Null, On, Types
from plimsoll.data.checks.moments import with_moment
from plimsoll.data.checks.terms import Category, category_of, parsed, without_integer_casts
from plimsoll.data.domain import (
    Domain,
    Implication,
    NullCount,
    NullTogether,
    Ordering,
    Solution,
    Unsatisfiable,
)

_VALUE = "value"  # what checks of domains call their column
_INTEGERS = ("int2", "int4", "int8")


@dataclass(slots=True)
class _Findings:
    """What has been gathered; `sources` are the checks that bear on a column."""

    domains: dict[str, Domain] = field(default_factory=dict)
    sources: dict[str, list[str]] = field(default_factory=dict)
    orderings: dict[Ordering, None] = field(default_factory=dict)
    null_counts: dict[tuple[str, ...], NullCount] = field(default_factory=dict)
    implications: dict[Implication, None] = field(default_factory=dict)

    def restrict(self, column: str, domain: Domain, check: str) -> None:
        names = self.sources.setdefault(column, [])
        if check not in names:
            names.append(check)
        try:
            self.domains[column] = intersect(self.domains.get(column, Domain()), domain)
        except Unsatisfiable as reason:
            raise Unsatisfiable(f"no value of {column} satisfies {_listed(names)}: {reason}") from None

    def count(self, count: NullCount, check: str) -> None:
        columns = tuple(sorted(count.columns))
        known = self.null_counts.get(columns, NullCount(count.columns, 0, len(columns)))
        both = NullCount(known.columns, max(known.least, count.least), min(known.most, count.most))
        if both.least > both.most:
            raise Unsatisfiable(f"no number of values in {_listed(columns)} satisfies {check} and the other checks")
        self.null_counts[columns] = both


def solve(columns: Mapping[str, DataType], checks: Sequence[Check], now: datetime | None = None) -> Solution:
    """What a table's checks demand. A check that is not wholly understood is among `unsolved`; what is, counts.

    With `now`, what a check reckons from the clock is taken for that, and the check tried besides.

    Domains hold for values that are not null. A null `column` of an implication implies nothing, and one without
    `values` that is `negated` holds for every value that is not null. Raises Unsatisfiable, with the names of the
    checks that exclude each other.
    """
    types = {name: category_of(kind) for name, kind in columns.items()}
    findings = _Findings()
    whole = {name for name, kind in columns.items() if kind.base in _INTEGERS and kind.kind == "base"}
    unsolved = tuple([check for check in checks if not _solve_one(check, types, whole, findings, now)])
    for column, domain in findings.domains.items():
        _check_integers(column, columns[column], domain, findings.sources[column])
    implications, together = _paired(findings.implications)
    return Solution(
        domains=findings.domains,
        orderings=tuple(findings.orderings),
        null_counts=tuple(findings.null_counts.values()),
        nulls_together=together,
        implications=implications,
        unsolved=unsolved,
    )


def domain_of(kind: DataType) -> Domain:
    """What the type itself demands: the checks of its domains. Raises Unsatisfiable."""
    return solved_domain(kind).domains.get(_VALUE, Domain())


def solved_domain(kind: DataType) -> Solution:
    """The checks of a type's domains as those of a table with the column "value"; unsolved ones are named after it."""
    checks = [Check(f"a check of {kind.domain or kind.name}", text, (_VALUE,)) for text in kind.checks]
    solution = solve({_VALUE: kind}, checks)
    if not kind.not_null:
        return solution
    domain = intersect(solution.domains.get(_VALUE, Domain()), Domain(not_null=True))
    return replace(solution, domains={_VALUE: domain})


def _solve_one(check: Check, types: Types, whole: set[str], findings: _Findings, now: datetime | None) -> bool:
    tree = parsed(check.expression)
    if tree is None:
        return False
    plain = without_integer_casts(tree, whole)
    tree = with_moment(plain, now)
    try:
        clauses = clauses_of(tree, types)
    except (ValueError, ArithmeticError, RecursionError):
        return False
    wholly = tree is plain
    for clause in _without_implied(clauses):
        wholly &= _Gathering(types, findings, check.name).add(clause)
    return wholly


def _without_implied(clauses: Iterable[Clause]) -> list[Clause]:
    """Without clauses that hold if a shorter one does: distribution leaves many."""
    kept: list[Clause] = []
    for clause in sorted(dict.fromkeys(clauses), key=len):
        if not any(set(shorter) <= set(clause) for shorter in kept):
            kept.append(clause)
    return kept


@dataclass(slots=True)
class _Gathering:
    """Adds a clause to the findings; each way of reading it says whether it is that one."""

    types: Mapping[str, Category]
    findings: _Findings
    check: str

    def add(self, clause: Clause) -> bool:
        facts: list[Fact] = [fact for fact in clause if fact is not False]
        if not facts:
            raise Unsatisfiable(f"no row satisfies {self.check}")
        if any(fact is True for fact in facts) or self._is_always_true(facts):
            return True
        facts = self._without_needless_nulls(facts)
        if any(fact.column not in self.types for fact in facts if isinstance(fact, Null | On)):
            return False
        return self._single(facts) or self._counts(facts) or self._of_one_column(facts) or self._implies(facts)

    def _is_always_true(self, facts: list[Fact]) -> bool:
        """x IS NOT NULL OR f(x): f of null is null, which passes. x IS NULL OR x IS NOT NULL."""
        strict = _strict_columns(facts) | {fact.column for fact in facts if isinstance(fact, Null) and fact.is_null}
        return any(isinstance(fact, Null) and not fact.is_null and fact.column in strict for fact in facts)

    def _without_needless_nulls(self, facts: list[Fact]) -> list[Fact]:
        """x IS NULL OR f(x): f of null passes anyway."""
        strict = _strict_columns(facts)
        return [fact for fact in facts if not (isinstance(fact, Null) and fact.is_null and fact.column in strict)]

    def _single(self, facts: list[Fact]) -> bool:
        if len(facts) > 1:
            return False
        fact = facts[0]
        if isinstance(fact, Ordering):
            self.findings.orderings[fact] = None
        elif isinstance(fact, NullCount):
            self.findings.count(fact, self.check)
        elif isinstance(fact, On):
            self.findings.restrict(fact.column, fact.domain, self.check)
        elif isinstance(fact, Null):
            self.findings.restrict(fact.column, _null_domain(fact), self.check)
        else:
            return False
        return True

    def _counts(self, facts: list[Fact]) -> bool:
        tests = [fact for fact in facts if isinstance(fact, Null)]
        if len(tests) < len(facts) or len({fact.is_null for fact in tests}) > 1:
            return False
        columns = tuple(fact.column for fact in tests)
        some_null = tests[0].is_null
        least, most = (0, len(columns) - 1) if some_null else (1, len(columns))
        self.findings.count(NullCount(columns, least, most), self.check)
        return True

    def _of_one_column(self, facts: list[Fact]) -> bool:
        column, domain = _united(facts)
        if domain is None:
            return False
        if domain != Domain():
            self.findings.restrict(column, domain, self.check)
        return True

    def _implies(self, facts: list[Fact]) -> bool:
        """Two columns, one of which is compared with texts or null: what its other values imply for the other."""
        tests = [fact for fact in facts if isinstance(fact, On | Null)]
        columns = list(dict.fromkeys(fact.column for fact in tests))
        if len(columns) != 2 or len(tests) < len(facts):
            return False
        for column, then in (columns, reversed(columns)):
            condition = _condition([fact for fact in tests if fact.column == column], self.types)
            consequence = _consequence([fact for fact in tests if fact.column == then])
            if condition is not None and consequence is not None:
                values, negated = condition
                self.findings.implications[Implication(column, values, then, consequence, negated)] = None
                return True
        return False


def _strict_columns(facts: list[Fact]) -> set[str]:
    """Columns whose null makes one of the facts null."""
    found = {fact.column for fact in facts if isinstance(fact, On)}
    for fact in facts:
        found |= {fact.lower, fact.upper} if isinstance(fact, Ordering) else set()
    return found


def _united(facts: Sequence[Fact]) -> tuple[str, Domain | None]:
    """The one column of the facts and its domain; None where there is no such."""
    first = facts[0]
    if not isinstance(first, On):
        return "", None
    domain: Domain | None = first.domain
    for fact in facts[1:]:
        if not isinstance(fact, On) or fact.column != first.column or domain is None:
            return "", None
        domain = unite(domain, fact.domain)
    return first.column, domain


def _condition(facts: Sequence[Fact], types: Mapping[str, Category]) -> tuple[frozenset[str], bool] | None:
    """The values for which none of the facts holds, and whether they are those that are not listed."""
    fact = facts[0]
    if isinstance(fact, Null):
        return (frozenset(), True) if fact.is_null and len(facts) == 1 else None
    column, domain = _united(facts)
    if domain is None:
        return None
    if domain == Domain(excluded=domain.excluded) and domain.excluded:
        return domain.excluded, False
    if domain.choices in (("true",), ("false",)) and types[column] == "bool":
        return frozenset({"true", "false"} - set(domain.choices)), False
    return (frozenset(domain.choices), True) if domain == Domain(choices=domain.choices) and domain.choices else None


def _consequence(facts: Sequence[Fact]) -> Domain | None:
    fact = facts[0]
    if isinstance(fact, Null):
        return _null_domain(fact) if len(facts) == 1 else None
    return _united(facts)[1]


def _null_domain(fact: Null) -> Domain:
    return Domain(is_null=True) if fact.is_null else Domain(not_null=True)


def _paired(implications: Iterable[Implication]) -> tuple[tuple[Implication, ...], tuple[NullTogether, ...]]:
    """Two columns of which each that is not null implies that the other is not are null together."""
    always = [each for each in implications if each.negated and not each.values and each.consequence.not_null]
    pairs = {(each.column, each.then) for each in always}
    mutual = {pair for pair in pairs if pair[::-1] in pairs}
    rest = tuple(each for each in implications if each not in always or (each.column, each.then) not in mutual)
    order = dict.fromkeys(tuple(sorted(pair)) for pair in sorted(mutual))
    return rest, tuple(NullTogether(first, second) for first, second in order)


def _check_integers(column: str, kind: DataType, domain: Domain, checks: list[str]) -> None:
    """Between two limits there may be numbers but no integer."""
    low, high = domain.low, domain.high
    if kind.kind != "base" or kind.base not in _INTEGERS or not (low and high):
        return
    assert isinstance(low.value, Decimal)
    assert isinstance(high.value, Decimal)
    least = ceil(low.value) + (not low.inclusive and low.value == int(low.value))
    most = floor(high.value) - (not high.inclusive and high.value == int(high.value))
    if least > most:
        raise Unsatisfiable(f"no integer {column} satisfies {_listed(checks)}")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + f" and {names[-1]}" if len(names) > 1 else names[0]
