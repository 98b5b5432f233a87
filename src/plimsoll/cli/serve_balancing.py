"""What `plimsoll serve` is told of its balancer, read from words into settings."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from plimsoll.scale.balancer.algorithm import Algorithm
    from plimsoll.scale.balancer.limit import Gradient2
    from plimsoll.scale.balancer.settings import BalancerSettings, Timeouts

ADAPTIVE = "adaptive"
ADAPTIVE_BEGIN = 20  # Netflix's, too: one that begins beyond what a worker carries takes that for usual
MEAN_PART = 0.75  # of the time for the answer: the limit goes by means, a goal by those that take long
ALWAYS_RETRIED = ("GET", "HEAD", "OPTIONS")


def algorithm_of(balance: str) -> "Algorithm":
    from plimsoll.core.errors import UsageError
    from plimsoll.scale.balancer.algorithm import Algorithm

    try:
        return Algorithm(balance.strip().lower())
    except ValueError:
        why = f'"{balance}" is no way to spread requests'
        raise UsageError("wrong --balance", why=why, remedy=f"one of {', '.join(Algorithm)}") from None


def goal_s_of(goal: str | None) -> float | None:
    """The time within which requests are to be answered."""
    from plimsoll.core.errors import UsageError
    from plimsoll.core.goal_text import TOTAL, parse_goal

    if goal is None:
        return None
    read = parse_goal(goal)
    fits = read.scope == TOTAL and read.window_s is None and read.operator in ("<", "<=")
    if not fits or read.metric.subject != "latency" or read.limit <= 0:
        why = f'"{goal}" is no bound of what a request takes as a whole'
        raise UsageError("wrong --goal", why=why, remedy="--goal 'p95<300ms'")
    return read.limit / 1000


def concurrency_of(concurrency: str, goal_s: float | None) -> "tuple[int, Gradient2 | None]":
    """How many requests a worker is given at once, and what moves that: the half of a goal that is for the answer."""
    from plimsoll.core.errors import UsageError
    from plimsoll.scale.balancer.limit import Gradient2
    from plimsoll.scale.serving.bounding import wait_s_of

    plain = concurrency.strip().lower()
    if plain == ADAPTIVE:
        mean_ms = None if goal_s is None else 1000 * MEAN_PART * (goal_s - wait_s_of(goal_s))
        return ADAPTIVE_BEGIN, Gradient2(response_ms_max=mean_ms)
    if plain.isdecimal() and plain.isascii() and len(plain) < 7:
        return int(plain), None
    raise UsageError(
        "wrong --concurrency", why=f'"{concurrency}" is no number', remedy=f"--concurrency 20, or {ADAPTIVE}"
    )


def balancer_settings(
    *, health: str, clients: int, concurrency: int, queue: int | None, queue_timeout: str | None,
    goal_s: float | None, timeout: list[str], retry: str, slow_start: str, cookie: str,
    header: str, certificate: Path | None, key: Path | None, trust: list[str], access_log: bool,
) -> "BalancerSettings":  # fmt: skip
    from plimsoll.core.units import parse_duration
    from plimsoll.scale.balancer.settings import BalancerSettings, Bounds, HealthCheck
    from plimsoll.scale.serving.bounding import wait_s_of

    waited = wait_s_of(goal_s) if queue_timeout is None else parse_duration(queue_timeout, what="--queue-timeout")
    bounds = Bounds(
        connections=clients, queue=Bounds().queue if queue is None else queue,
        slow_start_s=parse_duration(slow_start, what="--slow-start"),
        per_server=concurrency,
    )  # fmt: skip
    return BalancerSettings(
        "fd@3", certificate, key, tuple(trust), _timeouts(timeout, waited), bounds, HealthCheck(path=health),
        cookie, header, _retried(retry), access_log,
    )  # fmt: skip


def _timeouts(told: list[str], queue_s: float) -> "Timeouts":
    from plimsoll.core.errors import UsageError
    from plimsoll.core.units import parse_duration
    from plimsoll.scale.balancer.settings import Timeouts

    known = [name for name in Timeouts.__slots__ if name != "queue"]
    found: dict[str, float] = {"queue": queue_s}
    for one in told:
        name, equals, time = one.partition("=")
        plain = name.strip().lower().replace("-", "_")
        if not equals or plain not in known:
            why = f'"{one}" names no time' if equals else f'"{one}" is not NAME=TIME'
            raise UsageError("wrong --timeout", why=why, remedy=f"--timeout server=90s; names are {', '.join(known)}")
        found[plain] = parse_duration(time, what=f"--timeout {plain}")
    return replace(Timeouts(), **found)


def _retried(retry: str) -> tuple[str, ...]:
    more = [method.strip().upper() for method in retry.split(",") if method.strip()]
    return (*ALWAYS_RETRIED, *dict.fromkeys(method for method in more if method not in ALWAYS_RETRIED))
