"""Where the time of all requests went, before anybody asks why. Pure.

A request's latency is lag (ours) + wait (for a connection) + service. Of the service the database's part is counted
independently: average active sessions by what they wait for, sampled beside the load. What the database does not
explain is the network's and the driver's where SQL was sent, and the application's where HTTP was. Where a process tree
is watched, its time on a core is told from its time of waiting for one. Intervals come from a moving-block bootstrap
over the seconds of the run.

Steps of the scenario's own making (`user.step`) hold several requests and what lies between them, pauses too: as much
of their time as users were not seen waiting for an answer is a part of its own.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from plimsoll.analyze.evidence.gauges import Gauges
from plimsoll.analyze.evidence.load import LoadEvidence, Second
from plimsoll.core.analysis import Accounting, Slice
from plimsoll.core.finding import Layer, Share
from plimsoll.core.statistics.bootstrap import block_bootstrap, ratio_of_sums

SEED: Final = 20_011
LAG: Final = "lag"
POOL_WAIT: Final = "wait for a connection"
NETWORK: Final = "network and driver"
APPLICATION: Final = "application"
APPLICATION_CPU: Final = "application CPU"
APPLICATION_RUN_DELAY: Final = "application waiting for a core"
CPU: Final = "CPU"
RUN_DELAY: Final = "waiting for a core"
BETWEEN: Final = "between the requests of custom steps"
DATABASE_TREE: Final = "database"
SESSIONS_CPU: Final = "database_sessions_cpu_percent"
SESSIONS_DELAY: Final = "database_sessions_run_delay_percent"
LOOK_S: Final = 0.6  # what a time that was cut to whole seconds lacks of the end of its look, on average
NEAR_S: Final = 2.0
OTHERS_SHARE: Final = 1.1  # of the service time, above which the database visibly works for others too
OTHERS_LEAST: Final = 0.2  # sessions, below which chance rules

Values = Sequence[float]
Part = tuple[str, Layer, Values]


def account(load: LoadEvidence, gauges: Gauges, workers: float = 0.0) -> Accounting:
    """The parts, the largest first; the database's are named by wait classes, "CPU" where sessions wait for nothing.
    `workers` of the load's statements are active beside their sessions, on average."""
    whole = load.request_s
    if not whole:
        return Accounting(0.0, (), None, ("no request ended in this stretch",))
    seconds = load.seconds
    classes = _database_seconds(seconds, gauges)
    served = _fitting(_database_parts(seconds, classes, gauges), sum(second.service_s for second in seconds))
    if classes or application_trees(gauges):
        served += _outside_parts(load, [values for _, _, values in served], gauges)
    parts: list[Part] = [
        (LAG, "generator", [second.lag_s for second in seconds]),
        (POOL_WAIT, "network" if load.kinds == {"http"} else "application", [second.wait_s for second in seconds]),
        *served,
    ]
    slices = [_slice(name, layer, values, seconds) for name, layer, values in parts]
    found = sorted((one for one in slices if one.seconds > 0), key=lambda one: -one.seconds)
    unaccounted = None if served else share_of([second.service_s for second in seconds], seconds)
    return Accounting(whole, found, unaccounted, tuple(_notes(load, classes, workers)))


def share_of(values: Values, seconds: Sequence[Second]) -> Share:
    """What part of all requests' time these seconds' values are, with its interval. One value for each second."""
    return ratio(values, [second.latency_s for second in seconds])


def ratio(parts: Values, wholes: Values) -> Share:
    """What part the ones are of the others together, from 0 to 1, with its interval."""
    rows = np.array(list(zip(parts, wholes, strict=True)), dtype=float)
    found = ratio_of_sums(rows)
    low, high = block_bootstrap(rows, ratio_of_sums, SEED) if len(rows) > 1 else (0.0, 1.0)
    return Share(*(round(float(np.clip(value, 0.0, 1.0)), 4) for value in (found, low, high)))


def by_second(seconds: Sequence[Second], points: Sequence[tuple[float, float]]) -> Values:
    """A gauge's value in each second of the load: (seconds since the start, value) as it comes.

    A look tells of the time before it. Where one is late, its neighbour stands for it; 0 where there is none near.
    """
    times = [at + LOOK_S for at, _ in points]
    return [_about(second, times, points) for second in seconds]


def _about(second: Second, times: Sequence[float], points: Sequence[tuple[float, float]]) -> float:
    end_s = second.start_s + second.width_s
    first, last = bisect_right(times, second.start_s), bisect_right(times, end_s)
    if first < last:
        return sum(value for _, value in points[first:last]) / (last - first)
    near = [at for at in (first - 1, first) if 0 <= at < len(times) and abs(times[at] - end_s) <= NEAR_S]
    return points[min(near, key=lambda at: abs(times[at] - end_s))][1] if near else 0.0


def _database_seconds(seconds: Sequence[Second], gauges: Gauges) -> Mapping[str, Values]:
    """Session-seconds of each second of the load, by wait class; empty where sessions were not sampled."""
    names = sorted({(key.label("wait") or "").partition(":")[0] for key in gauges.keys("database_active_sessions")})
    return {
        name: _times(by_second(seconds, gauges.summed("database_active_sessions", wait=name)), seconds)
        for name in names
    }


def _times(values: Values, seconds: Sequence[Second]) -> Values:
    return [value * second.width_s for value, second in zip(values, seconds, strict=True)]


