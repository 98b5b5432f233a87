"""What the states of a row say of its moments, where they are listed in the order in which rows come to them. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from plimsoll.data.meaning.judging import words_of
from plimsoll.data.meaning.stages import ranks

_ENDING: Final = re.compile(r"(?<=\w{3})(?:at(?:ions?|ed?|ing)|ions?|ures?|als?|ments?|ings?|ed|en|e|y)$")
_DOUBLED: Final = re.compile(r"([bdfglmnprt])\1$")
_IRREGULAR: Final = {"paid": "pay", "canceled": "cancel", "deceased": "die", "died": "die"}
_ONGOING: Final = re.compile(r".*\w{3}ing")  # of processing a row is processed when it leaves that state
_FIRST: Final = re.compile(r"draft|new|pending|created|planned|cart|queued|todo|waiting")
# States that a row may come to from any other.
_BRANCH: Final = re.compile(
    r"(?:.* )?(?:cancel|fail|reject|declin|denied|return|refund|no show|delet|expir|lost|void|abort|abandon|suspend|ban"
    r"|block|withdrawn?|disput|chargeback|skip|timed out|error|uncollectibl|unpaid|overdu|past du|bounc|remov|revok"
    r"|termin|disabl|deactiv|inactiv|on hold|hold|paus|escal|dead|discard|miss|unsubscrib)"
)
_RENTED: Final = re.compile(r"rent|borrow|loan|lent|checkout|check out|checked out|on loan")
# What is the aim of a row's course: where that is its last state, those that left it on the way have not come to it.
_AIM: Final = re.compile(
    r"(?:.* )?(?:complet|deliver|clos|resolv|finish|arriv|discharg|pay|succeed|success|don|approv|publish|settl|end"
    r"|fulfill?)"
)
_REFUSED: Final = re.compile(r"approv|accept|publish|sign|grant|activ|pay|complet|ship|deliver|start|releas")
_ABSENT: Final = re.compile(r"check in|arriv|attend|start|complet|seat|board|admit|finish|discharg")
_PAID: Final = re.compile(r"pay|succeed|captur|complet|settl|charg")


@dataclass(frozen=True, slots=True)
class Reach:
    """The states in which an event has happened, and those in which it may have; in others it has not.

    `place` is that of its state in the list; None for what may happen at any time. `before` are events it comes after.
    """

    sure: tuple[str, ...]
    maybe: tuple[str, ...] = ()
    place: float | None = None
    before: tuple[str, ...] = ()


def stem(words: str) -> str:
    """Of cancelled, canceled and cancellation: cancel."""
    return " ".join(_stem(word) for word in words.removeprefix("actual ").split())


def reached(states: Sequence[str], events: Mapping[str, str], further: Mapping[str, Sequence[str]]) -> dict[str, Reach]:
    """By column, of events given by their words; those of which the states say nothing are left out.

    `further` states are known to come after an event of another name. Nothing is said where `states` are in no order.
    """
    main = main_states(states)
    if not in_order(states, main):
        return {}
    branches = [one for one in states if one not in main]
    places = {name: place for name, words in events.items()
              if (place := _place(stem(words), main, further.get(name, ()))) is not None}  # fmt: skip
    found = {}
    for name, place in sorted(places.items(), key=lambda one: one[1]):
        before = tuple(other for other in places if places[other] < place)
        found[name] = _of_stage(stem(events[name]), place, states, main, further.get(name, ()), before)
    for name in events.keys() - places.keys():
        own = tuple(one for one in branches if stem(words_of(one)) == stem(events[name]))
        if own:
            before = tuple(other for other in places if {*own} & {*found[other].sure, *found[other].maybe})
            found[name] = Reach(own, before=before)
    return found


def main_states(states: Sequence[str]) -> tuple[str, ...]:
    """Those that rows come to one after another."""
    stems = {one: stem(words_of(one)) for one in states}
    rented = any(_RENTED.fullmatch(one) for one in stems.values())
    return tuple(one for one in states if not is_branch(stems[one]) or (rented and stems[one] == "return"))


def is_branch(words: str) -> bool:
    """Whether rows may come to a state, given by its stem, from any other."""
    return bool(_BRANCH.fullmatch(words))


def in_order(states: Sequence[str], main: Sequence[str]) -> bool:
    """Whether a list is in the order of stages, as most are: not the alphabet's, nor against what words tell."""
    words = [words_of(one) for one in main]
    if len(main) < 2 or (len(states) > 3 and list(states) == sorted(states)) or _FIRST.fullmatch(words[-1]):
        return False
    pairs = [(one, other) for first, second in combinations(words, 2) for one, other in ranks(first, second)]
    wrong = sum(one > other for one, other in pairs)
    late = any(_AIM.fullmatch(stem(one)) and _FIRST.fullmatch(other) for one, other in combinations(words, 2))
    return not late and 4 * wrong <= len(pairs)


def _of_stage(
    event: str,
    place: float,
    states: Sequence[str],
    main: Sequence[str],
    further: Iterable[str],
    before: tuple[str, ...],
) -> Reach:
    aims = [one for one in main if main.index(one) > place and _AIM.fullmatch(stem(words_of(one)))]
    last = bool(_AIM.fullmatch(event)) and not aims and (event != "pay" or place == len(main) - 1)
    told = {one: _of_branch(event, stem(words_of(one)), last) for one in states if one not in main}
    if place == 0:
        told = dict.fromkeys(told, True)
    if "return" in event.split():
        told = dict.fromkeys(told, False)
    sure = {one for one in main if main.index(one) >= place} | set(further)
    sure |= {one for one, whether in told.items() if whether}
    maybe = tuple(one for one, whether in told.items() if whether is None and one not in sure)
    return Reach(tuple(one for one in states if one in sure), maybe, place, before)


def _of_branch(event: str, branch: str, last: bool) -> bool | None:
    """Whether rows that are in a branch have come by an event; None for some."""
    if branch.endswith("return"):
        return True
    if branch.endswith(("refund", "disput", "chargeback")):
        return True if _PAID.fullmatch(event) else None
    refused = branch.endswith(("reject", "declin", "denied")) and _REFUSED.fullmatch(event)
    absent = branch in ("no show", "miss") and _ABSENT.fullmatch(event)
    return False if last or refused or absent else None


def _place(event: str, main: Sequence[str], further: Iterable[str]) -> float | None:
    """That of the state of its name; half a place on, where that one is still going on."""
    for place, state in enumerate(main):
        if stem(words_of(state)) == event:
            return place + 0.5 if _ONGOING.fullmatch(words_of(state)) else place
    return min((main.index(one) for one in further if one in main), default=None)


def _stem(word: str) -> str:
    return _DOUBLED.sub(r"\1", _IRREGULAR.get(word) or _ENDING.sub("", word))
