"""What a run comes to, in words: the sentences and figures that all outputs share, so that none tells another story."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from plimsoll.core.errors import UsageError
from plimsoll.core.goal_text import Unit, parse_goal
from plimsoll.core.summary import GeneratorSummary, GoalSummary, JourneySummary, ShortSpread, StepSummary, Summary
from plimsoll.core.units import (
    UNKNOWN,
    format_count,
    format_duration,
    format_in_unit,
    format_ms,
    format_rate,
    format_share,
)
from plimsoll.core.validity import BUSY_CPU_SHARE, RUN_DELAY_SHARE_MAX
from plimsoll.core.visible import visible
from plimsoll.runs.facts import RunFacts

NAME_CHARACTERS_MAX: Final = 200  # of a name or an error class; the rest is an ellipsis
TEXT_CHARACTERS_MAX: Final = 1000  # of a sentence somebody else wrote
SHORT_OF_TARGET: Final = 0.9  # of the rate asked for; what a Poisson process leaves out by chance is less
MOST_FAILED: Final = 0.5  # of the requests: arrivals then wait for what fails, not for room
LONG_WAIT_MS: Final = 10.0  # a user or a connection that was free was had far sooner

DSN_ENVIRONMENT: Final = "dsn"  # the name of an environment that --dsn makes

Standing = Literal["met", "missed", "invalid", "unjudged"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One sentence, and where the run stands: goals "met" or "missed", "invalid", or "unjudged".

    Not judged is a run without goals, and one that was cut short before it could miss any.
    """

    standing: Standing
    sentence: str


@dataclass(frozen=True, slots=True)
class GoalWords:
    """A goal taken apart: "look up: p95", "412 ms", "< 1 s", and a remark or ""."""

    metric: str
    actual: str
    demand: str
    passed: bool
    remark: str

    @property
    def word(self) -> str:
        return "met" if self.passed else "MISSED"

    @property
    def sentence(self) -> str:
        """ "p95 412 ms, goal < 1 s"."""
        return f"{self.metric} {self.actual}, goal {self.demand}" + (f": {self.remark}" if self.remark else "")


def verdict(summary: Summary) -> Verdict:
    """What somebody must know who reads one line only."""
    judged = _judged(summary)
    ending = ending_words(summary.stopped_by)
    if not ending:
        return judged
    ending = f"{ending} after {format_duration(summary.warmup_s + summary.duration_s)}"
    if judged.standing != "met":
        aborted = summary.stopped_by.startswith("aborted") and judged.standing != "invalid"
        return Verdict("missed" if aborted else judged.standing, f"{ending}. {judged.sentence}")
    hold = "the goal holds" if len(summary.goals) == 1 else "goals hold"
    standing: Standing = "missed" if summary.stopped_by.startswith("aborted") else "unjudged"
    return Verdict(standing, f"{ending}; {hold} so far, but the run did not end")


def ending_words(stopped_by: str) -> str:
    """What cut the run short, or "" when it came to its end."""
    if stopped_by in ("", "completed"):
        return ""
    word, _, why = stopped_by.partition(": ")
    if word == "aborted" and why:
        return f"Aborted because of {plain(why, TEXT_CHARACTERS_MAX)}"
    known = {"interrupted": "Interrupted", "killed": "Killed", "running": "Still running"}
    return known.get(stopped_by, f"Ended early: {plain(stopped_by, TEXT_CHARACTERS_MAX)}")


def _judged(summary: Summary) -> Verdict:
    if not summary.valid:
        first, more = (*summary.invalid_because, "the reason is not recorded")[0], len(summary.invalid_because) - 1
        others = f" (and {more} more {'reason' if more == 1 else 'reasons'})" if more > 0 else ""
        return Verdict("invalid", f"Invalid: {plain(first, TEXT_CHARACTERS_MAX)}{others}")
    if not summary.goals:
        return Verdict("unjudged", f"No goals were set: {_figures(summary)}")
    missed = [goal for goal in summary.goals if not goal.passed]
    if missed:
        return Verdict("missed", _missed(missed, len(summary.goals)))
    met = "The goal is met" if len(summary.goals) == 1 else f"All {len(summary.goals)} goals met"
    return Verdict("met", f"{met} at {per_second(summary.journeys_per_s, 'journeys')}")


