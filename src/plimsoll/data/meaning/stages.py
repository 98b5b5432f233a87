"""What happens to a row, in which order: sent, delivered, read. Told by the names of its moments. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from plimsoll.core.schema import Column
from plimsoll.data.meaning.judging import words_of

# Courses of events, each stage by the words it goes by.
COURSES: Final = (
    (r"quoted", r"ordered|order|placed|purchased|purchase|booked|booking|reserved", r"confirmed|accepted|authori[sz]ed",
     r"paid|payment|captured", r"packed|fulfilled|prepared|picked|processed",
     r"shipped|ship|shipping|shipment|dispatched",
     r"delivered|delivery|received|receipt", r"returned|return", r"refunded|refund"),
    (r"queued|enqueued|scheduled", r"sent|posted", r"delivered|received", r"opened|read|seen|viewed",
     r"clicked|answered|replied|responded"),
    (r"opened|open|reported|raised", r"acknowledged|triaged|confirmed", r"assigned", r"started",
     r"resolved|fixed|solved", r"closed", r"reopened"),
    (r"requested|queued|enqueued|scheduled|submitted", r"assigned|claimed|accepted|picked up",
     r"started|start|begun|began", r"finished|finish|completed|completion|ended|end|stopped|succeeded|failed"),
    (r"drafted", r"submitted|requested|applied", r"reviewed", r"approved|accepted|decided|rejected|declined|denied",
     r"signed|published|released|activated|granted", r"archived|unpublished"),
    (r"invited|invitation", r"accepted|confirmed|registered|joined|activated|declined", r"left"),
    (r"subscribed|activated|started", r"renewed", r"cancell?ed|unsubscribed", r"ended|expired"),
    (r"issued|invoiced|billed", r"sent", r"paid|payment", r"refunded|refund"),
    (r"rented|rental|borrowed|lent|loaned|loan|checkout", r"returned|return"),
)  # fmt: skip
_RENTALS: Final = len(COURSES) - 1  # most of which are returned, as few orders are
_EVENT: Final = re.compile(r"(?:date )?(.+?)(?: ?(?:at|on|date|time|timestamp|datetime))?")
_SIDE: Final = re.compile(
    r"(?:.* )?(?:rejected|declined|denied|failed|cancell?ed|returned|return|refunded|refund|reopened|unpublished|left"
    r"|unsubscribed)"
)
_RARE: Final = re.compile(
    rf"{_SIDE.pattern}|(?:.* )?(?:deleted|removed|archived|banned|revoked|suspended|blocked|locked|disabled|deactivated"
    r"|discontinued|terminated|retired|resigned|withdrawn|voided|disputed|flagged|hidden|silenced|escalated|bounced"
    r"|discarded|trashed|expired|suppressed|muted|died|deceased|death|abandoned)"
)
_AHEAD: Final = re.compile(
    r"(?:.* )?(?:expected|estimated|promised|planned|required|target|next|renewal|renews|eta)(?: .*)?"
)
_FIRST: Final = re.compile(r"ordered|order|placed|booked|requested|opened|reported|queued|enqueued|invited|submitted")
_AT_ANY_TIME: Final = ("refunded", "refund")  # what was paid, delivered or not
_BEFORE_ALL: Final = ("draft", "cart", "new")  # of a first stage


@dataclass(frozen=True, slots=True)
class Event:
    """A stage of a course that rows of a table go through; `of` tells several of one table apart."""

    of: str
    course: int
    rank: int


def event_words(name: str) -> str:
    """Of shippedAt and date_shipped: shipped."""
    found = _EVENT.fullmatch(words_of(name))
    return found[1] if found else ""


def events_of(columns: Iterable[Column]) -> dict[str, Event]:
    """The stages that moments are of, by column: of the course that has most of them, then of the next."""
    waiting = {column.name: event_words(column.name) for column in columns}
    found: dict[str, Event] = {}
    while True:
        fits: dict[tuple[str, int], dict[str, Event]] = {}
        for name, words in waiting.items():
            for event in _events(words):
                fits.setdefault((event.of, event.course), {})[name] = event
        if not fits:
            return found
        best = max(fits.values(), key=lambda events: len({event.rank for event in events.values()}))
        found |= best
        waiting = {name: words for name, words in waiting.items() if name not in best}


def preceding(events: Mapping[str, Event], name: str) -> list[str]:
    """The columns whose moments come before that of a column, in its course."""
    own = events.get(name)
    if own is None:
        return []
    return [
        other for other, one in events.items() if (one.of, one.course) == (own.of, own.course) and one.rank < own.rank
    ]


def is_rare(name: str, event: Event | None = None) -> bool:
    """Whether what a moment is of happens to few rows: cancelled, deleted, banned."""
    return not (event and event.course == _RENTALS) and bool(_RARE.fullmatch(event_words(name)))


def lies_ahead(name: str) -> bool:
    """Whether a moment may be one to come: next, expected."""
    return bool(_AHEAD.fullmatch(words_of(name)))


def states_from(event: Event, name: str, known: Iterable[str]) -> list[str]:
    """The states of later stages of its course, by which an event has happened unless few rows come to it."""
    words = event_words(name)
    if _SIDE.fullmatch(words):
        return []
    ranks = {text: _rank(event.course, words_of(text)) for text in known}
    reached = [
        text for text, rank in ranks.items() if rank is not None and rank > event.rank and text not in _AT_ANY_TIME
    ]
    if not _FIRST.fullmatch(words):
        return reached
    return [text for text in ranks if words_of(text) not in _BEFORE_ALL] if reached else []


def ranks(first: str, second: str) -> list[tuple[int, int]]:
    """Those of two states, by their words, in each course that knows both."""
    both = [(_rank(course, first), _rank(course, second)) for course in range(len(COURSES))]
    return [(one, other) for one, other in both if one is not None and other is not None and one != other]


def _events(words: str) -> Iterable[Event]:
    for course, stages in enumerate(COURSES):
        for rank, stage in enumerate(stages):
            found = re.fullmatch(rf"(?:(?P<of>.*) )?(?:{stage})", words)
            if found:
                yield Event((found["of"] or "").strip(), course, rank)


def _rank(course: int, words: str) -> int | None:
    return next((rank for rank, stage in enumerate(COURSES[course]) if re.fullmatch(stage, words)), None)
