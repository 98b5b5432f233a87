"""Threshold rules: up, down, cooldowns, and nothing between."""

import pytest

from plimsoll.core.errors import UsageError
from plimsoll.scale.policy.limits import Limits
from plimsoll.scale.policy.target_tracking import TrackingSettings
from plimsoll.scale.policy.thresholds import Threshold, Thresholds, ThresholdSettings
from tests.scale.made import read


def test_above_a_threshold_a_step_up_and_none_before_the_cooldown() -> None:
    rules = Thresholds(Limits())
    assert rules.decide(read(0, 4, cpu=0.71)).because == "CPU is at 71%, above 70%"
    assert rules.decide(read(15, 5, cpu=0.9)).rule == "cooldown"
    assert rules.decide(read(75, 5, cpu=0.9)).wanted == 6


def test_memory_counts_where_it_is_measured() -> None:
    assert Thresholds(Limits()).decide(read(0, 4, cpu=0.5, memory=0.81)).because == "memory is at 81%, above 80%"


def test_down_only_where_everything_is_quiet() -> None:
    rules = Thresholds(Limits())
    assert rules.decide(read(0, 4, cpu=0.2, memory=0.6)).rule == "steady"
    assert rules.decide(read(15, 4, cpu=0.2, memory=0.4)).wanted == 3
    assert rules.decide(read(30, 3, cpu=0.2, memory=0.4)).because.endswith("it waits for 300 s")


def test_a_step_may_be_a_share() -> None:
    rules = Thresholds(Limits(), ThresholdSettings({"latency_s": Threshold(0.5, 0.1)}, step_share=0.25))
    assert rules.decide(read(0, 12, latency_s=0.6)).wanted == 15


@pytest.mark.parametrize(
    "made",
    [
        lambda: Threshold(0.3, 0.7),
        lambda: ThresholdSettings({}),
        lambda: ThresholdSettings({"disk": Threshold(2, 1)}),
        lambda: TrackingSettings({"cpu": 0}),
        lambda: TrackingSettings({}),
        lambda: Limits(5, 2),
        lambda: Limits(0, 2),
    ],
)
def test_what_cannot_be_is_refused_with_a_remedy(made: object) -> None:
    with pytest.raises(UsageError) as refused:
        made()  # type: ignore[operator]
    assert refused.value.remedy
