"""Looking whether `plimsoll tune` would work on an open target: what is installed there, and which servers are here."""

import asyncio

import asyncpg

from plimsoll.core.check import CheckResult, skipped
from plimsoll.core.errors import PlimsollError
from plimsoll.embedded.binaries import PostgresBinaries, all_binaries
from plimsoll.tune.cloning.binaries import choose_server
from plimsoll.workflows.checks.tuning import NAME, TuningLook, judge_tuning
from plimsoll.workflows.looking import look_for_tuning
from plimsoll.workflows.target import OpenTarget, connected


async def check_tuning(opened: OpenTarget) -> CheckResult:
    """Without a database there is nothing to tune."""
    if opened.target is None:
        return skipped(NAME, "there is no database to tune")
    try:
        async with connected(opened) as connection:
            seen = await look_for_tuning(connection)
    except (PlimsollError, asyncpg.PostgresError, OSError) as error:
        return skipped(NAME, f"could not be looked at: {error}".partition("\n")[0])
    copy, no_copy, remedy = await asyncio.to_thread(_copying, int(seen["major"]), opened.database.display)
    return judge_tuning(
        TuningLook(
            hypopg=seen["hypopg"] or "",
            counted=seen["counted"],
            copy=copy,
            no_copy=no_copy,
            remedy=remedy,
            pooled=opened.traits.pooled,
            protected=opened.traits.protected,
        )
    )


def _copying(major: int, display: str) -> tuple[str, str, str]:
    """The server that a copy would be made with; or why there is none, and what would help."""
    try:
        found = choose_server(list(all_binaries()), major, frozenset(), display)
    except PlimsollError as error:
        return "", f"{error.what}: {error.why}", error.remedy
    assert isinstance(found, PostgresBinaries)
    return f"PostgreSQL {found.version}", "", ""
