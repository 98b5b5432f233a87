"""Tuning: what to change in the database that is watched, what that gives, and how it is known. Begun in one click."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, Final

from plimsoll.core.check import counted
from plimsoll.core.tuning.advice import Tuning
from plimsoll.core.tuning.applied import Applied
from plimsoll.core.tuning.listed import Listed
from plimsoll.core.units import format_duration
from plimsoll.report.tuning.html import (
    STANDING_CLASSES,
    changes_html,
    grounds_html,
    rejected_html,
    todo_html,
    verdict_html,
)
from plimsoll.report.tuning.html_statements import statements_html
from plimsoll.report.tuning.verdict import TITLES
from plimsoll.report.tuning.words import applied_words, todo_words
from plimsoll.server.dashboard.markup import Html, element, joined, of_report, one_line
from plimsoll.server.dashboard.place import Place
from plimsoll.server.dashboard.slots import Slot, part
from plimsoll.server.reading.reading import Reading
from plimsoll.server.tunings.tuner import CANCELLED, Job

ROWS_MAX: Final = 20
SAID_SHOWN: Final = 8  # lines of how it goes
WORKLOADS: Final[Mapping[str, str]] = {
    "hour": "the last hour, as it was watched",
    "counters": "all since the server's counters began",
    "window": "the next 10 minutes",
}
_CLASSES: Final[Mapping[str, str]] = {TITLES[standing]: name for standing, name in STANDING_CLASSES.items()}


def _begin(reading: Reading, _: Place) -> Html:
    """The form that begins a tuning, how one goes that is under way, or why none can be begun here."""
    job = reading.tuning.job
    if not reading.tuning.is_possible:
        how = element("code", "plimsoll watch --env NAME")
        return part("Tune", element("p", "No database is watched here. To watch one: ", how, class_="empty"))
    if job.state == "running":
        return part("Tuning", *_running(job, reading))
    return part("Tune", *_ended(job), _form(reading) if reading.may_change else _elsewhere(reading.may_change))


def _ended(job: Job) -> Iterable[Html]:
    if job.state != "failed":
        return
    if job.error == CANCELLED:
        yield element("p", "The tuning was cancelled; what was known by then is kept.", role="status")
    else:
        yield element("p", element("b", "The tuning failed: ", class_="bad"), job.error, role="alert")


def _running(job: Job, reading: Reading) -> Iterable[Html]:
    since = format_duration(float(round(max(0.0, reading.now_s - (job.since_s or reading.now_s)))))
    how = "on a copy, which is measured" if job.prove else "by the planner's estimates"
    yield element("p", f"Under way for {since}, {how}. The database itself is only read.", role="status")
    yield element("progress", aria_label="The tuning is under way")
    yield element("ul", *(element("li", line) for line in job.said[-SAID_SHOWN:]), class_="said-lines")
    if reading.may_change:
        button = element("button", "Cancel", type="submit", class_="copy", id="cancel-tuning")
        yield element("form", button, method="post", action="/tunings/cancel", class_="form")


def _form(reading: Reading) -> Html:
    options = (element("option", words, value=name) for name, words in WORKLOADS.items())
    asked = element("label", element("span", "For"), element("select", *options, name="workload", id="tune-for"))
    prove = element(
        "label",
        element("input", type="checkbox", name="prove", value="yes", id="tune-prove"),
        element("span", "measure on a copy of the database, made on this machine"),
        class_="check",
    )
    button = element("button", "Advise", type="submit", class_="copy", id="tune")
    return element("form", asked, prove, button, method="post", action="/tunings", class_="form tune")


def _elsewhere(may: bool | None) -> Html:
    """How it is done without the right to do it here."""
    command = element("code", "plimsoll tune --prove")
    enter = (
        joined(", or ", element("a", "enter the admin token", href="/login?next=/%3Ftab=tuning"))
        if may is False
        else joined(", or state ", element("code", "admin_token"), " in [monitor.server] of plimsoll.toml")
    )
    return element("p", "To tune: ", command, enter, ".", class_="empty")


def _list(reading: Reading, place: Place) -> Html:
    seen = reading.tuning
    if not seen.is_known:
        return part("Tunings", element("p", "They are being read.", class_="empty"))
    if not seen.rows:
        return part("Tunings", element("p", "There is none yet.", class_="empty"))
    shown = _chosen(reading, place)
    rows = [_row(row, place, is_shown=shown is not None and shown.id == row["id"]) for row in seen.rows[:ROWS_MAX]]
    rest = len(seen.rows) - len(rows) + seen.left_out
    more = [element("p", f"{rest} older: ", element("code", "plimsoll tune list"), class_="soft")] if rest else []
    head = element("tr", *(element("th", name, scope="col") for name in ("Tuning", "Database", "Verdict", "Applied")))
    grid = element("table", element("thead", head), element("tbody", *rows))
    return part(
        "Tunings", element("div", grid, class_="scroll", tabindex=0, role="region", aria_label="tunings"), *more
    )


def _row(row: Mapping[str, Any], place: Place, *, is_shown: bool) -> Html:
    link = element(
        "a", row["id"], href=place.href(tuning=row["id"]), data_in="", id=f"to-{row['id']}",
        aria_current="true" if is_shown else None,
    )  # fmt: skip
    if row["problem"]:
        cells = [element("td", "–"), element("td", "Cannot be read: ", row["problem"]), element("td", "–")]
        return element("tr", element("th", link, scope="row"), *cells)
    verdict = element("b", row["title"], class_=_CLASSES.get(row["title"], "soft"))
    words = one_line(row["verdict"], 200)
    rest = words.removeprefix(row["title"])  # it may begin with it
    said = element("td", verdict, ": " if rest == words else "", rest)
    applied = element("td", (row["applied_at"] or "no")[:16].replace("T", " "))
    return element("tr", element("th", link, scope="row"), element("td", row["database"]), said, applied)


def _chosen(reading: Reading, place: Place) -> Listed | None:
    return reading.tuning.one(place.tuning)


def _content(reading: Reading, place: Place) -> Html:
    """All of one: the verdict, what to change, each statement, what is not advised, and what it rests on."""
    found = _chosen(reading, place)
    if found is None:
        words = f"There is no tuning {place.tuning}." if place.tuning and reading.tuning.is_known else ""
        return element("p", words, class_="empty") if words else Html("")
    if found.tuning is None:
        return element("p", element("b", "It cannot be read: ", class_="bad"), found.problem, role="alert")
    return joined(*(part(title, content) for title, content in _parts(found.tuning, found.applied)))


def _parts(tuning: Tuning, applied: Applied | None) -> Iterable[tuple[str, Html]]:
    said = [element("p", element("b", f"{applied_words(applied)}."))] if applied is not None else []
    yield "Verdict", joined(of_report(verdict_html(tuning)), *said)
    if tuning.advised:
        yield f"What to change: {counted(len(tuning.advised), 'change')}", of_report(changes_html(tuning))
    if tuning.together is not None:
        yield "Every statement, before and after all changes", of_report(statements_html(tuning))
    if tuning.rejected:
        yield f"Looked at and not advised: {len(tuning.rejected)}", of_report(rejected_html(tuning))
    if todo_words(tuning, applied):
        yield "What to do next", of_report(todo_html(tuning, applied))
    yield "What this rests on", of_report(grounds_html(tuning))


def _job_stamp(reading: Reading, _: Place) -> Hashable:
    """While it is under way the time that it took is said anew each time."""
    job = reading.tuning.job
    return job, reading.may_change, reading.tuning.is_possible, reading.now_s if job.state == "running" else 0.0


def _list_stamp(reading: Reading, place: Place) -> Hashable:
    rows = tuple((row["id"], row["problem"], row.get("applied_at")) for row in reading.tuning.rows)
    return reading.tuning.is_known, rows, place.tuning


def _content_stamp(reading: Reading, place: Place) -> Hashable:
    found = _chosen(reading, place)
    if found is None:
        return place.tuning, reading.tuning.is_known, None
    gone_on_at = None if found.applied is None else found.applied.finished_at
    return place.tuning, reading.tuning.is_known, (found.id, found.problem, gone_on_at)


SLOTS: Final[Sequence[Slot]] = (
    Slot("begin", _begin, holds=True, stamped=_job_stamp),
    Slot("tuning", _content, stamped=_content_stamp),
    Slot("tunings", _list, stamped=_list_stamp),
)
