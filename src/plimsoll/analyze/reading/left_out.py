"""Rows that could not be read: how many, why, and where the first of each kind are."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

EXAMPLES_MAX: Final = 3  # line numbers of each reason
REASONS_MAX: Final = 20


class LeftOut:
    """Counts rows by reason. Reasons beyond `REASONS_MAX` are counted together."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._examples: dict[str, list[int]] = {}
        self._further: set[str] = set()

    @property
    def rows(self) -> int:
        return self._counts.total()

    def add(self, reason: str, line: int, rows: int = 1) -> None:
        if reason not in self._counts and len(self._counts) >= REASONS_MAX:
            reason = "other reasons"
        self._counts[reason] += rows
        examples = self._examples.setdefault(reason, [])
        if line not in examples and len(examples) < EXAMPLES_MAX:
            examples.append(line)
        if line not in examples or rows > 1:
            self._further.add(reason)

    def said(self) -> Sequence[str]:
        """ "3 rows: cut off (lines 12, 40, 99 …)", the most frequent first."""
        return [self._say(reason, count) for reason, count in self._counts.most_common()]

    def _say(self, reason: str, count: int) -> str:
        lines = self._examples[reason]
        more = " …" if reason in self._further else ""
        return f"{count:,} {'row' if count == 1 else 'rows'}: {reason} ({named_lines(lines)}{more})"


def named_lines(lines: Sequence[int]) -> str:
    """ "line 12", "lines 12, 40"."""
    return f"line{'s' if len(lines) > 1 else ''} {', '.join(f'{line:,}' for line in lines)}"
