"""Values as SQL writes them. Pure."""

from collections.abc import Sequence


def literal(text: str) -> str:
    """A text in SQL, whatever is in it and however standard_conforming_strings is set."""
    quoted = "'" + text.replace("'", "''") + "'"
    return " E" + quoted.replace("\\", "\\\\") if "\\" in text else quoted


def array(texts: Sequence[str]) -> str:
    return f"ARRAY[{', '.join(map(literal, texts))}]::text[]"
