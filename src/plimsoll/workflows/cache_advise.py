"""`plimsoll cache advise`: which statements of a database could be answered from a cache. Reads and plans only."""

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final

import asyncpg

from plimsoll.cache.queries.advising import Advice, Advised
from plimsoll.cache.queries.analyzing import WantsSettingError, foresee
from plimsoll.cache.queries.context import Context
from plimsoll.cache.queries.facts import Judgement
from plimsoll.cache.queries.refusing import SETTINGS_MAX, checked_trusted
from plimsoll.cache.queries.sessions import ask
from plimsoll.cache.queries.watched import option
from plimsoll.core.check import counted
from plimsoll.core.errors import RefusedError, UsageError
from plimsoll.core.statement import OURS, WorkloadStatement
from plimsoll.core.statement_kind import is_work
from plimsoll.core.units import format_count, format_share
from plimsoll.load.importers.capture.choosing import Noise, noise, noise_of
from plimsoll.monitor.postgres.facts.plannable import mended
from plimsoll.postgres.error_classes import FOREIGN
from plimsoll.postgres.workload import STATE_SQL, look, place_of, since_reset, workload_between
from plimsoll.settings.masking import mask
from plimsoll.workflows.target import OpenTarget, TargetRequest, connected, open_target

STATEMENTS: Final = 50
STATEMENTS_MAX: Final = 1_000
ALL_S_MAX: Final = 120.0  # what is not looked at by then is left out
_CHANGELOG: Final = "plimsoll_changes."
SHOWN_CHARACTERS: Final = 100
SHOWN_MAX: Final = 20  # of each list; JSON has all
_UNKNOWN: Final = f"""
SELECT {OURS} name FROM unnest($1::text[]) AS name WHERE name NOT IN (
    SELECT n.nspname || '.' || p.proname
    FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace)
"""
# What settings are that only the application's sessions have: planning reckons with a value of the right type.
_GUESSES: Final = ("0", "00000000-0000-0000-0000-000000000000", "")


@dataclass(frozen=True, slots=True)
class Found:
    """Advice and where it belongs. `left_out`: statements for which no time was left. `noise` is none of the
    application's: it is in no figure of the advice."""

    where: str
    advice: Advice
    left_out: int = 0
    noise: Sequence[Noise] = ()

    def to_json(self) -> Mapping[str, Any]:
        advice = self.advice
        return {
            "where": self.where,
            "since": advice.since.isoformat() if advice.since else None,
            "calls": advice.calls,
            "total_ms": round(advice.total_ms, 3),
            "kept_share_of_time": round(advice.share_ms(advice.kept), 4),
            "kept_share_of_calls": round(advice.share_calls(advice.kept), 4),
            "left_out": self.left_out,
            "noise": [
                {"what": one.what, "statements": one.statements, "calls": one.calls, "total_ms": round(one.total_ms, 3)}
                for one in self.noise
            ],
            "watch": [option(one) for one in advice.to_watch],
            "statements": [_statement_json(one) for one in advice.statements],
        }

    def lines(self) -> Iterator[str]:
        advice = self.advice
        if not advice.statements:
            yield f"Nothing was asked of {self.where} that could be looked at."
            yield from self._noise_lines()
            return
        kept = advice.kept
        yield (
            f"{len(kept)} of {counted(len(advice.statements), 'statement')} on {self.where} could be kept: "
            f"{format_share(advice.share_ms(kept))} of the time, {format_share(advice.share_calls(kept))} of the calls"
        )
        yield from self._kept_lines(kept)
        yield from self._refused_lines()
        if advice.to_watch:
            yield "to watch for that (choose templates by what statements ask by):"
            options = " ".join(f"--table {_quoted(option(one))}" for one in advice.to_watch)
            yield f"  plimsoll cache install {options}"
        if self.left_out:
            yield f"{counted(self.left_out, 'statement')} left out: there are {ALL_S_MAX:g} s for all"
        yield from self._noise_lines()

    def _noise_lines(self) -> Iterator[str]:
        all_ms = self.advice.total_ms + sum(one.total_ms for one in self.noise)
        for one in self.noise:
            share = format_share(one.total_ms / all_ms if all_ms else 0.0)
            yield f"not counted: {counted(one.statements, 'statement')} {one.what}, {share} of what all took"

    def _kept_lines(self, kept: Sequence[Advised]) -> Iterator[str]:
        for one in kept[:SHOWN_MAX]:
            yield f"  {self._share(one)}  {format_count(one.calls)} call{'s' * (one.calls != 1)}  {_shown(one.query)}"
            yield f"          by {', '.join(one.judgement.tags) or 'nothing that changes'}"
        if len(kept) > SHOWN_MAX:
            yield f"  and {len(kept) - SHOWN_MAX} more (--json has all)"

    def _refused_lines(self) -> Iterator[str]:
        refused = self.advice.refused
        if refused:
            yield "not kept:"
        for reason, several in list(refused.items())[:SHOWN_MAX]:
            share = format_share(self.advice.share_ms(several))
            yield f"  {share:>6}  {mask(reason)} ({counted(len(several), 'statement')}: {_shown(several[0].query)})"

    def _share(self, one: Advised) -> str:
        return f"{format_share(self.advice.share_ms([one])):>6}"


