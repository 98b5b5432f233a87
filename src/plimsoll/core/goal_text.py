"""The language of goals: how a demand on a run is written, and what it means.

    goal       ::= [ scope ":" ] comparison [ "for" duration ]
    scope      ::= "total" | "step:" NAME | "journey:" NAME           NAME may hold anything, also colons
    comparison ::= metric ( "<" | "<=" | ">" | ">=" ) value
    metric     ::= [ "service" | "wait" | "lag" ] statistic           without a word: of latency
                 | "errors" | "dropped" | "rate" | "journeys"
    statistic  ::= "p" N [ "." DIGITS ] | "mean" | "max"              N: 1 to 99; p999 is p99.9, p9999 p99.99
    value      ::= NUMBER ( "us" | "ms" | "s" | "m" )                 for statistics of time
                 | NUMBER "%" | NUMBER                                for errors and dropped: a share, or a count
                 | NUMBER "/s"                                        for rate (steps; in a journey's scope journeys)
                                                                      and for journeys

With "for", a goal fails if it was violated throughout so many consecutive seconds, and an abort condition is met when
it held throughout them. `plimsoll.core.goal` judges.
"""

import difflib
import operator as operators
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from plimsoll.core.errors import UsageError
from plimsoll.core.units import nearest_time_unit, parse_duration

Subject = Literal["latency", "service", "wait", "lag", "errors", "dropped", "rate", "journeys"]
Operator = Literal["<", "<=", ">", ">="]
Unit = Literal["ms", "%", "count", "/s"]

TOTAL: Final = "total"

_COMPARE: Final[dict[Operator, Callable[[float, float], bool]]] = {
    "<": operators.lt, "<=": operators.le, ">": operators.gt, ">=": operators.ge,
}  # fmt: skip
_MS: Final = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 60e3}
_TIMES: Final[dict[str, Subject]] = {"service": "service", "wait": "wait", "lag": "lag"}
_COUNTS: Final[dict[str, Subject]] = {"errors": "errors", "dropped": "dropped"}
_RATES: Final[dict[str, Subject]] = {"rate": "rate", "journeys": "journeys"}
_ALIASES: Final = {
    "avg": "mean", "average": "mean", "median": "p50", "med": "p50", "error": "errors", "error_rate": "errors",
    "failures": "errors", "drops": "dropped", "rps": "rate", "tps": "rate", "qps": "rate", "throughput": "rate",
}  # fmt: skip
_WORDS: Final = ("p50", "p90", "p95", "p99", "p999", "mean", "max", *_COUNTS, *_RATES)
# which figures a scope has: waits and lag are known for the whole run, drops for arrivals, service time for steps
_LACKING: Final[dict[str, tuple[Subject, ...]]] = {
    "total": (), "step": ("wait", "lag", "dropped", "journeys"), "journey": ("service", "wait", "lag"),
}  # fmt: skip

_PERCENTILE: Final = re.compile(r"p(\d+(?:\.\d+)?)")
_OPERATOR: Final = re.compile(r"[<>=!~]+")
_VALUE: Final = re.compile(r"\s*(\d+(?:\.\d*)?|\.\d+)(?:\s*((?!for\b)/?[^\s\d]*))?")
_WINDOW: Final = re.compile(r"\s+for\s+(\S.*)")


@dataclass(frozen=True, slots=True)
class Metric:
    """What is compared. `statistic` is a quantile (0..1), "mean" or "max" of a time; None for what is no time."""

    subject: Subject
    statistic: float | Literal["mean", "max"] | None = None


@dataclass(frozen=True, slots=True)
class Goal:
    """A demand on one scope. `limit` is in `unit`: "ms" for every time, "%", "count" or "/s"."""

    scope: str
    expression: str
    metric: Metric
    operator: Operator
    limit: float
    unit: Unit
    window_s: float | None = None

    def allows(self, value: float) -> bool:
        """Whether `value` (in `unit`) satisfies the comparison."""
        return _COMPARE[self.operator](value, self.limit)


