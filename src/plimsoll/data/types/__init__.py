"""Values of every type of PostgreSQL, where nothing is known of what a column means."""

from plimsoll.data.types.literals import array_literal, row_literal
from plimsoll.data.types.making import of_type

__all__ = ["array_literal", "of_type", "row_literal"]
