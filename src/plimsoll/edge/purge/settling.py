"""What becomes of rows of the outbox by what the provider said. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final, NamedTuple

from plimsoll.edge.providers.provider import Acknowledged, Batch, Later, Outcome
from plimsoll.edge.purge.rates import pause_s, retry_s
from plimsoll.edge.purge.wish import Kind

PARKED_AFTER: Final = 3  # times that a row was refused by itself; a provider that is away parks nothing
ERROR_CHARACTERS_MAX: Final = 300


class Leased(NamedTuple):
    """A row that is ours for a while. `asked` counts how often it was asked for while it waited: only as it was when it
    was leased it may go. `together` is how many it may be sent with, None without another bound than the provider's.
    """

    id: int
    kind: Kind
    what: str
    hard: bool
    asked: int
    tries: int
    refusals: int
    together: int | None


def batch_of(rows: Sequence[Leased]) -> Batch:
    """Rows of one kind, all hard or all soft."""
    assert len({(one.kind, one.hard) for one in rows}) == 1
    return Batch(rows[0].kind, tuple(one.what for one in rows), rows[0].hard)


class Postponed(NamedTuple):
    """A row that stays: due again in `after_s`."""

    row: Leased
    after_s: float
    refusals: int = 0
    together: int | None = None
    parked: bool = False


@dataclass(frozen=True, slots=True)
class Settlement:
    """`done` may go unless they were asked for again; for `pause_s` the provider is left alone. `why` is what it said,
    "" where all went well."""

    done: tuple[Leased, ...] = ()
    postponed: tuple[Postponed, ...] = ()
    pause_s: float = 0.0
    why: str = ""


def settled(rows: Sequence[Leased], outcome: Outcome, failures: int, random: Random) -> Settlement:
    """`failures` is how often in a row the provider was away, this time included.

    What was refused in company is halved until one is refused by itself: log2(n) further calls for each that is wrong.
    """
    if isinstance(outcome, Acknowledged):
        return Settlement(done=tuple(rows))
    why = outcome.why[:ERROR_CHARACTERS_MAX]
    if isinstance(outcome, Later):
        after = tuple(
            Postponed(one, retry_s(one.tries, random, outcome.after_s), one.refusals, one.together) for one in rows
        )
        return Settlement(postponed=after, pause_s=pause_s(failures, random, outcome.after_s), why=why)
    if len(rows) > 1:
        half = (len(rows) + 1) // 2
        return Settlement(postponed=tuple(Postponed(one, 0.0, one.refusals, half) for one in rows), why=why)
    (one,) = rows
    refusals = one.refusals + 1
    parked = refusals >= PARKED_AFTER
    return Settlement(postponed=(Postponed(one, retry_s(one.tries, random), refusals, 1, parked),), why=why)
