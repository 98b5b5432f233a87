"""Changes that take others back: what was built is dropped, what was dropped is built again. Pure."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from plimsoll.core.identifiers import TableName, unquoted
from plimsoll.core.tuning.advice import Advised, Estimate
from plimsoll.core.tuning.change import Step
from plimsoll.tune.migrating import catalog_checks as checks
from plimsoll.tune.migrating.locks import is_concurrent
from plimsoll.tune.migrating.naming import built_by
from plimsoll.tune.migrating.recreating import statements_of
from plimsoll.tune.migrating.subjects import IN_SCHEMA, NAME

_DROPS: Final = re.compile(rf"DROP INDEX (?:CONCURRENTLY )?IF EXISTS {IN_SCHEMA}\Z")
_BUILDS: Final = re.compile(rf"CREATE (?:UNIQUE )?INDEX (?:CONCURRENTLY )?{NAME} ON (?:ONLY )?{IN_SCHEMA} ")
_JOINS: Final = re.compile(rf"ALTER INDEX {IN_SCHEMA} ATTACH PARTITION {IN_SCHEMA}\Z")


def taken_back(one: Advised) -> Advised:
    """The change that undoes another. Its steps are none where nothing can be done."""
    change, existing = one.change, one.change.existing
    steps = tuple(back for step in reversed(change.steps) for back in _back(step))
    inverse = replace(change, title=f"Take back: {change.title}", form="", steps=steps)
    size = None
    if change.kind == "create-index":
        inverse = replace(inverse, kind="drop-index", index=None, existing=built_by(change)[0])
    elif existing is not None:
        inverse = replace(inverse, kind="create-index", index=existing.index, existing=None)
        size = Estimate(0.0, 0.0, existing.size_bytes)
    return replace(one, change=inverse, standing="explained", estimate=size, proof=None)


def _back(step: Step) -> Iterator[Step]:
    for sql in statements_of(step.undo):
        yield from _steps(sql, step)


def _steps(sql: str, step: Step) -> Iterator[Step]:
    """A statement of an undo with how to see it done; before a build, what an earlier try of it left is dropped."""
    if found := _DROPS.match(sql):
        yield Step(sql, alone=is_concurrent(sql), check=checks.is_gone(*_names(found)))
    elif found := _JOINS.match(sql):
        whole, part = _names(found)[:2], _names(found)[2:]
        yield Step(sql, check=checks.is_attached(*part, *whole))
    elif found := _BUILDS.match(sql):
        name, schema, table = _names(found)
        on = TableName(schema, table)
        if not is_concurrent(sql):  # ON ONLY a partitioned table: it is gone on with
            yield Step(sql, check=checks.is_there(schema, name, on))
            return
        drop = f"DROP INDEX CONCURRENTLY IF EXISTS {TableName(schema, name).quoted}"
        yield Step(drop, alone=True, check=checks.no_leftover(schema, name))
        yield Step(sql, alone=True, check=checks.is_built(schema, name, on))
    else:
        yield Step(sql, check=f"SELECT NOT ({step.check})" if step.check else "")


def _names(found: re.Match[str]) -> list[str]:
    return [unquoted(name) for name in found.groups()]
