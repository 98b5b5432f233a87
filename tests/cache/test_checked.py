"""A history of real processes keeps the promise, and not without two of its rules; all of them: tests/prove/caching."""

from tests.prove.caching.playing import Cast, play
from tests.prove.caching.run import Run
from tests.prove.caching.scenario import Scenario


def polls_stand_still(run: Run) -> None:
    """Of all processes, for longer than the promise allows."""
    run.wait(1.8)  # in which many a fill is overtaken by a write
    for proxy in run.ground.follow:
        proxy.stall()
    run.wait(0.8)
    for proxy in run.ground.follow:
        proxy.flow()


SCENARIO = Scenario(
    "slice",
    "polls stand still, and fills pause",
    seconds=2.8,
    calm_s=0.3,
    fault=polls_stand_still,
    processes=3,
    readers=12,
    kinds=("item",),
    items=range(20),
    writers=1,
    write_pause_s=0.03,
    slow=(1.0, 0.02, 0.2),
)


def test_a_process_that_keeps_the_rules_serves_nothing_stale_beside_two_that_do_not() -> None:
    played = play(SCENARIO, Cast(mutations=["", "fill not judged", "watermark ignored"]))
    assert sorted(name.partition(" ")[0] for name in played.verdict.processes) == ["app1", "app2"]
    assert played.verdict.share("tier 1") > 0
