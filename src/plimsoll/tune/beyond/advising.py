"""All that is advised beside indexes, each with its reason in numbers. Pure."""

from collections.abc import Sequence

from plimsoll.core.tuning.advice import Advised
from plimsoll.core.tuning.facts import DatabaseFacts
from plimsoll.core.tuning.planned import Planned
from plimsoll.core.tuning.query import QueryWorkload
from plimsoll.tune.beyond.extended_statistics import advise_statistics
from plimsoll.tune.beyond.partitioning import advise_partitions
from plimsoll.tune.beyond.rewriting import advise_rewrites
from plimsoll.tune.beyond.settings import advise_settings


def beyond(planned: Sequence[Planned], facts: DatabaseFacts, workload: QueryWorkload) -> list[Advised]:
    """None of it is measured: an `after` that takes the same parameters can be, and then gives the same rows or is
    refused; a sketch in `details` cannot."""
    parts = (advise_rewrites, advise_statistics, advise_settings, advise_partitions)
    return [advised for advise in parts for advised in advise(planned, facts)]