def parse_goal(text: str, scope: str = TOTAL, *, what: str = "goal") -> Goal:
    """The goal that `text` states for `scope`, unless it begins with a scope of its own ("step:look up: p99<50ms").

    `what` names the thing in errors ("abort condition"). Raises UsageError that shows the text, the place, what is
    allowed there and, where there is one, the nearest right text.
    """
    before, colon, _ = text.rpartition(":")
    if colon and scope != TOTAL:
        raise UsageError(
            f'the {what} "{text}" has two scopes',
            why=f'it stands under "{scope}" and begins with "{before}:"',
            remedy="keep one of them",
        )
    return _Text(text, what, len(before) + len(colon)).goal(parse_scope(before if colon else scope))


def parse_scope(text: str) -> str:
    """The scope "total", "step:NAME" or "journey:NAME", without spaces around the name. Raises UsageError."""
    kind, colon, name = text.strip().partition(":")
    if (kind == TOTAL and not colon) or (kind in ("step", "journey") and name.strip()):
        return f"{kind}{colon}{name.strip()}"
    near = difflib.get_close_matches(kind.strip().lower(), _LACKING, 1)
    suggestion = TOTAL if near == [TOTAL] else f"{near[0] if near else 'step'}:{name.strip() or 'NAME'}"
    raise UsageError(
        f'"{text}" is not a scope',
        why='a goal is about "total", "step:NAME" or "journey:NAME"',
        remedy=f'write "{suggestion}"',
    )


def _metric_of(head: str) -> Metric | None:
    """The metric that `head` ("p95", "service max", "errors") names; None if none."""
    words = head.split()
    subject = _TIMES.get(words[0]) if len(words) == 2 else "latency"
    if not words or len(words) > 2 or subject is None:
        return None
    plain = _COUNTS.get(words[-1]) or _RATES.get(words[-1])
    if plain:
        return Metric(plain) if len(words) == 1 else None
    if words[-1] == "mean":
        return Metric(subject, "mean")
    if words[-1] == "max":
        return Metric(subject, "max")
    quantile = _quantile(words[-1])
    return None if quantile is None else Metric(subject, quantile)


def _quantile(word: str) -> float | None:
    """0.999 of "p99.9" or "p999". No other number above 99 is read: p101 and p1000 are slips, not percentiles."""
    match = _PERCENTILE.fullmatch(word)
    if match is None:
        return None
    digits = {"999": "99.9", "9999": "99.99"}.get(match[1], match[1])
    quantile = float(f"{digits}e-2")  # read as decimal: 99.9 / 100 would not be 0.999
    return quantile if 0.01 <= quantile < 1 else None


