"""Casts of parameters in a statement's text. Pure."""

from collections.abc import Mapping

from plimsoll.core.sql.tokens import substituted


def cast_from_text(query: str, types: Mapping[int, str]) -> str:
    """With parameters given as text and cast, those of types that the driver has no Python value for, by number."""
    made = substituted(query, lambda number: f"${number}::text::{types[number]}" if number in types else None)
    for name in set(types.values()):  # it may have had the cast already
        made = made.replace(f"::text::{name}::{name}", f"::text::{name}")
    return made
