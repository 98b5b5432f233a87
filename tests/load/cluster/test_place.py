"""A scheduler and a worker of Dask's, and what is done with them before and after the load."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import distributed
import pytest

from plimsoll.core.errors import RefusedError, UsageError
from plimsoll.load.cluster.place import ClusterPlace, open_cluster
from plimsoll.load.cluster.scheduler import check_address, in_the_clear
from plimsoll.load.processes.coordinator import Coordinator
from plimsoll.load.processes.plan import LoadPlan
from tests.load.cluster.plans import PASSWORD, plan_of

BROKEN = """
from pathlib import Path
from plimsoll import journey

ROWS = (Path(__file__).parent / "rows.txt").read_text()

@journey
async def look(user):
    await user.sql("select", "SELECT 1")
"""


@asynccontextmanager
async def scheduler() -> AsyncIterator[str]:
    """A scheduler of this process, and its address."""
    async with distributed.Scheduler(port=0, host="127.0.0.1", dashboard=False, dashboard_address=":0") as running:
        yield running.address


@asynccontextmanager
async def cluster(directory: Path) -> AsyncIterator[str]:
    """The same with one worker."""
    async with scheduler() as address, distributed.Worker(address, local_directory=str(directory), nthreads=1):
        yield address


async def begun(place: ClusterPlace, plan: LoadPlan) -> None:
    async with Coordinator(plan, place) as load:
        await load.prepare(None, {})


def test_a_machine_that_cannot_load_the_scenario_is_named_and_nothing_stays_there(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    scenario, there = tmp_path / "first.py", tmp_path / "there"
    scenario.write_text(BROKEN)
    caplog.set_level(logging.DEBUG)
    logging.getLogger("distributed.worker").setLevel(logging.DEBUG)

    async def refused() -> str:
        async with cluster(there) as address, open_cluster(address, 2) as place:
            with pytest.raises(RefusedError) as refusal:
                await begun(place, plan_of(scenario))
            assert place.processes == 2
            assert float(place.machines[0]["clock_uncertainty_ms"]) < 1000
            assert not list(there.glob("**/plimsoll-*"))
            return str(refusal.value) + refusal.value.remedy

    said = asyncio.run(refused())
    assert f"{scenario}, line 5, on " in said
    assert "tcp://127.0.0.1:" in said
    assert "rows.txt" in said
    assert "add --send FILE" in said
    assert "plimsoll_start" in caplog.text
    assert PASSWORD not in caplog.text
    assert "plimsoll_listen" not in caplog.text


def test_a_cluster_without_workers_is_refused() -> None:
    async def opened() -> None:
        async with scheduler() as address, open_cluster(address, 1):
            pass

    with pytest.raises(RefusedError, match=r"the cluster has no workers \(tcp://127"):
        asyncio.run(opened())


def test_an_address_where_nobody_listens_is_refused_at_once() -> None:
    async def opened() -> None:
        async with open_cluster("tcp://127.0.0.1:1", 1):
            pass

    with pytest.raises(RefusedError, match=r"cannot reach the cluster's scheduler .*Connection refused"):
        asyncio.run(opened())


@pytest.mark.parametrize(
    "address", ["", "scheduler", "scheduler:8786", "http://scheduler:8786", "tcp://a:0", "tcp://a:b"]
)
def test_what_is_no_address_of_a_scheduler_is_a_mistake(address: str) -> None:
    with pytest.raises(UsageError, match="wrong --cluster"):
        check_address(address)


def test_an_address_is_host_and_port() -> None:
    assert check_address("tls://scheduler:8786") == ("scheduler", 8786)
    assert check_address("tcp://[::1]:8786") == ("::1", 8786)


def test_only_another_machine_without_tls_is_said_to_be_in_the_clear() -> None:
    told = {address: in_the_clear(address) for address in ("tcp://far:1", "tls://far:1", "tcp://127.0.0.1:1")}
    assert told == {"tcp://far:1": True, "tls://far:1": False, "tcp://127.0.0.1:1": False}
