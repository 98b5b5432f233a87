"""A served application in a terminal: what it is doing and why, its workers, what was decided and what happened."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from rich.table import Table

from plimsoll.core.scaling import (
    BalancerStatus,
    DecisionRecord,
    FiguresStatus,
    Happening,
    ReloadStatus,
    ScalingConfig,
    ScalingHistory,
    ScalingLimits,
    ScalingStatus,
)
from plimsoll.core.units import (
    UNKNOWN,
    format_bytes,
    format_count,
    format_duration,
    format_ms,
    format_rate,
    format_share,
)
from plimsoll.core.visible import visible

_SHARES: Final = frozenset({"utilization", "cpu_up", "cpu_down", "cpu_target"})
_PARTS: Final = frozenset({"cpu", "memory", "machine_memory"})  # shares, of readings
_NONE: Final = {"capacity_per_s": "learned"}


def status_lines(status: ScalingStatus) -> Iterator[str]:
    """The verdict first; the workers are `workers_table`."""
    yield f"{status.name} at {status.address}: {_verdict(status)}"
    if status.broken is not None:
        yield f"broken for {format_duration(status.at - status.broken.since)}: {visible(status.broken.reason)}"
        yield from (f"    {visible(line)}" for line in status.broken.last[-5:])
    yield f"workers   {_limits(status.limits)}, by {status.policy}{_capacity(status)}"
    if (reload := status.reload) is not None and reload.state != "done":
        yield f"reload    {reload_line(reload)}"
    yield f"load      {_load(status.balancer)}"
    yield f"balancing {_balancing(status.balancer)}"
    if (database := status.database) is not None:
        others = "others' are not measured" if database.others is None else f"others have {database.others:.0f}"
        others += f" (by {visible(database.measured_by)})" if database.measured_by not in ("", "itself") else ""
        yield (
            f"database  {database.connections_max} connections, {others}, {database.pool} a worker: at most "
            f"{_workers(database.workers_max)}"
        )
    if (figures := status.figures) is not None:
        yield f"figures   of {visible(figures.where)}: {_figures(figures)}"
    if (forecast := status.forecast) is not None and forecast.expected_per_s is not None:
        yield f"forecast  {format_rate(forecast.expected_per_s)} are expected, as yesterday at this time"
    if (decision := status.decision) is not None:
        ago = format_duration(max(0.0, round(status.at - decision.at)))
        yield f"decided   {ago} ago: {visible(decision.summary)}"


def _figures(figures: FiguresStatus) -> str:
    told = [
        f"{name} {value:.0%}" if name in _PARTS else f"{name} {value:.4g}" for name, value in figures.readings.items()
    ]
    return "; ".join([*([", ".join(told)] if told else []), *([visible(figures.trouble)] if figures.trouble else [])])


def reload_line(reload: ReloadStatus) -> str:
    old = f"{_workers(reload.old)} of the code before {'is' if reload.old == 1 else 'are'} left"
    if reload.state == "done":
        return f"done: every worker is of generation {reload.generation}"
    if reload.state == "given up":
        return f"given up, generation {reload.generation} cannot start ({visible(reload.why)}); {old}"
    return f"under way to generation {reload.generation}: {old}"


def told_lines(status: ScalingStatus) -> Iterator[str]:
    """After something was told: what is so now."""
    yield f"{status.name}: {_verdict(status)}; {_limits(status.limits)}, by {status.policy}; {_spread(status.balancer)}"


def _verdict(status: ScalingStatus) -> str:
    ready = f"{status.ready} of {_workers(status.wanted)} ready"
    words = [ready, *(["paused"] if status.paused else []), *(["broken"] if status.broken is not None else [])]
    return ", ".join(words)


def _limits(limits: ScalingLimits) -> str:
    if limits.fixed:
        return f"{limits.workers_max}, whatever the load"
    return f"{limits.workers_min} to {limits.workers_max}"


def _workers(count: int) -> str:
    return f"{count} worker{'s' * (count != 1)}"


def _capacity(status: ScalingStatus) -> str:
    capacity = status.capacity
    if capacity is None:
        return ""
    if capacity.one_per_s is None:
        return "; what one carries is not known yet"
    return f"; one carries {format_rate(capacity.one_per_s)}{' (learned)' if capacity.learned else ''}"


def _load(balancer: BalancerStatus) -> str:
    if balancer.trouble:
        return f"unknown: {visible(balancer.trouble)}"
    if balancer.in_flight is None:
        return "not looked at yet"
    came = f"{format_rate(balancer.rate_per_s)} came, {format_rate(balancer.served_per_s)} answered"
    parts = [
        came if balancer.rate_per_s is not None else "rates are not known yet",
        f"{format_count(balancer.in_flight)} in flight, {format_count(balancer.queue)} of them wait",
    ]
    if balancer.latency_ms is not None:
        parts.append(f"{format_ms(balancer.latency_ms)} on average")
    if balancer.refused_per_s:
        parts.insert(1, f"{format_rate(balancer.refused_per_s)} refused")
    return "; ".join(parts)


def _balancing(balancer: BalancerStatus) -> str:
    told = [_spread(balancer)]
    if (totals := balancer.totals) is not None:
        told.append(
            f"since {_clock(totals.since)} {format_count(totals.requests)} requests, {format_count(totals.errors)} "
            f"failed, {format_count(totals.refused)} refused, {format_count(totals.retries)} sent again"
        )
    return "; ".join(told)


def _spread(balancer: BalancerStatus) -> str:
    weights = ", ".join(f"{name} {weight}" for name, weight in balancer.weights.items())
    return f"{balancer.algorithm}{f' with weights {weights}' if weights else ''}"


def workers_table(status: ScalingStatus) -> Table:
    """A worker a row; within 80 columns. `code` is the generation, `in hand` requests at it."""
    table = Table(box=None, pad_edge=False, show_edge=False)
    for name in ("worker", "state"):
        table.add_column(name, no_wrap=True)
    for name in ("code", "age", "CPU", "memory", "in hand", "requests", "failed"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in status.workers:
        health = f", {one.health}" if one.health not in ("", "up") else ""
        table.add_row(
            one.name, f"{one.state}{health}", str(one.generation),
            _age(one.age_s), format_share(None if one.cpu_share is None else round(one.cpu_share, 2)),
            format_bytes(one.memory_bytes), format_count(one.in_flight),
            format_count(one.requests), format_count(one.errors),
        )  # fmt: skip
    return table


def workers_lines(status: ScalingStatus) -> Iterator[str]:
    """Of workers that do not simply serve, why."""
    for one in status.workers:
        if why := one.outdated or (one.why if one.state != "ready" else ""):
            yield f"{one.name}: {visible(why)}"


def _age(seconds: float | None) -> str:
    """Of more than a minute in whole minutes: seconds would only flicker."""
    if seconds is None:
        return UNKNOWN
    return format_duration(round(seconds) if seconds < 60 else round(seconds / 60) * 60)


def history_lines(history: ScalingHistory) -> Iterator[str]:
    """Both kinds in the order in which they came."""
    entries: Sequence[DecisionRecord | Happening] = sorted(
        (*history.decisions, *history.happenings), key=lambda one: one.at
    )
    for entry in entries:
        if isinstance(entry, DecisionRecord):
            yield f"{_clock(entry.at)} {visible(entry.summary)}"
            yield from (f"    otherwise: {visible(one.text)}" for one in entry.would_change)
        else:
            who = f"{entry.worker}: " if entry.worker else ""
            yield f"{_clock(entry.at)} {visible(who + entry.text)}"
            yield from (f"    {visible(line)}" for line in entry.said)


def config_table(config: ScalingConfig) -> Table:
    """What this policy has, and what of it was told since it was started."""
    table = Table(box=None, pad_edge=False, show_edge=False)
    for name in ("setting", "value", ""):
        table.add_column(name, no_wrap=True)
    table.add_row("policy", config.policy, "")
    for name in config.names:
        table.add_row(name, _value(name, getattr(config, name)), "told" if name in config.told else "")
    return table


def _value(name: str, value: Any) -> str:
    if value is None:
        return _NONE.get(name, "none")
    if isinstance(value, bool):
        return "on" if value else "off"
    if name in _SHARES:
        return format_share(value)
    if name.endswith("_per_s"):
        return format_rate(value)
    return format_duration(value) if name.endswith("_s") else str(value)


def _clock(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"
