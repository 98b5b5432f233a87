"""What the tables of a division are called, within the server's length. Pure."""

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Final

from plimsoll.core.identifiers import NAME_BYTES_MAX, TableName

_DIGEST: Final = 6


@dataclass(frozen=True, slots=True)
class Names:
    """`whole` is the partitioned table until it takes the table's name; `old` what is there, once it is a partition."""

    table: TableName

    @property
    def whole(self) -> TableName:
        return self._with("partitioned")

    @property
    def old(self) -> TableName:
        return self._with("old")

    @property
    def rest(self) -> TableName:
        """Takes what no other partition does."""
        return self._with("rest")

    @property
    def check(self) -> str:
        """The constraint that says that all that is there is before the first bound."""
        return ending(self.table.name, "before")

    def of(self, start: date) -> TableName:
        return self._with(f"p{start:%Y%m%d}")

    def numbered(self, number: int) -> TableName:
        return self._with(f"p{number}")

    def function(self, end: str) -> TableName:
        """One for a trigger, which is called the same."""
        return self._with(end)

    def _with(self, end: str) -> TableName:
        return TableName(self.table.schema, ending(self.table.name, end))


def ending(name: str, end: str) -> str:
    """A name with an ending, cut where it is too long; two that differ stay different."""
    whole = f"{name}_{end}"
    if len(whole.encode()) <= NAME_BYTES_MAX:
        return whole
    tail = f"_{hashlib.sha256(name.encode()).hexdigest()[:_DIGEST]}_{end}"
    return name.encode()[: NAME_BYTES_MAX - len(tail.encode())].decode(errors="ignore") + tail
