"""What signals do to a command that goes on until it is told to end."""

import asyncio
import os
import signal

from plimsoll.cli.signals import SIGNALS, ended_by_signals


def test_two_signals_at_once_are_one_wish_and_nothing_is_raised_while_it_ends() -> None:
    asked: list[str] = []
    before = {number: signal.getsignal(number) for number in SIGNALS}

    async def go() -> None:
        with ended_by_signals(lambda: asked.append("stop"), clock=lambda: 7.0):
            os.kill(os.getpid(), signal.SIGTERM)
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.sleep(0)
        os.kill(os.getpid(), signal.SIGINT)

    try:
        asyncio.run(go())
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert asked == ["stop"]


def test_a_signal_ends_in_order_though_nobody_reads_what_it_says() -> None:
    asked: list[str] = []
    before = {number: signal.getsignal(number) for number in SIGNALS}
    stderr, (reads, writes) = os.dup(2), os.pipe()
    os.close(reads)

    async def go() -> None:
        with ended_by_signals(lambda: asked.append("stop")):
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.sleep(0)

    try:
        os.dup2(writes, 2)
        asyncio.run(go())
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
        os.close(writes)
        for number, handler in before.items():
            signal.signal(number, handler)
    assert asked == ["stop"]
