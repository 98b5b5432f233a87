"""What is asked for becomes what is tuned: which database, and which workload."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from plimsoll.core.units import format_duration
from plimsoll.server.problems import Problem
from plimsoll.server.reading.statement_history import Lately, StatementHistory
from plimsoll.workflows.tuning.apart import TuneWish
from plimsoll.workflows.watch import Watch

Workload = Literal["hour", "counters", "window"]
HOUR_S: Final = 3600.0
STATEMENTS_MAX: Final = 50  # of the hour: the heaviest
TEXT_CHARACTERS_MAX: Final = 100_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """`workload` is the last hour as it was watched, all since the server's counters began, or `window_s` from now."""

    workload: Workload = "hour"
    window_s: float = 600.0
    time_s: float = 600.0
    budget_bytes: int | None = None
    prove: bool = False


async def wish_of(wanted: Wanted, watch: Watch, lately: StatementHistory, root: Path, now_s: float) -> TuneWish:
    """Raises Problem where no database is watched, or nothing of the last hour is known."""
    where = watch.request.where
    if where is None or watch.target is None or watch.target.locate is None:
        raise Problem(409, "no-database", "no database is watched here", "plimsoll watch --env NAME, or --dsn env:NAME")
    sql, name = await _hour(watch, lately, now_s) if wanted.workload == "hour" else ("", "")
    protected = [name for name, one in watch.request.settings.environments.items() if one.protected]
    return TuneWish(
        where=where,
        kept_root=root,
        config=watch.request.config,
        variable=watch.request.variable,
        sql=sql,
        sql_name=name,
        window_s=wanted.window_s if wanted.workload == "window" else None,
        time_s=wanted.time_s,
        budget_bytes=wanted.budget_bytes,
        prove=wanted.prove,
        allow_protected=protected,  # it only reads there
    )


async def _hour(watch: Watch, lately: StatementHistory, now_s: float) -> tuple[str, str]:
    """The statements that were seen in the last hour as a file of SQL, and how that is called."""
    found = lately.lately(now_s - HOUR_S)[:STATEMENTS_MAX]
    if not found:
        raise Problem(
            409,
            "nothing-watched",
            "no statement was seen in the last hour",
            "wait for a minute, or ask for the counters",
        )
    texts = [await watch.statement_text(one.query_id) for one in found]
    sql = file_of(found, texts)
    if not sql:
        raise Problem(409, "nothing-watched", "the texts of the statements are not known", "ask for the counters")
    minutes = max(1, round((now_s - min(one.first_s for one in found)) / 60))
    return sql, f"the last {format_duration(60.0 * minutes)} as watched"


def file_of(found: Sequence[Lately], texts: Sequence[str | None]) -> str:
    """Each with its calls; a statement whose text is not known is left out. One may end in a comment."""
    known = [(one, text.rstrip().rstrip(";")) for one, text in zip(found, texts, strict=True) if text]
    return "".join(
        f"-- calls: {max(1, round(one.calls))}\n{text}\n;\n\n"
        for one, text in known
        if len(text) <= TEXT_CHARACTERS_MAX
    )
