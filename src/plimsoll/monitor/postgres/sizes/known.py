"""What the slow look at sizes found, for the quicker look at tables and indexes."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass
class KnownSizes:
    """In bytes, by oid: `tables` with their indexes and TOAST; `bloat` of tables, their indexes left out."""

    tables: Mapping[int, int] = field(default_factory=dict)
    bloat: Mapping[int, int] = field(default_factory=dict)
