"""What is said of a watch, read off it."""

import time
from collections.abc import Sequence
from typing import Final

from plimsoll.core.observation import Observation
from plimsoll.core.series.key import SeriesKey
from plimsoll.core.series.window import SeriesWindow
from plimsoll.monitor.alerts.reasons import with_reason
from plimsoll.server.analyses.queue import AnalysisQueue
from plimsoll.server.analyses.shelf import Shelf
from plimsoll.server.reading.alert_lines import (
    alert_events,
    alert_lines,
    history_lines,
    limits_of,
    rule_lines,
    silence_lines,
)
from plimsoll.server.reading.reading import Reading
from plimsoll.server.reading.run_lines import Runs
from plimsoll.server.reading.statement_history import PREFIX, StatementHistory
from plimsoll.server.tunings.seen import Tunings, TuningSeen
from plimsoll.settings.masking import mask
from plimsoll.workflows.watch import Watch

KINDS: Final = (
    "sessions",
    "locks",
    "waits",
    "statements",
    "tables",
    "indexes",
    "processes",
    "caches",
    "scaling",
    "edges",
    "purges",
)
SHARED_S: Final = 0.9  # a reading no older than this is shared by all browsers
DROPPED_CHARACTERS_MAX: Final = 200
_LOAD: Final = "generator_"


class Source:
    """One for all browsers."""

    def __init__(self, watch: Watch, queue: AnalysisQueue, tunings: Tunings | None = None) -> None:
        self.watch = watch
        self.queue = queue
        self._shelf = Shelf(queue)
        self.runs = Runs(watch.request.runs_root)
        self.tunings = tunings
        self.statements = StatementHistory() if tunings is None else tunings.tuner.statements
        self._dropped: tuple[float, str, int, str] | None = None
        self._scaled: tuple[float, str, str] | None = None
        self._purged: tuple[float, str] | None = None
        self._last: Reading | None = None
        if tunings is None:
            watch.board.observe(self._note)

    def read(self) -> Reading:
        """The newest of everything."""
        now = time.time()
        if self._last is None or not 0 <= now - self._last.now_s < SHARED_S:
            self._last = self._read(now)
        return self._last

    async def look_at_runs(self, *, at_all: bool) -> None:
        """At those that go on; `at_all` at those that have ended, too."""
        if await self.runs.look(time.time(), at_all=at_all):
            self.forget()

    async def look_at_analysis(self, run_id: str) -> None:
        """Of one run; nothing where none is named."""
        if run_id and await self._shelf.look(run_id):
            self.forget()

    async def look_at_tunings(self, tuning_id: str) -> None:
        """At those that are kept, and at one of them, the latest where none is named."""
        if self.tunings is not None and await self.tunings.look(tuning_id):
            self.forget()

    def forget(self) -> None:
        """After something was changed: the next reading is a new one."""
        self._last = None

    def note_dropped(self, tags: Sequence[str], xid: int, unwritten: Sequence[str] = ()) -> None:
        """What somebody dropped last, for all to see."""
        unknown = " ".join(unwritten)[:DROPPED_CHARACTERS_MAX]
        note = f" No watched table writes {unknown}, and no cache is known to keep such values." if unknown else ""
        self._dropped = (time.time(), " ".join(tags)[:DROPPED_CHARACTERS_MAX], xid, note)
        self.forget()

    def note_scaled(self, served: str, words: str) -> None:
        """What somebody told a served application, for all to see."""
        self._scaled = (time.time(), served, words)
        self.forget()

    def note_purged(self, what: str, providers: Sequence[str]) -> None:
        """What somebody had purged last, for all to see."""
        self._purged = (time.time(), f"{what[:DROPPED_CHARACTERS_MAX]}, of {', '.join(providers)}")
        self.forget()

    def keys(self, reading: Reading, statement: str = "") -> list[SeriesKey]:
        """Every series that there is, those of one statement among them."""
        return [*reading.newest, *self.runs.keys(), *self.statements.keys(statement)]

    async def windows(self, keys: Sequence[SeriesKey], start_s: float, end_s: float) -> list[SeriesWindow]:
        """Of the watch, and of the run that goes on."""
        here = [window for key in keys if (window := self._ours(key, start_s, end_s)) is not None]
        known = {window.key for window in here}
        asked = [key for key in keys if key not in known]
        found = await self.watch.series(asked, start_s, end_s) if asked else []
        by_key = {window.key: window for window in (*found, *here)}
        return [by_key[key] for key in keys]

    def _ours(self, key: SeriesKey, start_s: float, end_s: float) -> SeriesWindow | None:
        """Of what is no series of the watch: a run that goes on, a statement."""
        if key.name.startswith(_LOAD):
            return self.runs.window(key, start_s, end_s)
        return self.statements.window(key, start_s, end_s) if key.name.startswith(PREFIX) else None

    def _note(self, observation: Observation) -> None:
        if "statements" in observation.details:
            self.statements.put(observation.at_s, observation.details["statements"])

    def _read(self, now: float) -> Reading:
        watch, settings = self.watch, self.watch.request.settings.monitor
        recent, silences, rules = watch.recent, watch.alerts.silences(), watch.alerts.rules()
        active = with_reason(watch.alerts.active(), watch.board.states, watch.board.detail)
        history = history_lines(active, watch.alerts.history(), silences)
        return Reading(
            now_s=now,
            target=mask(watch.shown),
            watches_database=watch.target is not None and watch.target.locate is not None,
            host_period_s=settings.host_period_s,
            database_period_s=settings.database_period_s,
            newest={key: last for key in [*recent.keys()] if (last := recent.last(key)) is not None},
            details={kind: found for kind in KINDS if (found := watch.board.detail(kind)) is not None},
            states=dict(watch.board.states),
            alerts=alert_lines(active, silences),
            history=history,
            limits=limits_of(rules),
            rules=rule_lines(rules),
            silences=silence_lines(silences),
            events=[*recent.events, *self.runs.events(), *alert_events(history)],
            runs=self.runs.lines(),
            runs_known=self.runs.known,
            run_drawn=self.runs.drawn,
            analyses=self._shelf.looks,
            tuning=self.tunings.seen if self.tunings is not None else TuningSeen(),
            runs_root=str(watch.request.runs_root),
            dropped=self._dropped,
            scaled=self._scaled,
            purged=self._purged,
            not_stored=watch.history.not_stored,
        )
