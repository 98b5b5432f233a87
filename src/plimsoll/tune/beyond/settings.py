"""Settings of the server and of tables that do not fit the workload, each with its evidence. Pure."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from plimsoll.core.tuning.advice import Advised
from plimsoll.core.tuning.facts import DatabaseFacts
from plimsoll.core.tuning.planned import Planned
from plimsoll.tune.beyond.asked import Asked, asked
from plimsoll.tune.beyond.tunables.execution import execution
from plimsoll.tune.beyond.tunables.fillfactor import fillfactor
from plimsoll.tune.beyond.tunables.page_costs import page_costs
from plimsoll.tune.beyond.tunables.vacuum import vacuum
from plimsoll.tune.beyond.tunables.work_mem import work_mem

_LOOKS: Final[tuple[Callable[[Sequence[Asked], DatabaseFacts], Iterator[Advised]], ...]] = (
    work_mem, page_costs, vacuum, fillfactor, execution,
)  # fmt: skip


def advise_settings(planned: Sequence[Planned], facts: DatabaseFacts) -> list[Advised]:
    """Small statements count too, since a setting is for all of them."""
    statements = asked(planned, facts, 0.0)
    return [advised for look in _LOOKS for advised in look(statements, facts)]
