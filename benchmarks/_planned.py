"""A run's arrivals as they were planned and as they were begun, from its directory alone."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from plimsoll.core import pacing
from plimsoll.core.profile import Profile, Stage
from plimsoll.runs.directory import RunDirectory
from plimsoll.runs.samples import scan_samples


@dataclass(frozen=True, slots=True)
class Starts:
    """Nanoseconds since the load began, one for each journey, in the order of the plan."""

    planned: NDArray[np.int64]
    scheduled: NDArray[np.int64]
    lag: NDArray[np.int64]
    first_step_early: int  # first steps that were scheduled or begun before their journey's arrival

    @property
    def as_planned(self) -> bool:
        """Whether each arrival of the plan was begun, once, with exactly its planned time as its schedule."""
        return bool(np.array_equal(self.planned, self.scheduled))

    @property
    def early(self) -> int:
        """Journeys begun before they were due."""
        return int(np.count_nonzero(self.lag < 0))

    def lag_ms(self, q: float) -> float:
        return float(np.quantile(self.lag, q, method="inverted_cdf")) / 1e6


def starts_of(directory: RunDirectory) -> Starts:
    """What the plan says (computed again from profile and seed) and what the samples say."""
    import polars as pl

    facts = directory.read_facts()
    described = facts.profile
    stages = tuple(Stage(stage["level"], stage["for_s"], stage["ramp_s"]) for stage in described["stages"])
    profile = Profile(
        "as run", described["executor"], stages, arrivals=described["arrivals"], warmup_s=described["warmup_s"]
    )
    planned = np.concatenate([*pacing.arrival_offsets_ns(profile, facts.seed), np.zeros(0, np.int64)])
    samples = scan_samples(directory.samples_path)
    lag = (pl.col("ready_ns") - pl.col("scheduled_ns")).alias("lag")
    journeys = samples.filter(pl.col("step").is_null()).select("scheduled_ns", lag).sort("scheduled_ns").collect()
    first = samples.filter(pl.col("step").is_not_null())
    early = first.filter((lag < 0) | (pl.col("started_ns") < pl.col("scheduled_ns"))).select(pl.len()).collect().item()
    return Starts(planned, journeys["scheduled_ns"].to_numpy(), journeys["lag"].to_numpy(), int(early))
