"""From one configuration to those beside it. Pure."""

from collections.abc import Iterator
from itertools import combinations

from plimsoll.core.tuning.index import Index
from plimsoll.tune.choosing.problem import Problem
from plimsoll.tune.costing.costing import Configuration


def without(chosen: Configuration) -> Iterator[Configuration]:
    """One index less."""
    return (chosen - {one} for one in in_order(chosen))


def joined(problem: Problem, chosen: Configuration) -> Iterator[Configuration]:
    """Two that begin alike made one."""
    for first, second in combinations(in_order(chosen), 2):
        if first.table == second.table and first.keys[0] == second.keys[0]:
            both = (problem.merged(first, second), problem.merged(second, first))
            yield from (chosen - {first, second} | {one} for one in both if one is not None)


def narrowed(problem: Problem, chosen: Configuration, old: Index) -> Iterator[Configuration]:
    """A smaller one that begins alike instead of one."""
    for new in problem.serves:
        alike = new.table == old.table and new.columns[0] == old.columns[0] and new not in chosen
        if alike and problem.size(new) < problem.size(old):
            yield chosen - {old} | {new}


def replaced(problem: Problem, chosen: Configuration, old: Index) -> Iterator[Configuration]:
    """A smaller one instead of one, or what it has put into another."""
    yield from narrowed(problem, chosen, old)
    for other in in_order(chosen - {old}):
        if other.table == old.table:
            both = (problem.merged(other, old), problem.merged(old, other))
            yield from (chosen - {old, other} | {one} for one in both if one is not None)


def extended(problem: Problem, chosen: Configuration) -> Iterator[tuple[Index, Index, Configuration]]:
    """One index more, or one made wider by another: that other, what comes of it, and the configuration."""
    for one in problem.serves:
        if one not in chosen:
            yield one, one, chosen | {one}
            for old in in_order(chosen):
                alike = one.table == old.table and (problem.freely or one.keys[0] == old.keys[0])
                new = problem.merged(old, one) if alike else None
                if new is not None and new not in chosen:
                    yield one, new, chosen - {old} | {new}


def exchanged(problem: Problem, chosen: Configuration, new: Index) -> Iterator[Configuration]:
    """Another instead of one; where there is room for both, only instead of one that serves the same: else adding and
    leaving out come to it as well."""
    room = problem.fits(chosen | {new})
    for old in in_order(chosen):
        if not room or problem.served(old) & problem.served(new):
            yield chosen - {old} | {new}


def in_order(chosen: Configuration) -> list[Index]:
    return sorted(chosen, key=lambda one: one.definition)
