"""How collectors fared over a run, in words: warnings for the summary, and what is kept with the series. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

MISSED_SHARE: Final = 0.1  # of its looks: fewer leave gaps that the charts show, and no more


@dataclass(frozen=True, slots=True)
class Fared:
    """A collector at the end of a run: how often it looked, how often it saw nothing, and why the last time."""

    name: str
    looks: int
    missed: int
    why: str
    notes: Sequence[str] = ()

    @property
    def is_lost(self) -> bool:
        return bool(self.looks) and (self.missed == self.looks or self.missed > MISSED_SHARE * self.looks + 1)


def warnings_of(fared: Sequence[Fared], lacking: Sequence[str] = ()) -> list[str]:
    """Everything that was not seen though it could have been: `lacking` of the whole, collectors that saw too little,
    and what these note."""
    return [*(f"not watched: {one}" for one in (*lacking, *distinct_notes(fared))), *_lost(fared)]


def _lost(fared: Sequence[Fared]) -> list[str]:
    """Those who saw too little, together where the reason is the same."""
    reasons: dict[str, list[Fared]] = {}
    for one in fared:
        if one.is_lost:
            reasons.setdefault(one.why or "it answered too late", []).append(one)
    return [f"{_share(known)} watched: {', '.join(one.name for one in known)}: {why}" for why, known in reasons.items()]


def _share(known: Sequence[Fared]) -> str:
    return "not" if all(one.missed == one.looks for one in known) else "only in part"


def distinct_notes(fared: Sequence[Fared]) -> list[str]:
    return list(dict.fromkeys(note for one in fared for note in one.notes))


def kept_words(fared: Sequence[Fared], lacking: Sequence[str] = (), by_nature: Sequence[str] = ()) -> Mapping[str, Any]:
    """The document "watch": for each collector how it fared, and everything that was not seen, in words.

    What lies in the nature of the target is no warning, but who reads the charts must know it: `by_nature`.
    """
    rows = [{"collector": one.name, "looks": one.looks, "missed": one.missed, "why": one.why} for one in fared]
    return {"rows": rows, "not_watched": [*by_nature, *lacking, *_lost(fared), *distinct_notes(fared)]}
