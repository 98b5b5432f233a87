"""What is asked of a type's maker."""

from dataclasses import dataclass

from plimsoll.core.schema import DataType
from plimsoll.data.domain import Domain
from plimsoll.data.drawing import Context


@dataclass(frozen=True, slots=True)
class Wanted:
    """A type, its domain, and whether the values of `rows` rows must differ."""

    type: DataType
    domain: Domain
    context: Context
    unique: bool = False
    rows: int = 0

    @property
    def different(self) -> int:
        """How many different values are needed."""
        return max(self.rows, 1) if self.unique else 1
