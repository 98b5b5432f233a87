"""The newest runs as programs are told of them: files are read again only where they have changed."""

from typing import Any

from plimsoll.runs.directory import RunDirectory, list_runs
from plimsoll.server.analyses.queue import AnalysisQueue
from plimsoll.server.reading.reading import RunLine
from plimsoll.server.reading.run_lines import Stamp, ended_line, stamp_of


class Listing:
    """One for a server; it remembers as many runs as it was asked for at once."""

    def __init__(self, queue: AnalysisQueue) -> None:
        self._queue = queue
        self._known: dict[str, tuple[Stamp, RunLine]] = {}

    def newest(self, limit: int) -> dict[str, Any]:
        """At most so many, the newest first, and how many there are besides."""
        found = list_runs(self._queue.root)[::-1]
        known, self._known = self._known, {}
        listed = [self._listed(run, known.get(run.run_id)) for run in found[:limit]]
        return {"runs": listed, "left_out": max(0, len(found) - limit)}

    def _listed(self, run: RunDirectory, known: tuple[Stamp, RunLine] | None) -> dict[str, Any]:
        stamp = stamp_of(run)
        line = known[1] if known is not None and known[0] == stamp else ended_line(run)
        self._known[run.run_id] = stamp, line
        live, job = run.is_live(), self._queue.job(run.run_id)
        return {
            "run_id": run.run_id,
            "scenario": line.scenario,
            "profile": line.profile,
            "started": line.started,
            "standing": "goes on" if live else line.state,
            "live": live,
            "step_of": line.step_of or None,
            "state": job.state if job is not None else "done" if line.analysis else "none",
            "verdict": line.analysis or None,
        }
