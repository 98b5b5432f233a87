"""The runs of a directory: those that go on, and the newest of those that have ended."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, get_args

from plimsoll.core.analysis import Verdict
from plimsoll.core.errors import RunDirectoryError
from plimsoll.core.load_point import LoadPoint
from plimsoll.core.observation import Event
from plimsoll.core.series.catalogue import info_of
from plimsoll.core.series.generator import generator_values
from plimsoll.core.series.key import SeriesKey
from plimsoll.core.series.window import SeriesWindow
from plimsoll.runs.directory import RunDirectory, list_runs, read_json
from plimsoll.runs.follower import LiveRuns, RunFollower
from plimsoll.runs.standing import standing_of
from plimsoll.server.reading.reading import RunLine
from plimsoll.settings.masking import mask
from plimsoll.workflows.analyzing.keeping import ANALYSIS_BYTES_MAX, ANALYSIS_NAME

VERDICTS: Final = get_args(Verdict)
RUNS_MAX: Final = 50  # the newest
LIVE_EVERY_S: Final = 2.0
ALL_EVERY_S: Final = 10.0
LOOKS_MAX: Final = 4  # at a run that ended before anybody looked: so many megabytes of it are read, and more
LATELY: Final = 10  # seconds of a live run that its figures are of


class Runs:
    """Read when somebody looks, and not more often than there can be news. Ended runs are read again only where their
    files have changed. The charts show the newest run that goes on, or else the one that ended last."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._following = LiveRuns(root)
        self._live: Sequence[RunFollower] = ()
        self._drawn: RunFollower | None = None
        self._ended: dict[str, tuple[Stamp, RunLine]] = {}
        self._order: Sequence[str] = ()
        self._live_due = self._all_due = 0.0

    @property
    def known(self) -> bool:
        """Whether those that have ended were looked at yet."""
        return self._all_due > 0

    @property
    def drawn(self) -> str:
        """The run that the charts show; "" where there is none."""
        return self._drawn.run_id if self._drawn is not None else ""

    async def look(self, now_s: float, *, at_all: bool) -> bool:
        """At the live ones; `at_all` at those that have ended, too. False where it is too early for news."""
        looks = now_s >= self._live_due or (at_all and now_s >= self._all_due)
        if now_s >= self._live_due:
            self._live_due = now_s + LIVE_EVERY_S
            looks_at_all = await asyncio.to_thread(self._look_at_live)
            self._all_due = 0.0 if looks_at_all and self.known else self._all_due
        if at_all and now_s >= self._all_due:
            self._all_due = now_s + ALL_EVERY_S
            await asyncio.to_thread(self._look_at_all)
        return looks

    def _look_at_live(self) -> bool:
        """Whether one has ended: then it stands among those."""
        followed = self._following.look()
        before, self._live = self._live, [run for run in followed if run.is_live]
        self._drawn = followed[-1] if followed else self._drawn
        return {run.run_id for run in before} - {run.run_id for run in self._live} != set()

    def _look_at_all(self) -> None:
        newest = list_runs(self._root)[-RUNS_MAX:]
        live = {run.run_id for run in self._live}
        ended = [run for run in newest if run.run_id not in live]
        self._ended = {run.run_id: self._line(run) for run in ended}
        self._order = [run.run_id for run in newest]
        if self._drawn is None and ended:
            self._drawn = _read_to_its_end(ended[-1])

    def _line(self, run: RunDirectory) -> tuple["Stamp", RunLine]:
        """As it was read, unless its files have changed since."""
        known, stamp = self._ended.get(run.run_id), stamp_of(run)
        return known if known is not None and known[0] == stamp else (stamp, ended_line(run))

    def lines(self) -> list[RunLine]:
        """Oldest first."""
        live = {run.run_id: live_line(run) for run in self._live}
        names = sorted({*self._order, *live})
        return [live.get(name) or self._ended[name][1] for name in names if name in live or name in self._ended]

    def events(self) -> list[Event]:
        """When the load of each live run began."""
        return [
            Event(run.began_s, "run", f"{run.run_id} began", "run") for run in self._live if run.began_s is not None
        ]

    def keys(self) -> list[SeriesKey]:
        """The series of the run that the charts show."""
        run = self._drawn
        return list(generator_values(run.points[-1])) if run is not None and run.points else []

    def window(self, key: SeriesKey, start_s: float, end_s: float) -> SeriesWindow:
        run = self._drawn
        began = run.began_s if run is not None else None
        points = [] if run is None or began is None else [(began + point.end_s, point) for point in run.points]
        found = [(at, generator_values(point).get(key)) for at, point in points if start_s <= at <= end_s]
        times = [at for at, value in found if value is not None]
        values = [value for _, value in found if value is not None]
        return SeriesWindow(key, info_of(key.name), 0.0, times, values, values, values)


