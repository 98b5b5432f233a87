"""What endangers data or the server: standbys behind, log kept for slots, wraparound, an archive that fails."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from plimsoll.core.observation import Moment, Observation
from plimsoll.core.series.key import SeriesKey
from plimsoll.monitor.collecting.collector import now
from plimsoll.monitor.postgres.link import DatabaseLink, Server
from plimsoll.monitor.postgres.looks import Looks, ask, rates
from plimsoll.monitor.postgres.safety.lag import LogSeen, lag_of_replay_s, lag_of_standby_s
from plimsoll.monitor.postgres.safety.sql import AGES, ARCHIVER, END, REPLAY, SLOTS, STANDBYS

NAME: Final = "safety"
_ARCHIVE: Final = {"failed": SeriesKey.of("database_archive_failures_per_s")}
Row = Mapping[str, Any]


class SafetyCollector:
    """Five small questions a look, six on a standby: 0.2 ms of the server."""

    name = NAME

    def __init__(self, link: DatabaseLink, period_s: float = 30.0, budget_s: float = 5.0) -> None:
        self.period_s = period_s
        self.budget_s = budget_s
        self._link = link
        self._looks = Looks(period_s)
        self._log = LogSeen()

    async def collect(self) -> Observation:
        server = await self._link.server()
        ends, no_end = await ask(self._link, "the end of the log", END)
        seen_s = now().steady_s
        standbys, no_standbys = await ask(self._link, "standbys", STANDBYS)
        slots, no_slots = await ask(self._link, "replication slots", SLOTS)
        ages, no_ages = await ask(self._link, "the age of transactions", AGES)
        archiver, no_archiver = await ask(self._link, "the archiver's counters", ARCHIVER)
        replay, no_replay = await ask(self._link, "replay", REPLAY) if server.in_recovery else ((), "")
        at = now()
        for row in ends:
            self._log.add(seen_s, row["position"])
        values = standby_values(standbys, self._log, at.steady_s)
        values |= slot_values(slots) | self._archive(archiver, at, server)
        for row in ages:
            values |= age_values(row)
        for row in replay:
            values |= replay_values(row, self._log, at.steady_s)
        refused = [note for note in (no_end, no_standbys, no_slots, no_ages, no_archiver, no_replay) if note]
        seen = [*standby_notes(standbys), *slot_notes(slots), *replay_notes(replay)]
        return Observation(NAME, at.wall_s, values, notes=[*refused, *seen])

    def _archive(self, rows: Sequence[Row], at: Moment, server: Server) -> dict[SeriesKey, float]:
        values: dict[SeriesKey, float] = {}
        for row in rows:
            found = self._looks.next(
                "archive", at.steady_s, {"failed": row["failed"]}, (server.started_at, row["epoch"])
            )
            values |= rates(found, _ARCHIVE)
        return values

    async def close(self) -> None:
        """The link is another's."""


def standby_values(rows: Sequence[Row], log: LogSeen, now_s: float) -> dict[SeriesKey, float]:
    """Of each standby by its name, with its address where two have one name; the worse where they share that too."""
    names = [row["name"] for row in rows]
    values: dict[SeriesKey, float] = {}
    for row in rows:
        if row["position"] is None or row["replayed"] is None:
            continue
        standby = row["name"] if names.count(row["name"]) == 1 else f"{row['name']} {row['address']}"
        behind = max(0.0, row["position"] - row["replayed"])
        lag_s = lag_of_standby_s(row["lag_s"], behind, log.behind_s(row["replayed"], now_s)[0])
        for name, value in (("database_replication_lag_bytes", behind), ("database_replication_lag_s", lag_s)):
            key = SeriesKey.of(name, standby=standby)
            if value is not None:
                values[key] = max(value, values.get(key, 0.0))
    return values


def standby_notes(rows: Sequence[Row]) -> list[str]:
    """A role without pg_monitor sees that there are standbys, and nothing of them."""
    if any(row["state"] is None for row in rows):
        return ["how far standbys are behind is hidden from this role: GRANT pg_monitor to it"]
    return []


def slot_values(rows: Sequence[Row]) -> dict[SeriesKey, float]:
    return {
        SeriesKey.of("database_slot_retained_bytes", slot=row["name"]): max(0.0, row["retained_bytes"])
        for row in rows
        if row["retained_bytes"] is not None
    }


def slot_notes(rows: Sequence[Row]) -> list[str]:
    lost = [row["name"] for row in rows if row["wal_status"] == "lost"]
    idle = [row["name"] for row in rows if not row["active"] and row["wal_status"] != "lost" and row["retained_bytes"]]
    notes = [
        f"slot {name} has lost log that its reader still needs: drop it and set the reader up anew" for name in lost
    ]
    return notes + [f"nobody reads slot {name}, and the log is kept for it" for name in idle]


def age_values(row: Row) -> dict[SeriesKey, float]:
    """In percent of the age at which autovacuum steps in, whether it is switched on or not."""
    shares = {
        "database_wraparound_percent": (row["age"], row["age_max"]),
        "database_multixact_wraparound_percent": (row["multixact_age"], row["multixact_age_max"]),
    }
    return {SeriesKey.of(name): 100.0 * age / most for name, (age, most) in shares.items() if age is not None and most}


def replay_values(row: Row, log: LogSeen, now_s: float) -> dict[SeriesKey, float]:
    """Nothing where the standby does not know what there is to replay."""
    if not row["streaming"] or row["position"] is None or row["replayed"] is None:
        return {}
    behind = max(0.0, row["position"] - row["replayed"])
    lag_s = lag_of_replay_s(row["age_s"], behind, *log.behind_s(row["replayed"], now_s))
    return {} if lag_s is None else {SeriesKey.of("database_replay_lag_s"): lag_s}


def replay_notes(rows: Sequence[Row]) -> list[str]:
    if any(not row["streaming"] for row in rows):
        return ["this standby receives nothing from its primary, or this role may not see it: its lag is unknown"]
    return []