@dataclass(frozen=True, slots=True)
class _Text:
    """A goal being read; its comparison begins at `base`, and errors point into the whole."""

    whole: str
    what: str
    base: int

    def goal(self, scope: str) -> Goal:
        operator = _OPERATOR.search(self.whole, self.base)
        if operator is None:
            raise self._wrong((len(self.whole),) * 2, "a comparison is missing", remedy='write for example "p95<500ms"')
        comma = self.whole.find(",", operator.end())
        if comma >= 0 and _OPERATOR.search(self.whole, comma):
            raise self._wrong((comma, len(self.whole)), "a goal is one comparison", remedy=f"say {self._apart()}")
        metric = self._metric(scope, operator.start())
        comparison = next((known for known in _COMPARE if known == operator[0]), None)
        if comparison is None:
            near = "<=" if operator[0] in ("=<", "=", "==") else ">=" if operator[0] == "=>" else "<"
            raise self._wrong(operator.span(), "a comparison is <, <=, > or >=", near)
        value = _VALUE.match(self.whole, operator.end())
        if value is None:
            raise self._wrong((operator.end(), len(self.whole)), f"here belongs {_values(metric)}")
        limit, unit = self._limit(metric, value)
        expression = " ".join(self.whole[self.base :].split())
        return Goal(scope, expression, metric, comparison, limit, unit, self._window(value.end()))

    def _metric(self, scope: str, end: int) -> Metric:
        head = self.whole[self.base : end]
        span = (end - len(head.lstrip()), self.base + len(head.rstrip()))
        metric = _metric_of(head)
        if metric is None:
            times = "p1 to p99 (also p99.9), mean or max, alone or after service, wait or lag"
            raise self._wrong(span, f"a metric is {times}; errors, dropped, rate or journeys", _nearest_metric(head))
        kind = scope.partition(":")[0]
        if metric.subject in _LACKING[kind]:
            raise self._wrong(span, f'"{metric.subject}" is not known for a {kind}', remedy="ask it of another scope")
        return metric

    def _limit(self, metric: Metric, value: re.Match[str]) -> tuple[float, Unit]:
        number, unit = float(value[1]), value[2] or ""
        if metric.statistic is not None and unit in _MS:
            return number * _MS[unit], "ms"
        if metric.subject in _COUNTS and unit in ("%", ""):
            if unit and number > 100:
                raise self._wrong(value.span(1), "a share is at most 100%")
            if not unit and not number.is_integer():
                share = f"{number * 100 if number < 1 else number:g}%"
                raise self._wrong(value.span(1), "a count is a whole number, and a share has a %", share)
            return number, "%" if unit else "count"
        if metric.subject in _RATES and unit == "/s":
            return number, "/s"
        raise self._wrong(value.span(2), f"here belongs {_values(metric)}", _nearest_unit(metric, unit))

    def _window(self, start: int) -> float | None:
        rest = self.whole[start:]
        if not rest.strip():
            return None
        window = _WINDOW.fullmatch(rest)
        span = (start + len(rest) - len(rest.lstrip()), len(self.whole.rstrip()))
        if window is None:
            raise self._wrong(span, 'after the value there may only be a window, such as "for 10s"')
        seconds = parse_duration(window[1].rstrip(), what=f'window of the {self.what} "{self.whole}"')
        if seconds < 1:
            raise self._wrong(span, "figures are made each second: a window has at least one", "for 1s")
        return seconds

    def _apart(self) -> str:
        """The goals that a comma joins, one by one: as they are given to a command, or in a list."""
        first, _, other = self.whole.partition(",")
        option = self.what if self.what.startswith("--") else ""
        return " ".join([*filter(None, [option]), f"'{first.strip()}'", option or "and", f"'{other.strip()}'"])

    def _wrong(self, span: tuple[int, int], why: str, near: str | None = None, *, remedy: str = "") -> UsageError:
        start, end = span
        place = f'character {start + 1}, "{self.whole[start:end]}"' if start < end else f"character {start + 1}"
        if near:
            remedy = f'write "{self.whole[:start]}{near}{self.whole[end:]}"'
        return UsageError(f'cannot read the {self.what} "{self.whole}"', where=place, why=why, remedy=remedy)


def _values(metric: Metric) -> str:
    if metric.statistic is not None:
        return "a time in us, ms, s or m, such as 500ms"
    return "a rate, such as 100/s" if metric.subject in _RATES else "a share or a count, such as 1% or 10"


def _nearest_metric(head: str) -> str | None:
    words = [word.strip("()").lower() for word in head.split()]
    kept = [word for word in words if word not in _TIMES and word != "latency"]
    if len(kept) != 1:
        return None
    near = _ALIASES.get(kept[0]) or next(iter(difflib.get_close_matches(kept[0], _WORDS, 1, 0.5)), None)
    near = kept[0] if _metric_of(kept[0]) else "max" if kept[0] == "p100" else near
    subject = next((word for word in words if word in _TIMES), "")
    suggestion = f"{subject} {near}".strip() if near else ""
    return suggestion if _metric_of(suggestion) else near


def _nearest_unit(metric: Metric, unit: str) -> str | None:
    if metric.statistic is None:
        return "/s" if metric.subject in _RATES else "%"
    near = nearest_time_unit(unit) if unit else "ms"
    return near if near in _MS else None
