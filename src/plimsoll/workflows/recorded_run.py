"""Reading back what was watched beside a run: for its report, its analysis, and whoever asks later."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import datetime
from math import inf
from typing import Final

from plimsoll.core.adding_details import added, averaged, within, worst_locks
from plimsoll.core.errors import SeriesStoreError
from plimsoll.core.recorded import Dated, Document, Recorded
from plimsoll.core.scaled_run import FACT as SERVED
from plimsoll.core.series.key import SeriesKey
from plimsoll.core.series.window import SeriesWindow
from plimsoll.monitor.series.reader import SeriesReader
from plimsoll.runs.directory import RunDirectory
from plimsoll.runs.facts import RunFacts

DOCUMENTS_MAX: Final = 50_000  # of a kind
KEYS_MAX: Final = 2_000
ONCE: Final = ("settings", "schema_before", "schema_after", "plans", SERVED)


def everything(name: str) -> bool:
    """Series of every name."""
    return True


def open_recorded(
    directory: RunDirectory, facts: RunFacts, wanted: Callable[[str], bool] = everything, points_max: int = 1_000
) -> Recorded | None:
    """Everything that was watched, or series of those names only that are wanted; None where nothing was.

    Windows have at most `points_max` points. Raises SeriesStoreError where the file cannot be read.
    """
    if not directory.series_path.is_file():
        return None
    with closing(SeriesReader(directory.series_path)) as reader:
        began_s = load_began_s(facts)
        measured_s = began_s + facts.warmup_s
        windows = dict(_windows(reader, wanted, points_max))
        ended_s = max((window.times[-1] for window in windows.values() if window.times), default=measured_s)
        return Recorded(
            began_s=began_s,
            measured_from_s=measured_s,
            ended_s=ended_s,
            windows=windows,
            events=reader.events(),
            locks=worst_locks(reader.details("locks", began_s, limit=DOCUMENTS_MAX)),
            facts={kind: found[-1][1] for kind in ONCE if (found := reader.details(kind, limit=1))},
            notes=_notes(reader.details("watch", limit=1)),
            **over_time(reader, measured_s),
        )


def over_time(reader: SeriesReader, start_s: float, end_s: float = inf) -> dict[str, Document | None]:
    """What happened between two moments, as one document of each kind."""
    return {kind: kind_over_time(reader, kind, start_s, end_s) for kind in ("statements", "tables", "indexes", "waits")}


def kind_over_time(reader: SeriesReader, kind: str, start_s: float, end_s: float) -> Document | None:
    """As `over_time`, of one kind."""
    made = averaged if kind == "waits" else added
    return reader.fold_details(lambda found: made(kind, within(found, start_s, end_s)), kind, limit=DOCUMENTS_MAX)


def _windows(
    reader: SeriesReader, wanted: Callable[[str], bool], points_max: int
) -> Iterator[tuple[SeriesKey, SeriesWindow]]:
    keys = [key for key in reader.keys() if wanted(key.name)][:KEYS_MAX]  # noqa: SIM118  # it is no mapping
    for window in reader.read(keys, points_max=points_max):
        yield window.key, window


def _notes(found: Sequence[Dated]) -> Sequence[str]:
    return found[-1][1].get("not_watched", ()) if found else ("how watching ended: the run did not come to its end",)


def load_began_s(facts: RunFacts) -> float:
    """Seconds since 1970. Of a run that was not watched, about when it began. Raises SeriesStoreError."""
    try:
        return datetime.fromisoformat(facts.load_began_at or facts.started_at).timestamp()
    except ValueError as error:
        raise SeriesStoreError("cannot place the series in time", where="run.json", why=str(error)) from error
