"""Which rows a unique index of some rows holds, by what its predicate says of single columns. Pure."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from plimsoll.core.schema import Check, Table, UniqueKey
from plimsoll.data.checks import solve
from plimsoll.data.domain import Domain, Solution, Unsatisfiable
from plimsoll.data.rows.model import Mask
from plimsoll.data.types.literals import text_of


def predicate_domains(table: Table, unique: UniqueKey, *, whole: bool = False) -> Mapping[str, Domain]:
    """What the rows that an index holds have in their columns; nothing where that cannot be told.

    Nor where the predicate says more, if that is to be the `whole` of it.
    """
    types = {column.name: column.type for column in table.columns}
    try:
        found = solve(types, (Check(unique.name, unique.predicate or "true", tuple(types)),))
    except Unsatisfiable:
        return {}
    return {} if whole and found != Solution(domains=found.domains) else found.domains


def held(domains: Mapping[str, Domain], made: Mapping[str, pl.Series]) -> Mask:
    """The rows that are in every domain; those of which that cannot be told here are not."""
    found = [_of(domain, made[name]) for name, domain in domains.items()]
    return np.asarray(np.logical_and.reduce(found))


def _of(domain: Domain, made: pl.Series) -> Mask:
    if domain.is_null or domain == Domain(not_null=True):
        return np.asarray(made.is_null() if domain.is_null else made.is_not_null())
    if domain.choices is None or domain != Domain(choices=domain.choices, not_null=domain.not_null):
        return np.zeros(len(made), dtype=np.bool_)
    return np.asarray(text_of(made).is_in(list(domain.choices)).fill_null(value=False))
