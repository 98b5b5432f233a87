"""From the changelog into the outbox and out of it: each wish once, none lost, the inner before the outer."""

import asyncio

import asyncpg
import pytest

from plimsoll.changes.installing import carry_out
from plimsoll.core.errors import RefusedError
from plimsoll.edge.providers.provider import Later, Limits, Rate, Refused
from plimsoll.edge.purge import outbox_sql
from plimsoll.edge.purge.installing import plan_install, plan_remove, read_outbox
from plimsoll.edge.purge.outbox import read_parked, retry_parked
from plimsoll.edge.purge.settling import PARKED_AFTER
from plimsoll.edge.purge.wish import Kind, everything
from tests.edge.purge.ground import FAST, Ground, Noting, installed, on_ground
from tests.postgres.conftest import Pooler, pooler, server_directory

__all__ = ["pooler", "server_directory"]
OWN = "table:public.orders"


def test_a_committed_change_is_purged_once_everywhere_and_what_was_deleted_hard(each_database: str) -> None:
    @on_ground(each_database, "local", "cloudflare")
    async def _(there: Ground) -> None:
        local, cdn = Noting("local"), Noting("cloudflare")
        purger = there.purger(local, cdn)
        await there.db.execute("INSERT INTO orders VALUES (1), (2)")
        await there.db.execute("UPDATE orders SET note = 'x' WHERE id = 1")
        assert await purger.read() == 2
        assert await purger.read() == 0
        assert len(await there.rows()) == 6
        assert await purger.send("local") == 3
        assert await purger.send("cloudflare") == 3
        assert local.told() == cdn.told() == [(("order:1", "order:2", OWN), False)]
        await there.db.execute("DELETE FROM orders WHERE id = 2")
        await there.db.execute("UPDATE orders SET note = 'y' WHERE id = 1")
        await purger.read()
        assert sorted([await purger.send("local") for _ in range(3)]) == [0, 1, 2]
        assert sorted(local.told()) == [(("order:1",), False), (("order:2", OWN), True)]
        await there.db.execute("TRUNCATE orders")
        await purger.read()
        await purger.send("local")
        assert local.told() == [(("order:*", OWN), True)]


def test_what_is_asked_for_again_while_it_is_sent_is_sent_again(database: str) -> None:
    @on_ground(database, "local")
    async def _(there: Ground) -> None:
        local = Noting()
        purger = there.purger(local)
        await there.asked("order:1", "order:2")

        async def again() -> None:
            await there.asked("order:1", hard=True)

        local.before = again
        assert await purger.send("local") == 2
        assert await there.rows() == [("local", "order:1", True)]
        local.before = None
        assert await purger.send("local") == 1
        assert local.told() == [(("order:1", "order:2"), False), (("order:1",), True)]
        assert await there.rows() == []


def test_two_purgers_share_what_is_due_and_a_dead_ones_share_is_due_again(database: str) -> None:
    @on_ground(database, "local")
    async def _(there: Ground) -> None:
        first, second = Noting(limits=Limits({Kind.TAG: 2}, FAST)), Noting(limits=Limits({Kind.TAG: 9}, FAST))
        one, other = there.purger(first, name="one"), there.purger(second, name="other")
        await there.asked("order:1", "order:2", "order:3")
        first.before = lambda: _sent(other.send("local"))
        await one.send("local")
        both = [*first.told(), *second.told()]
        assert sorted(what for whats, _ in both for what in whats) == ["order:1", "order:2", "order:3"]

        class Died(BaseException):
            """As a process does that is killed: nothing is put in order."""

        async def die() -> None:
            raise Died

        await there.asked("order:4")
        first.before = die
        with pytest.raises(Died):
            await one.send("local")
        assert await other.send("local") == 0
        await there.due()
        assert await other.send("local") == 1
        assert await there.rows() == []


async def _sent(sending: object) -> None:
    await sending  # type: ignore[misc]  # a coroutine


