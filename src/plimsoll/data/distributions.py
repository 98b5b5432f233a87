"""Numbers and moments in the shapes that a seed plan states. Pure in the draw."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from plimsoll.data.drawing import Draw, Floats
from plimsoll.data.plan.values import Distribution, TimePattern

COUNT_MAX: Final = 10_000  # of negative binomial and Poisson: their tables end there
HOUR_S: Final = 3_600
SPAN_HOURS_MAX: Final = 200_000  # 22 years in hours; a longer span is divided into coarser parts


def sample(distribution: Distribution, draw: Draw) -> Floats:
    """One number a row."""
    made = _mixture(distribution, draw) if distribution.kind == "mixture" else _simple(distribution, draw)
    if distribution.low is None and distribution.high is None:
        return made
    clipped: Floats = np.clip(made, distribution.low, distribution.high)
    return clipped


def moments(pattern: TimePattern, draw: Draw, parts: Floats | None = None) -> pl.Series:
    """Moments (UTC, without a zone) between start and end, hours weighted by day, hour and growth.

    Those up to which there are such `parts`, in [0, 1), of all moments, where these are given.
    """
    span_s = max((pattern.end - pattern.start).total_seconds(), 1e-6)
    step_s = max(HOUR_S, span_s / SPAN_HOURS_MAX)
    steps = max(1, int(np.ceil(span_s / step_s)))
    offsets = np.arange(steps) * step_s
    lengths = np.minimum(step_s, span_s - offsets)
    cumulated = np.cumsum(_weights(pattern, offsets, span_s) * lengths)
    if cumulated[-1] <= 0:
        cumulated = np.cumsum(lengths)
    mass = (draw.floats("moment") if parts is None else parts) * cumulated[-1]
    at = np.minimum(np.searchsorted(cumulated, mass, side="right"), steps - 1)
    if parts is None:
        within = draw.floats("within the hour") * lengths[at]
    else:
        before = np.where(at > 0, cumulated[at - 1], 0.0)
        within = np.clip((mass - before) / (cumulated[at] - before), 0.0, 1.0) * lengths[at]
    micros = np.floor((offsets[at] + within) * 1e6).astype(np.int64)
    start = pl.Series([pattern.start]).cast(pl.Datetime("us")).cast(pl.Int64).item()
    return pl.Series(micros + start).cast(pl.Datetime("us"))


def _weights(pattern: TimePattern, offsets: NDArray[Any], span_s: float) -> Floats:
    start_s = pl.Series([pattern.start]).cast(pl.Datetime("us")).cast(pl.Int64).item() // 1_000_000
    hours = (np.floor(offsets).astype(np.int64) + start_s) // HOUR_S
    weights = pattern.growth ** (offsets / span_s)
    if pattern.hours:
        weights = weights * np.asarray(pattern.hours)[hours % 24]
    if pattern.days:
        weights = weights * np.asarray(pattern.days)[(hours // 24 + 3) % 7]  # 1970 began on a Thursday
    return np.asarray(weights, dtype=np.float64)


def _mixture(distribution: Distribution, draw: Draw) -> Floats:
    cumulated = np.cumsum(distribution.weights)
    which = np.searchsorted(cumulated, draw.floats("part") * cumulated[-1], side="right")
    made = np.zeros(len(draw.n))
    for number, part in enumerate(distribution.parts):
        chosen = np.flatnonzero(np.minimum(which, len(cumulated) - 1) == number)
        if len(chosen):
            made[chosen] = sample(part, draw.at(chosen).sub(f"part {number}"))
    return made


def _simple(distribution: Distribution, draw: Draw) -> Floats:
    said: Mapping[str, float] = distribution.parameters
    match distribution.kind:
        case "uniform":
            return said["low"] + draw.floats() * (said["high"] - said["low"])
        case "normal":
            return said["mean"] + said["sd"] * draw.normals()
        case "lognormal":
            spread: Floats = said["median"] * np.exp(said["sigma"] * draw.normals())
            return spread
        case "exponential":
            waited: Floats = -said["mean"] * np.log1p(-draw.floats())
            return waited
        case "zipf":
            size = int(said["high"]) - int(said["low"]) + 1
            return (int(said["low"]) + draw.zipf(size, said["s"])).astype(np.float64)
        case "poisson":
            return _by_table(draw, _poisson(said["mean"]))
        case "negative-binomial":
            return _by_table(draw, _negative_binomial(said["mean"], said["r"]))
        case _:
            return np.full(len(draw.n), said["value"])


def _by_table(draw: Draw, shares: Floats) -> Floats:
    """By inverse CDF of the shares of 0, 1, 2, …"""
    cumulated = np.cumsum(shares)
    found = np.searchsorted(cumulated, draw.floats() * cumulated[-1], side="right")
    counts: Floats = np.minimum(found, len(shares) - 1).astype(np.float64)
    return counts


def _poisson(mean: float) -> Floats:
    counts = np.arange(_table_size(mean, mean), dtype=np.float64)
    steps = np.log(mean) - np.log(np.maximum(counts, 1)) if mean > 0 else np.full(len(counts), -np.inf)
    steps[0] = -mean
    shares: Floats = np.exp(np.cumsum(steps))
    return shares


def _negative_binomial(mean: float, r: float) -> Floats:
    """Shares of 0, 1, 2, … by their ratios (k + r - 1) / k * mean / (mean + r)."""
    counts = np.arange(_table_size(mean, mean + mean * mean / r), dtype=np.float64)
    with np.errstate(divide="ignore"):
        steps = np.log(np.maximum(counts + r - 1, 1e-300)) - np.log(np.maximum(counts, 1)) + np.log(mean / (mean + r))
    steps[0] = r * np.log(r / (mean + r))
    shares: Floats = np.exp(np.cumsum(steps))
    return shares


def _table_size(mean: float, variance: float) -> int:
    """As far as twelve standard deviations above the mean."""
    return int(min(COUNT_MAX, mean + 12 * np.sqrt(variance) + 20))
