"""A tuning as JSON: what `tuning.json` holds and `plimsoll tune --json` prints, and back.

Values that bind parameters are rows of the database under advice: they are never written, only where they come from
and how often a statement is asked so.
"""

from collections.abc import Mapping
from typing import Any, Final

from plimsoll.core.errors import UsageError
from plimsoll.core.json_values import CannotReadError, Format
from plimsoll.core.tuning.advice import SCHEMA_VERSION, Tuning
from plimsoll.core.tuning.change import Change
from plimsoll.core.tuning.index import Index
from plimsoll.core.tuning.query import Binding

_REMEDY: Final = "make it anew: plimsoll tune"
# Reckoned from the other fields, for whoever reads the JSON; not read back.
_DERIVED: Final[Mapping[type, tuple[str, ...]]] = {Change: ("id",), Index: ("name", "definition")}
_FORMAT: Final = Format(derived=_DERIVED, unwritten={Binding: ("values",)})


def tuning_to_json(tuning: Tuning) -> dict[str, Any]:
    """Made of dicts, lists, texts and numbers only."""
    found: dict[str, Any] = _FORMAT.written(tuning)
    return found


def tuning_from_json(data: Any) -> Tuning:
    """The tuning that was written, without values of bindings. Raises UsageError that names the place."""
    version = data.get("schema_version") if isinstance(data, dict) else SCHEMA_VERSION
    if version != SCHEMA_VERSION:
        raise _wrong("schema_version", f"it is of version {version!r}; this Plimsoll reads version {SCHEMA_VERSION}")
    try:
        return _FORMAT.read(Tuning, data)
    except CannotReadError as error:
        raise _wrong(error.place, error.why) from None


def _wrong(place: str, why: str) -> UsageError:
    return UsageError("cannot read the tuning", where=place, why=why, remedy=_REMEDY)
