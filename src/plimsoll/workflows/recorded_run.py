"""Reading back what was watched beside a run: for its report, its analysis, and whoever asks later."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from math import inf
from typing import Any, Final

from plimsoll.core.adding_details import added, averaged, within, worst_locks
from plimsoll.core.errors import SeriesStoreError
from plimsoll.core.recorded import Dated, Document, Recorded
from plimsoll.core.series.key import SeriesKey
from plimsoll.core.series.window import SeriesWindow
from plimsoll.monitor.series.reader import SeriesReader
from plimsoll.runs.directory import RunDirectory
from plimsoll.runs.facts import RunFacts

DOCUMENTS_MAX: Final = 50_000  # of a kind
KEYS_MAX: Final = 2_000
ONCE: Final = ("settings", "schema_before", "schema_after")


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
        kinds = {kind: reader.details(kind, limit=DOCUMENTS_MAX) for kind in KINDS}
        return Recorded(
            began_s=began_s,
            measured_from_s=measured_s,
            ended_s=ended_s,
            windows=windows,
            events=reader.events(),
            locks=worst_locks([dated for dated in kinds["locks"] if dated[0] >= began_s]),
            facts={kind: kinds[kind][-1][1] for kind in ONCE if kinds[kind]},
            notes=_notes(kinds["watch"]),
            **over_time(kinds, measured_s),
        )


KINDS: Final = ("statements", "waits", "tables", "indexes", "locks", "watch", *ONCE)


def over_time(kinds: Mapping[str, Sequence[Dated]], start_s: float, end_s: float = inf) -> dict[str, Document | None]:
    """What happened between two moments, as one document of each kind."""
    found: dict[str, Document | None] = {
        kind: added(kind, with_texts(kind, kinds[kind], within(kinds[kind], start_s, end_s)))
        for kind in ("statements", "tables", "indexes")
    }
    return found | {"waits": averaged("waits", within(kinds["waits"], start_s, end_s))}


def with_texts(kind: str, every: Sequence[Dated], chosen: Sequence[Document]) -> Sequence[Document]:
    """With the statements' texts: each is kept once, where it was seen first, which may be before the measured time."""
    if kind != "statements":
        return chosen
    texts: dict[str, str] = {}
    for _, found in every:
        texts |= {row["query_id"]: row["query"] for row in found["rows"] if row.get("query")}

    def told(row: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**row, "query": row.get("query") or texts.get(row["query_id"], "")}

    return [{**found, "rows": [told(row) for row in found["rows"]]} for found in chosen]


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
