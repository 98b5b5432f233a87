"""Which machines of a cluster are fit for a run, and what is said of those that are only just."""

import pytest

from plimsoll.core.errors import RefusedError
from plimsoll.load.cluster.clocks import Offset
from plimsoll.load.cluster.machines import (
    Machine,
    Versions,
    clock_warnings,
    fitness_warnings,
    machine_of,
    refuse_other_versions,
    refuse_own_loopback,
)

OURS = Versions("3.11.7", "0.1.0")


def machine(
    host: str = "alpha", *, cpus: int = 4, processes: int = 1, busy: int = 0, python: str = OURS.python
) -> Machine:
    described = {"host": host, "cpus": str(cpus), "python": python, "plimsoll": "0.1.0", "busy": str(busy)}
    described["loopback"] = host
    return machine_of(f"tcp://{host}:1", described, processes)


def test_another_patch_release_of_python_is_fit() -> None:
    refuse_other_versions([machine(python="3.11.2")], OURS)


@pytest.mark.parametrize(
    ("ours", "why"),
    [
        (Versions("3.12.1", "0.1.0"), "another Python .*beta.*3.11.7 there, 3.12.1 here"),
        (Versions("3.11.7", "0.2.0"), "another Plimsoll .*beta.*0.1.0 there, 0.2.0 here"),
    ],
)
def test_another_python_or_plimsoll_is_refused_with_the_machines_name(ours: Versions, why: str) -> None:
    with pytest.raises(RefusedError, match=why):
        refuse_other_versions([machine("beta")], ours)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "/run/postgresql"])
def test_a_target_on_this_machine_is_refused_where_another_one_would_load_its_own(host: str) -> None:
    with pytest.raises(RefusedError, match=r"another one on each machine \(beta"):
        refuse_own_loopback(["db.internal", host], [machine("alpha"), machine("beta")], here="alpha")


def test_a_target_that_all_machines_know_or_a_cluster_on_this_machine_is_fit() -> None:
    refuse_own_loopback(["db.internal", "10.0.0.7"], [machine("alpha"), machine("beta")], here="alpha")
    refuse_own_loopback(["127.0.0.1"], [machine("alpha"), machine("alpha")], here="alpha")


def test_more_processes_than_cores_are_told_by_host_however_many_workers_it_has() -> None:
    crowded = [machine("alpha", cpus=2, processes=2), machine("alpha", cpus=2, processes=1), machine("beta", cpus=2)]
    (said,) = fitness_warnings(crowded)
    assert said == "on alpha 3 generator processes share 2 cores: they will wait for each other"


def test_a_machine_with_tasks_of_its_own_is_told() -> None:
    (said,) = fitness_warnings([machine(busy=2), machine("beta")])
    assert said.startswith("alpha (tcp://alpha:1) had 2 other tasks to do")


def test_a_clock_that_is_badly_known_is_told_and_one_that_is_well_known_is_not() -> None:
    vague, sure, lost = machine("vague"), machine("sure"), machine("lost")
    vague.offset, sure.offset, lost.offset = Offset(0, 35_000_000), Offset(0, 400_000), Offset(0, 90_000_000)
    lost.lost = "its connection was closed"
    (said,) = clock_warnings([vague, sure, lost])
    assert "vague" in said
    assert "±35 ms" in said
