"""A fetch in an event loop. Several loops in several threads share flights, with threads that have none.

It is imported where there is no event loop, too, and imports asyncio only in one: there it is loaded already.
"""

from collections.abc import Callable
from contextlib import suppress
from threading import get_ident
from typing import TYPE_CHECKING, Any

from plimsoll.cache.fill.calling import call_with, lasting
from plimsoll.cache.fill.desk import REFRESHES_MAX, Desk
from plimsoll.cache.fill.filling import Filling, filling, running
from plimsoll.cache.fill.flights import ABANDONED, Ending, Flight, Landed
from plimsoll.cache.fill.wish import Wish
from plimsoll.cache.store.entry import Miss
from plimsoll.cache.tiers import Absent, Filled
from plimsoll.cache.tokens import Token, carried

if TYPE_CHECKING:
    import asyncio

Fill = Callable[..., Any]


async def fetch(desk: Desk, wish: Wish, fill: Fill) -> Any:
    """The value. The fill runs in the caller's task where it is his to run. Raises what the fill raises."""
    asked_s, token, again, alone = desk.clock(), carried(), False, filling() is not None
    while True:
        look = desk.look(wish, desk.clock(), token, again=again)
        if look.value.__class__ is not Miss:
            if look.due:
                _refresh_soon(desk, wish, fill)
            elif wish.pure and not look.stale and desk.is_audited():
                await _audited(desk, wish, look.value, fill)
            return look.value
        flight, leads = desk.board(wish, asked_s, token, blocks=False, alone=alone)
        if leads:
            return desk.given(wish, await _lead(desk, flight, wish, fill, token))
        flight = await _landing(desk, flight, desk.left_s(wish, asked_s, flight, alone=alone))
        landed = desk.taken(flight, asked_s)
        if landed is not None:
            return desk.given(wish, landed)
        again, alone = True, alone or flight.gives_nobody


async def _audited(desk: Desk, wish: Wish, held: Any, fill: Fill) -> None:
    from plimsoll.cache.watching.auditing import audited

    await audited(desk, wish.key, wish.tags, held, fill)


async def _lead(desk: Desk, flight: Flight, wish: Wish, fill: Fill, token: Token | None) -> Landed:
    """Whatever becomes of it, the flight lands: nobody waits for nothing."""
    landed, answer, filled = ABANDONED, Absent(), None
    try:
        begun = desk.begin(flight)
        if desk.tier2 is not None and desk.may_ask(wish, token):
            asked = await desk.tier2.read(wish.key, wish.tags, begun)
            if isinstance(asked, Absent):
                answer = asked
            elif found := desk.found(wish, flight, asked):
                landed = found
                return landed
        run = desk.start(wish)
        value = await _called(fill, run)
        landed, filled = desk.keep(wish, flight, run, value, answer)
    except Exception as error:  # noqa: BLE001  # the fill's own, for all who wait
        landed = desk.failed(error)
    finally:
        desk.flights.land(flight, landed)
        if answer.ticket is not None:
            await _tell(desk, wish, answer, filled)
    return landed


async def _called(fill: Fill, run: Filling) -> Any:
    with running(run):
        value = call_with(fill, run)
        return lasting(await value if hasattr(value, "__await__") else value)


async def _tell(desk: Desk, wish: Wish, answer: Absent, filled: Filled | None) -> None:
    """Tier 2 hears what became of what it gave a ticket for."""
    assert desk.tier2 is not None
    if filled is None:
        await desk.tier2.give_up(wish.key, answer.ticket)
    else:
        await desk.tier2.write(wish.key, filled)


async def _landing(desk: Desk, flight: Flight, left_s: float) -> Flight:
    """Waits for it, as long as that is left. The one of its key that has landed first, if any has."""
    import asyncio

    loop, thread = asyncio.get_running_loop(), get_ident()
    landed: asyncio.Future[Flight] = loop.create_future()

    def wake(first: Flight) -> None:
        if get_ident() == thread:
            _done(landed, first)
        else:
            with suppress(RuntimeError):  # that loop was closed, and nobody waits there any more
                loop.call_soon_threadsafe(_done, landed, first)

    if desk.flights.wait(flight, wake):
        try:
            async with asyncio.timeout(left_s):
                return await landed
        except TimeoutError:
            pass
        finally:
            desk.flights.leave(flight, wake)
    return flight


def _done(landed: "asyncio.Future[Flight]", first: Flight) -> None:
    if not landed.done():
        landed.set_result(first)


def _refresh_soon(desk: Desk, wish: Wish, fill: Fill) -> None:
    """In the background, unless much is done there already: then the value is filled when it has ended."""
    import asyncio

    if len(desk.refreshing) < REFRESHES_MAX:
        task = asyncio.get_running_loop().create_task(_refresh(desk, wish, fill))
        desk.refreshing.add(task)
        task.add_done_callback(desk.refreshing.discard)


async def _refresh(desk: Desk, wish: Wish, fill: Fill) -> None:
    """Nobody waits for what it raises: the value that there is stays, and a little later another asker refreshes."""
    token = carried()
    flight, leads = desk.board(wish, desk.clock(), token, blocks=False)
    if leads:
        landed = await _lead(desk, flight, wish, fill, token)
        desk.refreshed(failed=landed.ending is Ending.ERROR)
