"""Which values of its key columns a partitioned table takes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from sqlglot import exp

from plimsoll.core.schema import DataType, Partition, PartitionScheme
from plimsoll.data.checks.intersection import Interval, intersect, unite
from plimsoll.data.checks.terms import Category, bound, category_of, choice_text, is_null_literal, literal_of, parsed
from plimsoll.data.domain import Bound, Domain, Unsatisfiable

Domains = dict[str, Domain]
_BOUNDED: Final = ("number", "date", "timestamp")


def partition_domains(scheme: PartitionScheme, columns: Mapping[str, DataType]) -> tuple[Domains, bool]:
    """Domains of key columns such that a row lies in a named partition, and whether it may miss all of them still.

    It may where a key is an expression or a type without order here, where several columns bound a range, where
    remainders of a hash are missing, or where subpartitions differ. A default partition takes whatever misses; it is
    left aside where there are others. Raises Unsatisfiable for a table without partitions.
    """
    if not scheme.partitions:
        raise Unsatisfiable("the table has no partition")
    types = {name: category_of(kind) for name, kind in columns.items()}
    named = [partition for partition in scheme.partitions if partition.bound.strip().upper() != "DEFAULT"]
    own, misses = _own_domains(scheme, named, types)
    misses = misses and len(named) == len(scheme.partitions)
    nested, nested_misses = _nested_domains(named or list(scheme.partitions), columns)
    for column, domain in nested.items():
        own[column] = intersect(own.get(column, Domain()), domain)
    return own, misses or nested_misses


def _own_domains(
    scheme: PartitionScheme, named: Sequence[Partition], types: dict[str, Category]
) -> tuple[Domains, bool]:
    if not named:
        return {}, False
    if scheme.strategy == "hash":
        return {}, not _is_whole_hash(named)
    column = scheme.keys[0].strip('"') if scheme.keys[0] not in types else scheme.keys[0]
    if column not in types:
        return {}, True
    try:
        if scheme.strategy == "list":
            return {column: _list_domain(named, types[column])}, False
        return _range_domain(scheme, named, column, types[column])
    except (ValueError, ArithmeticError):
        return {}, True


def _is_whole_hash(named: Sequence[Partition]) -> bool:
    """Whether the remainders cover everything: each takes 1/modulus, and they do not overlap."""
    shares = [int(_words_after(partition.bound, "modulus")) for partition in named]
    return sum(1 / share for share in shares) > 1 - 1e-9


def _words_after(bound_text: str, word: str) -> str:
    return bound_text.lower().split(word, 1)[1].strip(" (").split(",")[0].split(")")[0].strip()


def _list_domain(named: Sequence[Partition], category: Category) -> Domain:
    elements = [element for partition in named for element in _elements(partition.bound.split(" IN ", 1)[1])]
    texts = [literal_of(element) for element in elements if not is_null_literal(element)]
    takes_null = any(is_null_literal(element) for element in elements)
    if not texts:
        return Domain(is_null=True)
    choices = tuple(dict.fromkeys(choice_text(category, text) for text in texts if text is not None))
    return Domain(choices=choices, not_null=not takes_null)


def _range_domain(
    scheme: PartitionScheme, named: Sequence[Partition], column: str, category: Category
) -> tuple[Domains, bool]:
    """By the first key. With more keys the values at a partition's very ends depend on the others, so they are
    avoided where the type has others.
    """
    if category not in _BOUNDED:
        return {}, True
    several = len(scheme.keys) > 1
    intervals = [_interval(partition.bound, category) for partition in named]
    kept = tuple(interval for interval in intervals if interval is not None)
    if not kept:
        return {}, True
    kept = _joined(kept)
    if several:
        kept = tuple((_without_end(low), high) for low, high in kept)
    return {column: Domain(intervals=kept, not_null=True)}, several


def _interval(bound_text: str, category: Category) -> Interval | None:
    """That of the first key; None where both ends have the same, so that other keys decide."""
    start, end = bound_text.split(" FROM ", 1)[1].split(" TO ", 1)
    first, last = _elements(start)[0], _elements(end)[0]
    low, high = _end(first, category, lower=True), _end(last, category, lower=False)
    if low and high and low.value == high.value:
        return None
    return low, high


def _end(element: exp.Expression, category: Category, *, lower: bool) -> Bound | None:
    if isinstance(element, exp.Column):  # MINVALUE, MAXVALUE
        return None
    text = literal_of(element)
    if text is None:
        raise ValueError("a bound that is no literal")
    return bound(category, text, inclusive=lower, lower=lower)


def _without_end(low: Bound | None) -> Bound | None:
    return replace(low, inclusive=False) if low else None


def _joined(intervals: tuple[Interval, ...]) -> tuple[Interval, ...]:
    """In order, those that touch made one: twelve months are a year."""
    ordered = sorted(intervals, key=lambda interval: (interval[0] is not None, interval[0] and interval[0].value))
    joined = [ordered[0]]
    for low, high in ordered[1:]:
        last_low, last_high = joined[-1]
        if last_high and low and low.inclusive and last_high.value == low.value:
            joined[-1] = (last_low, high)
        else:
            joined.append((low, high))
    return tuple(joined)


def _elements(text: str) -> list[exp.Expression]:
    """The elements of a list in parentheses, as "('a', NULL)"."""
    tree = parsed(f"ARRAY[{text.strip()[1:-1]}] = 1")
    if not isinstance(tree, exp.EQ) or not isinstance(tree.this, exp.Array):
        raise ValueError(f"cannot read the bound {text}")
    return list(tree.this.expressions)


def _nested_domains(named: Sequence[Partition], columns: Mapping[str, DataType]) -> tuple[Domains, bool]:
    """What subpartitions demand; where they differ, what any of them takes, and rows may miss."""
    found = [partition_domains(partition.scheme, columns) if partition.scheme else ({}, False) for partition in named]
    first = found[0][0]
    if any(domains != first for domains, _ in found):
        return _of_any([domains for domains, _ in found]), True
    return first, any(misses for _, misses in found)


def _of_any(found: Sequence[Domains]) -> Domains:
    """For the columns that all of them bound, the domains united where that is one."""
    shared = [column for column in found[0] if all(column in domains for domains in found)]
    united = {column: _united([domains[column] for domains in found]) for column in shared}
    return {column: domain for column, domain in united.items() if domain is not None}


def _united(domains: Sequence[Domain]) -> Domain | None:
    whole: Domain | None = replace(domains[0], not_null=False)
    for domain in domains[1:]:
        whole = None if whole is None else unite(whole, replace(domain, not_null=False))
    return whole and replace(whole, not_null=all(domain.not_null for domain in domains))
