"""The sections of the report that are words, figures and tables."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from plimsoll.core.summary import GoalSummary, HttpSummary, JourneySummary, Spread, StepSummary, Summary
from plimsoll.core.units import format_count, format_duration, format_ms, format_rate, format_share
from plimsoll.report.course import course
from plimsoll.report.failures import failures, other_warnings
from plimsoll.report.markup import Html, element, joined
from plimsoll.report.words import (
    GoalWords,
    by_count,
    by_time_spent,
    environment_words,
    generator_standing,
    generator_words,
    goal_words,
    lag_words,
    lost_words,
    per_second,
    stage_words,
    verdict,
    wait_words,
)
from plimsoll.runs.facts import RunFacts

ROWS_MAX: Final = 200  # of any table; what is left out is said
WORDS: Final = {"met": "Goals met", "missed": "Goals missed", "invalid": "Invalid run", "unjudged": "Not judged"}
_STANDINGS: Final = {"late": "bad", "busy": "doubt", "short of CPU": "doubt"}
Cell = str | tuple[str, str]  # text, or text with its class
Heading = Sequence[tuple[str, int]]  # names over groups of columns, with how many each covers


def opening(summary: Summary, facts: RunFacts) -> Html:
    found = verdict(summary)
    warmup = f" after {format_duration(summary.warmup_s)} of warm-up" if summary.warmup_s else ""
    where = (
        environment_words(facts),
        f"profile {facts.profile_name}",
        f"{format_duration(summary.duration_s)}{warmup}",
    )
    return element(
        "header",
        element(
            "p", "Plimsoll run ", element("b", summary.run_id), " of ", element("b", summary.scenario), class_="eyebrow"
        ),
        element(
            "div",
            element("p", WORDS[found.standing], class_="word"),
            element("h1", found.sentence),
            class_=f"verdict {found.standing}",
        ),
        element("p", " · ".join((*where, f"started {moment(summary.started_at)}")), class_="where"),
    )


def moment(iso: str) -> str:
    """ "2026-02-14 10:15:00 +0100", or what was given where it is no time."""
    try:
        return f"{datetime.fromisoformat(iso):%Y-%m-%d %H:%M:%S %z}".strip()
    except ValueError:
        return iso


def goals(summary: Summary) -> Html:
    if not summary.goals:
        hint = element("code", "--goal 'p95<500ms' --goal 'errors<1%'")
        return element("p", "No goals were set, so nothing was judged. Set some: ", hint, class_="soft")
    rows = [_goal_row(goal) for goal in sorted(summary.goals, key=lambda goal: goal.passed)]
    columns = 5 if any(row[4] for row in rows) else 4
    head = ("", "Goal", ">Measured", ">Demanded", "Remark")
    return table(head[:columns], [row[:columns] for row in rows], "goals", narrow=True)


def _goal_row(goal: GoalSummary) -> tuple[Cell, ...]:
    words = goal_words(goal)
    return (words.word, "met" if words.passed else "bad"), words.metric, words.actual, words.demand, words.remark


def key_figures(summary: Summary, facts: RunFacts) -> Html:
    demanded = {words.metric: words for words in map(goal_words, summary.goals)}
    target = summary.target_rate_per_s
    lost = summary.dropped + summary.incomplete
    lag = format_ms(summary.lag_ms.p99)
    late = (lag, "of the load generator") if facts.open_loop else ("–", "a closed loop has no schedule")
    counting = lost_words(summary)
    latency = summary.latency_ms
    share = format_share(summary.error_rate) if summary.requests else "–"
    boxes = [
        ("Rate", per_second(summary.journeys_per_s, "journeys"), target and f"of {format_rate(target)} asked for"),
        ("Requests", format_count(summary.requests), f"{format_rate(summary.rate_per_s)}, warm-up left out"),
        *(
            (f"Latency {name}", format_ms(value), _demand(demanded.get(name), format_ms(value), counting))
            for name, value in (("p50", latency.p50), ("p95", latency.p95), ("p99", latency.p99), ("max", latency.max))
        ),
        (
            "Errors",
            share,
            _demand(demanded.get("errors"), share, counting) or f"{summary.errors:,} of {summary.requests:,}",
        ),
        (
            "Dropped and incomplete",
            format_count(lost),
            f"{summary.dropped:,} and {summary.incomplete:,}" if lost else "",
        ),
        ("Service time p95", format_ms(summary.service_ms.p95), f"p99 {format_ms(summary.service_ms.p99)}"),
        ("Wait p99", format_ms(summary.wait_ms.p99), "for a free user or a connection"),
        ("Lag p99", *late),
    ]
    boxes += [(name, format_count(count), "") for name, count in _repairs(summary) if count]
    return element("dl", *(_box(name, value, context or "") for name, value, context in boxes), class_="figures")


def _repairs(summary: Summary) -> tuple[tuple[str, int], ...]:
    return ("Retries", summary.retries), ("Reconnects", summary.reconnects)


def _demand(goal: GoalWords | None, measured: str, counting: str) -> str:
    """The goal beside a figure; a goal counts what was lost as well, so its own figure may be another."""
    if goal is None:
        return ""
    same = not counting or goal.actual == measured
    return f"goal {goal.demand}" if same else f"{goal.actual} counting {counting}, goal {goal.demand}"


def _box(name: str, value: str, context: str) -> Html:
    parts = [element("dt", name), element("dd", value, class_="value")]
    return element("div", *parts, element("dd", context, class_="context") if context else Html())


def limits(summary: Summary, facts: RunFacts) -> Html:
    """What held the run down or makes it doubtful, or that nothing did."""
    items = [element("li", element("span", "Invalid: ", class_="bad"), reason) for reason in summary.invalid_because]
    items += _failure_items(summary)
    waited = wait_words(summary, facts)
    if waited:
        items.append(element("li", element("span", "Limit: ", class_="doubt"), f"{waited}."))
    healthy = generator_standing(summary.generator)
    state = element("span", f"Load generator {healthy}", class_=_STANDINGS.get(healthy))
    items.append(element("li", state, f": {generator_words(summary.generator)}."))
    items += [
        element(
            "li",
            element("span", f"{told.about.capitalize()}: ", class_="doubt" if told.doubtful else None),
            f"{told.words}.",
        )
        for told in course(summary, open_loop=facts.open_loop)
    ]
    items += [
        element("li", element("span", "Warning: ", class_="doubt"), warning)
        for warning in other_warnings(summary)[:ROWS_MAX]
    ]
    return element("ul", *items, class_="findings")


def _failure_items(summary: Summary) -> list[Html]:
    items = []
    for failure in failures(summary)[:5]:
        share = format_share(failure.count / summary.requests) if summary.requests else "–"
        words = f"{failure.count:,}, {share} of requests, in {failure.steps}."
        items.append(element("li", element("span", f"Errors {failure.label}: ", class_="bad"), words))
    if summary.dropped:
        what = f"{summary.dropped:,} arrivals found no free user in time: the system, or max_users, was the limit."
        items.append(element("li", element("span", "Dropped: ", class_="bad"), what))
    if summary.incomplete:
        by = (
            "by the interruption, and judge no goal" if summary.stopped_by == "interrupted" else "at the end of the run"
        )
        what = f"{summary.incomplete:,} requests were cut off {by}."
        items.append(element("li", element("span", "Incomplete: ", class_="bad"), what))
    if not items and summary.requests:
        items.append(element("li", "No errors, nothing dropped, nothing incomplete."))
    return items


def steps(found: Sequence[StepSummary]) -> Html:
    if not found:
        return element("p", "No step ended.", class_="soft")
    head = ("Step", "Kind", ">Count", ">Rate", ">Errors", *_SPREAD, ">p50", ">p95", ">p99")
    rows = [
        (
            label,
            step.kind,
            format_count(step.count),
            format_rate(step.rate_per_s),
            _errors(step.errors),
            *_spread(step.latency_ms),
            *(format_ms(time) for time in (step.service_ms.p50, step.service_ms.p95, step.service_ms.p99)),
        )
        for label, step in by_time_spent(found)
    ]
    return table(
        head, rows, "steps", "Where most time was spent comes first.", (("", 5), ("latency", 5), ("service time", 3))
    )


def wire(found: Sequence[StepSummary]) -> Html:
    """What HTTP steps took on the wire: the first byte, new connections, bytes."""
    head = ("Step", *(">p50", ">p95", ">p99"), ">New", *(">p50", ">p99"), *(">p50", ">p99"), ">Sent", ">Received")
    rows = [_wire_row(label, step.http, step.count) for label, step in by_time_spent(found) if step.http is not None]
    note = "First byte: since the request was sent. New connections were opened before that; kept ones cost nothing."
    groups = (("", 1), ("first byte", 3), ("", 1), ("connect", 2), ("TLS", 2), ("bytes a request", 2))
    return table(head, rows, "requests on the wire", note, groups)


def _wire_row(label: str, http: HttpSummary, count: int) -> tuple[Cell, ...]:
    first, connect, tls = http.first_byte_ms, http.connect_ms, http.tls_ms
    times = (first.p50, first.p95, first.p99)
    opened = (connect.p50, connect.p99, tls.p50, tls.p99)
    sizes = (http.bytes_sent, http.bytes_received)
    return (
        label,
        *map(format_ms, times),
        format_count(http.connects),
        *map(format_ms, opened),
        *(format_count(round(size / count)) if count else "–" for size in sizes),
    )


def journeys(found: Sequence[JourneySummary]) -> Html:
    if not found:
        return element("p", "No journey ended.", class_="soft")
    rows = [
        (journey.name, format_count(journey.count), _errors(journey.errors), *_spread(journey.latency_ms))
        for journey in by_count(found)
    ]
    note = "A journey is timed as a whole, think time left out."
    return table(("Journey", ">Count", ">Errors", *_SPREAD), rows, "journeys", note, (("", 3), ("latency", 5)))


_SPREAD: Final = (">p50", ">p95", ">p99", ">p99.9", ">max")


def _spread(spread: Spread) -> Iterable[str]:
    return (format_ms(time) for time in (spread.p50, spread.p95, spread.p99, spread.p999, spread.max))


def _errors(count: int) -> Cell:
    return (format_count(count), "bad") if count else "0"


def errors(summary: Summary) -> Html:
    classes = failures(summary)
    if not classes:
        return element("p", "No errors." if summary.requests else "Nothing was measured.", class_="soft")
    rows = [(one.label, format_count(one.count), one.steps, one.message or "–") for one in classes]
    return table(("Class", ">Count", "In steps", "First message"), rows, "error classes", narrow=True)


def surroundings(summary: Summary, facts: RunFacts, settings: Mapping[str, str] = MappingProxyType({})) -> Html:
    """Environment, versions, machine, and everything else that was known before the run; the server's settings."""
    generator = summary.generator
    run = {
        "run": facts.run_id, "scenario": facts.scenario, "environment": environment_words(facts),
        "target": facts.target, "profile": facts.profile_name,
        "load": "open loop" if facts.open_loop else "closed loop", "seed": facts.seed,
        "processes": facts.processes, "connections": facts.connections, "warm-up": format_duration(facts.warmup_s),
        "started": moment(facts.started_at), "ended by": summary.stopped_by,
    }  # fmt: skip
    health = {
        "standing": generator_standing(generator),
        "processes": generator.processes,
        "CPU a request": format_ms(
            None if generator.cpu_us_per_request is None else generator.cpu_us_per_request / 1000
        ),
        "CPU, share of a core": format_share(generator.cpu_share),
        "waiting for a core": format_share(generator.run_delay_share),
        "lag": lag_words(summary.lag_ms, open_loop=facts.open_loop),
    }
    profile = _flat(facts.profile, open_loop=facts.open_loop)
    maker = "Coordinating machine" if facts.machines else "Machine of the load generator"
    blocks: dict[str, Mapping[str, Any]] = {
        "Run": run, "Load generator": health, "Profile": profile, "Versions": facts.versions,
        "Server": {**facts.server, **settings}, maker: facts.machine,
    }  # fmt: skip
    blocks |= {f"Machine {number}": machine for number, machine in enumerate(facts.machines, 1)}
    shown = (element("section", element("h3", name), _pairs(values)) for name, values in blocks.items())
    return element("div", *shown, class_="columns")


