"""The evidence of a run, gathered from its directory: the load's intervals, and what was watched beside it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

from plimsoll.analyze.accounting import account
from plimsoll.analyze.evidence.evidence import DatabaseEvidence, Evidence, Setting
from plimsoll.analyze.evidence.gauges import Gauges
from plimsoll.analyze.evidence.load import LoadEvidence, load_evidence, queue_words, users_are_busy, without_queue
from plimsoll.analyze.evidence.parallel import parallel_workers
from plimsoll.core.adding_details import worst_locks
from plimsoll.core.analysis import Stretch
from plimsoll.core.check import counted
from plimsoll.core.details import IndexRow, StatementRow, TableRow, WaitRow
from plimsoll.core.errors import SeriesStoreError
from plimsoll.core.observation import Event
from plimsoll.core.recorded import Dated, Document
from plimsoll.core.summary import Summary
from plimsoll.monitor.series.reader import SeriesReader
from plimsoll.runs.directory import RunDirectory
from plimsoll.runs.facts import RunFacts
from plimsoll.runs.intervals import read_intervals
from plimsoll.workflows.recorded_run import DOCUMENTS_MAX, kind_over_time, load_began_s, open_recorded, over_time
from plimsoll.workflows.watched import RUN_PACE

SESSIONS_MAX: Final = 50  # moments
PROCESSES_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class Watched:
    """What of a run's series lies in a stretch."""

    gauges: Gauges
    database: DatabaseEvidence = field(default_factory=DatabaseEvidence)
    processes: Sequence[Dated] = ()
    events: Sequence[Event] = ()
    notes: Sequence[str] = ()


def gather(
    directory: RunDirectory, facts: RunFacts, summary: Summary, stretch: Stretch, *, is_worse: bool = False
) -> Evidence:
    """Everything that is known of a stretch of a run. Raises RunDirectoryError."""
    damaged: list[int] = []
    load = load_evidence(read_intervals(directory.intervals_path, damaged), stretch.start_s, stretch.end_s)
    watched = _readable(directory, facts, stretch)
    setting = setting_of(facts, load, watched.gauges)
    lost = f"{directory.intervals_path.name} is damaged: {counted(len(damaged), 'line')} cannot be read"
    notes = (lost, *watched.notes) if damaged else tuple(watched.notes)
    if setting.open_loop and (setting.pool is None or users_are_busy(load)):
        load, notes = without_queue(load), (*queue_words(load), *notes)
    return Evidence(
        summary=summary,
        setting=setting,
        stretch=stretch,
        load=load,
        gauges=watched.gauges,
        accounting=account(load, watched.gauges, parallel_workers(watched.database)),
        database=watched.database,
        processes=watched.processes,
        events=watched.events,
        notes=notes,
        stretch_is_worse=is_worse,
        damaged=lost if damaged else "",
    )


def setting_of(facts: RunFacts, load: LoadEvidence, gauges: Gauges) -> Setting:
    """The target is here where processes of it were seen."""
    pool = next((int(word) for word in facts.connections.split() if word.isdecimal()), None)  # "pool of 2 in each ..."
    users = max((second.users for second in load.seconds), default=0)
    here = True if gauges.keys("process_count") else None
    version = facts.server.get("version", "")
    return Setting(facts.open_loop, users, pool, facts.processes, version, here, is_loopback(facts.target))


def is_loopback(target: str) -> bool:
    """Whether the address of a target leads to this machine and through no network."""
    try:
        host = urlsplit(target).hostname or ""
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _readable(directory: RunDirectory, facts: RunFacts, stretch: Stretch) -> Watched:
    """The load tells something also where the series beside it are damaged."""
    try:
        return _watched(directory, facts, stretch)
    except SeriesStoreError as error:
        why = f" ({error.why})" if error.why else ""
        note = f"what was watched beside the load cannot be read: {error.what}{why}"
        return Watched(Gauges({}, 0.0, stretch.start_s, stretch.end_s), notes=(note,))


def _watched(directory: RunDirectory, facts: RunFacts, stretch: Stretch) -> Watched:
    recorded = open_recorded(directory, facts)
    if recorded is None:
        return Watched(Gauges({}, 0.0, stretch.start_s, stretch.end_s), notes=("nothing was watched beside the load",))
    began_s = load_began_s(facts)
    start_s, end_s = began_s + stretch.start_s, began_s + stretch.end_s
    with closing(SeriesReader(directory.series_path)) as reader:
        counted = counted_in(reader, start_s, end_s)
        database = DatabaseEvidence(
            statements=_rows(StatementRow, counted["statements"]),
            waits=_rows(WaitRow, counted["waits"]),
            tables=_rows(TableRow, counted["tables"]),
            indexes=_rows(IndexRow, counted["indexes"]),
            locks=worst_locks(_placed(reader.details("locks", start_s, end_s, DOCUMENTS_MAX), began_s)),
            sessions=_placed(
                reader.fold_details(some_of(SESSIONS_MAX), "sessions", start_s, end_s, DOCUMENTS_MAX), began_s
            ),
            counted_s=(counted["statements"] or {}).get("seconds", 0.0),
            plans=_fact(reader, "plans"),
            settings=_fact(reader, "settings"),
            schema=_fact(reader, "schema_after") or _fact(reader, "schema_before"),
        )
        processes = _placed(
            reader.fold_details(some_of(PROCESSES_MAX), "processes", start_s, end_s, DOCUMENTS_MAX), began_s
        )
    gauges = Gauges(recorded.windows, began_s, stretch.start_s, stretch.end_s)
    events = [event for event in recorded.events if start_s <= event.at_s <= end_s]
    return Watched(gauges, database, processes, events, recorded.notes)


def counted_in(reader: SeriesReader, start_s: float, end_s: float) -> Mapping[str, Document | None]:
    """Where no look lies in a short stretch for the greater part, those that reach into it stand for it."""
    found = over_time(reader, start_s, end_s)
    paces = {"statements": RUN_PACE.statements_s, "tables": RUN_PACE.relations_s, "indexes": RUN_PACE.relations_s}
    wider = {
        kind: kind_over_time(reader, kind, start_s - pace_s / 2, end_s + pace_s / 2)
        for kind, pace_s in paces.items()
        if found[kind] is None
    }
    return {**found, **wider}


def _placed(found: Sequence[Dated], began_s: float) -> list[Dated]:
    """With their times counted from the start of the load."""
    return [(at - began_s, document) for at, document in found]


def some_of(most: int) -> Callable[[Iterable[Dated]], list[Dated]]:
    """At most so many, spread evenly over all that there are; read once, twice as many in memory at most."""

    def chosen(found: Iterable[Dated]) -> list[Dated]:
        kept: list[Dated] = []
        step = 1
        for at, one in enumerate(found):
            if at % step == 0:
                kept.append(one)
            if len(kept) >= 2 * most:
                kept, step = kept[::2], step * 2
        return kept if len(kept) <= most else kept[::2]

    return chosen


def _fact(reader: SeriesReader, kind: str) -> Document:
    found = reader.details(kind, limit=1)
    return found[-1][1] if found else {}


def _rows(made: type[Any], document: Document | None) -> Sequence[Any]:
    """Rows of a kind as values; keys that a class does not know are left out."""
    if document is None:
        return ()
    names = set(made.__dataclass_fields__)
    return [made(**{name: row.get(name) for name in names}) for row in document["rows"]]