Stamp = tuple[float, float, float]


def stamp_of(run: RunDirectory) -> Stamp:
    """When its summary, its report and its analysis were written; 0 where they are not there."""
    return _written(run.summary_path), _written(run.report_path), _written(run.path / ANALYSIS_NAME)


def _written(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _read_to_its_end(run: RunDirectory) -> RunFollower:
    follower = RunFollower(run)
    for _ in range(LOOKS_MAX):
        if not follower.look():
            break
    return follower


def live_line(run: RunFollower) -> RunLine:
    """A run that goes on, with the figures of its last seconds."""
    facts, points = run.facts, list(run.points)[-LATELY:]
    return RunLine(
        run_id=run.run_id,
        scenario=facts.scenario if facts else "–",
        profile=facts.profile_name if facts else "–",
        standing="live",
        state="goes on" if points else "begins",
        started=facts.started_at[:19].replace("T", " ") if facts else "–",
        rate_per_s=_mean([point.requests_per_s for point in points]),
        p95_ms=max((point.latency_ms_p95 for point in points if point.latency_ms_p95 is not None), default=None),
        error_rate=_errors(points),
        users=points[-1].users if points else None,
        target=mask(facts.target) if facts else "",
        step_of=facts.search if facts else "",
    )


def ended_line(run: RunDirectory) -> RunLine:
    """A run as its files tell."""
    try:
        facts = run.read_facts()
        summary = read_json(run.summary_path) if run.summary_path.is_file() else None
    except RunDirectoryError as error:
        return RunLine(run.run_id, "–", "–", "doubt", f"cannot be read: {error}", "–")
    started = facts.started_at[:19].replace("T", " ")
    named = RunLine(
        run.run_id, facts.scenario, facts.profile_name, "doubt", "killed", started, target=mask(facts.target)
    )
    named = replace(named, analysis=_verdict_of(run), step_of=facts.search)
    return named if summary is None else _with_summary(named, summary, run.report_path.is_file())


def _verdict_of(run: RunDirectory) -> str:
    """Of its analysis; "" where there is none that can be read."""
    path = run.path / ANALYSIS_NAME
    try:
        if path.is_symlink() or path.stat().st_size > ANALYSIS_BYTES_MAX:
            return ""
        found = read_json(path)
    except (OSError, RunDirectoryError):
        return ""
    verdict = str(found.get("verdict")) if isinstance(found, dict) else ""
    return verdict if verdict in VERDICTS else ""


def _with_summary(line: RunLine, summary: Mapping[str, Any], has_report: bool) -> RunLine:
    state = standing_of(summary)
    good, bad = state in ("goals met", "completed"), "missed" in state
    return replace(
        line,
        standing="good" if good else "bad" if bad else "doubt",
        state=state,
        rate_per_s=summary["rate_per_s"],
        p95_ms=summary["latency_ms"]["p95"],
        error_rate=summary["error_rate"],
        has_report=has_report,
    )


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _errors(points: Sequence[LoadPoint]) -> float | None:
    requests = sum(point.requests_per_s for point in points)
    return sum(point.errors_per_s for point in points) / requests if requests else None
