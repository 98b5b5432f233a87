"""Texts of pg_stat_statements mended, so that the server can read and plan them again. Pure."""

import re
from typing import Final

# A constant after these words is part of a literal ("interval '1 day'"), and a parameter in its place is no syntax.
_LITERAL: Final = re.compile(
    r"""(?ix) (?<![\w.:"$]) (interval|date|timestamp(?:\s+with(?:out)?\s+time\s+zone)?|timestamptz|time|timetz|numeric
    |uuid|jsonb?|inet|bytea|bool(?:ean)?|text) \s+ (\$\d+)"""
)
_FIELD: Final = re.compile(r"(?i)\bextract\s*\(\s*\$\d+\s+from\b")


def mended(text: str) -> str:
    """With parameters where the server put them in place of parts of literals as it can read them."""
    typed = _LITERAL.sub(lambda found: f"CAST({found[2]} AS {found[1]})", text)
    return _FIELD.sub("extract(epoch FROM", typed).strip().removesuffix(";")
