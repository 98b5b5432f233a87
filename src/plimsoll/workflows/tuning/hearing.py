"""What a source tells of a workload, before its values are looked for."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import asyncpg

from plimsoll.core.check import counted
from plimsoll.core.errors import UsageError
from plimsoll.core.statement import Workload
from plimsoll.core.units import format_duration
from plimsoll.tune.workload.asked import Asked, Heard
from plimsoll.tune.workload.merging import merged
from plimsoll.tune.workload.platform import is_platform
from plimsoll.tune.workload.sql_file import BYTES_MAX, decoded, heard_in
from plimsoll.workflows.capture import watch
from plimsoll.workflows.tuning.hearing_log import heard_in_log
from plimsoll.workflows.tuning.hearing_run import heard_in_run
from plimsoll.workflows.tuning.request import Say, TuneRequest


async def hear(
    connection: asyncpg.Connection, request: TuneRequest, timeout_s: float, stop: asyncio.Event, say: Say
) -> Heard:
    """Raises UsageError for a file that cannot be read, RefusedError where the server does not tell."""
    if request.source.sql is not None:
        return _heard_in_file(request.source.sql)
    if request.source.run is not None:
        return await heard_in_run(connection, request.where, request.source.run, timeout_s)
    if request.source.log is not None:
        return await heard_in_log(connection, request.source.log, timeout_s, stop, say)
    workload = await watch(connection, request.source.window_s, stop, timeout_s, say)
    stop.clear()  # it ended the window, and not what is made of it
    return heard_by_server(workload, request.source.window_s)


def _heard_in_file(path: Path) -> Heard:
    try:
        with path.open("rb") as file:
            data = file.read(BYTES_MAX + 1)
    except OSError as error:
        raise UsageError("cannot read the SQL file", where=str(path), why=error.strerror or str(error)) from error
    return heard_in(decoded(data, str(path)), path.name)


def heard_by_server(workload: Workload, window_s: float | None) -> Heard:
    """What pg_stat_statements tells."""
    own = [one for one in workload.statements if not is_platform(one.roles)]
    stretch = "since its counters began" if window_s is None else f"over {format_duration(workload.seconds)}"
    return Heard(
        merged([Asked(one.query, one.calls, one.total_ms, one.rows_per_call, one.id) for one in own]),
        f"pg_stat_statements {stretch}",
        seconds=workload.seconds,
        since=workload.since,
        remedy=_remedy(workload, window_s),
        notes=[*_notes(workload), *_platform(len(workload.statements) - len(own))],
    )


def _remedy(workload: Workload, window_s: float | None) -> str:
    """For where no statement of an application was seen."""
    if workload.hidden.calls:
        return "connect as a role that has pg_read_all_stats"
    return "watch while it is used, or give its statements: --sql FILE" if window_s is None else "a longer --window"


def _platform(statements: int) -> Iterator[str]:
    if statements:
        yield f"{counted(statements, 'statement')} of accounts of the platform and of monitors passed over"


def _notes(workload: Workload) -> Iterator[str]:
    if workload.restarted:
        yield "the counters were reset meanwhile: what came before is missing"
    if workload.hidden.calls:
        yield (
            f"{workload.hidden.calls:,} calls of other roles are hidden from this one "
            f"({format_duration(workload.hidden.total_ms / 1000)}): GRANT pg_read_all_stats TO this role shows them"
        )
    if workload.lost.calls:
        yield f"the texts of {counted(workload.lost.calls, 'call')} are lost, or longer than is read"
    if workload.evicted:
        yield (
            f"the server forgot rare statements {counted(workload.evicted, 'time')} to make room: "
            "a higher pg_stat_statements.max keeps them"
        )
