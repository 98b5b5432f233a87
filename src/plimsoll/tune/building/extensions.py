"""Extensions that an index needs for its operator classes. Pure."""

from collections.abc import Mapping
from typing import Final

from plimsoll.core.tuning.index import Index

# Operator classes that are not the server's own.
_OF: Final[Mapping[str, str]] = {
    "gin_trgm_ops": "pg_trgm", "gist_trgm_ops": "pg_trgm", "gin_hstore_ops": "hstore", "gin__int_ops": "intarray",
    "gist__int_ops": "intarray",
}  # fmt: skip


def extensions_for(index: Index) -> tuple[str, ...]:
    """By name, each once; empty where the server alone will do."""
    named = (_OF.get(key.opclass.rpartition(".")[2], "") for key in index.keys)
    return tuple(dict.fromkeys(name for name in named if name))
