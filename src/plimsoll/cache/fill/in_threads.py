"""A fetch in a thread; it shares flights with event loops in other threads."""

from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any

from plimsoll.cache.fill.calling import call_with, lasting
from plimsoll.cache.fill.desk import Desk
from plimsoll.cache.fill.filling import Filling, filling, running
from plimsoll.cache.fill.flights import ABANDONED, Ending, Flight, Landed
from plimsoll.cache.fill.wish import Wish
from plimsoll.cache.store.entry import Miss
from plimsoll.cache.tiers import Absent, Filled
from plimsoll.cache.tokens import Token, carried
from plimsoll.core.errors import UsageError

Fill = Callable[..., Any]


def fetch(desk: Desk, wish: Wish, fill: Fill) -> Any:
    """As `in_loops.fetch`, but that whoever is told that a refresh is due fills it himself."""
    asked_s, token, again, alone = desk.clock(), carried(), False, filling() is not None
    while True:
        look = desk.look(wish, desk.clock(), token, again=again)
        if look.value.__class__ is not Miss:
            if wish.pure and not look.due and not look.stale and desk.is_audited():
                _audited(desk, wish, look.value, fill)
            return _refreshed(desk, wish, fill, look.value) if look.due else look.value
        flight, leads = desk.board(wish, asked_s, token, blocks=True, alone=alone)
        if leads:
            return desk.given(wish, _lead(desk, flight, wish, fill, token))
        flight = _landing(desk, flight, desk.left_s(wish, asked_s, flight, alone=alone))
        landed = desk.taken(flight, asked_s)
        if landed is not None:
            return desk.given(wish, landed)
        again, alone = True, alone or flight.gives_nobody


def _audited(desk: Desk, wish: Wish, held: Any, fill: Fill) -> None:
    from plimsoll.cache.watching.auditing import audited_sync

    audited_sync(desk, wish.key, wish.tags, held, fill)


def _lead(desk: Desk, flight: Flight, wish: Wish, fill: Fill, token: Token | None) -> Landed:
    landed, answer, filled = ABANDONED, Absent(), None
    try:
        begun = desk.begin(flight)
        if desk.tier2 is not None and desk.may_ask(wish, token):
            asked = desk.tier2.read_sync(wish.key, wish.tags, begun)
            if isinstance(asked, Absent):
                answer = asked
            elif found := desk.found(wish, flight, asked):
                landed = found
                return landed
        run = desk.start(wish)
        value = _called(fill, run)
        landed, filled = desk.keep(wish, flight, run, value, answer)
    except Exception as error:  # noqa: BLE001  # the fill's own, for all who wait
        landed = desk.failed(error)
    finally:
        desk.flights.land(flight, landed)
        if answer.ticket is not None:
            _tell(desk, wish, answer, filled)
    return landed


def _called(fill: Fill, run: Filling) -> Any:
    with running(run):
        value = call_with(fill, run)
    if hasattr(value, "__await__"):
        if hasattr(value, "close"):
            value.close()
        why = "the fill gives something to be awaited, and a thread cannot"
        raise UsageError("a fill that does not fit", why=why, remedy="await cache.fetch(…) instead of fetch_sync")
    return lasting(value)


def _tell(desk: Desk, wish: Wish, answer: Absent, filled: Filled | None) -> None:
    assert desk.tier2 is not None
    if filled is None:
        desk.tier2.give_up_sync(wish.key, answer.ticket)
    else:
        desk.tier2.write_sync(wish.key, filled)


def _landing(desk: Desk, flight: Flight, left_s: float) -> Flight:
    """Waits for it, as long as that is left. The one of its key that has landed first, if any has."""
    landed: SimpleQueue[Flight] = SimpleQueue()
    if desk.flights.wait(flight, landed.put):
        try:
            return landed.get(timeout=max(0.0, left_s))
        except Empty:
            desk.flights.leave(flight, landed.put)
    return flight


def _refreshed(desk: Desk, wish: Wish, fill: Fill, held: Any) -> Any:
    """The new value; the old one, if another fills already or if that fails."""
    token = carried()
    flight, leads = desk.board(wish, desk.clock(), token, blocks=True)
    if not leads:
        return held
    landed = _lead(desk, flight, wish, fill, token)
    failed = landed.ending is Ending.ERROR
    desk.refreshed(failed=failed)
    return held if failed else landed.value