def _database_parts(seconds: Sequence[Second], classes: Mapping[str, Values], gauges: Gauges) -> Sequence[Part]:
    """A session that waits for nothing runs or wants to: which of the two, its processes tell."""
    parts: list[Part] = [(name, "database", values) for name, values in classes.items() if name != CPU]
    if CPU in classes:
        left = _left([second.service_s for second in seconds], [values for _, _, values in parts])
        running, delayed = _on_and_off(seconds, classes[CPU], left, gauges)
        parts += [(CPU, "database", running), (RUN_DELAY, "system", delayed)]
    return parts


def _fitting(parts: Sequence[Part], room: float) -> list[Part]:
    """In proportion, where looks at the sessions add up to more than was waited for: by chance, or as they work for
    others, too. No part is then more than the whole."""
    factor = _fit(room, sum(max(0.0, sum(values)) for _, _, values in parts))
    return [(name, layer, [value * factor for value in values]) for name, layer, values in parts]


def _on_and_off(seconds: Sequence[Second], wanting: Values, left: Values, gauges: Gauges) -> tuple[Values, Values]:
    """Time on a core and time of waiting for one, of the `left` that sessions wait for nothing else.

    Where each session's own clock is known it is believed: one that was sent a statement and has no core yet still
    looks idle to samples of sessions. Otherwise what samples saw is split in the proportion of the process tree.
    """
    if not gauges.keys(SESSIONS_DELAY):
        delayed = _delayed(wanting, *_tree_seconds(seconds, gauges, [DATABASE_TREE]))
        return _left(wanting, [delayed]), delayed
    ran, late = (
        _times([value / 100 for value in by_second(seconds, gauges.summed(name))], seconds)
        for name in (SESSIONS_CPU, SESSIONS_DELAY)
    )
    stalled = max(0.0, sum(wanting) - sum(ran) - sum(late)) / (sum(wanting) or 1.0)  # as by page faults
    running = [used + stalled * wanted for used, wanted in zip(ran, wanting, strict=True)]
    fits = [_fit(room, used + off) for room, used, off in zip(left, running, late, strict=True)]
    return _product(running, fits), _product(late, fits)


def _left(values: Values, used: Sequence[Values]) -> Values:
    return [value - sum(parts) for value, *parts in zip(values, *used, strict=True)]


def _fit(room: float, wanted: float) -> float:
    """What factor makes it fit."""
    return max(0.0, room) / wanted if wanted > max(0.0, room) else 1.0


def _delayed(wanting: Values, used: Values, delay: Values) -> Values:
    """Of the time that sessions wanted a core, what they waited for one: in the proportion of their processes."""
    return [
        wanted * late / (late + ran) if late + ran > 0 else 0.0
        for wanted, ran, late in zip(wanting, used, delay, strict=True)
    ]


def _tree_seconds(seconds: Sequence[Second], gauges: Gauges, trees: Sequence[str]) -> tuple[Values, Values]:
    """Seconds on a core and seconds of waiting for one, of process trees, in each second of the load."""

    def summed(name: str) -> Values:
        points = [by_second(seconds, gauges.summed(name, tree=tree)) for tree in trees]
        return [sum(values) / 100 * seconds[at].width_s for at, values in enumerate(zip(*points, strict=True))]

    none = [0.0] * len(seconds)
    return (summed("process_cpu_percent"), summed("process_run_delay_percent")) if trees else (none, none)


def _outside_parts(load: LoadEvidence, database: Sequence[Values], gauges: Gauges) -> Sequence[Part]:
    """What is left of the service time: the network's where SQL was sent, else the application's."""
    between = _between(load.seconds)
    rest = _left([second.service_s for second in load.seconds], [*database, between])
    paused: list[Part] = [(BETWEEN, "application", between)] if any(between) else []
    if "http" not in load.kinds:
        return [(NETWORK, "network", rest), *paused]
    trees = application_trees(gauges)
    running, delayed = _tree_seconds(load.seconds, gauges, trees)
    fits = [_fit(left, ran + late) for left, ran, late in zip(rest, running, delayed, strict=True)]
    running, delayed = [_product(values, fits) for values in (running, delayed)]
    other = _left(rest, [running, delayed])
    return [
        *paused,
        (APPLICATION, "application", other),
        (APPLICATION_CPU, "application", running),
        (APPLICATION_RUN_DELAY, "system", delayed),
    ]


def _between(seconds: Sequence[Second]) -> Values:
    """What of the time of custom steps no user was seen waiting for an answer."""
    custom_s = sum(second.custom_s for second in seconds)
    waited_s = sum(second.in_flight * second.width_s for second in seconds)
    idle_s = min(custom_s, max(0.0, sum(second.latency_s for second in seconds) - waited_s))
    return [second.custom_s * idle_s / custom_s if custom_s else 0.0 for second in seconds]


def application_trees(gauges: Gauges) -> list[str]:
    """The process trees that are watched, but for the database's."""
    names = {key.label("tree") or "" for key in gauges.keys("process_cpu_percent")}
    return sorted(names - {DATABASE_TREE, ""})


def _product(values: Values, factors: Values) -> Values:
    return [value * factor for value, factor in zip(values, factors, strict=True)]


def _slice(name: str, layer: Layer, values: Values, seconds: Sequence[Second]) -> Slice:
    return Slice(name, layer, round(max(0.0, sum(values)), 6), share_of(values, seconds))


def _notes(load: LoadEvidence, classes: Mapping[str, Values], workers: float) -> Sequence[str]:
    if not classes:
        return ["the database was not watched: its part is not known"]
    used, service = sum(map(sum, classes.values())), sum(second.service_s for second in load.seconds)
    beyond = used - workers * load.duration_s - service
    if beyond > max((OTHERS_SHARE - 1) * service, OTHERS_LEAST * load.duration_s):
        return [f"sessions were active for {used:.0f} s, the load waited for {service:.0f} s: others were served, too"]
    return []
