"""What an application relies on and nobody writes holds the polls up, and is told until it is installed."""

import asyncio

import asyncpg
import pytest

from plimsoll.changes.poller import Ask, Poller
from plimsoll.changes.relying import lacking, watches_of
from plimsoll.core.errors import UsageError
from tests.changes.histories import ORDERS, House, in_house, watch

WATCH = "public.orders=order:{id}"
RELIED = {"public.orders": ["order:{id}", "note:{id} when note"]}


@pytest.mark.parametrize(
    ("installed", "said"),
    [
        ({"orders": ["note:{id}", "order:{id}"]}, ""),
        ({"orders": ["order:{id}", "note:{id} when note, state"]}, ""),
        ({"orders": ["order:{id}", "note:{id} when state"]}, "nothing writes note:{id} when note of public.orders, "),
        ({"orders": ["order:{id} when note", "note:{id}"]}, "nothing writes order:{id} of public.orders, "),
        ({"other": ["order:{id}", "note:{id}"]}, "nothing writes all of public.orders, "),
    ],
)
def test_what_is_installed_has_to_tell_all_of_what_is_relied_on(installed: dict[str, list[str]], said: str) -> None:
    rows = [{"schema": "public", "name": name, "templates": there} for name, there in installed.items()]
    found = lacking(watches_of(RELIED), rows)
    assert found.startswith(said)
    assert bool(found) == bool(said)


@pytest.mark.parametrize("wrong", ["plimsoll.toml", {"orders": "order:{id}"}, {"orders": ["order"]}])
def test_what_names_no_tables_is_refused(wrong: object) -> None:
    with pytest.raises(UsageError):
        watches_of(wrong)


def test_nothing_is_polled_while_something_relied_on_is_not_written(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plimsoll.changes.poller.TEND_EVERY_S", 0.0)

    @in_house(database, ORDERS, WATCH)
    async def _(there: House, one: asyncpg.Connection) -> None:
        turns = asyncio.Condition()

        async def turn(ask: Ask, last: bool) -> None:
            async with turns:
                turns.notify_all()

        poller = Poller(there.connect, [there.heard], besides=[turn], relied=watches_of(RELIED))

        async def until(trouble: bool) -> None:
            async with asyncio.timeout(30), turns:
                await turns.wait()
                while bool(poller.counts.trouble) != trouble:
                    await turns.wait()

        running = asyncio.create_task(poller.run())
        await until(trouble=True)
        assert "note:{id} when note of public.orders" in poller.counts.trouble
        assert (poller.counts.polls, poller.state.watermark_s) == (0, None)
        await watch(one, f"{WATCH},note:{{id}}")
        await until(trouble=False)
        await watch(one, WATCH)
        await until(trouble=True)
        stood_at = poller.state
        await until(trouble=True)
        assert poller.state == stood_at
        running.cancel()
        await asyncio.wait([running])
