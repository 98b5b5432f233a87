"""A worker process: `python -m plimsoll.load.processes.worker FD` loads its share over the socket it was given.

It ends when its work does, or when the socket closes because the coordinating process has gone, whatever killed that.
"""

import asyncio
import os
import select
import signal
import socket
import sys
import threading
import time
from contextlib import suppress
from functools import partial

import asyncpg
import uvloop

from plimsoll.core.errors import PlimsollError
from plimsoll.core.interval import Interval
from plimsoll.load.language.scenario import load_scenario
from plimsoll.load.processes.engine import Engine
from plimsoll.load.processes.frames import Begin, Channel, Ended, Failed, Measured, Ready, Stop, Task
from plimsoll.load.processes.plan import LoadPlan
from plimsoll.load.sql.session import Connect
from plimsoll.postgres.connecting import connect_raw
from plimsoll.postgres.dsn import Target
from plimsoll.postgres.refusals import refusal

PATIENCE_S = 30.0  # to cancel statements and store samples once the coordinating process has gone


async def _serve(connection: socket.socket) -> None:
    channel = Channel(*await asyncio.open_connection(sock=connection, limit=1 << 20))
    try:
        await _work(channel)
    except PlimsollError as error:
        await channel.send(Failed(error))
    except ConnectionError:
        pass  # the coordinating process has gone: nobody is left to tell
    finally:
        await channel.close()


async def _work(channel: Channel) -> None:
    task = await channel.receive()
    if not isinstance(task, Task):
        return
    engine = _engine(task)
    try:
        await engine.prepare()
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        if task.plan.target is None:
            raise
        raise refusal(error, task.plan.target) from None
    await channel.send(Ready())
    begin = await channel.receive()
    if not isinstance(begin, Begin):
        return
    listener = asyncio.create_task(_listen(channel, engine))
    try:
        ending = await engine.run(begin.start_ns, partial(_report, channel))
    finally:
        listener.cancel()
    await channel.send(Ended(ending))


async def _report(channel: Channel, interval: Interval) -> None:
    """Once nobody listens any more the load ends all the same in good order: samples stored, statements cancelled."""
    with suppress(ConnectionError):
        await channel.send(Measured(interval))


def _engine(task: Task) -> Engine:
    plan = task.plan
    scenario = load_scenario(plan.scenario)
    return Engine(scenario, task.unpacked(), _connect_to(plan.target, plan))


def _connect_to(target: Target | None, plan: LoadPlan) -> Connect | None:
    if target is None:
        return None
    return lambda: connect_raw(target, plan.traits, plan.connect_timeout_s)


async def _listen(channel: Channel, engine: Engine) -> None:
    while True:
        message = await channel.receive()
        if isinstance(message, Stop):
            engine.stop(at_once=message.at_once)
        elif message is None:
            engine.stop(at_once=True)
            return


def end_after(connection: socket.socket, patience_s: float = PATIENCE_S) -> None:
    """Ends this process some time after the other end of the connection has gone, should it not end by itself.

    A journey that blocks the loop would keep it from noticing, and here there may be nobody who would kill it.
    """
    hung_up = select.poll()
    hung_up.register(connection, 0)  # POLLHUP is told in any case
    hung_up.poll()
    time.sleep(patience_s)
    os._exit(1)


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(
            number, signal.SIG_IGN
        )  # a terminal, or a supervisor, tells all: the coordinating process decides
    connection = socket.socket(fileno=int(sys.argv[1]))
    threading.Thread(target=end_after, args=[connection.dup()], daemon=True).start()
    with suppress(BrokenPipeError):
        uvloop.run(_serve(connection))


if __name__ == "__main__":
    main()
