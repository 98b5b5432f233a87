"""Analysis: what held a run down, how that is known, and what to do. Chosen by run; made in one click."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Final

from plimsoll.core.units import format_duration
from plimsoll.server.analyses.look import Look
from plimsoll.server.dashboard.analysis_parts import PARTS
from plimsoll.server.dashboard.markup import Html, element, joined
from plimsoll.server.dashboard.place import Place
from plimsoll.server.dashboard.slots import Slot, part
from plimsoll.server.reading.reading import Reading, RunLine
from plimsoll.server.reading.say import moment

CHOICES_MAX: Final = 50  # runs to choose from, the newest
VERDICTS: Final[Mapping[str, str]] = {
    "bottleneck": "bottleneck", "at-capacity": "at capacity", "healthy": "no bottleneck", "unknown": "unknown",
    "invalid": "invalid",
}  # fmt: skip


def chosen(reading: Reading, place: Place) -> str:
    """The run that is looked at: the one that the address names, or else the newest that has ended, a step of a search
    only where there is nothing else."""
    if place.run:
        return place.run
    ended = [run for run in reading.runs if run.standing != "live"]
    found = [run for run in ended if not run.step_of] or ended
    return found[-1].run_id if found else ""


def _choice(reading: Reading, place: Place) -> Html:
    """A list to choose from, the newest first, steps of searches last; a plain form, so that it works with anything."""
    if not reading.runs_known:
        return element("p", f"{reading.runs_root} is being read.", class_="empty")
    if not reading.runs:
        start = element("code", "plimsoll run SCENARIO")
        return element("p", f"There are no runs in {reading.runs_root}. To make one: ", start, class_="empty")
    now = chosen(reading, place)
    runs = sorted(reading.runs, key=lambda run: not run.step_of)[::-1][:CHOICES_MAX]
    options = [
        element("option", _named(run), value=run.run_id, selected=run.run_id == now, disabled=run.standing == "live")
        for run in runs
    ]
    asked = element("label", element("span", "Run"), element("select", *options, name="run", id="analysis-run"))
    hidden = element("input", type="hidden", name="tab", value="analysis")
    button = element("button", "Show", type="submit", class_="copy")
    return element("form", hidden, asked, button, method="get", action="/", class_="form choose")


def _named(run: RunLine) -> str:
    state = "goes on: cannot be analyzed yet" if run.standing == "live" else run.state
    verdict = VERDICTS.get(run.analysis, "not analyzed") if run.standing != "live" else ""
    step = f"step of {run.step_of}" if run.step_of else ""
    return " · ".join(part for part in (run.started, run.scenario, run.profile, step, state, verdict) if part)


def _state(reading: Reading, place: Place) -> Html:
    """Where the analysis stands: made when, under way since when, or why there is none; and the button."""
    run_id = chosen(reading, place)
    if not run_id or not reading.runs_known:
        return Html("")
    if any(run.run_id == run_id and run.standing == "live" for run in reading.runs):
        return element("p", f"Run {run_id} goes on: it can be analyzed when it has ended.", class_="empty")
    look = reading.analyses.get(run_id)
    if look is None:
        return element("p", f"There is no run {run_id}.", class_="empty")
    return joined(*_standing(look, reading), _button(look, reading))


def _standing(look: Look, reading: Reading) -> Sequence[Html]:
    since = "" if look.since_s is None else format_duration(float(round(max(0.0, reading.now_s - look.since_s))))
    if look.state == "waiting":
        return [element("p", f"Waits for another analysis to end, since {since}.", role="status")]
    if look.state == "running":
        words = (
            f"Being analyzed for {since}: reading what was recorded, then asking every rule. Mostly it takes seconds."
        )
        return [element("p", words, role="status"), element("progress", aria_label="The analysis is under way")]
    if look.state == "failed":
        return [element("p", element("b", "The analysis failed: ", class_="bad"), look.error, role="alert")]
    if look.state == "none":
        return [element("p", "This run has not been analyzed yet.", class_="empty")]
    at = "" if look.since_s is None else f"Analyzed {moment(look.since_s)}."
    return [element("p", at, class_="soft")] if at else []


def _button(look: Look, reading: Reading) -> Html:
    under_way = look.state in ("waiting", "running")
    if not reading.may_change:
        return Html("") if under_way else elsewhere(look, reading.may_change)
    if under_way:
        return _form("/analyses/cancel", look.run_id, "Cancel")
    return _form("/analyses", look.run_id, "Analyze this run" if look.analysis is None else "Analyze it again")


def _form(action: str, run_id: str, word: str) -> Html:
    hidden = element("input", type="hidden", name="run", value=run_id)
    button = element("button", word, type="submit", class_="copy", id="analyze")
    return element("form", hidden, button, method="post", action=action, class_="form")


def elsewhere(look: Look, may: bool | None) -> Html:
    """How it is done without the right to do it here; where it was done, how one gets the right if there is a way."""
    command = element("code", f"plimsoll analyze {look.run_id}")
    enter = (
        joined(", or ", element("a", "enter the admin token", href="/login?next=/%3Ftab=analysis"))
        if may is False
        else joined(", or state ", element("code", "admin_token"), " in [monitor.server] of plimsoll.toml")
    )
    again = "To analyze it again: " if look.analysis is not None else "To analyze it: "
    nobody = look.analysis is not None and may is None
    return Html("") if nobody else element("p", again, command, enter, ".", class_="empty")


def _tabs(reading: Reading, place: Place) -> Html:
    look = reading.analyses.get(chosen(reading, place))
    if look is None or look.analysis is None:
        return Html("")
    found = look.analysis
    counts = {"bottlenecks": len(found.findings), "recommendations": len(found.recommendations)}
    links = [
        element(
            "a", f"{title} ({counts[name]})" if name in counts else title, href=place.href(part=name), data_in="",
            id=f"part-{name}", aria_current="page" if name == place.part else None,
        )
        for name, (title, _) in PARTS.items()
    ]  # fmt: skip
    return element("nav", *links, class_="choice parts", aria_label="Parts of the analysis")


def _content(reading: Reading, place: Place) -> Html:
    look = reading.analyses.get(chosen(reading, place))
    if look is None or look.analysis is None:
        return Html("")
    _, say = PARTS[place.part]
    analysis = look.analysis
    return joined(*(part(title, content) for title, content in say(analysis, place)))


def _runs_stamp(reading: Reading, place: Place) -> Hashable:
    return (
        reading.runs_known,
        chosen(reading, place),
        tuple((run.run_id, run.state, run.analysis) for run in reading.runs),
    )


def _look_stamp(reading: Reading, place: Place) -> Hashable:
    """While it is under way the time that it took is said anew each time."""
    look = reading.analyses.get(chosen(reading, place))
    under_way = look is not None and look.state in ("waiting", "running")
    live = tuple(run.run_id for run in reading.runs if run.standing == "live")
    return place.run, live, look and (look.state, look.since_s, look.error), reading.now_s if under_way else 0.0


def _found_stamp(reading: Reading, place: Place) -> Hashable:
    look = reading.analyses.get(chosen(reading, place))
    made = None if look is None or look.analysis is None else look.analysis.made_at
    return place.part, place.run, made, None if look is None else look.run_id


def _slot(name: str, say: Callable[[Reading, Place], Html], stamp: Callable[[Reading, Place], Hashable]) -> Slot:
    return Slot(name, say, stamped=stamp)


SLOTS: Final[Sequence[Slot]] = (
    Slot("choice", _choice, holds=True, stamped=_runs_stamp),
    _slot("standing", _state, _look_stamp),
    _slot("parts", _tabs, _found_stamp),
    _slot("analysis", _content, _found_stamp),
)
