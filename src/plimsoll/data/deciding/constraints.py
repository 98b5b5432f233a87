"""What a table's constraints come to: domains of its columns, and the checks that only trying tells. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from plimsoll.core.identifiers import quote_identifier
from plimsoll.core.schema import Check, Partition, PartitionScheme, Table
from plimsoll.data.checks import intersect, partition_domains, solve, solved_domain
from plimsoll.data.domain import Domain, Solution


@dataclass(frozen=True, slots=True)
class Constrained:
    """What checks, types and partitions say of a table's columns. `unsolved` must be tried on real rows."""

    solution: Solution
    domains: Mapping[str, Domain]
    unsolved: tuple[Check, ...]


def constrained(table: Table, now: datetime) -> Constrained:
    """`now` is what checks against the present mean."""
    types = {column.name: column.type for column in table.columns}
    solution = solve(types, table.checks, now)
    of_types = {column.name: solved_domain(column.type) for column in table.columns}
    domains = {name: solved.domains.get("value", Domain()) for name, solved in of_types.items()}
    _restrict(domains, solution.domains)
    partitioned: tuple[Check, ...] = ()
    if table.partitioning is not None:
        bounds, uncertain = partition_domains(table.partitioning, types)
        _restrict(domains, bounds)
        if uncertain:
            partitioned = (_within_partitions(table, table.partitioning),)
            _restrict(domains, solve(types, partitioned).domains)
    generated = {column.name for column in table.columns if column.generated}
    several = [
        check for check in table.checks
        if check not in solution.unsolved and (len(check.columns) > 1 or generated.intersection(check.columns))
    ]  # fmt: skip
    of_domains = [_of_column(check, name) for name, solved in of_types.items() for check in solved.unsolved]
    tried = (*solution.unsolved, *several, *of_domains, *partitioned)
    unsolved = [_ungenerated(check, table) if generated.intersection(check.columns) else check for check in tried]
    return Constrained(solution, domains, tuple(unsolved))


def _restrict(domains: dict[str, Domain], further: Mapping[str, Domain]) -> None:
    for name, domain in further.items():
        domains[name] = intersect(domains[name], domain)


def _of_column(check: Check, column: str) -> Check:
    """A domain's check as one of a column that has the domain: VALUE is the column."""
    return Check(check.name, _substituted(check.expression, r"\bVALUE\b", quote_identifier(column)), (column,))


def _ungenerated(check: Check, table: Table) -> Check:
    """A check with the formulas of generated columns in their places, so that it can be tried before they exist."""
    expression, columns = check.expression, [name for name in check.columns if not table.column(name).generated]
    for name in check.columns:
        formula = table.column(name).default
        if table.column(name).generated and formula is not None:
            written = re.escape(quote_identifier(name)) if quote_identifier(name) in expression else rf"\b{name}\b"
            expression = _substituted(expression, written, f"({formula})")
            columns += [one.name for one in table.columns if re.search(rf"\b{re.escape(one.name)}\b", formula)]
    return Check(check.name, expression, tuple(dict.fromkeys(columns)))


def _substituted(expression: str, pattern: str, replacement: str) -> str:
    """The expression with what matches replaced, but for what stands in quotes."""
    parts = expression.split("'")
    parts[::2] = [re.sub(pattern, lambda _: replacement, part) for part in parts[::2]]
    return "'".join(parts)


def _within_partitions(table: Table, scheme: PartitionScheme) -> Check:
    """That a row belongs to one of the partitions, as a check to be tried."""
    bounds = " OR ".join(f"({partition.constraint or 'true'})" for partition in _leaves(scheme)) or "false"
    columns = tuple(column.name for column in table.columns if re.search(rf"\b{re.escape(column.name)}\b", bounds))
    return Check("(its partitions' bounds)", bounds, columns)


def _leaves(scheme: PartitionScheme) -> Iterator[Partition]:
    for partition in scheme.partitions:
        if partition.scheme is None:
            yield partition
        else:
            yield from _leaves(partition.scheme)
