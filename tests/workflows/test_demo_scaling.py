"""The chapter of the demo that shows workers: what it serves and loads, what it counts, what it says in the end."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from plimsoll.core.errors import UsageError
from plimsoll.core.interval import Interval
from plimsoll.postgres.connecting import SessionTraits
from plimsoll.postgres.dsn import read_target
from plimsoll.settings.masking import Secret
from plimsoll.workflows.demo import Demo, ScaledDemo, Workers
from plimsoll.workflows.demo_scaling import load_request, phases_of, scaled_of, serve_request
from plimsoll.workflows.demo_scaling_figures import (
    AFTER,
    BURST,
    QUIET,
    Counted,
    Killed,
    Look,
    Shown,
    Tally,
    killed_words,
    limits_words,
    lines,
    progress,
)
from plimsoll.workflows.run_watch import watched
from plimsoll.workflows.target import OpenTarget, choose
from tests.report.builders import intervals

WORKERS = Workers(("serve", "--fd", "{fd}"), {"POOL": "5"}, "/health/ready", 5)
PHASES = phases_of(105)
OWNER, LOADED_AS = "postgresql://postgres:x@127.0.0.1:1/shop", "postgresql://app:x@127.0.0.1:1/shop"


@contextmanager
def services(dsn: str, app_dsn: str) -> Iterator[Workers]:
    yield WORKERS


async def prepare(dsn: str) -> str:
    return dsn


SCALED = ScaledDemo(services, Path("office.py"))
DEMO = Demo(Path("d.py"), prepare, Path("small.toml"), 20, (), scaled=SCALED)


def shown(**changes: object) -> Shown:
    looks = [Look(25.0, 1, 1), Look(33.0, 3, 1), Look(36.0, 3, 3), Look(100.0, 1, 1)]
    counted = {name: Counted(100, 0, 50, 0, 0, 10.0) for name in (QUIET, BURST, AFTER)}
    made = Shown("r1", PHASES, counted, looks, [(32.5, "1 → 3 workers: …")], Killed("w2", 55.0, 2.0), 8.0, 2)
    return replace(made, **changes)  # type: ignore[arg-type]  # tests name fields by keyword


def test_a_burst_comes_between_two_quiet_times_and_is_not_too_short() -> None:
    assert [(one.name, one.begins_s, one.ends_s) for one in PHASES] == [
        (QUIET, 20, 30), (BURST, 30, 60), (AFTER, 60, 125),
    ]  # fmt: skip
    request = load_request(SCALED, "http://127.0.0.1:8000", PHASES, OWNER, LOADED_AS)
    assert request.profile.duration_s == 105
    assert [stage.level for stage in request.profile.stages] == [2, 15, 2]
    with pytest.raises(UsageError, match="too short for a burst"):
        phases_of(5)
    with pytest.raises(UsageError, match="no workers to show"):
        scaled_of(replace(DEMO, scaled=None))


def test_the_database_behind_the_workers_is_watched_as_its_owner() -> None:
    where = load_request(SCALED, "http://127.0.0.1:8000", PHASES, OWNER, LOADED_AS).where
    environment = choose(where)
    target = read_target(Secret(LOADED_AS), {}, where="the demo")
    found = watched(OpenTarget(environment, target, SessionTraits()), {})
    assert found.locate is not None
    assert found.locate().user == "postgres"
    assert environment.url == "http://127.0.0.1:8000", "which is what is loaded"


def test_workers_are_served_as_the_platform_says_and_held_by_its_databases_connections() -> None:
    request = serve_request(WORKERS, LOADED_AS, Path())
    assert request.database is not None
    assert (request.pool, request.balancer.health.path, request.grace_s) == (5, "/health/ready", 0)
    assert dict(request.made.environment) == {"POOL": "5"}


def test_requests_are_counted_by_phase_and_whether_their_journeys_only_read() -> None:
    tally = Tally(PHASES, ["look_up"])
    told: list[Interval] = list(intervals(60, rate=10, warmup_s=20, errors_from=40))
    for interval in told:
        tally.add(interval)
    quiet, burst = tally.by_phase[QUIET], tally.by_phase[BURST]
    assert quiet.read + quiet.wrote == sum(one.requests for one in told[20:30])
    assert (quiet.read_failed, quiet.write_failed) == (0, 0)
    assert burst.read_failed + burst.write_failed == sum(one.errors for one in told[30:])
    assert burst.p95_ms() is not None
    assert tally.by_phase[AFTER] == Counted(), "it did not come to that"
    assert "workers ready 1 of 2" in progress(Look(1.0, 2, 1), told[30], 0)


def test_what_it_showed_is_told_in_figures() -> None:
    told = [" ".join(row).strip() for row in lines(shown())]
    assert told[:3] == [
        "workers 1, 3 in the burst, 1 at the end",
        "by 1 decision, the first after 2.5 s of the burst",
        "the first worker more took requests after 6 s",
    ]
    assert "reading 0 of 300 requests failed" in told
    assert "no request that can be repeated was lost" in killed_words(shown())
    assert "this machine's 2 cores" in limits_words(shown())
    assert shown().to_json()["workers"] == {"before": 1, "most": 3, "after": 1}


def test_what_went_wrong_is_told_too() -> None:
    lost = shown(counted={BURST: Counted(100, 4, 50, 1)})
    assert "4 requests that only read failed, which none should" in killed_words(lost)
    before = shown(counted={QUIET: Counted(100, 0, 50, 1), BURST: Counted(100, 0, 50)})
    assert killed_words(before).endswith("failed in the whole run, be it with that worker or not")
    alone = shown(killed=None, looks=[Look(30.0, 1, 1), Look(60.0, 1, 1)], decisions=[])
    assert "no worker was killed" in killed_words(alone)
    assert (alone.first_after_s, alone.decided_after_s) == (None, None)
    assert "not while anybody looked" in str(lines(alone))
