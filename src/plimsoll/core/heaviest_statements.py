"""Which statements took most time over a run, followed look by look. Pure."""

from collections.abc import Mapping
from typing import Final

from plimsoll.core.recorded import Document

STATEMENTS_MAX: Final = 2_000  # followed at once; beyond it the lightest half is forgotten


class HeaviestStatements:
    """By query id, of all roles together: milliseconds, and the text as far as documents hold it."""

    def __init__(self) -> None:
        self._ms: dict[str, float] = {}
        self._texts: dict[str, str] = {}

    def put(self, details: Mapping[str, Document]) -> None:
        """Of an observation; only its statements are looked at."""
        for row in details.get("statements", {}).get("rows", ()):
            query_id = row["query_id"]
            self._ms[query_id] = self._ms.get(query_id, 0.0) + row["total_ms"]
            if row["query"]:
                self._texts[query_id] = row["query"]
        if len(self._ms) > STATEMENTS_MAX:
            kept = self.first(STATEMENTS_MAX // 2)
            self._ms = {query_id: self._ms[query_id] for query_id in kept}
            self._texts = {query_id: text for query_id, text in kept.items() if text}

    def first(self, count: int) -> Mapping[str, str]:
        """Texts by query id, those that took most time first; "" where a text is not known."""
        heaviest = sorted(self._ms, key=lambda query_id: -self._ms[query_id])[:count]
        return {query_id: self._texts.get(query_id, "") for query_id in heaviest}
