"""A server's log as what a workload asks: calls of one statement with different constants are one. Pure.

Memory is bounded: of statements and of their values, those that were seen least are forgotten, and that is told.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from typing import Final

from plimsoll.core.check import counted
from plimsoll.core.statement import is_ours
from plimsoll.core.statement_kind import is_planned
from plimsoll.tune.workload.asked import Asked, Heard, Seen, Values
from plimsoll.tune.workload.constants import normalised
from plimsoll.tune.workload.log_entries import Damage, Entry
from plimsoll.tune.workload.logged import Logged, logged
from plimsoll.tune.workload.merging import merged
from plimsoll.tune.workload.platform import is_platform
from plimsoll.tune.workload.shapes import Shape, Shapes
from plimsoll.tune.workload.sql_file import TEXT_MAX
from plimsoll.tune.workload.unwrapping import unwrapped

STATEMENTS_MAX: Final = 5_000
VALUES_MAX: Final = 40  # of one statement
OFTEN_MAX: Final = 4  # of those that came several times
SEEN_MAX: Final = 8  # that it is asked with
SAME_MIN: Final = 20  # calls with the same constant; of fewer it may be by chance
VALUES_CHARACTERS_MAX: Final = 2_000  # of one call
# What names a state or a kind. Longer texts and larger numbers are somebody's, though only one was asked for.
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z_ -]{0,30}|\d{1,2}")
_OURS: Final = "plimsoll"
_LOGGING: Final = (
    "let the server log statements with their times: auto_explain.log_min_duration, or log_min_duration_statement"
)


class _Calls:
    """Of one statement, as one kind of entry tells them. Of its values those stay that came often, and of the others
    some from the fastest to the slowest, which stand for all."""

    def __init__(self) -> None:
        self.calls = 0
        self.ms = 0.0
        self._valued = 0
        self._values: dict[Values, tuple[int, float]] = {}

    def add(self, ms: float, values: Values | None) -> None:
        self.calls += 1
        self.ms += ms
        if values is None or sum(len(one or "") for one in values) > VALUES_CHARACTERS_MAX:
            return
        self._valued += 1
        calls, before = self._values.get(values, (0, 0.0))
        self._values[values] = (calls + 1, before + ms)
        if len(self._values) > 2 * VALUES_MAX:
            often, others = self._sorted()
            self._values = {values: self._values[values] for values in [*often, *others[::2]]}

    def _sorted(self) -> tuple[list[Values], list[Values]]:
        """Those that came often, most often first; the others, the fastest first."""
        several = [values for values, (calls, _) in self._values.items() if calls > 1]
        often = sorted(several, key=lambda values: -self._values[values][0])[:OFTEN_MAX]
        rest = [values for values in self._values if values not in set(often)]
        return often, sorted(rest, key=lambda values: self._values[values][1] / self._values[values][0])

    @property
    def seen(self) -> list[Seen]:
        """Few, whose calls add up to all of those that have values."""
        often, others = self._sorted()
        some = [others[rank] for rank in _spread(len(others), SEEN_MAX - len(often))]
        told = [Seen(values, *self._values[values]) for values in often]
        left = self._valued - sum(one.calls for one in told)
        return [*told, *(Seen(values, left / len(some), self._values[values][1]) for values in some)]


def _spread(count: int, wanted: int) -> list[int]:
    """Up to `wanted` ranks of `count`, both ends among them."""
    if count <= wanted:
        return list(range(count))
    return sorted({round(step * (count - 1) / max(1, wanted - 1)) for step in range(wanted)})


class _Statement:
    """`literal` is how it was sent once. Where two settings log one call, it is counted by one of them. `same` are its
    constants that stood in the text of every call, None for each of the others."""

    def __init__(self, literal: str, shape: Shape) -> None:
        self.literal = literal
        self._planned, self._timed = _Calls(), _Calls()
        self._own = shape.own
        self._same = [value if _WORD.fullmatch(value or "") else None for value in shape.values]

    def add(self, one: Logged, shape: Shape) -> None:
        sent = one.values or ()
        values = sent + shape.values if len(sent) == shape.own else None
        (self._planned if one.planned else self._timed).add(one.ms or 0.0, values)
        given = shape.values if shape.own == self._own else (None,) * len(self._same)
        self._same = [same if same == value else None for same, value in zip(self._same, given, strict=True)]

    def asked(self, text: str) -> Asked:
        """What never changed is the statement's own: an index of such rows only serves every call of it."""
        calls, seen = self.calls, self.calls.seen
        kept = [at for at, same in enumerate(self._same) if same is not None] if calls.calls >= SAME_MIN else []
        if kept:
            text, _ = normalised(self.literal, kept)
            gone = {self._own + at for at in kept}
            seen = [replace(one, values=_without(one.values, gone)) for one in seen]
        return Asked(text, calls.calls, calls.ms, seen=seen, literal=self.literal)

    @property
    def calls(self) -> _Calls:
        return max(self._planned, self._timed, key=lambda one: (one.ms, one.calls))


