"""Served applications as series, events and alerts: what is gone is gone, and never zero."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from plimsoll.core.observation import Observation
from plimsoll.core.scaling import Forecast, ScalingHistory, ScalingStatus
from plimsoll.core.series.catalogue import CATALOGUE
from plimsoll.monitor.alerts.book import AlertBook
from plimsoll.monitor.alerts.reasons import with_reason
from plimsoll.monitor.scaling import collector
from plimsoll.monitor.scaling.collector import SERVED_MAX, ScalingCollector
from plimsoll.monitor.scaling.remembering import Seen
from plimsoll.settings.loading import parse_settings
from tests.monitor.clock import Clock
from tests.monitor.scaling.made import BROKEN, GREW, HISTORY, KEPT, NOW, loaded, status, worker

PERIOD_S, SLOW_S = 2.0, 60.0


class Watched:
    """A collector, its clock, and the alerts of what it sees."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seen: Sequence[Seen] = ()
        self.since: Mapping[str, float] = {}
        self.clock, self.book = Clock(), AlertBook()
        self.collector = ScalingCollector(self._look, PERIOD_S)
        self.last = Observation("scaling", NOW)
        monkeypatch.setattr(collector, "now", self.clock)

    async def _look(self, since: Mapping[str, float]) -> Sequence[Seen]:
        self.since = since
        return self.seen

    def sees(self, told: ScalingStatus | None, seconds: float = 0.0, **more: object) -> Mapping[str, float]:
        """The same for so long, a period apart; what takes long at a pace that is no lapse."""
        self.seen = [Seen("shop", told, **more)]  # type: ignore[arg-type]  # fields of Seen
        pace_s = PERIOD_S if seconds < SLOW_S else SLOW_S
        for _ in range(1 + int(seconds / pace_s)):
            self.clock.step(pace_s)
            self.last = asyncio.run(self.collector.collect())
            self.book.observe(self.last)
            self.book.tick(self.last.at_s)
        return {key.name.removeprefix("scaling_"): value for key, value in self.last.values.items()}

    def alerts(self) -> list[tuple[str, str]]:
        """Those that fire, with the reason."""
        told = with_reason(self.book.active(), {}, lambda kind: (self.last.at_s, self.last.details[kind]))
        return [(one.rule, one.note) for one in told if one.state == "firing"]


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Watched:
    return Watched(monkeypatch)


def test_what_a_supervisor_tells_becomes_series_and_what_it_does_not_know_none(watched: Watched) -> None:
    told = watched.sees(status(), history=HISTORY)
    assert {f"scaling_{name}" for name in told} <= CATALOGUE.keys()
    assert (told["rate_per_s"], told["capacity_per_s"], told["utilization_percent"]) == (120.0, 150.0, 80.0)
    assert (told["connections_used"], told["connections_cap"], told["connections_bind"]) == (30, 40, 0)
    assert (told["worker_cpu_percent"], told["worker_memory_bytes"]) == (50.0, 150 * 2**20)
    assert not watched.last.events  # what was before the first look is history
    unknown = watched.sees(replace(loaded(rate_per_s=None, queue=None, in_flight=None), capacity=None, database=None))
    missing = {"rate_per_s", "queue", "queue_at_max", "capacity_per_s", "balancer_up", "connections_cap"}
    assert not unknown.keys() & missing


def test_what_is_gone_is_gone_and_never_zero_and_what_was_ended_has_no_value(watched: Watched) -> None:
    assert watched.sees(None, ended=True) == {}  # it lies there from last year
    assert watched.last.details["scaling"] == {"rows": [], "ended": [], "silent": []}
    assert watched.sees(None, why="it speaks otherwise") == {}
    assert watched.last.details["scaling"]["silent"] == [{"served": "shop", "why": "it speaks otherwise"}]
    watched.sees(status())
    assert watched.sees(None, 10.0, why="nobody listens there") == {"up": 0.0}
    assert watched.alerts() == [("scaling_gone", "nobody listens there")]
    assert watched.last.details["scaling"]["rows"][0]["standing"] == "gone"
    watched.sees(status())
    assert [event.text for event in watched.last.events] == ["shop: its supervisor answers again"]
    assert watched.alerts() == []
    assert watched.sees(None, ended=True) == {}
    found = watched.last.details["scaling"]
    assert (found["rows"], [one["served"] for one in found["ended"]]) == ([], ["shop"])
    watched.sees(None, 3_600.0, ended=True)
    assert watched.last.details["scaling"]["ended"] == []


