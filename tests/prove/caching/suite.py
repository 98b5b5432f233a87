"""Scenarios and mutations one after another, and their tables."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks._tables import ROOT, put, table
from tests.prove.caching.mutation import Mutation
from tests.prove.caching.mutations import MUTATIONS
from tests.prove.caching.playing import Cast, Played, play
from tests.prove.caching.scenarios import SCENARIOS

TRIES_MAX: Final = 5
DOCUMENT: Final = ROOT / "docs" / "proofs.md"
HEADINGS: Final = (
    "scenario",
    "what befalls",
    "reads",
    "tier 1",
    "tier 2",
    "joined",
    "in the end",
    "writes",
    "violations",
    "stalest",
)
FOUND_HEADINGS: Final = ("rule that is taken away", "scenario", "violations", "stalest", "found in try")


@dataclass(frozen=True, slots=True)
class Found:
    """`tries`: in which of them a violation was found; the last if none was."""

    mutation: Mutation
    played: Played
    tries: int

    @property
    def found(self) -> bool:
        return self.played.verdict.count > 0

    @property
    def words(self) -> str:
        return f"{'found' if self.found else 'NOT FOUND'} in try {self.tries}: {self.played.words}"


def proved(name: str, scenarios: Iterable[str]) -> list[str]:
    """Plays them all and writes their table; what was wrong."""
    every = [play(SCENARIOS[one]) for one in scenarios]
    put(DOCUMENT, name, "\n".join(table_of(every)))
    wrong = [f"{one.scenario.name}: {one.verdict.violations[0]}" for one in every if one.verdict.count]
    return wrong + [f"{one.scenario.name}: {one.calm:.0%} cached in the calm" for one in every if not one.served]


def searched(name: str, scenarios: Iterable[str]) -> list[str]:
    """Plays the mutations of these scenarios and writes their table; those that were not found."""
    allowed = set(scenarios)
    tried = list(found(one.name for one in MUTATIONS.values() if one.scenario in allowed))
    put(DOCUMENT, name, "\n".join(table_of_found(tried)))
    return [one.mutation.name for one in tried if not one.found]


def found(names: Iterable[str], *, seed: int = 1) -> Iterator[Found]:
    """Plays each mutation until it is found, at most so many times."""
    for name in names:
        yield _found(MUTATIONS[name], seed)


def _found(mutation: Mutation, seed: int) -> Found:
    for tries in range(1, TRIES_MAX + 1):
        played = play(SCENARIOS[mutation.scenario], Cast(mutations=(mutation.name,)), seed=seed + tries - 1)
        if played.verdict.count:
            break
    return Found(mutation, played, tries)


def table_of(played: Sequence[Played]) -> list[str]:
    return table(HEADINGS, [_row(one) for one in played])


def _row(played: Played) -> list[str]:
    verdict = played.verdict
    shares = [f"{verdict.share(by):.0%}" if verdict.share(by) else "" for by in ("tier 1", "tier 2", "joined")]
    count = f"**{verdict.count:,}**" if verdict.count else "0"
    stalest = f"{verdict.stalest_s * 1000:.0f} ms"
    return [
        played.scenario.name,
        played.scenario.says,
        f"{verdict.reads:,}",
        *shares,
        f"{played.calm:.0%}",
        f"{verdict.writes:,}",
        count,
        stalest,
    ]


def table_of_found(tried: Sequence[Found]) -> list[str]:
    return table(FOUND_HEADINGS, [_found_row(one) for one in tried])


def _found_row(one: Found) -> list[str]:
    verdict = one.played.verdict
    tries = str(one.tries) if one.found else "**not found**"
    stalest = f"{verdict.stalest_s * 1000:,.0f} ms"
    return [one.mutation.rule, one.mutation.scenario, f"{verdict.count:,}", stalest, tries]