def _without(values: Values, gone: Collection[int]) -> Values:
    return tuple(value for at, value in enumerate(values) if at not in gone)


class LogFold:
    """Takes entries, and tells what they come to. `database` is the one that counts, where the log tells databases."""

    def __init__(self, database: str, statements_max: int = STATEMENTS_MAX) -> None:
        self._database = database
        self._statements_max = statements_max
        self._statements: dict[str, _Statement] = {}
        self._shapes = Shapes()
        self._others = self._untold = self._forgotten = self._long = 0
        self.damage = Damage()

    def add_all(self, entries: Iterable[Entry]) -> None:
        """All of them."""
        for entry in entries:
            self.add(entry)

    def add(self, entry: Entry) -> None:
        """Whatever it is."""
        try:
            found = logged(entry)
        except ValueError:
            self.damage.count += 1
            return
        found = replace(found, text=unwrapped(found.text)) if found is not None else None
        if found is None or is_ours(found.text) or not is_planned(found.text):
            return
        if entry.database is None:
            self._untold += 1
        elif entry.database != self._database:
            self._others += 1
            return
        if _OURS in (entry.application or "") or is_platform((entry.user,) if entry.user else ()):
            return
        self._put(found)

    def _put(self, found: Logged) -> None:
        if len(found.text) > TEXT_MAX:
            self._long += 1
            return
        shape = self._shapes.of(found.text)
        text = shape.text
        if text not in self._statements and len(self._statements) >= self._statements_max:
            self._forget()
        self._statements.setdefault(text, _Statement(found.text, shape)).add(found, shape)

    def _forget(self) -> None:
        by_weight = sorted(self._statements.items(), key=lambda one: -one[1].calls.ms)
        self._forgotten += len(by_weight) - self._statements_max // 2
        self._statements = dict(by_weight[: self._statements_max // 2])

    def heard(self, name: str) -> Heard:
        """What all of it comes to."""
        asked = [one.asked(text) for text, one in self._statements.items()]
        return Heard(merged(asked), name, notes=list(self._notes()), remedy=_LOGGING)

    def _notes(self) -> Iterator[str]:
        if self.damage.count:
            yield f"{counted(self.damage.count, 'line')} of the log could not be read: damaged, or of something else"
        if self._others:
            yield f"{counted(self._others, 'call')} of other databases passed over"
        if self._untold:
            yield (
                "the log does not tell databases (%d in log_line_prefix would): statements of others, which fail here, "
                "are left out"
            )
        if self._forgotten:
            yield f"{counted(self._forgotten, 'light statement')} of the log forgotten, to bound memory"
        if self._long:
            yield f"{counted(self._long, 'call')} longer than {TEXT_MAX:,} characters passed over"