def _flat(profile: Mapping[str, Any], *, open_loop: bool) -> dict[str, str]:
    """The profile's description, a stage a line."""
    flat = dict(_said(key, value) for key, value in profile.items() if key != "stages" and value is not None)
    stages = profile.get("stages")
    for number, stage in enumerate(stages if isinstance(stages, list | tuple) else (), 1):
        flat[f"stage {number}"] = stage_words(stage, open_loop=open_loop)
    return flat


def _said(key: str, value: Any) -> tuple[str, str]:
    """A key that ends in the unit "_s" is a time."""
    if key.endswith("_s") and isinstance(value, int | float):
        return key.removesuffix("_s"), format_duration(value)
    return key, f"{value:g}" if isinstance(value, float) else str(value)


def _pairs(values: Mapping[str, Any]) -> Html:
    if not values:
        return element("p", "Not recorded.", class_="soft")
    shown = list(values.items())[:ROWS_MAX]
    return element(
        "dl",
        *(joined(element("dt", key.replace("_", " ")), element("dd", str(value) or "–")) for key, value in shown),
        class_="pairs",
    )


def table(
    head: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    what: str,
    note: str = "",
    groups: Heading = (),
    *,
    narrow: bool = False,
) -> Html:
    """At most `ROWS_MAX` rows. ">" before a column's name aligns it right; the first column names the row."""
    right = [name.startswith(">") for name in head]
    over = [
        element("th", name, colspan=span if name else None, scope="colgroup" if name else None)
        for name, span in _spans(groups)
    ]
    names = [
        element("th", name.removeprefix(">"), class_="number" if name.startswith(">") else None, scope="col")
        for name in head
    ]
    body = [element("tr", *(_cell(cell, at, right[at]) for at, cell in enumerate(row))) for row in rows[:ROWS_MAX]]
    more = f"{len(rows) - ROWS_MAX:,} more {what} are in summary.json." if len(rows) > ROWS_MAX else ""
    said = " ".join(part for part in (note, more) if part)
    return element(
        "div",
        element(
            "table",
            element("caption", said) if said else Html(),
            element("thead", element("tr", *over) if over else Html(), element("tr", *names)),
            element("tbody", *body),
            class_="narrow" if narrow else None,
        ),
        class_="scroll",
        tabindex=0,
        role="region",
        aria_label=what,
    )


def _spans(groups: Heading) -> Iterable[tuple[str, int]]:
    """Unnamed groups as single cells: one that spans would read as a heading."""
    for name, span in groups:
        yield from [(name, span)] if name else [("", 1)] * span


def _cell(cell: Cell, at: int, right: bool) -> Html:
    content, style = (cell, "") if isinstance(cell, str) else cell
    classes = " ".join(part for part in ("number" if right else "", style) if part) or None
    return element("th", content, class_=classes, scope="row") if at == 0 else element("td", content, class_=classes)