def test_restarts_are_those_of_the_last_minutes_and_a_decision_is_an_event(watched: Watched) -> None:
    watched.sees(status(workers=(worker(1, starts=7),)), history=HISTORY)
    assert watched.sees(status(workers=(worker(1, starts=9), worker(2))))["restarts_lately"] == 2
    assert watched.since == {"shop": KEPT.at}
    new = ScalingHistory((replace(GREW, at=watched.clock.moment.wall_s), replace(GREW, done=False)), ())
    assert watched.sees(status(workers=(worker(1, starts=9), worker(2, starts=2))), history=new)["restarts_lately"] == 3
    assert [event.text for event in watched.last.events] == [f"shop: {GREW.summary}"]
    assert watched.sees(status(workers=(worker(1, starts=1),)), 300.0)["restarts_lately"] == 0


@pytest.mark.parametrize(
    ("rule", "told", "seconds", "reason"),
    [
        ("scaling_broken", BROKEN, 0.0, "exit code 1"),
        ("scaling_balancer", loaded(trouble="no answer", in_flight=None), 6.0, "no answer"),
        ("scaling_shedding", loaded(refused_per_s=4.0), 6.0, KEPT.because),
        ("scaling_at_max", loaded(queue=9), 30.0, KEPT.because),
        ("scaling_connections", status(decision=replace(KEPT, rule="connections")), 60.0, KEPT.because),
        ("scaling_paused", status(paused=True), 3_660.0, ""),
        ("scaling_forecast", status(forecast=Forecast(None, 0.4, False)), 3_600.0, ""),
    ],
)
def test_each_rule_fires_when_it_lasts_says_why_and_ends(
    watched: Watched, rule: str, told: ScalingStatus, seconds: float, reason: str
) -> None:
    watched.sees(status())
    if seconds > 2 * PERIOD_S:
        watched.sees(told)
        assert watched.alerts() == []
    watched.sees(told, seconds)
    assert watched.alerts() == [(rule, reason)]
    watched.sees(status(), 660.0)
    assert watched.alerts() == []


def test_workers_that_start_again_and_again_are_told_with_what_happened_last(watched: Watched) -> None:
    watched.sees(status())
    watched.sees(status(workers=(worker(1), worker(2, starts=5, why="ended: killed by SIGKILL"))))
    assert watched.alerts() == [("scaling_restarts", "w2: ended: killed by SIGKILL")]
    watched.sees(status(), 310.0)
    assert watched.alerts() == []


def test_a_forecast_that_was_never_believed_alarms_nobody(watched: Watched) -> None:
    assert watched.sees(status(forecast=Forecast(None, 1.0, False)), 3_700.0)["forecast_off"] == 0
    assert watched.alerts() == []


def test_of_many_applications_some_are_told_and_the_rest_counted(watched: Watched) -> None:
    watched.seen = [Seen(f"shop{number:02}", status()) for number in range(SERVED_MAX + 3)]
    seen = asyncio.run(watched.collector.collect())
    assert len(seen.details["scaling"]["rows"]) == SERVED_MAX
    assert seen.notes == ("3 more applications are served than are told apart",)


GUIDE = (Path(__file__).parents[3] / "docs" / "guides" / "scale-watching.md").read_text("utf-8")


def test_the_guide_names_every_rule_and_no_other_and_its_settings_are_settings() -> None:
    rules = {rule.name for rule in AlertBook().rules() if rule.name.startswith("scaling_")}
    assert set(re.findall(r"^\| `(scaling_\w+)` \|", GUIDE, re.MULTILINE)) == rules
    stated = parse_settings(GUIDE.partition("```toml\n")[2].partition("```")[0]).alerts.rules
    assert [level.threshold for level in stated["scaling_shedding"].levels] == [1, 50]
