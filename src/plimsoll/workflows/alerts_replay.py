"""What would have fired: rules over the stored series of a watch or of a run."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

from plimsoll.core.errors import UsageError
from plimsoll.monitor.alerts.replay import Replay, Replayed, wanted
from plimsoll.monitor.alerts.ruling import Ruling
from plimsoll.monitor.series.reader import SeriesReader
from plimsoll.runs.directory import find_run
from plimsoll.settings.alerts import AlertSettings

STRETCH_S: Final = 3_600.0  # so much is in memory at a time
POINTS_MAX: Final = 10_000  # of a series in a stretch: all that were measured
LEAD_S: Final = 60.0  # before a run, its series may have begun
SPAN_S_MAX: Final = 400 * 86_400.0


def replay(
    settings: AlertSettings, file: Path | None, start_s: float, end_s: float, rule: str | None = None
) -> Replayed:
    """The alerts of one rule, or of all that are enabled. Raises UsageError and SeriesStoreError."""
    if file is None:
        raise UsageError("nothing is recorded here", why="[monitor] names no store", remedy="--store FILE")
    if not 0 < end_s - start_s <= SPAN_S_MAX:
        raise UsageError("nothing to look at", why="the time is empty or longer than 400 days")
    rules = {name: one for name, one in settings.rules.items() if one.enabled}
    if rule is not None:
        rules = {rule: replace(Ruling(settings.rules).rule(rule), enabled=True)}
    replaying = Replay(settings, rules)
    reader = SeriesReader(file)
    try:
        keys = wanted(list(rules.values()), reader.keys(start_s, end_s))
        for part_s in _parts(start_s, end_s):
            windows = reader.read(keys, part_s, min(part_s + STRETCH_S, end_s) - 0.0005, POINTS_MAX)
            replaying.put(windows)
    finally:
        reader.close()
    return replaying.end(end_s)


def span_of_run(root: Path, name: str) -> tuple[Path, float, float, float]:
    """The file of a run's series, from when to when it tells, and when the load began.

    Raises RunDirectoryError and UsageError.
    """
    directory = find_run(root, name)
    file = directory.series_path
    if not file.is_file():
        raise UsageError(f"run {directory.run_id} has no series", remedy="a run without them cannot be judged")
    facts = directory.read_facts()
    start_s = datetime.fromisoformat(facts.started_at).timestamp()
    began_s = datetime.fromisoformat(facts.load_began_at or facts.started_at).timestamp()
    return file, start_s - LEAD_S, max(file.stat().st_mtime, start_s) + 1.0, began_s


def _parts(start_s: float, end_s: float) -> list[float]:
    return [start_s + n * STRETCH_S for n in range(int((end_s - start_s) / STRETCH_S) + 1)]
