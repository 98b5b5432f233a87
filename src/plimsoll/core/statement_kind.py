"""What a statement is for, by how its text begins: work, or what pools and drivers send around it. Pure."""

import re
from typing import Final

PLANNED: Final = frozenset({"select", "insert", "update", "delete", "merge", "values", "with", "table"})
_FIRST_WORD: Final = re.compile(r"(?s)(?:\s|\(|--[^\n]*(?:\n|$)|/\*.*?\*/)*+([A-Za-z]*)")
# A pool makes a session fresh again, a driver asks whether it lives, or sets something.
_AROUND: Final = re.compile(
    r"(?i)\s*select\s+(?:pg_catalog\.)?(?:pg_advisory_unlock_all\(|set_config\(|current_setting\(|version\(|(?:\$1|1|null)\s*;?\s*$)"
)


def is_planned(text: str) -> bool:
    """Whether it is a statement that the planner knows."""
    found = _FIRST_WORD.match(text)
    return found is not None and found[1].lower() in PLANNED


def is_work(text: str) -> bool:
    """Whether it is a statement that a request is for; also one whose text is not known."""
    return not text or (is_planned(text) and _AROUND.match(text) is None)
