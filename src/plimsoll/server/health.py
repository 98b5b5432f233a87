"""Is it healthy, and if not, what is wrong and since when: one word and one sentence. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from plimsoll.core.observation import CollectorState
from plimsoll.core.units import format_duration

Word = Literal["healthy", "warning", "critical", "unknown"]
Severity = Literal["warning", "critical"]

_DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is wrong. `text` is a clause ("memory is at 91 %, above 85 %")."""

    severity: Severity
    since_s: float
    text: str


@dataclass(frozen=True, slots=True)
class Health:
    """`since_s` is when the worst of it began; None where nothing is wrong."""

    word: Word
    sentence: str
    since_s: float | None = None


def health_of(troubles: Iterable[Trouble], states: Mapping[str, CollectorState], now_s: float) -> Health:
    """Of what is wrong the worst is told, of the equally bad the oldest."""
    ordered = sorted(troubles, key=lambda one: (one.severity != "critical", one.since_s))
    if ordered:
        worst = ordered[0]
        return Health(worst.severity, _trouble_sentence(worst, ordered[1:], now_s), worst.since_s)
    watched = [state for state in states.values() if state.status != "off"]
    if not watched:
        return Health("unknown", "Nothing is watched: no collector is on.")
    if not any(state.seen_s for state in watched):
        be = "is" if len(watched) == 1 else "are"
        return Health("unknown", f"Nothing has been seen yet: {_count(len(watched), 'collector')} {be} starting.")
    see = "sees" if len(watched) == 1 else "see"
    return Health("healthy", f"All is well: {_count(len(watched), 'collector')} {see} what is watched, no alert fires.")


def lost_collectors(states: Mapping[str, CollectorState], told: Iterable[str] = ()) -> list[Trouble]:
    """What cannot be seen; `told` are collectors of which an alert tells already."""
    known = set(told)
    return [_lost(state) for state in states.values() if state.status == "lost" and state.name not in known]


def _lost(state: CollectorState) -> Trouble:
    """A machine is judged by what else is seen of it; a database that cannot be seen may well be down."""
    why = f": {state.why}" if state.why else ""
    severity: Severity = "critical" if state.name.startswith(("database", "postgres")) else "warning"
    return Trouble(severity, state.since_s, f"the collector {state.name} sees nothing{why}")


def _trouble_sentence(worst: Trouble, others: Sequence[Trouble], now_s: float) -> str:
    lasting = f"{worst.severity.capitalize()} since {moment_words(worst.since_s, now_s)}"
    more = f"; and {_others(others)}" if others else ""
    return f"{lasting}: {' '.join(worst.text.split()).rstrip('.')}{more}."


def _others(others: Sequence[Trouble]) -> str:
    critical = sum(one.severity == "critical" for one in others)
    counts = ((critical, "more that is critical", "more that are critical"),
              (len(others) - critical, "more warning", "more warnings"))  # fmt: skip
    return " and ".join(f"{count} {one if count == 1 else many}" for count, one, many in counts if count)


def moment_words(at_s: float, now_s: float) -> str:
    """ "14:03 UTC (2h 5m)", with the day where it was another one."""
    at, now = (datetime.fromtimestamp(moment, UTC) for moment in (at_s, now_s))
    day = "" if at.date() == now.date() else f"{at:%d %b} "
    return f"{day}{at:%H:%M} UTC ({format_duration(max(0.0, now_s - at_s))})"


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
