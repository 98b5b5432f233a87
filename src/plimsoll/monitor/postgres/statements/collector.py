"""What the database was asked, from pg_stat_statements: differences of looks, texts read once, nothing ever reset."""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import Final, cast

import asyncpg

from plimsoll.core.details import StatementRow, document
from plimsoll.core.errors import RefusedError
from plimsoll.core.observation import Event, Observation
from plimsoll.core.series.key import SeriesKey
from plimsoll.monitor.collecting.collector import CollectorLostError, now
from plimsoll.monitor.postgres.link import DatabaseLink, Server
from plimsoll.monitor.postgres.looks import RowsDifference, RowsLook, refused
from plimsoll.monitor.postgres.statements.counted import (
    Entry,
    StatementsLook,
    Totals,
    counted_entries,
    statement_row,
    statements_between,
    totals,
    weightiest,
)
from plimsoll.monitor.postgres.statements.sql import ENTRIES_MAX, ROLES, info_sql, look_sql, texts_sql
from plimsoll.monitor.postgres.statements.texts import READING_SHARE, TEXT_CHARACTERS_MAX, Texts
from plimsoll.postgres.workload import STATE_SQL, place_of

NAME: Final = "statements"
SHOWN_MAX: Final = 100
TEXTS_A_LOOK: Final = 300  # more than are shown: ours are known by their texts only, and kept out of the totals
EVICTIONS_MAX: Final = 10  # each forgets a twentieth of all statements: once half of them are gone, no rate is known
ROLES_MAX: Final = 1_000  # beyond it their names are asked for anew
_PER_S: Final = SeriesKey.of("database_statements_per_s")
_MS_PER_S: Final = SeriesKey.of("database_statements_ms_per_s")
Place = tuple[str, tuple[int, int]]
Epoch = tuple[float, str | None]  # when the server was started, and when the counters were reset


