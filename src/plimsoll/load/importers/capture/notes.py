"""What a reader of a captured scenario has to know, in words. Pure."""

from collections.abc import Sequence
from typing import Final

from plimsoll.core.statement import Workload
from plimsoll.load.importers.capture.choosing import LeftOut, Noise
from plimsoll.load.importers.capture.journeys import Captured
from plimsoll.load.importers.capture.text import shown

LISTED_MAX: Final = 30  # statements left out that are told one by one
_WEIGHTS: Final = "The weights are the calls, so that a run makes the same mix; as many a second as then:"
_WRITES: Final = (
    "Journeys with writes=True change data: run them on a copy. An UPDATE writes what a row had when it was captured; "
    "a DELETE finds each row once."
)
_REDACTED: Final = "The values are made up: most of them find no row. Fill the feeds with values of the copy to load."
_POLICIES: Final = (
    "connect as the application's role, and give each step its settings with user.transaction(role=..., claims=...)."
)


def share(part: float, whole: float) -> str:
    return f"{100 * part / whole:.0f} %" if whole else "0 %"


def about(database: str, workload: Workload, *, redacted: bool) -> str:
    """The first line of the file."""
    since = f" from {workload.since:%Y-%m-%d %H:%M} UTC" if workload.since is not None else ""
    values = "; the values are made up" if redacted else ""
    return f"Captured from pg_stat_statements of {database}: {workload.seconds:,.0f} s{since}{values}."


def coverage(captured: Sequence[Captured], noise: Sequence[Noise], workload: Workload) -> str:
    """How much of the application's load the journeys stand for."""
    calls, time_ms = sum(one.statement.calls for one in captured), sum(one.statement.total_ms for one in captured)
    all_calls = workload.calls - sum(one.calls for one in noise)
    all_ms = workload.total_ms - sum(one.total_ms for one in noise)
    count = len(workload.statements) - sum(one.statements for one in noise)
    return (
        f"{len(captured)} of {count} statements of the application: {share(calls, all_calls)} of its calls, "
        f"{share(time_ms, all_ms)} of its time in the database"
    )


def notes(
    captured: Sequence[Captured],
    left_out: Sequence[LeftOut],
    noise: Sequence[Noise],
    workload: Workload,
    protected: Sequence[str],
    *,
    redacted: bool,
) -> list[str]:
    """The list at the head of the file."""
    kept = sum(one.statement.calls for one in captured)
    rate = f"{kept / max(1e-3, workload.seconds):.1f}"
    said = [f"{coverage(captured, noise, workload)}. {_WEIGHTS} --rate {rate}."]
    if any(one.effect == "writes" for one in captured):
        said.append(_WRITES)
    if redacted:
        said.append(_REDACTED)
    if protected:
        said.append(f"Row-level security holds for {', '.join(protected)}: {_POLICIES}")
    said += doubts(workload)
    said += [f"Left out: {shown(one.statement.query)}: {told(one)}" for one in left_out[:LISTED_MAX]]
    if len(left_out) > LISTED_MAX:
        said.append(f"Left out: {len(left_out) - LISTED_MAX} more")
    return said


def told(one: LeftOut) -> str:
    """Why, and what it amounts to."""
    return f"{one.why} ({amount(one.statement.calls, one.statement.total_ms)})"


def amount(calls: int, total_ms: float) -> str:
    """As "4,210 calls, 12.4 s"."""
    time = f"{total_ms / 1000:,.1f} s" if total_ms >= 1000 else f"{total_ms:,.1f} ms"
    return f"{calls:,} call{'s' if calls != 1 else ''}, {time}"


def doubts(workload: Workload) -> list[str]:
    """What is not known of the workload."""
    said = []
    if workload.hidden.calls:
        said.append(
            f"{amount(workload.hidden.calls, workload.hidden.total_ms)} of other roles are hidden: "
            "GRANT pg_read_all_stats to the role that captures."
        )
    if workload.lost.calls:
        said.append(f"Texts are lost or very long: {amount(workload.lost.calls, workload.lost.total_ms)}.")
    if workload.evicted:
        said.append(
            f"The server forgot rare statements {workload.evicted:,} times to make room: raise pg_stat_statements.max."
        )
    if workload.restarted:
        said.append("The counters were reset meanwhile: what was called before that is missing.")
    return said