def test_the_outer_waits_for_the_inner_but_not_for_ever_and_then_once_more(database: str) -> None:
    @on_ground(database, "fastly", "local")
    async def _(there: Ground) -> None:
        local, cdn = Noting("local", answers=[Later("away")]), Noting("fastly")
        purger = there.purger(local, cdn)
        await there.asked("order:1")
        assert await purger.send("fastly") == 0
        assert await purger.send("local") == 0
        assert (await there.backlog())["local"].trouble == "away"
        assert await purger.send("fastly") == 0
        await there.db.execute("UPDATE plimsoll_edge.outbox SET asked_at = asked_at - interval '31 s'")
        assert await purger.send("fastly") == 1
        await there.due()
        assert await purger.send("local") == 1
        assert await there.rows() == [("fastly", "order:1", False)]
        assert await purger.send("fastly") == 1
        assert cdn.told() == [(("order:1",), False)] * 2
        await there.wished(everything())
        await there.asked("order:2", providers=["fastly"])
        assert await purger.send("fastly") == 0  # the inner has everything to purge first
        assert await purger.send("local") == 1
        assert [await purger.send("fastly"), await purger.send("fastly")] == [1, 1]


def test_a_provider_that_is_away_is_left_alone_by_all_and_loses_nothing(database: str) -> None:
    @on_ground(database, "cloudflare")
    async def _(there: Ground) -> None:
        cdn = Noting("cloudflare", answers=[Later("it answered 429", 120.0), *[Later("it answered 503")] * 20])
        one, other = there.purger(cdn), there.purger(cdn, name="other")
        await there.asked("order:1")
        await one.send("cloudflare")
        waits = (await there.backlog())["cloudflare"]
        assert (waits.waiting, waits.parked, waits.tries, waits.trouble) == (1, 0, 1, "it answered 429")
        assert waits.resume_s is not None
        assert 60 < waits.resume_s <= 132
        await there.asked("order:2")
        assert await other.send("cloudflare") == 0
        for _ in range(20):
            await there.due()
            await one.send("cloudflare")

        async def fail() -> None:
            raise ValueError

        await there.due()
        cdn.before = fail
        assert await one.send("cloudflare") == 0
        cdn.before = None
        assert (await there.backlog())["cloudflare"].parked == 0
        await there.due()
        assert await other.send("cloudflare") == 2
        said = ["it answered 429", "it answered 503", "it raised ValueError"]
        assert there.said == [f"cloudflare: {one}" for one in said]
        assert (await there.backlog())["cloudflare"].trouble == ""


def test_what_is_refused_is_found_among_the_others_and_parked_with_why(database: str) -> None:
    @on_ground(database, "cloudflare")
    async def _(there: Ground) -> None:
        cdn = Noting("cloudflare")
        purger = there.purger(cdn)

        async def judge() -> None:
            cdn.answers[:] = [Refused("it answered 400: bad tag")] if "bad" in cdn.batches[-1].whats else []

        cdn.before = judge
        await there.asked("bad", *(f"order:{number}" for number in range(20)))
        while any(not row["parked"] for row in await there.db.fetch("SELECT parked FROM plimsoll_edge.outbox")):
            await there.due()
            await purger.send("cloudflare")
        (parked,) = await read_parked(there.db, 10)
        assert (parked.what, parked.refusals, parked.error) == ("bad", PARKED_AFTER, "it answered 400: bad tag")
        assert len(cdn.told()) <= 2 * 5 + PARKED_AFTER
        assert await purger.send("cloudflare") == 0
        cdn.before = None
        cdn.answers.clear()
        assert await retry_parked(there.db) == 1
        assert await purger.send("cloudflare") == 1
        assert await there.rows() == []


def test_a_provider_is_not_asked_more_often_than_it_may_be(database: str) -> None:
    @on_ground(database, "cloudflare")
    async def _(there: Ground) -> None:
        cdn = Noting("cloudflare", limits=Limits({Kind.TAG: 1}, Rate(1e-6, 2)))
        purger = there.purger(cdn)
        await there.asked("order:1", "order:2", "order:3")
        assert [await purger.send("cloudflare") for _ in range(4)] == [1, 1, 0, 0]


