"""The workload that a tuning is for: from a run, the server's counters, a file of SQL or a server's log.

Bindings hold values of the database's rows: they are for asking it, and are written to no file.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Final

import asyncpg

from plimsoll.core.check import counted
from plimsoll.core.errors import RefusedError
from plimsoll.core.statement import WorkloadStatement
from plimsoll.core.tuning.query import LeftOut, Query, QueryWorkload
from plimsoll.core.units import format_share
from plimsoll.load.importers.capture.choosing import noise
from plimsoll.load.importers.capture.text import shown
from plimsoll.settings.masking import mask
from plimsoll.tune.workload.asked import Asked, Heard
from plimsoll.workflows.capture import stay_out_of_the_account
from plimsoll.workflows.capturing.facts import reading
from plimsoll.workflows.capturing.statements import told
from plimsoll.workflows.capturing.understanding import Understanding
from plimsoll.workflows.tuning.acting import become, set_path
from plimsoll.workflows.tuning.hearing import hear
from plimsoll.workflows.tuning.making_queries import QueryMaker
from plimsoll.workflows.tuning.paths import fitting_path, path_of, path_that_has, paths_of_roles, unqualified
from plimsoll.workflows.tuning.request import Say, TuneRequest

READING_S: Final = 2.0  # for one query of ours: those that read values are bounded, and worth no more
_TOLD: Final = 3  # reasons in an error
_PARSED_MAX: Final = 100  # statements that look like none of an application, which the server is asked to parse
_SYNTAX: Final = asyncpg.PostgresSyntaxError.sqlstate


async def read_workload(
    connection: asyncpg.Connection, request: TuneRequest, timeout_s: float, stop: asyncio.Event, say: Say
) -> QueryWorkload:
    """The heaviest statements of the application, each with values that the server takes; what is left out is said.

    Counters are read as whoever connects, all else as the request's role, from then on this session's. `stop` ends a
    window early, and leaves out what was not looked at. Nothing is executed but what reads values.
    Raises RefusedError where the source tells nothing, UsageError for a file that cannot be read."""
    heard = await hear(connection, request, timeout_s, stop, say)
    await stay_out_of_the_account(connection)
    paths = await paths_of_roles(connection, timeout_s)
    await become(connection, request, paths.get(request.role, ""))
    random = Random(0)  # the same values each time, as far as rows are sampled alike
    found = Understanding(connection, timeout_s, random, READING_S)
    by_text = {one.text: one for one in heard.asked}
    told_noise, own = await found.sorted_out([one.statement for one in heard.asked], request.top)
    asked = heaviest([by_text[one.query] for one in own])
    chosen, lighter = asked[: request.top], asked[request.top :]
    pathed = await _find_path(connection, request, found, chosen, paths, timeout_s)
    await found.look_up([one.statement for one in chosen])
    if chosen:
        say(f"looking for values of {counted(len(chosen), 'statement')}")
    made = await QueryMaker(connection, found, timeout_s, random).made(chosen, stop)
    mistyped = await _mistyped(connection, [by_text[one.query] for one, _ in told_noise], timeout_s)
    told_noise = [(one, what) for one, what in told_noise if one.query not in {each.text for each in mistyped}]
    left_out = [*mistyped, *(_placed(one, by_text) for one in made.left_out), *heard.left_out]
    left_out += _lighter(lighter, asked)
    if not made.queries:
        raise _nothing(heard, left_out, await _path_named(connection, found, chosen, timeout_s))
    notes = [*pathed, *heard.notes, *made.notes, *_noise(told_noise), *_hiding(found, made.queries)]
    return QueryWorkload(made.queries, heard.source, heard.seconds, heard.since, left_out, notes)


async def _mistyped(connection: asyncpg.Connection, noise: Sequence[Asked], timeout_s: float) -> list[LeftOut]:
    """What stands in a file and is no statement of SQL at all, in the server's words. Nothing is executed."""
    found = []
    for one in [each for each in noise if each.line][:_PARSED_MAX]:
        try:
            async with reading(connection, timeout_s):
                await connection.prepare(one.text)
        except asyncpg.PostgresSyntaxError as error:
            found.append(LeftOut(one.text, one.calls, one.total_ms, f"{told(error)}, line {one.line}"))
        except asyncpg.PostgresError:
            continue  # it is one, and is passed over for what it is
    return found


