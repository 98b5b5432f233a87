"""Why a capture comes to nothing, in words. Pure."""

from collections.abc import Sequence
from typing import Final

from plimsoll.core.errors import RefusedError
from plimsoll.core.statement import Workload
from plimsoll.load.importers.capture.choosing import LeftOut
from plimsoll.load.importers.capture.text import shown
from plimsoll.settings.masking import mask

TOLD: Final = 3  # statements in an error


def none_fit(left_out: Sequence[LeftOut]) -> RefusedError:
    """Where every statement is left out: the first reasons."""
    reasons = [mask(f"{shown(one.statement.query, 60)}: {one.why}") for one in left_out[:TOLD]]
    more = f"; and {len(left_out) - TOLD} more" if len(left_out) > TOLD else ""
    return RefusedError(
        f"no statement could be captured of {len(left_out)} that were tried",
        why="; ".join(reasons) + more,
        remedy="connect as the application does, with its search_path, or ask for more with --top",
    )


def nothing_called(workload: Workload) -> RefusedError:
    """Where there is no statement of an application."""
    if workload.hidden.calls:
        return RefusedError(
            "the statements of other roles are hidden from this one",
            why=f"{workload.hidden.calls:,} calls were made by them",
            remedy="GRANT pg_read_all_stats TO this role, or connect as one that has it",
        )
    return RefusedError(
        "there is nothing to capture",
        why=f"in {workload.seconds:,.0f} s no statement of an application was called in this database",
        remedy="a longer --window while it is used, or --since-reset",
    )