class StatementsCollector:
    """Two questions a look, three where there are statements that it has not seen before.

    With 4,800 statements a look costs the server 8 ms and us 10 ms of CPU: each 0.03 % of a core at two looks a minute.
    """

    name = NAME

    def __init__(
        self, link: DatabaseLink, period_s: float = 30.0, budget_s: float = 10.0, texts_share: float = READING_SHARE
    ) -> None:
        """`texts_share` is the share of the server's time that reading texts may take."""
        self.period_s = period_s
        self.budget_s = budget_s
        self._link = link
        self._place: Place | None = None
        self._last: StatementsLook | None = None
        self._texts = Texts(reading_share=texts_share)
        self._no_texts = ""  # why
        self._roles: dict[int, str] = {}

    async def collect(self) -> Observation:
        server = await self._link.server()
        try:
            self._place = self._place or place_of((await self._link.fetch(STATE_SQL))[0])
            look = await self._look(server, self._place)
            before, self._last = self._last, look
            found = statements_between(before, look, self.period_s)
            if found is not None:
                await self._learn(found, self._place)
        except RefusedError as error:
            return self._unseen(f"{error}; remedy: {error.remedy}")
        except asyncpg.PostgresError as error:
            return self._unseen(refused(self._link, "pg_stat_statements", error))
        return self._seen(before, look, found)

    def _unseen(self, why: str) -> Observation:
        """It may be found elsewhere, or be back, at the next look."""
        self._place = self._last = None
        return Observation(NAME, now().wall_s, notes=[why])

    async def statement_text(self, query_id: str) -> str | None:
        """The whole text, as far as it is kept; None where it is not known, or cannot be read just now."""
        try:
            number = int(query_id)
        except ValueError:
            return None
        if self._place is not None and -(2**63) <= number < 2**63:
            with suppress(CollectorLostError):
                await self._read_texts([number], self._place)
        return self._texts.get(number)

    async def close(self) -> None:
        """The link is another's."""

    async def _look(self, server: Server, place: Place) -> StatementsLook:
        schema, version = place
        (info,) = await self._link.fetch(info_sql(schema))
        bounded = info["entries_max"] > ENTRIES_MAX
        rows = await self._link.fetch(look_sql(schema, version, bounded=bounded))
        entries = RowsLook(now().steady_s, counted_entries(rows), (server.started_at, info["reset_at"]))
        complete = not bounded or len(rows) < ENTRIES_MAX
        return StatementsLook(entries, info["evicted"], info["at_s"], complete)

    async def _learn(self, found: RowsDifference[Entry], place: Place) -> None:
        heavy = weightiest(found, self._texts.ours)[:TEXTS_A_LOOK]
        await self._read_texts([entry.query_id for entry in heavy if entry.query_id is not None], place)
        unknown = {entry.user_id for entry in heavy} - self._roles.keys()
        if unknown:
            if len(self._roles) > ROLES_MAX:
                self._roles.clear()
            rows = await self._link.fetch(ROLES, sorted(unknown))
            self._roles |= {row["oid"]: row["name"] for row in rows}

    async def _read_texts(self, query_ids: Sequence[int], place: Place) -> None:
        missing = self._texts.missing(query_ids, time.monotonic())
        if not missing:
            return
        try:
            rows = await self._link.fetch(texts_sql(place[0]), [str(one) for one in missing], TEXT_CHARACTERS_MAX)
            own = {row["queryid"] for row in rows if row["own"]}
            self._texts.put({row["queryid"]: row["query"] for row in rows}, own)
        except asyncpg.PostgresError as error:
            self._no_texts = refused(self._link, "texts of statements", error)
        else:
            self._no_texts = ""
        finally:  # a reading that was cut off has cost the most; waiting for our turn has cost the server nothing
            self._texts.took(self._link.last_s, time.monotonic())

    def _seen(
        self, before: StatementsLook | None, look: StatementsLook, found: RowsDifference[Entry] | None
    ) -> Observation:
        at_s = now().wall_s
        events = reset_events(before, look, at_s)
        notes = look_notes(before, look) + ([self._no_texts] if self._no_texts else [])
        if found is None:
            return Observation(NAME, at_s, events=events, notes=notes)
        ours = self._texts.ours
        entries = weightiest(found, ours)
        shown = [self._row(entry, found) for entry in entries[:SHOWN_MAX]]
        total, evicted = totals(found, ours), evicted_between(before, look)
        detail = document(
            shown,
            left_out=len(entries) - len(shown),
            seconds=found.seconds,
            totals=asdict(total),
            hidden=asdict(totals(found, ours, hidden=True)),
            evicted=evicted,
        )
        return Observation(NAME, at_s, statement_values(total, found.seconds, evicted), {NAME: detail}, events, notes)

    def _row(self, entry: Entry, found: RowsDifference[Entry]) -> StatementRow:
        text = self._texts.get(entry.query_id or 0) or ""
        return statement_row(entry, found.rows[entry], self._roles.get(entry.user_id, f"role {entry.user_id}"), text)


def statement_values(total: Totals, seconds: float, evicted: int) -> dict[SeriesKey, float]:
    """Nothing where so much was forgotten that what is left tells little."""
    if evicted > EVICTIONS_MAX:
        return {}
    return {_PER_S: total.calls / seconds, _MS_PER_S: total.total_ms / seconds}


def evicted_between(before: StatementsLook | None, after: StatementsLook) -> int:
    """How many times the server forgot rare statements to make room."""
    return 0 if before is None else max(0, after.evicted - before.evicted)


def reset_events(before: StatementsLook | None, after: StatementsLook, at_s: float) -> Sequence[Event]:
    """A reset of the counters by somebody; a restart of the server is told by others."""
    if before is None or before.entries.epoch == after.entries.epoch:
        return ()
    (started_before, _), (started_after, _) = cast(Epoch, before.entries.epoch), cast(Epoch, after.entries.epoch)
    if started_before != started_after:
        return ()
    return (Event(at_s, "statistics reset", "pg_stat_statements was reset", NAME),)


def look_notes(before: StatementsLook | None, after: StatementsLook) -> list[str]:
    """What the account lacks, and what to do about it."""
    notes = []
    if any(entry.query_id is None for entry in after.entries.rows):
        notes.append(
            "statements of other roles are hidden from this role: GRANT pg_read_all_stats (or pg_monitor) to it"
        )
    if evicted_between(before, after):
        notes.append(
            "the server forgets rare statements to make room, so that too few are counted: raise pg_stat_statements.max"
        )
    if not after.complete:
        notes.append(f"there are more statements than are looked at: the {ENTRIES_MAX:,} that took most time are")
    return notes
