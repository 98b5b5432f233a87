"""Faults and mutations one after another, and their tables."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks._tables import ROOT, put, table
from tests.prove.scaling.faults import FAULTS
from tests.prove.scaling.mutations import MUTATIONS, Mutation
from tests.prove.scaling.playing import Played, play

TRIES_MAX: Final = 5
DOCUMENT: Final = ROOT / "docs" / "proofs.md"
HEADINGS: Final = (
    "fault",
    "what befalls",
    "requests",
    "idempotent failed",
    "others failed",
    "of these in a killed worker",
    "worst latency",
    "longest without an answer",
    "verdict",
)
FOUND_HEADINGS: Final = ("mechanism that is taken away", "fault", "lost", "found in try")


@dataclass(frozen=True, slots=True)
class Found:
    """`tries`: in which of them something was lost; the last if nothing was."""

    mutation: Mutation
    played: Played
    tries: int

    @property
    def found(self) -> bool:
        return not self.played.holds

    @property
    def words(self) -> str:
        return f"{'found' if self.found else 'NOT FOUND'} in try {self.tries}: {self.played.words}"


def proved() -> list[str]:
    """Plays all faults and writes their table; what was lost."""
    every = [play(fault) for fault in FAULTS.values()]
    put(DOCUMENT, "scaling", "\n".join(table(HEADINGS, [row(one) for one in every])))
    return [f"{one.fault.name}: {one.words}; {'; '.join(one.verdict.lost[:3])}" for one in every if not one.holds]


def searched() -> list[str]:
    """Plays all mutations and writes their table; those that were not found."""
    tried = list(found(MUTATIONS))
    put(DOCUMENT, "scaling_mutations", "\n".join(table(FOUND_HEADINGS, [found_row(one) for one in tried])))
    return [one.mutation.name for one in tried if not one.found]


def found(names: Iterable[str]) -> Iterator[Found]:
    """Plays each mutation until something is lost, at most so many times."""
    for name in names:
        yield _found(MUTATIONS[name])


def _found(mutation: Mutation) -> Found:
    played, tries = play(mutation.fault, mutation.name), 1
    while played.holds and tries < TRIES_MAX:
        played, tries = play(mutation.fault, mutation.name), tries + 1
    return Found(mutation, played, tries)


def row(played: Played) -> Sequence[str]:
    verdict = played.verdict
    return (
        played.fault.name,
        played.fault.says,
        f"{verdict.requests:,}",
        f"{verdict.idempotent:,}",
        f"{verdict.others:,}",
        f"{verdict.killed:,}",
        f"{verdict.latency_s_max:.2f} s",
        f"{verdict.outage_s:.2f} s",
        _verdict(played),
    )


def found_row(one: Found) -> Sequence[str]:
    lost = f"{len(one.played.verdict.lost):,}, as {one.played.verdict.lost[0]}" if one.played.verdict.lost else "0"
    return one.mutation.rule, one.mutation.fault.name, lost, str(one.tries) if one.found else "**not found**"


def _verdict(played: Played) -> str:
    verdict = played.verdict
    if verdict.lost:
        return f"**lost {len(verdict.lost):,}**"
    if not played.holds:
        return "**too long**"
    return f"holds, {verdict.taken:,} taken by the fault itself" if verdict.taken else "holds"
