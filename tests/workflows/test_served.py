"""What is served here, found by its state directory: real HAProxy and workers, and what a killed supervisor leaves."""

import asyncio
import socket
from pathlib import Path

from plimsoll.monitor.scaling.collector import ScalingCollector
from plimsoll.workflows.served import ServedHere
from tests.scale.serving.test_control import controlled


def test_who_answers_is_told_who_was_killed_is_gone_and_who_ended_is_ended(tmp_path: Path) -> None:
    here = ServedHere(tmp_path)

    async def play() -> None:
        async with controlled(tmp_path) as made:
            (seen,) = await here.look({})
            assert seen.status is not None
            assert (seen.served, seen.status.ready, seen.status.address) == ("app", 1, made.served.front.address)
            found = await ScalingCollector(here.look).collect()
            assert {key.label("served") for key in found.values} == {"app"}
            (seen,) = await here.look({"app": 1.0})
            assert seen.history is None  # nothing has happened
            await made.client.balance("round-robin")
            (seen,) = await here.look({"app": 1.0})
            assert seen.history is not None
        (seen,) = await here.look({})
        assert (seen.status, seen.ended) == (None, True)
        with socket.socket(socket.AF_UNIX) as left:
            left.bind(str(made.server.path))
        (seen,) = await here.look({})
        assert (seen.status, seen.ended) == (None, False)
        assert "nobody listens" in seen.why

    asyncio.run(play())
