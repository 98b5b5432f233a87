"""Values of every type of PostgreSQL, where nothing is known of what a column means."""

from plimsoll.data.types.making import of_type

__all__ = ["of_type"]
