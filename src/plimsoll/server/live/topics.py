"""What a client of the WebSocket may ask for. Pure."""

import json
from dataclasses import dataclass
from typing import Any, Final

from plimsoll.server.api.choosing import check_patterns, fits_of
from plimsoll.server.problems import invalid

TOPICS_MAX: Final = 20  # of a client
TOPIC_CHARACTERS_MAX: Final = 300
PLAIN: Final = frozenset({"status", "alerts", "sessions", "locks", "scaling", "events", "runs"})
SERIES: Final = "series:"
_REMEDY: Final = (
    f'topics are {", ".join(sorted(PLAIN))} and series:PATTERN, as in {{"subscribe": ["series:host_cpu_*"]}}'
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a message asks for: these topics from now on (None: as before), and what was missed since a number."""

    topics: tuple[str, ...] | None
    resume: int | None


def read_wish(text: str) -> Wish:
    """Raises Problem."""
    try:
        asked = json.loads(text)
    except (ValueError, RecursionError):
        raise invalid("message", "this is no JSON", _REMEDY) from None
    if not isinstance(asked, dict) or not asked or asked.keys() - {"subscribe", "resume"}:
        raise invalid("message", "it holds subscribe, resume or both, and nothing else", _REMEDY)
    return Wish(_topics(asked["subscribe"]) if "subscribe" in asked else None, _number(asked.get("resume")))


def _topics(asked: Any) -> tuple[str, ...]:
    if not isinstance(asked, list) or not all(isinstance(topic, str) for topic in asked):
        raise invalid("subscribe", "this is no list of texts", _REMEDY)
    topics = tuple(dict.fromkeys(asked))
    if len(topics) > TOPICS_MAX:
        raise invalid("subscribe", f"{len(topics)} topics, and a client has at most {TOPICS_MAX}", "use wider patterns")
    check_patterns("subscribe", topics)
    for topic in topics:
        _check(topic)
    return topics


def _check(topic: str) -> None:
    pattern = topic.removeprefix(SERIES)
    if len(topic) > TOPIC_CHARACTERS_MAX or not (topic in PLAIN or (topic.startswith(SERIES) and pattern)):
        raise invalid("subscribe", f"there is no topic {topic[:100]!r}", _REMEDY)
    if topic.startswith(SERIES):
        fits_of(pattern)


def _number(asked: Any) -> int | None:
    if asked is None:
        return None
    if isinstance(asked, bool) or not isinstance(asked, int) or not 0 <= asked < 2**53:
        raise invalid("resume", "this is no number of a message", "send the seq of the last message that arrived")
    return asked