def test_the_position_moves_with_the_rows_or_not_at_all(database: str) -> None:
    @on_ground(database, "local")
    async def _(there: Ground) -> None:
        purger = there.purger(Noting())
        await there.db.execute(
            "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;"
            "CREATE TRIGGER fail BEFORE UPDATE ON plimsoll_edge.position FOR EACH ROW EXECUTE FUNCTION fail();"
            "INSERT INTO orders VALUES (1)"
        )
        with pytest.raises(asyncpg.RaiseError):
            await purger.read()
        assert await there.rows() == []
        await there.db.execute("DROP TRIGGER fail ON plimsoll_edge.position")
        assert await purger.read() == 1
        assert len(await there.rows()) == 2


@pytest.mark.parametrize("what", ["UPDATE plimsoll_changes.state SET id = gen_random_uuid()", "too many"])
def test_where_changes_may_be_missing_or_are_too_many_everything_goes(
    database: str, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    @on_ground(database, "local")
    async def _(there: Ground) -> None:
        if what == "too many":
            monkeypatch.setattr(outbox_sql, "BACKLOG_MAX", 4)
            await there.db.execute("INSERT INTO orders SELECT generate_series(1, 5)")
        else:
            await there.db.execute(what)
        local = Noting()
        purger = there.purger(local)
        await purger.read()
        assert await purger.send("local") == 1
        assert [one.kind for one in local.batches] == [Kind.ALL]
        assert there.said == ([] if what == "too many" else [there.said[0]])


def test_a_backlog_that_is_too_long_becomes_one_wish_for_everything(database: str) -> None:
    @on_ground(database, "local")
    async def _(there: Ground) -> None:
        await there.db.execute(
            "INSERT INTO plimsoll_edge.outbox (provider, rank, kind, what, hard) "
            f"SELECT 'local', 0, 'tag', 'order:' || g, false FROM generate_series(1, {outbox_sql.BACKLOG_MAX}) g"
        )
        assert (await there.backlog())["local"].waiting == outbox_sql.BACKLOG_MAX
        await there.asked("order:x", hard=True)
        assert await there.rows() == [("local", "", True)]


def test_a_purger_needs_no_superuser_and_no_session(pooler: Pooler, database: str) -> None:
    async def story(there: Ground) -> None:
        there.dsn = pooler.dsn(database.rpartition("/")[2].partition("?")[0])
        local = Noting()
        purger = there.purger(local)
        await there.db.execute("INSERT INTO orders VALUES (1)")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await purger.read()
        await carry_out(there.db, await plan_install(there.db, [], purgers=["app"]))
        assert await purger.read() == 1
        assert await purger.send("local") == 2
        app = await there.connect()
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.execute("DELETE FROM plimsoll_edge.position")
        app.terminate()

    on_ground(database, "local")(story)


def test_it_is_installed_twice_and_removed_without_a_trace(each_database: str) -> None:
    @on_ground(each_database, "local")
    async def _(there: Ground) -> None:
        assert (await plan_install(there.db, ["local"])).statements == ()
        more = await plan_install(there.db, ["cloudflare"])
        assert more.changed == ("purge at cloudflare",)
        await carry_out(there.db, more)
        await there.asked("order:1")
        fewer = await plan_remove(there.db, ["local"])
        await carry_out(there.db, fewer)
        assert await there.rows() == [("cloudflare", "order:1", False)]
        whole = await plan_remove(there.db)
        assert whole.notes == ("lost with it: 1 purge that nobody has acknowledged",)
        await carry_out(there.db, whole)
        assert not (await read_outbox(there.db)).schema
        assert await there.db.fetchval("SELECT count(*) FROM pg_class WHERE relname = 'outbox'") == 0
        purger = there.purger(Noting())
        with pytest.raises(asyncpg.UndefinedTableError):
            await purger.read()


def test_it_is_refused_where_no_changes_are_written_down(database: str) -> None:
    async def story() -> None:
        db = await asyncpg.connect(database)
        with pytest.raises(RefusedError, match="no changes are written down"):
            await plan_install(db, ["local"])
        await installed(db, "local")
        await db.execute("UPDATE plimsoll_edge.position SET version = 'earlier'")
        assert len((await plan_install(db, [])).statements) == 4
        await db.close()

    asyncio.run(story())
