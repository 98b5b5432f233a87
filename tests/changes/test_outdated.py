"""An installation whose triggers are not as this version makes them goes on, is told, and is replaced."""

import asyncpg

from plimsoll.changes.installing import carry_out, plan_install, read_status
from plimsoll.changes.watch import Watch
from plimsoll.workflows.cache_changes import status_lines
from tests.changes.histories import ORDERS, House, in_house

EARLIER = """
DO $$ BEGIN EXECUTE replace(pg_get_functiondef((SELECT oid FROM pg_proc WHERE proname LIKE 'write\\_orders%')),
    '-- for triggers', '-- for other triggers'); END $$
"""


def test_triggers_that_another_version_made_are_told_and_replaced(each_database: str) -> None:
    watches = [Watch.parse("public.orders=order:{id},noted:{id} when note"), Watch.parse("other")]

    @in_house(each_database, f"{ORDERS}; CREATE TABLE other (id int)", *map(str, watches))
    async def _(there: House, one: asyncpg.Connection) -> None:
        for change in (EARLIER, "ALTER TABLE orders DROP CONSTRAINT orders_pkey"):
            assert [table.outdated for table in (await read_status(one)).installed] == [False, False]
            await one.execute(change)
            found = await read_status(one)
            assert [(table.outdated, table.drift) for table in found.installed] == [(True, ()), (False, ())]
            lines = [line for line in status_lines("here", found) if "not as this version makes them" in line]
            assert len(lines) == 1
            plan = await plan_install(one, watches)
            assert plan.changed == (f"watch again {watches[0]}",)
            await carry_out(one, plan)
