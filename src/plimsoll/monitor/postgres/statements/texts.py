"""Texts of statements, within bounds and seldom read: each reading makes the server load all texts it has. Pure."""

from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from plimsoll.core.statement import OURS, OURS_WATCHING
from plimsoll.monitor.postgres.statements.hiding import masked_sql

TEXT_CHARACTERS_MAX: Final = 10_000  # of one text; the rest is cut
TEXTS_MAX: Final = 5_000  # beyond either bound the text that was not asked for longest is dropped
CHARACTERS_MAX: Final = 8_000_000  # of all texts
READING_SHARE: Final = 0.001  # of the server's time that reading texts may take: one of 50 ms is the last for 50 s
# Of the watch and of other commands. Anybody may write it into a text, and must not hide by it.
_OURS: Final = (OURS_WATCHING, OURS)


class Texts:
    """By query id. `ours` are those that we sent ourselves, known by our role and the comment at their end."""

    def __init__(
        self, texts_max: int = TEXTS_MAX, characters_max: int = CHARACTERS_MAX, reading_share: float = READING_SHARE
    ) -> None:
        self._reading_share = reading_share
        self._texts_max = texts_max
        self._characters_max = characters_max
        self.ours: set[int] = set()
        self._texts: OrderedDict[int, str] = OrderedDict()
        self._characters = 0
        self._not_before_s = 0.0

    def get(self, query_id: int) -> str | None:
        text = self._texts.get(query_id)
        if text is not None:
            self._texts.move_to_end(query_id)
        return text

    def missing(self, query_ids: Iterable[int], now_s: float) -> list[int]:
        """Those to be read now: none while the last reading was too dear for another."""
        if now_s < self._not_before_s:
            return []
        return [one for one in query_ids if one not in self._texts and one not in self.ours]

    def took(self, seconds: float, now_s: float) -> None:
        """How long a reading that has just ended took."""
        self._not_before_s = now_s + seconds / self._reading_share

    def put(self, texts: Mapping[int, str], own: Collection[int] = ()) -> None:
        """`own` are those of our role."""
        for query_id, text in texts.items():
            if query_id in own and text.rstrip().endswith(_OURS):
                self.ours.add(query_id)
            elif query_id not in self._texts:
                self._keep(query_id, masked_sql(text[:TEXT_CHARACTERS_MAX]))
        if len(self.ours) > self._texts_max:
            self.ours.clear()

    def _keep(self, query_id: int, text: str) -> None:
        self._texts[query_id] = text
        self._characters += len(text)
        while len(self._texts) > self._texts_max or self._characters > self._characters_max:
            _, dropped = self._texts.popitem(last=False)
            self._characters -= len(dropped)