def _missed(missed: Sequence[GoalSummary], of: int) -> str:
    """With the first of those that something was measured of: it says more."""
    head = "Goal missed" if of == 1 else f"{len(missed)} of {of} goals missed"
    telling = min(missed, key=lambda goal: (goal.because.endswith("was measured"), goal.actual is None))
    return f"{head}: {goal_words(telling).sentence}"


def _figures(summary: Summary) -> str:
    if not summary.requests:
        return "nothing was measured"
    rate = per_second(summary.journeys_per_s, "journeys")
    return f"{rate}, p95 {format_ms(summary.latency_ms.p95)}, errors {format_share(summary.error_rate)}"


def goal_words(goal: GoalSummary) -> GoalWords:
    metric, demand, unit = goal.expression, "", goal.unit
    try:
        parsed = parse_goal(goal.expression, goal.scope)
    except UsageError:  # a summary of another program, or of a language that has changed since
        metric, demand = plain(goal.expression), "as stated"
    else:
        end = goal.expression.index(parsed.operator)
        window = f" for {format_duration(parsed.window_s)}" if parsed.window_s is not None else ""
        metric = goal.expression[:end].strip()
        demand = f"{parsed.operator} {_limit(parsed.limit, parsed.unit)}{window}"
        unit = parsed.unit
    scope = "" if goal.scope == "total" else f"{plain(goal.scope.partition(':')[2] or goal.scope)}: "
    remark = "" if goal.because.startswith("it was ") else plain(goal.because, TEXT_CHARACTERS_MAX)
    endless = goal.actual is None and "infinitely late" in goal.because
    actual = "∞" if endless else format_in_unit(goal.actual, unit)
    remark += " here, not in the figures of latency" if endless else ""
    return GoalWords(f"{scope}{metric}", actual, demand, goal.passed, remark)


def _limit(limit: float, unit: Unit) -> str:
    return format_duration(limit / 1000) if unit == "ms" else format_in_unit(limit, unit)


def per_second(rate: float | None, what: str) -> str:
    """ "312 journeys/s"."""
    said = format_rate(rate)
    return said if said == UNKNOWN else f"{said.removesuffix('/s')} {what}/s"


def generator_words(generator: GeneratorSummary) -> str:
    """ "1 process, 21.3 µs CPU a request, 43 % of a core each, 0.4 % of the time waiting for a core"."""
    processes = f"{generator.processes} process{'' if generator.processes == 1 else 'es'}"
    if generator.cpu_share is None and generator.run_delay_share is None:
        return f"{processes}, whose use of the CPU is not known"
    cpu_ms = None if generator.cpu_us_per_request is None else generator.cpu_us_per_request / 1000
    return (
        f"{processes}, {format_ms(cpu_ms)} CPU a request, {format_share(generator.cpu_share)} of a core each, "
        f"{format_share(generator.run_delay_share)} of the time waiting for a core"
    )


def generator_standing(generator: GeneratorSummary) -> str:
    """What kept it from its work, if anything did: "short of CPU" or "busy" tell why it was "late", too."""
    if (generator.run_delay_share or 0) > RUN_DELAY_SHARE_MAX:
        return "short of CPU"
    if generator.saturated:
        return "busy" if (generator.cpu_share or 0) > BUSY_CPU_SHARE else "late"
    return "unknown" if generator.cpu_share is None and generator.run_delay_share is None else "kept up"


def wait_words(summary: Summary, facts: RunFacts) -> str:
    """Why arrivals began late although the load generator was not, or ""."""
    asked, got, wait_ms = summary.target_rate_per_s, summary.journeys_per_s, summary.wait_ms.p99
    if summary.errors > MOST_FAILED * summary.requests:  # more users would fail, too
        return ""
    if asked is None or got >= SHORT_OF_TARGET * asked or wait_ms is None or wait_ms < LONG_WAIT_MS:
        return ""
    max_users = facts.profile.get("max_users")
    users = f"max_users is {max_users:,}" if isinstance(max_users, int) else "max_users is not recorded"
    return (
        f"{per_second(got, 'journeys')} of {format_rate(asked)} asked for: arrivals waited for a free user or a "
        f"connection, p99 {format_ms(wait_ms)}; {users}, connections: {plain(facts.connections)}. "
        "If the target is not at its limit, raise --max-users or --connections"
    )


