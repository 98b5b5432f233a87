"""Load: the run that goes on, and those that were."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from plimsoll.core.units import UNKNOWN, format_ms, format_rate, format_share
from plimsoll.server.dashboard.figures import numbers_html
from plimsoll.server.dashboard.markup import Html, element
from plimsoll.server.dashboard.place import Place
from plimsoll.server.dashboard.reports import REPORTS
from plimsoll.server.dashboard.slots import CHARTS, Slot, part
from plimsoll.server.dashboard.tables import Column, Row, figure, table, words
from plimsoll.server.reading.numbers import Number
from plimsoll.server.reading.reading import Reading, RunLine
from plimsoll.server.reading.say import number


def _link(row: Row) -> str:
    """The report, where there is one."""
    if not row["has_report"]:
        return str(row["run_id"])
    return element("a", row["run_id"], href=f"{REPORTS}/{row['run_id']}", target="_blank", rel="noopener")


def _class(row: Row) -> str:
    return "load-word" if row["standing"] == "live" else str(row["standing"])


_RUNS: Final = (
    Column("run_id", "Run", _link, lambda row: row["run_id"]),
    words("started", "Started"),
    words("scenario", "Scenario"),
    words("profile", "Profile"),
    Column("state", "Verdict", lambda row: element("b", row["state"], class_=_class(row)), lambda row: row["state"]),
    figure("rate_per_s", "Rate", format_rate),
    figure("p95_ms", "p95", format_ms),
    figure("error_rate", "Errors", format_share),
)


def _live(reading: Reading, _: Place) -> Html:
    live = [run for run in reading.runs if run.standing == "live"]
    if live:
        return part(f"Run {live[-1].run_id} {live[-1].state}", numbers_html(_numbers(live[-1], reading.target)))
    if not reading.runs_known:
        return part("Looking for runs", element("p", f"{reading.runs_root} is being read.", class_="empty"))
    last = element("p", f"Charts show run {reading.run_drawn}, as far as the window reaches back.", class_="soft")
    start = element("p", "To start one: ", element("code", "plimsoll run SCENARIO"), class_="empty")
    return part("No run goes on", start, last if reading.run_drawn else "")


def _numbers(run: RunLine, watched: str) -> Sequence[Number]:
    users = UNKNOWN if run.users is None else number(run.users)
    lately = "in the last 10 s"
    return (
        Number("Scenario", run.scenario, f"{run.profile} · {run.target}" if run.target != watched else run.profile),
        Number("Rate", format_rate(run.rate_per_s), lately),
        Number("p95", format_ms(run.p95_ms), lately),
        Number("Errors", format_share(run.error_rate), lately, "bad" if run.error_rate else ""),
        Number("Users", users, "at work now"),
    )


def _runs(reading: Reading, place: Place) -> Html:
    rows = [asdict(run) for run in reversed(reading.runs)]
    caption = f"In {reading.runs_root}, the newest first; a run's name opens its report"
    elsewhere = any(run.target not in ("", reading.target) for run in reading.runs)
    columns = (*_RUNS, words("target", "Target")) if elsewhere else _RUNS
    nothing = f"There are no runs in {reading.runs_root}." if reading.runs_known else "Looking for runs."
    return part("Runs", table(place, "runs", caption, columns, rows, nothing=nothing))


SLOTS: Final[Sequence[Slot]] = (Slot("live", _live, every_s=2.0), CHARTS, Slot("runs", _runs, holds=True, every_s=2.0))