def _placed(one: LeftOut, asked: Mapping[str, Asked]) -> LeftOut:
    """With where in its file a statement begins that is wrong."""
    line = asked[one.text].line if one.text in asked and _SYNTAX in one.why else 0
    return replace(one, why=f"{one.why}, line {line}") if line else one


async def _find_path(
    connection: asyncpg.Connection,
    request: TuneRequest,
    found: Understanding,
    chosen: Sequence[Asked],
    paths: Mapping[str, str],
    timeout_s: float,
) -> list[str]:
    """Sets the session's, where another finds more of the application's tables and none is asked for; what is to be
    said of that."""
    if "search_path" in request.session or request.role:
        return []
    needed = [(_unqualified(found, one), one.total_ms or one.calls) for one in chosen]
    asked = {f"--schema {' '.join(request.schemas)}": path_of(request.schemas)} if request.schemas else {}
    tried = {f"role {role}": path for role, path in paths.items()}
    fitting = await fitting_path(connection, needed, tried | asked, timeout_s)
    if fitting is None:
        return []
    whose, path = fitting
    await set_path(connection, path)
    return [f"tables are found by the search_path of {whose}, {path}; --set 'search_path={path}' says so, or another"]


def _unqualified(found: Understanding, one: Asked) -> frozenset[str]:
    return unqualified(found.relations(one.statement))


async def _path_named(
    connection: asyncpg.Connection, found: Understanding, chosen: Sequence[Asked], timeout_s: float
) -> str:
    """A search_path that has tables of such names; "" where there is none."""
    names = frozenset(name for one in chosen for name in _unqualified(found, one))
    return await path_that_has(connection, names, timeout_s) if names else ""


def heaviest(asked: Sequence[Asked]) -> list[Asked]:
    """By time; those of one time, as where none is known, by calls, else as they come."""
    return sorted(asked, key=lambda one: (-one.total_ms, -one.calls))


def _lighter(lighter: Sequence[Asked], asked: Sequence[Asked]) -> list[LeftOut]:
    """Of all that are left out for their weight, one."""
    if not lighter:
        return []
    calls, ms = sum(one.calls for one in lighter), sum(one.total_ms for one in lighter)
    whole = sum(one.total_ms for one in asked)
    what = f"{counted(len(lighter), 'lighter statement')}"
    part = f"{format_share(ms / whole)} of the time" if whole else f"{calls:,.0f} calls"
    return [LeftOut(what, calls, ms, f"{part}; a higher --top looks into them")]


def _noise(noisy: Sequence[tuple[WorkloadStatement, str]]) -> Iterator[str]:
    kinds = noise(noisy)
    if kinds:
        listed = ", ".join(f"{one.statements} {one.what}" for one in kinds[: _TOLD * 2])
        yield f"{counted(len(noisy), 'statement')} passed over as not of the application: {listed}"


def _hiding(found: Understanding, queries: Sequence[Query]) -> Iterator[str]:
    hidden = sorted({str(one.name) for one in found.facts.values() if one.hides})
    if hidden and queries:
        yield f"row security hides rows of {', '.join(hidden)} from this role: values are those of rows that it sees"


def _nothing(heard: Heard, left_out: Sequence[LeftOut], path: str) -> RefusedError:
    lost = any("search_path" in one.why for one in left_out)
    wrong = all(_SYNTAX in one.why for one in left_out) and bool(left_out)
    reasons = [mask(f"{shown(one.text, 60)}: {one.why}") for one in left_out[:_TOLD]]
    more = [f"and {len(left_out) - _TOLD} more"] if len(left_out) > _TOLD else []
    return RefusedError(
        "there is no statement to tune for",
        where=heard.source,
        why="; ".join([*(reasons or ["it has no statement of an application"]), *more, *heard.notes]),
        remedy=f"--set 'search_path={path}', or --role of the application"
        if lost and path
        else "correct the statement, and run it again"
        if wrong
        else heard.remedy,
    )
