"""Silences: made, matched and ended."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Final

from plimsoll.core.errors import UsageError
from plimsoll.core.series.key import parse_series
from plimsoll.core.units import format_duration
from plimsoll.core.visible import visible
from plimsoll.monitor.alerts.alert import Silence

FOR_S_MAX: Final = 30 * 86_400.0
SILENCES_MAX: Final = 500
TEXT_CHARACTERS_MAX: Final = 500


class Silences:
    """Those that have not ended."""

    def __init__(self) -> None:
        self._known: dict[str, Silence] = {}

    def all(self) -> list[Silence]:
        return sorted(self._known.values(), key=lambda silence: silence.until)

    def add(self, silence: Silence) -> None:
        """Raises UsageError where there are too many."""
        if len(self._known) >= SILENCES_MAX and silence.id not in self._known:
            raise UsageError("too many silences", why=f"there are {SILENCES_MAX}", remedy="let some of them end")
        self._known[silence.id] = silence

    def replace(self, silences: Iterable[Silence], now_s: float) -> None:
        self._known = {silence.id: silence for silence in silences if silence.until > now_s}

    def expire(self, silence_id: str, now_s: float) -> Silence:
        """Ends one before its time. Raises UsageError where there is none."""
        found = self._known.pop(silence_id, None)
        if found is None:
            raise UsageError(f"there is no silence {silence_id!r}", remedy="plimsoll alerts silences lists them")
        return replace(found, until=now_s)

    def end(self, now_s: float) -> list[Silence]:
        """Those whose time is over; they are then gone."""
        over = [silence for silence in self._known.values() if silence.until <= now_s]
        for silence in over:
            del self._known[silence.id]
        return over

    def of(self, rule: str, labels: Mapping[str, str]) -> Silence | None:
        """The one that lasts longest of those that fit an alert."""
        fitting = [silence for silence in self._known.values() if fits(silence, rule, labels)]
        return max(fitting, key=lambda silence: silence.until, default=None)


def fits(silence: Silence, rule: str, labels: Mapping[str, str]) -> bool:
    return fnmatchcase(rule, silence.rule) and silence.labels.items() <= labels.items()


def names_a_rule(silence: Silence, rules: Iterable[str]) -> bool:
    """Whether there is any rule that it could fit."""
    return any(fnmatchcase(rule, silence.rule) for rule in rules)


def _matched(matcher: str) -> tuple[str, dict[str, str]]:
    """The name of rules and the labels that a text states. Raises UsageError."""
    name, brace, rest = matcher.strip().partition("{")
    try:
        labels = dict(parse_series(f"series{brace}{rest}").labels)
    except UsageError:
        raise _names_nothing(matcher) from None
    if not name or not set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789_*?"):
        raise _names_nothing(matcher)
    return name, labels


def _names_nothing(matcher: str) -> UsageError:
    return UsageError(
        f"this names no alerts: {matcher[:100]!r}",
        why="it is the name of a rule, where * stands for any letters, and labels in braces",
        remedy="""write for example cpu, 'disk_*' or 'disk_space{mount="/data"}'""",
    )


def make_silence(silence_id: str, matcher: str, *, now_s: float, for_s: float, author: str, reason: str) -> Silence:
    """A silence as somebody asks for it: `cpu`, `disk_*`, `disk_space{mount="/data"}`. Raises UsageError."""
    name, labels = _matched(matcher)
    if not 0 < for_s <= FOR_S_MAX:
        raise UsageError(f"a silence of {format_duration(for_s)}", why=f"it lasts at most {format_duration(FOR_S_MAX)}")
    words = {"author": visible(author.strip()), "reason": visible(reason.strip())}
    for what, text in words.items():
        if not 0 < len(text) <= TEXT_CHARACTERS_MAX:
            raise UsageError(f"a silence needs its {what}", why=f"of 1 to {TEXT_CHARACTERS_MAX} letters")
    return Silence(silence_id, name, labels, now_s, now_s + for_s, **words)
