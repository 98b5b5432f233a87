"""What many edges tell becomes one account. Pure."""

from collections import deque
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from plimsoll.core.cache_report import quantile_ms
from plimsoll.core.edge_figures import SAMPLE_MIN, ClassRow, EdgeRow, EdgeTotals
from plimsoll.core.edge_report import CLASSES, OTHERS, OUTCOMES, SAVED, EdgeReport
from plimsoll.core.time_bounds import ANSWER_MS
from plimsoll.monitor.collecting.counters import Difference, Look, difference

COUNTRIES_SHOWN: Final = 20
SHARE_S: Final = 60.0  # shares are of the requests of so long at most
LOOKS_MAX: Final = 64
_JUDGED: Final = (*SAVED, "forwarded", "failed")  # of these hits are a share: what no cache answers does not count

Counted = tuple[Hashable, ...]
Between = Difference[Counted]


@dataclass(frozen=True, slots=True)
class SeenEdge:
    """One look at an edge, by its address. Without a report `why` there is none."""

    edge: str
    report: EdgeReport | None
    why: str = ""


class Looks:
    """The reports of each edge within SHARE_S, and what it counted since: the one before for rates, the first for
    shares, so that also of few requests a share is known."""

    def __init__(self, period_s: float) -> None:
        self._period_s = period_s
        self._kept: dict[str, deque[Look[Counted]]] = {}
        self.wide: list[Between] = []

    def next(self, seen: Iterable[SeenEdge], steady_s: float) -> dict[str, Between]:
        """Since the look before, by address, where it is known; `wide` is then of the longer time. Another process that
        answers there begins anew."""
        found: dict[str, Between] = {}
        self.wide = []
        for one in seen:
            if one.report is None:
                continue
            look = Look(steady_s, counters_of(one.report), (one.report.instance, one.report.started_s))
            kept = self._kept.setdefault(one.edge, deque(maxlen=LOOKS_MAX))
            while kept and (kept[0].epoch != look.epoch or steady_s - kept[0].steady_s > SHARE_S):
                kept.popleft()
            if kept:
                between = difference(_whole(kept[-1], look), look, self._period_s)
                wide = difference(_whole(kept[0], look), look, SHARE_S)
                found |= {one.edge: between} if between is not None else {}
                self.wide += [wide] if wide is not None else []
            kept.append(look)
        return found


def counters_of(report: EdgeReport) -> dict[Counted, float]:
    """All that counts up, by what it is."""
    named: Mapping[str, Mapping[str, int]] = {
        "because": report.because, "passed": report.passed, "country": report.countries,
    }  # fmt: skip
    plain = ("errors", "cut", "saved_bytes", "served_bytes", "purged")
    return {
        **{("told", kind, name): float(n) for kind, told in report.told.items() for name, n in told.items()},
        **{(what, name): float(n) for what, counts in named.items() for name, n in counts.items()},
        **{("latency_ms", place): float(n) for place, n in enumerate(report.latency_ms)},
        **{(name,): float(getattr(report, name)) for name in plain},
    }


def _whole(before: Look[Counted], after: Look[Counted]) -> Look[Counted]:
    """With 0 for what had not come up yet."""
    new = dict.fromkeys(after.counters.keys() - before.counters.keys(), 0.0)
    return replace(before, counters={**before.counters, **new})


def row_of(one: SeenEdge, between: Between | None) -> EdgeRow:
    """A process as it is shown."""
    report, known = one.report or EdgeReport(), [] if between is None else [between]
    total = totals_of([one], known)
    return EdgeRow(
        edge=one.edge,
        host=report.host,
        pid=report.pid,
        standing="silent" if one.report is None else "behind" if report.behind else "up",
        why=one.why,
        requests_per_s=total.requests_per_s,
        hit_percent=total.hit_percent,
        latency_ms_p95=total.latency_ms_p95,
        errors_percent=total.errors_percent,
        entries=None if one.report is None else report.entries,
        bytes=None if one.report is None else report.bytes,
        bytes_max=None if one.report is None else report.bytes_max,
    )