async def advise(where: TargetRequest, statements: int = STATEMENTS, trusted: Sequence[str] = ()) -> Found:
    """Of those that took most time by pg_stat_statements. Only looks: a protected environment needs no leave.

    Raises UsageError for what cannot be read, RefusedError where the server does not tell what it is asked.
    """
    believed = checked_trusted(trusted)
    protected = [name for name, one in where.settings.environments.items() if one.protected]
    async with open_target(replace(where, allow_protected=protected)) as opened, connected(opened) as connection:
        try:
            return await _advised(connection, opened, statements, believed)
        except FOREIGN as error:
            why = opened.database.mask(" ".join(str(error).split()))
            raise RefusedError(
                "the server refused", where=opened.database.display, why=why, remedy="see its log"
            ) from error


async def _advised(connection: asyncpg.Connection, opened: OpenTarget, most: int, trusted: frozenset[str]) -> Found:
    unknown = [row["name"] for row in await connection.fetch(_UNKNOWN, list(trusted))] if trusted else []
    if unknown:
        why = f"there is no function {', '.join(sorted(unknown))}"
        raise UsageError("not a trusted function", why=why, remedy="name schema and function as they are, unquoted")
    state = await connection.fetchrow(STATE_SQL + OURS)
    assert state is not None
    schema, version = place_of(state)
    now = await look(connection, schema, version)
    if not opened.traits.pooled:  # behind a pooler it would stay for others
        with suppress(asyncpg.PostgresError):  # so that what is tried here is not counted, where we may say so
            await connection.execute("SET pg_stat_statements.track = 'none'")
    workload = await workload_between(connection, schema, since_reset(now), now)
    asked = [(one, _noise_of(one.query)) for one in workload.statements if is_work(one.query)]
    work = [one for one, what in asked if what is None]
    heaviest = sorted(work, key=lambda one: -one.total_ms)[:most]
    context = (await ask(connection)).context
    until_s = time.monotonic() + ALL_S_MAX
    found = []
    for one in heaviest:
        if time.monotonic() > until_s:
            break
        found.append(await _judged(connection, one, context, trusted))
    advice = Advice(tuple(found), sum(one.calls for one in work), sum(one.total_ms for one in work), workload.since)
    told = noise([(one, what) for one, what in asked if what is not None])
    return Found(opened.display, advice, len(heaviest) - len(found), told)


def _noise_of(query: str) -> str | None:
    """Of Plimsoll is also what polls and reports; what tools ask the catalog for is nobody's request."""
    return noise_of(f"{query} {OURS}" if _CHANGELOG in query else query, None, ())


async def _judged(
    connection: asyncpg.Connection, statement: WorkloadStatement, context: Context, trusted: frozenset[str]
) -> Advised:
    """With settings guessed that only the application sets."""
    text, names = mended(statement.query), tuple[str, ...]()
    found = Advised(statement.query, statement.calls, statement.total_ms, Judgement("it asks for too many settings"))
    for guess in _GUESSES:
        for _ in range(SETTINGS_MAX):
            supposed = replace(context, settings=dict.fromkeys(names, guess))
            try:
                judgement, missing = await foresee(connection, text, supposed, trusted)
            except WantsSettingError as wants:
                names = (*names, *wants.names)
            else:
                found = replace(found, judgement=judgement, missing=tuple(missing))
                break
        if found.kept or not names:
            break
    return found


def _statement_json(one: Advised) -> Mapping[str, Any]:
    return {
        "query": mask(one.query),
        "calls": one.calls,
        "total_ms": round(one.total_ms, 3),
        "kept": one.kept,
        "tags": list(one.judgement.tags),
        "settings": list(one.judgement.settings),
        "refused": mask(one.judgement.refused),
        "watch": [option(table) for table in one.missing],
    }


def _shown(query: str) -> str:
    text = " ".join(mask(query).split())
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[: SHOWN_CHARACTERS - 1]}…"


def _quoted(text: str) -> str:
    """For a shell."""
    return "'" + text.replace("'", "'\\''") + "'"


def run(where: TargetRequest, statements: int, trusted: Sequence[str]) -> Found:
    """As `advise`, for who has no event loop."""
    return asyncio.run(advise(where, statements, trusted))
