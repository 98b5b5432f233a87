"""A tuning without secrets: statements, errors and notes may hold them. Pure."""

from dataclasses import fields, is_dataclass, replace
from typing import Any, Final

from plimsoll.core.tuning.advice import Tuning
from plimsoll.core.tuning.change import Change, Step
from plimsoll.core.tuning.index import ExistingIndex, Index
from plimsoll.core.tuning.query import Binding, LeftOut, Query
from plimsoll.monitor.postgres.statements.hiding import masked_sql
from plimsoll.settings.masking import mask

# What is built of them must stay what it is.
_LEFT: Final = (Index, ExistingIndex, Step, Binding)
EXAMPLE: Final = "sketch"  # SQL among the details of a change
_SQL: Final = frozenset({(Query, "text"), (LeftOut, "text"), (Change, "before"), (Change, "after")})


def masked(tuning: Tuning) -> Tuning:
    """The same, with asterisks for passwords, tokens and keys; indexes and steps are left as they are."""
    found = _masked(tuning)
    assert isinstance(found, Tuning)
    return found


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, _LEFT):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{one.name: _of_field(value, one.name) for one in fields(value)})
    if isinstance(value, dict):
        return {name: _masked(one) for name, one in value.items()}
    return tuple(map(_masked, value)) if isinstance(value, list | tuple) else value


def _of_field(value: Any, name: str) -> Any:
    text = getattr(value, name)
    if isinstance(value, Change) and name == "details" and value.kind != "setting":  # of a setting nothing is theirs
        return {key: masked_sql(one) if key == EXAMPLE else _masked(one) for key, one in text.items()}
    return masked_sql(text) if (type(value), name) in _SQL else _masked(text)
