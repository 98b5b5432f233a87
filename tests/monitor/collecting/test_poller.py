"""Each collector has its own pace; a slow or broken one delays no other, and shows as such."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from plimsoll.core.observation import Observation
from plimsoll.core.series.key import SeriesKey
from plimsoll.monitor.collecting.board import Board
from plimsoll.monitor.collecting.collector import CollectorLostError, CollectorOffError
from plimsoll.monitor.collecting.own_cost import OwnCostCollector
from plimsoll.monitor.collecting.poller import Poller
from plimsoll.testing.virtual_time import VirtualTimeLoop

Step = Callable[[], Awaitable[None]]


@dataclass
class Looks:
    """A collector that does what it is told, and notes when."""

    name: str
    step: Step
    period_s: float = 2.0
    budget_s: float = 5.0
    at: list[float] = field(default_factory=list)
    closed: bool = False

    async def collect(self) -> Observation:
        self.at.append(asyncio.get_running_loop().time() - 1000.0)
        await self.step()
        return Observation(
            self.name, 1.0 * len(self.at), {SeriesKey("x"): 1.0}, {"rows": {"rows": []}}, notes=("seen",)
        )

    async def close(self) -> None:
        self.closed = True


async def fine() -> None:
    pass


async def never() -> None:
    await asyncio.Event().wait()


async def lost() -> None:
    raise CollectorLostError("connection refused by postgresql://me:secret@db/x")


async def off() -> None:
    raise CollectorOffError("it runs with a run")


async def broken() -> None:
    raise ZeroDivisionError("a mistake")


def polled(*collectors: Looks, seconds: float = 7.0) -> Board:
    board = Board()

    async def go() -> None:
        async with Poller(collectors, board):
            await asyncio.sleep(seconds)

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(go())
    return board


def test_a_collector_looks_at_once_and_then_at_its_period() -> None:
    quick, slow = Looks("quick", fine, period_s=2.0), Looks("slow", fine, period_s=5.0)
    board = polled(quick, slow)
    assert quick.at == [0.0, 2.0, 4.0, 6.0]
    assert slow.at == [0.0, 5.0]
    assert quick.closed
    assert slow.closed
    assert board.states["quick"].status == "ok"
    assert board.states["quick"].seen_s == 4.0
    assert board.states["quick"].notes == ("seen",)


def test_a_hanging_collector_is_cut_off_and_delays_no_other() -> None:
    hanging, quick = Looks("hanging", never, budget_s=3.0), Looks("quick", fine)
    board = polled(hanging, quick)
    assert quick.at == [0.0, 2.0, 4.0, 6.0]
    assert hanging.at == [0.0, 3.0, 6.0]
    assert (board.states["hanging"].status, board.states["hanging"].why) == ("lost", "no answer within 3 s")
    assert board.states["hanging"].seen_s is None


def test_a_lost_or_broken_collector_says_why_without_secrets_and_is_asked_again() -> None:
    gone, wrong = Looks("gone", lost), Looks("wrong", broken)
    board = polled(gone, wrong)
    assert len(gone.at) == len(wrong.at) == 4
    assert "connection refused" in board.states["gone"].why
    assert "secret" not in board.states["gone"].why
    assert board.states["wrong"].why == "unexpected: ZeroDivisionError: a mistake"


def test_what_is_not_meant_to_be_there_is_off_and_not_lost() -> None:
    idle = Looks("idle", off)
    board = polled(idle)
    assert (board.states["idle"].status, board.states["idle"].why) == ("off", "it runs with a run")


def test_what_is_looked_at_rarely_is_soon_looked_for_again_once_it_is_lost() -> None:
    gone = Looks("gone", lost, period_s=900.0)
    polled(gone, seconds=11.0)
    assert gone.at == [0.0, 5.0, 10.0]


def test_an_observer_that_fails_is_told_no_more_and_costs_nobody_else() -> None:
    board = Board()
    heard: list[Observation] = []
    told: list[Observation] = []

    def failing(observation: Observation) -> None:
        told.append(observation)
        raise RuntimeError

    board.observe(failing)
    end = board.observe(heard.append)
    first, second = Observation("a", 1.0, details={"d": {"rows": [1]}}), Observation("a", 2.0)
    board.put(first)
    board.put(second)
    end()
    board.put(second)
    assert (told, heard) == ([first], [first, second])
    assert board.detail("d") == (1.0, {"rows": [1]})


def test_what_watching_costs_is_watched_too() -> None:
    board = Board()
    worked_s = iter([1.0, 1.5])

    async def go() -> list[Observation]:
        async with Poller([Looks("a", fine), Looks("b", lost)], board):
            await asyncio.sleep(0.001)
            own = OwnCostCollector(board, 100.0, lambda: next(worked_s), lambda: False)
            return [await own.collect(), await own.collect()]

    with asyncio.Runner() as runner:
        first, second = runner.run(go())
    assert SeriesKey("watch_cpu_percent") not in first.values
    assert second.values[SeriesKey("watch_database_ms_per_s")] > 0
    assert second.values[SeriesKey("watch_memory_bytes")] > 10_000_000
    assert second.values[SeriesKey("watch_store_ok")] == 0.0
    up = {key.label("collector"): value for key, value in second.values.items() if key.name == "watch_collector_up"}
    assert up == {"a": 1.0, "b": 0.0}


def test_collectors_are_exchanged_while_looking_and_what_was_known_of_them_stays() -> None:
    before, after = Looks("host", fine, period_s=2.0), Looks("host", fine, period_s=5.0)
    board = Board()

    async def go() -> None:
        async with Poller([before], board) as poller:
            await asyncio.sleep(3.0)
            since_s = board.states["host"].since_s
            await poller.exchange([after])
            assert (board.states["host"].status, board.states["host"].since_s) == ("ok", since_s)
            await asyncio.sleep(6.0)
            assert list(poller.collectors) == [after]

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(go())
    assert (before.at, before.closed, after.at) == ([0.0, 2.0], True, [3.0, 8.0])
    assert board.states["host"].period_s == 5.0