def lag_words(lag: ShortSpread, *, open_loop: bool) -> str:
    """ "p50 61.0 µs  p99 214 µs  max 1.20 ms"; a closed loop has no schedule that it could be late for."""
    if not open_loop:
        return f"{UNKNOWN} (a closed loop has no schedule)"
    return f"p50 {format_ms(lag.p50)}  p99 {format_ms(lag.p99)}  max {format_ms(lag.max)}"


def lost_words(summary: Summary) -> str:
    """ "12 dropped and 3 incomplete", or ""."""
    kinds = ((summary.dropped, "dropped"), (summary.incomplete, "incomplete"))
    return " and ".join(f"{format_count(count)} {kind}" for count, kind in kinds if count)


def environment_words(facts: RunFacts) -> str:
    """The environment's name; of a run that was given a DSN the host and the database."""
    if facts.environment != DSN_ENVIRONMENT:
        return facts.environment
    parts = urlsplit(facts.target)
    return f"{parts.netloc.rpartition('@')[2]}{parts.path}" if parts.netloc else facts.environment


def step_labels(steps: Sequence[StepSummary]) -> list[str]:
    """The steps' names, with their journey's where two journeys have a step of the same name."""
    times = Counter(step.name for step in steps)
    return [step.name if times[step.name] == 1 else f"{step.journey}: {step.name}" for step in steps]


def by_time_spent(steps: Sequence[StepSummary]) -> list[tuple[str, StepSummary]]:
    """The steps with their labels, first where most time was spent in all."""
    return sorted(zip(step_labels(steps), steps, strict=True), key=lambda pair: -_time_spent(pair[1]))


def by_count(journeys: Sequence[JourneySummary]) -> list[JourneySummary]:
    """The most frequent first."""
    return sorted(journeys, key=lambda journey: -journey.count)


def _time_spent(step: StepSummary) -> float:
    return step.count * (step.latency_ms.mean or 0.0)


def stage_words(stage: Any, *, open_loop: bool) -> str:
    """ "300 journeys/s for 55 s, ramped over 10 s", of a stage in a run's facts; what is none is said as it is."""
    known = stage if isinstance(stage, Mapping) else {}
    level, for_s, ramp_s = (known.get(key) for key in ("level", "for_s", "ramp_s"))
    if not (isinstance(level, int | float) and isinstance(for_s, int | float)):
        return plain(str(stage))
    ramp = f", ramped over {format_duration(ramp_s)}" if isinstance(ramp_s, int | float) and ramp_s else ""
    users = "user" if level == 1 else "users"
    named = known.get("journeys")
    only = f", only {', '.join(map(plain, named))}" if isinstance(named, Mapping) and named else ""
    return f"{level:,g} {'journeys/s' if open_loop else users} for {format_duration(for_s)}{ramp}{only}"


def clock(seconds: float) -> str:
    """Time since the start as the axis has it: "1:05", "2:00:30"."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def plain(text: str, most: int = NAME_CHARACTERS_MAX) -> str:
    """`text` on one line of at most `most`, without control and direction characters: they could rewrite a terminal."""
    shown = visible(text[: most + 1])
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"


def sentence(text: str) -> str:
    """What somebody else wrote, as `plain` has it, in full unless it is of no sentence's length."""
    return plain(text, TEXT_CHARACTERS_MAX)


def statement_words(query: str, query_id: str) -> str:
    """The text of a statement, or that it is not known. What only the driver asks of a database says so."""
    if query.startswith(_TYPES_OF_ASYNCPG):
        return f"(the driver asyncpg looks types up, once a connection) {query}"
    return query or f"query {query_id}, whose text is not known"


_TYPES_OF_ASYNCPG: Final = "WITH RECURSIVE typeinfo_tree("
