"""What a monitor tells who serves: taken from there alone, and missing rather than something else."""

import pytest

from plimsoll.core.errors import UsageError
from plimsoll.scale.policy.capacity import Capacity
from plimsoll.scale.policy.figures import Document
from plimsoll.scale.policy.hybrid import HybridPolicy, HybridSettings
from plimsoll.scale.policy.limits import ConnectionBudget, Limits
from plimsoll.scale.policy.readings import Reading, Readings
from plimsoll.scale.policy.rush import Rush
from plimsoll.scale.policy.thresholds import Thresholds
from plimsoll.scale.serving.budgeting import Budgeting
from plimsoll.scale.serving.elsewhere import Clients, Elsewhere
from plimsoll.workflows.serve_figures import monitor_of
from tests.scale.serving.test_connections import status

URL = "http://127.0.0.1:8765/metrics"
AWAY = f"{URL} cannot be reached: nobody listens there"


def test_a_reading_that_the_monitor_was_to_tell_is_missing_and_takes_nobody_away() -> None:
    elsewhere = Elsewhere(URL, frozenset({"cpu"}))
    elsewhere.heard({}, {"cpu": AWAY}, None)
    readings = Readings(100.0, 3, cpu=Reading(0.01, 100.0))
    elsewhere.into(readings)
    decision = Thresholds(Limits(1, 5)).decide(readings)
    assert (decision.wanted, decision.rule) == (3, "unknown")
    assert decision.because == f"the CPU was not measured ({AWAY}): nobody is taken away for what is not known"


def test_what_is_missing_or_old_is_said_in_the_status_once() -> None:
    elsewhere = Elsewhere(URL, frozenset({"cpu", "machine_memory"}))
    elsewhere.heard({}, {"cpu": AWAY, "machine_memory": AWAY, "clients": AWAY}, None)
    assert elsewhere.status(100.0).trouble == (
        f"the CPU was not measured ({AWAY}); the machine's memory was not measured; "
        "the database's connections are not told"
    )
    elsewhere.heard({"cpu": Reading(0.5, 60.0), "machine_memory": Reading(0.5, 99.0)}, {}, None)
    told = elsewhere.status(100.0)
    assert (told.readings, told.trouble) == ({"machine_memory": 0.5}, "the CPU is 40 s old")


def test_on_a_machine_whose_memory_is_full_nobody_is_added_and_nobody_taken_away() -> None:
    policy = HybridPolicy(Limits(1, 8), HybridSettings(Capacity(10.0)))
    full = Readings(0.0, 2, rate=Reading(100.0, 0.0), queue=Reading(0.0, 0.0), machine_memory=Reading(0.93, 0.0))
    decision = policy.decide(full)
    assert (decision.wanted, decision.rule) == (2, "machine")
    assert "93% of the machine's memory is in use: nobody is added above 90%" in decision.because
    assert policy.hurry(Rush(0.5, 2, 0, 1.0, True, 500.0, 40)) is None
    full.machine_memory = None
    assert policy.decide(full).wanted > 2


def test_others_connections_that_a_monitor_tells_stay_when_it_tells_them_no_more() -> None:
    policy = HybridPolicy(Limits(1, 8, ConnectionBudget(103, 10)), HybridSettings(Capacity(1.0)))
    budgeting = Budgeting(None, print)
    assert budgeting.look(policy, status(2, 4), Reading(30.0, 0.0)) == 40  # and a pool that still ends
    assert budgeting.look(policy, status(2, 2)) is None
    assert policy.others == 30


def test_connections_are_told_whole_or_not_at_all() -> None:
    source = monitor_of(URL, [], None, with_clients=True)
    by_role = ("plimsoll_database_role_connections", (("database", "shop"), ("role", "web")), 7.0)
    told = [
        ("plimsoll_database_connections", (("state", "idle"),), 9.0),
        by_role,
        ("plimsoll_database_connections_limit", (), 97.0),
    ]
    ages = [("plimsoll_age_seconds", (("series", "database_connections"),), 8.0)]
    memory = ("plimsoll_host_memory_used_percent", (), 50.0)
    assert source.read(Document.of([*told, *ages, memory], {}), 100.0) == ({"machine_memory": Reading(0.5, 100.0)}, {})
    assert source.clients == Clients(92.0, 97, 9, {("web", "shop"): 7})
    _, missing = source.read(Document.of([*told[1:], memory], {}), 100.0)
    assert missing == {"clients": f"{URL}: there is no plimsoll_database_connections"}


@pytest.mark.parametrize("figure", ["rate=rate(requests_total)", "queue=waiting", "served=x", "in_flight=x"])
def test_what_haproxy_tells_is_read_from_nobody_else(figure: str) -> None:
    with pytest.raises(UsageError, match="wrong --read"):
        monitor_of(URL, [figure], None, with_clients=False)
