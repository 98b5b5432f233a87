"""Where the time of all requests went, before anybody asks why. Pure.

A request's latency is lag (ours) + wait (for a connection) + service. Of the service the database's part is counted
independently: average active sessions by what they wait for, sampled beside the load. What the database does not
explain is the network's and the driver's where SQL was sent, and the application's where HTTP was. Intervals come from a
moving-block bootstrap over the seconds of the run.
"""

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
POOL_WAIT: Final = "pool wait"
NETWORK: Final = "network and driver"
APPLICATION: Final = "application"
CPU: Final = "CPU"


def account(load: LoadEvidence, gauges: Gauges) -> Accounting:
    """The parts, the largest first; the database's are named by their wait classes, "CPU" where they wait for nothing."""
    whole = load.request_s
    if not whole:
        return Accounting(0.0, (), None, ("no request ended in this stretch",))
    classes = _database_seconds(load.seconds, gauges)
    parts: list[tuple[str, Layer, Sequence[float]]] = [
        (LAG, "generator", [second.lag_s for second in load.seconds]),
        (POOL_WAIT, _waiting_layer(load), [second.wait_s for second in load.seconds]),
    ]
    parts += [(name, "database", values) for name, values in classes.items()]
    rest = _rest(load.seconds, classes)
    if classes:
        name, layer = _outside(load)
        parts.append((name, layer, rest))
    slices = [_slice(name, layer, values, load.seconds) for name, layer, values in parts]
    found = sorted((one for one in slices if one.seconds > 0), key=lambda one: -one.seconds)
    unaccounted = None if classes else _share([second.service_s for second in load.seconds], load.seconds)
    return Accounting(whole, found, unaccounted, tuple(_notes(load, classes)))


def _database_seconds(seconds: Sequence[Second], gauges: Gauges) -> Mapping[str, Sequence[float]]:
    """Session-seconds of each second of the load, by wait class; empty where sessions were not sampled."""
    by_class: dict[str, dict[int, float]] = {}
    for key in gauges.keys("database_active_sessions"):
        name = (key.label("wait") or "").partition(":")[0]
        for at, value in gauges.points(key):
            found = by_class.setdefault(name, {})
            found[int(at)] = found.get(int(at), 0.0) + value
    return {
        name: [found.get(int(second.start_s), 0.0) * second.width_s for second in seconds]
        for name, found in by_class.items()
    }


def _rest(seconds: Sequence[Second], classes: Mapping[str, Sequence[float]]) -> Sequence[float]:
    used = [sum(values[at] for values in classes.values()) for at in range(len(seconds))]
    return [second.service_s - busy for second, busy in zip(seconds, used, strict=True)]


def _outside(load: LoadEvidence) -> tuple[str, Layer]:
    return (APPLICATION, "application") if "http" in load.kinds else (NETWORK, "network")


def _waiting_layer(load: LoadEvidence) -> Layer:
    return "network" if load.kinds == {"http"} else "application"


def _slice(name: str, layer: Layer, values: Sequence[float], seconds: Sequence[Second]) -> Slice:
    return Slice(name, layer, max(0.0, sum(values)), _share(values, seconds))


def _share(values: Sequence[float], seconds: Sequence[Second]) -> Share:
    rows = np.array([(value, second.latency_s) for value, second in zip(values, seconds, strict=True)], dtype=float)
    found = ratio_of_sums(rows)
    low, high = block_bootstrap(rows, ratio_of_sums, SEED) if len(rows) > 1 else (0.0, 1.0)
    return Share(*(round(float(np.clip(value, 0.0, 1.0)), 4) for value in (found, low, high)))


def _notes(load: LoadEvidence, classes: Mapping[str, Sequence[float]]) -> Sequence[str]:
    if not classes:
        return ["the database was not watched: its part is not known"]
    used, service = sum(map(sum, classes.values())), sum(second.service_s for second in load.seconds)
    if used > 1.1 * service:
        return [
            f"the database was busy for {used:.0f} s of sessions, the load for {service:.0f} s: it works for others too"
        ]
    return []
