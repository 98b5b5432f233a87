"""What comes before what in a row: its birth, the stages it goes through, its last change, its end. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from plimsoll.core.schema import Column, Table
from plimsoll.data.deciding.birth import moments_of
from plimsoll.data.deciding.following import event_followed, words_followed
from plimsoll.data.deciding.spans import beginning_of
from plimsoll.data.domain import Domain, Ordering
from plimsoll.data.meaning.judging import Meaning, meaning_of, words_of
from plimsoll.data.meaning.progress import Reach, reached
from plimsoll.data.meaning.stages import (
    Event,
    event_words,
    events_of,
    is_rare,
    lies_ahead,
    preceding,
    states_from,
)
from plimsoll.data.plausible.statuses import STATES, states_after, states_by

FIRST_SHARE: Final = 0.75  # of rows to which the first of their optional events has happened
NEXT_SHARE: Final = 0.8  # of those: to which the next has, too
RARE_SHARE: Final = 0.05
_ELSEWHERE: Final = frozenset({Meaning.BIRTH_DATE, Meaning.EXPIRES_AT})
_ENDS: Final = ("deleted", "removed", "discarded", "trashed")


@dataclass(frozen=True, slots=True)
class Events:
    """The moments of a table. `before` are those that each comes after, besides the birth."""

    stages: Mapping[str, Event] = field(default_factory=dict)
    before: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    shares: Mapping[str, float] = field(default_factory=dict)  # of rows to which an optional event has happened
    end: str | None = None  # the last that happens, at which the row was changed for the last time
    status: str | None = None  # the column whose states are listed in the order of stages
    reaches: Mapping[str, Reach] = field(default_factory=dict)  # what these say of events

    @classmethod
    def of(
        cls,
        table: Table,
        birth: str | None,
        ordered: Iterable[Ordering],
        usable: Collection[str],
        domains: Mapping[str, Domain],
    ) -> "Events":
        """`ordered` is what checks say; `usable` are the moments that rest on no others but the birth, or on these."""
        moments = [one for one in moments_of(table) if _happens(table, one) and one.name != birth]
        known = [column for column in moments_of(table) if column.name in usable or column.name == birth]
        stages = events_of(known)
        status, reaches = _reaches(table, domains)
        graph: dict[str, set[str]] = {}
        for one in ordered:
            graph.setdefault(one.upper, set()).add(one.lower)
        before: dict[str, tuple[str, ...]] = {}
        last = [column for column in moments if _finality(table, column) > 0]
        for column in sorted(moments, key=lambda column: _finality(table, column)):
            began = beginning_of(table, column)
            by_states = reaches[column.name].before if column.name in reaches else ()
            by_name = [one for one in preceding(stages, column.name) if not {one, column.name} <= reaches.keys()]
            wanted = [*by_states, *by_name, *([began] if began else [])]
            if column in last:
                wanted += [one.name for one in moments if _finality(table, one) < _finality(table, column)]
            found = [name for name in dict.fromkeys(wanted) if name in usable and not _leads(graph, name, column.name)]
            graph.setdefault(column.name, set()).update(found)
            before[column.name] = tuple(found)
        ends = [column.name for column in moments if event_words(column.name) in _ENDS and column.name in usable]
        shares = _shares(table, stages, birth) | _shares_of_branches(table, reaches)
        return cls(stages, before, shares, ends[0] if ends else None, status, reaches)

    def course(self, name: str) -> str:
        """What the events of one course of a row share: who has come to one of them has come to those before."""
        stage, reach = self.stages.get(name), self.reaches.get(name)
        if reach is not None:
            return name if reach.place is None else f"states of {self.status}"
        return name if stage is None or is_rare(name, stage) else f"course {stage.course} of {stage.of}"

    def gates(self, name: str) -> list[str]:
        """An event, then those of its course before it, from the last back; not of what happens to few."""
        if is_rare(name, self.stages.get(name)):
            return [name]
        earlier = sorted(preceding(self.stages, name), key=lambda one: -self.stages[one].rank)
        return [name, *(one for one in earlier if not is_rare(one, self.stages[one]))]

    def states(self, name: str, other: Column, known: tuple[str, ...]) -> tuple[str, ...]:
        """Those of another column's `known` texts by which an event has happened."""
        said = states_after(event_words(name), other, known)
        if not said or said == ("true",) or name not in self.stages:
            return said
        further = set(states_from(self.stages[name], name, known))
        return tuple(text for text in known if text in said or text in further)


def _reaches(table: Table, domains: Mapping[str, Domain]) -> tuple[str | None, dict[str, Reach]]:
    """By the status that tells of most events, among those that a type or a check lists."""
    best: tuple[str | None, dict[str, Reach]] = (None, {})
    words = {column.name: event_words(column.name) for column in moments_of(table) if _happens(table, column)}
    words |= {column.name: of for column in table.columns
              if (of := words_followed(column)) and event_followed(table, column) is None}  # fmt: skip
    for column in table.columns:
        listed = column.type.labels if column.type.kind == "enum" else domains.get(column.name, Domain()).choices
        if listed and words_of(column.name).endswith(STATES):
            further = {name: states_by(one, listed) for name, one in words.items()}
            found = reached(listed, words, further)
            best = (column.name, found) if len(found) > len(best[1]) else best
    return best


def _shares_of_branches(table: Table, reaches: Mapping[str, Reach]) -> dict[str, float]:
    """Of the rows that left the course of stages: fewer with each stage."""
    staged = sorted((reach.place, name) for name, reach in reaches.items() if reach.place is not None and reach.maybe)
    optional = [name for _, name in staged if table.column(name).nullable]
    return {name: FIRST_SHARE * NEXT_SHARE**place for place, name in enumerate(optional)}


def _happens(table: Table, column: Column) -> bool:
    return meaning_of(table, column) not in _ELSEWHERE and not lies_ahead(column.name) and not column.generated


def _finality(table: Table, column: Column) -> int:
    """The last change comes after all that happens, and is the row's end where it has one."""
    if meaning_of(table, column) is Meaning.UPDATED_AT:
        return 3
    if event_words(column.name) in _ENDS:
        return 2
    return 1 if meaning_of(table, column) is Meaning.DELETED_AT else 0


def _leads(graph: Mapping[str, set[str]], start: str, goal: str) -> bool:
    waiting, seen = [start], set()
    while waiting:
        name = waiting.pop()
        if name == goal:
            return True
        if name not in seen:
            seen.add(name)
            waiting += graph.get(name, ())
    return False


def _shares(table: Table, stages: Mapping[str, Event], birth: str | None) -> dict[str, float]:
    """Falling from stage to stage; nothing is said of what is no event."""
    found: dict[str, float] = {}
    for name in sorted(stages, key=lambda name: stages[name].rank):
        earlier = [found[one] for one in preceding(stages, name) if one in found]
        if table.column(name).nullable and name != birth and not is_rare(name, stages[name]):
            found[name] = min(earlier) * NEXT_SHARE if earlier else FIRST_SHARE
    optional = [column.name for column in moments_of(table) if column.nullable]
    return found | {name: RARE_SHARE for name in optional if is_rare(name, stages.get(name))}
