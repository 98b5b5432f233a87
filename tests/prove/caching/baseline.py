"""The same histories through a cache of others: cashews, in an environment of its own."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

from benchmarks._tables import table
from benchmarks._throwaway import python_with
from tests.prove.caching.playing import Cast, Played, play
from tests.prove.caching.scenario import Scenario
from tests.prove.caching.scenarios import SCENARIOS

PACKAGES: Final = ("cashews[redis]", "redis<6", "asyncpg", "msgpack")  # with later ones client_side hears nothing
WAYS: Final[Mapping[str, Mapping[str, Any]]] = {
    "Redis, lock": {},
    "Redis, early refresh": {"early": True},
    "Redis and in process (client_side), lock": {"client_side": True},
}
PLAYED: Final = ("telling", "slow fills", "orders", "stopped processes")
HEADINGS: Final = ("cache", "what befalls", "reads", "cached", "writes", "violations", "stalest")


class Compared(NamedTuple):
    cache: str
    played: Played


def compared() -> Iterator[Compared]:
    """Writers tell the cache after their commit, as its documentation has it, in the processes that read. Raises
    RuntimeError where the packages cannot be had."""
    with python_with(*PACKAGES) as (python, said):
        if python is None:
            raise RuntimeError(said)
        for name in PLAYED:
            scenario = replace(SCENARIOS[name], tells=True, shared=True)
            yield Compared("plimsoll, tier 1 and 2", play(scenario))
            for way, options in WAYS.items():
                cast = Cast("cashews", python=(str(python),))
                yield Compared(f"cashews: {way}", play(_told(scenario, options), cast))


def _told(scenario: Scenario, options: Mapping[str, Any]) -> Scenario:
    return replace(scenario, options=options)


def table_of_compared(rows: Sequence[Compared]) -> list[str]:
    return table(HEADINGS, [_row(*one) for one in rows])


def _row(cache: str, played: Played) -> list[str]:
    verdict = played.verdict
    count = f"**{verdict.count:,}**" if verdict.count else "0"
    figures = [f"{verdict.reads:,}", f"{played.cached:.0%}", f"{verdict.writes:,}", count]
    return [cache, played.scenario.says, *figures, f"{verdict.stalest_s * 1000:,.0f} ms"]
