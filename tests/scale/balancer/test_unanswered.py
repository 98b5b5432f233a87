"""A worker closes a connection over which a request was just sent: what may not be sent again is lost, and counted."""

import asyncio
from pathlib import Path

from tests.scale.balancer.stage import Stage, play

HEAD = b" /held HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n"


def test_what_is_lost_with_a_closed_connection_is_counted_and_what_is_sent_again_is_not(tmp_path: Path) -> None:
    async def story(one: Stage) -> None:
        (worker,) = await one.origins("w1")
        worker.gate.set()
        reader, writer = await asyncio.open_connection(*one.public.getsockname())
        writer.write(b"GET" + HEAD)
        assert (await reader.readuntil(b"w1")).startswith(b"HTTP/1.1 200")
        await worker.asked.get()

        worker.gate.clear()
        writer.write(b"POST" + HEAD)
        await worker.asked.get()
        worker.hang_up()
        assert await reader.read() == b""  # as HAProxy ends a connection that had a request before
        writer.close()
        figures = await one.balancer.figures()
        assert [(at.counts.cut, at.counts.errors) for at in figures.servers] == [(1, 0)]

        asked = asyncio.create_task(one.get("/held"))
        await worker.asked.get()
        worker.hang_up()
        worker.gate.set()
        assert (await asked).status == 200
        assert (await one.balancer.figures()).counts.cut == 1

    play(story, tmp_path)