def totals_of(
    seen: Sequence[SeenEdge], between: Sequence[Between], wide: Sequence[Between] | None = None
) -> EdgeTotals:
    """Of all that answer. Shares are of `wide`, if that is given."""
    wide = between if wide is None else wide
    up = [one.report for one in seen if one.report is not None]
    times = [_counted(between, ("latency_ms", place)) for place in range(len(ANSWER_MS))]
    outcomes = {name: _rate(between, [("told", kind, name) for kind in CLASSES]) for name in OUTCOMES}
    errors = sum(_counted(wide, (name,)) for name in ("errors", "cut"))
    answers = sum(_counted(wide, ("latency_ms", place)) for place in range(len(ANSWER_MS)))
    countries = _by_name(between, "country")
    return EdgeTotals(
        edges=len(up),
        silent=len(seen) - len(up),
        behind=sum(one.behind is True for one in up),
        requests_per_s=_known(between, sum(outcomes.values())),
        hit_percent=_hits(wide, CLASSES),
        latency_ms_p50=quantile_ms(times, 0.5, ANSWER_MS),
        latency_ms_p95=quantile_ms(times, 0.95, ANSWER_MS),
        latency_ms_p99=quantile_ms(times, 0.99, ANSWER_MS),
        errors_percent=_percent(errors, answers),
        errors_per_s=_known(between, sum(_rate(between, [(name,)]) for name in ("errors", "cut"))),
        saved_bytes_per_s=_known(between, _rate(between, [("saved_bytes",)])),
        served_bytes_per_s=_known(between, _rate(between, [("served_bytes",)])),
        purged_per_s=_known(between, _rate(between, [("purged",)])),
        entries=sum(one.entries for one in up),
        bytes=sum(one.bytes for one in up),
        bytes_max=sum(one.bytes_max for one in up),
        outcomes_per_s={name: rate for name, rate in outcomes.items() if rate},
        because_per_s=_by_name(between, "because"),
        passed_per_s=_by_name(between, "passed"),
        countries_per_s=_largest(countries, COUNTRIES_SHOWN),
    )


def classes_of(between: Sequence[Between], wide: Sequence[Between] | None = None) -> list[ClassRow]:
    """Those of which there were requests. Shares are of `wide`, if that is given."""
    wide = between if wide is None else wide
    rates = {kind: _rate(between, [("told", kind, name) for name in OUTCOMES]) for kind in CLASSES}
    return [ClassRow(kind, rate, _hits(wide, [kind])) for kind, rate in rates.items() if rate]


def _hits(between: Sequence[Between], kinds: Iterable[str]) -> float | None:
    counts = dict.fromkeys(_JUDGED, 0.0)
    for kind in kinds:
        for name in _JUDGED:
            counts[name] += _counted(between, ("told", kind, name))
    return _percent(sum(counts[name] for name in SAVED), sum(counts.values()))


def _percent(some: float, of: float) -> float | None:
    """None of a sample that is too small. At most 100: a body that breaks off is an error of an answer already told."""
    return min(100.0, 100 * (some / of)) if of >= SAMPLE_MIN else None


def _known(between: Sequence[Between], rate: float) -> float | None:
    return rate if between else None


def _by_name(between: Iterable[Between], what: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for one in between:
        for key, count in one.counted.items():
            if key[0] == what and count:
                found[str(key[1])] = found.get(str(key[1]), 0.0) + count / one.seconds
    return found


def _largest(rates: Mapping[str, float], most: int) -> dict[str, float]:
    ranked = sorted(rates.items(), key=lambda one: (-one[1], one[0]))
    rest = sum(rate for _, rate in ranked[most:])
    shown = dict(ranked[:most])
    if rest:
        shown[OTHERS] = shown.get(OTHERS, 0.0) + rest
    return shown


def _rate(between: Iterable[Between], keys: Sequence[Counted]) -> float:
    return sum(one.counted.get(key, 0.0) / one.seconds for one in between for key in keys)


def _counted(between: Iterable[Between], key: Counted) -> float:
    return sum(one.counted.get(key, 0.0) for one in between)
