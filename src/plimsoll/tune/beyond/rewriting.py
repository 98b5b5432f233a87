"""Which statements should be written differently, each by what its plan and its calls say. Pure."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from plimsoll.core.tuning.advice import Advised
from plimsoll.core.tuning.facts import DatabaseFacts
from plimsoll.core.tuning.planned import Planned
from plimsoll.tune.beyond.asked import SHARE_MIN, Asked, asked
from plimsoll.tune.beyond.rewrites.casts import casts
from plimsoll.tune.beyond.rewrites.correlated import correlated
from plimsoll.tune.beyond.rewrites.counting import counting
from plimsoll.tune.beyond.rewrites.either import either
from plimsoll.tune.beyond.rewrites.fan_out import fan_out
from plimsoll.tune.beyond.rewrites.lists import lists
from plimsoll.tune.beyond.rewrites.not_in import not_in
from plimsoll.tune.beyond.rewrites.offset import offset
from plimsoll.tune.beyond.rewrites.random_order import random_order
from plimsoll.tune.beyond.rewrites.ranges import ranges
from plimsoll.tune.beyond.rewrites.repeated import repeated
from plimsoll.tune.beyond.rewrites.star import star
from plimsoll.tune.beyond.rewrites.within import within

CALLS_MIN: Final = 1_000.0
CALLS_SHARE_MIN: Final = 0.2  # of all calls
_LOOKS: Final[tuple[Callable[[Asked], Iterator[Advised]], ...]] = (
    offset, not_in, either, ranges, casts, correlated, counting, random_order, fan_out, star, lists, within,
)  # fmt: skip


def advise_rewrites(planned: Sequence[Planned], facts: DatabaseFacts, share_min: float = SHARE_MIN) -> list[Advised]:
    """Those of the heaviest statements first; nothing for one that takes less than `share_min` of the workload."""
    statements = asked(planned, facts, share_min)
    found = [advised for one in statements for advised in _of(one)]
    # What it costs is round trips, which are no time of the database's; the statement that the rows come from may be a
    # light one, too.
    every = asked(planned, facts, 0.0)
    found += [one for one in repeated(every) if _share(statements, one) >= share_min or _is_often(one, every)]
    return sorted(found, key=lambda one: -_share(statements, one))


def _is_often(advised: Advised, every: Sequence[Asked]) -> bool:
    calls = next((one.query.calls for one in every if one.query.id == advised.change.subject), 0.0)
    return calls >= max(CALLS_MIN, CALLS_SHARE_MIN * sum(one.query.calls for one in every))


def _of(one: Asked) -> Iterator[Advised]:
    """One of each kind at most for a statement, and none of what only reads a plan where there is none."""
    seen: set[str] = set()
    for look in _LOOKS:
        for advised in look(one):
            if advised.change.form not in seen and not one.query.writes:
                seen.add(advised.change.form)
                yield advised


def _share(statements: Sequence[Asked], advised: Advised) -> float:
    return next((one.share for one in statements if one.query.id == advised.change.subject), 0.0)
