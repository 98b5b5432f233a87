"""Schedules in which a cache would serve what is stale if it were not for a rule; each with the rules that it needs.

All others, and faults that take real time, are in tests/prove/caching.
"""

import asyncio
from collections.abc import Callable
from typing import Final, NamedTuple

from plimsoll.testing.staleness import Kind
from tests.cache.stage import DELTA_S, Stage, Story
from tests.prove.caching.mutation import Mutation
from tests.prove.caching.mutations import MUTATIONS
from tests.prove.caching.world import Asked, homes

ONE, ANOTHER = 1, 9  # rows of one organization
ITEM, COPY, ORG = Asked("item", ONE), Asked("copy", ONE), Asked("org", homes(ONE)[0])
CROWD: Final = Asked("crowd", 0)
WARD: Final = Asked("ward", 0)
UNSEEN_VERSION: Final = 1_000_000


class Without(NamedTuple):
    """A rule, and the story in which a read goes wrong in this way where it is not kept."""

    rule: Mutation
    story: Story
    kind: Kind


STORIES: Final[list[Story]] = []
WITHOUT: Final[list[Without]] = []

OWN_ID: Final = (
    "SELECT max(xmin::text::bigint)::text::xid8 FROM public.items"  # of whoever wrote last: a savepoint's own
)
IN_A_SAVEPOINT: Final = Mutation(
    "ids of savepoints",
    "What a savepoint writes has the id of its transaction.",
    "",
    sql=(
        f"CREATE FUNCTION public.own_id() RETURNS xid8 LANGUAGE sql AS '{OWN_ID}'",
        "ALTER TABLE plimsoll_changes.changelog ALTER xid SET DEFAULT public.own_id()",
    ),
)


def _databases_not_told_apart() -> None:
    from plimsoll.changes.polling import Position

    Position.database = ""  # type: ignore[assignment,method-assign]


ANY_DATABASE: Final = Mutation(
    "databases not told apart",
    "A fill is refused that reads another database than the one that is followed.",
    "",
    _databases_not_told_apart,
)


def needs(*rules: str | Mutation, kind: Kind = "stale") -> Callable[[Story], Story]:
    def take(story: Story) -> Story:
        STORIES.append(story)
        for one in rules:
            rule = MUTATIONS[one] if isinstance(one, str) else one
            WITHOUT.append(Without(rule, story, kind))
        return story

    return take


# -- fills


@needs("fill not judged", "unused tags forgotten")
async def a_fill_is_overtaken_by_a_change_that_is_polled(stage: Stage) -> None:
    async def overtaken() -> None:
        await stage.write(ONE)
        await stage.poll()

    await stage.read(ITEM, overtaken)


@needs("snapshot after the data")
async def a_change_is_committed_between_the_data_and_the_next_poll(stage: Stage) -> None:
    await stage.read(ITEM, lambda: stage.write(ONE))


@needs("old snapshots taken")
async def a_report_reads_by_a_snapshot_from_before_a_change(stage: Stage) -> None:
    report = await stage.connection("report")
    async with report.transaction(isolation="repeatable_read"):
        await report.execute("SELECT 1")
        await stage.write(ONE)
        await stage.poll()
        await stage.fill_by(report, ITEM)


@needs(ANY_DATABASE)
async def a_fill_reads_the_same_table_of_another_database(stage: Stage) -> None:
    await stage.read(ITEM)
    await stage.write(ONE)
    await stage.poll()
    await stage.fill_by(await stage.twin(), ITEM)


@needs("fills of writers stored", kind="never written")
async def a_fill_reads_what_its_transaction_takes_back(stage: Stage) -> None:
    writer = await stage.connection("other")
    transaction = writer.transaction()
    await transaction.start()
    await writer.execute("UPDATE items SET version = $2 WHERE id = $1", ONE, UNSEEN_VERSION)
    await stage.fill_by(writer, ITEM)
    await transaction.rollback()


@needs("tags of parts not taken", "snapshots of parts not taken")
async def a_value_is_made_of_a_cached_one_that_lacks_what_its_own_snapshot_sees(stage: Stage) -> None:
    await stage.read(ITEM)
    await stage.write(ONE)
    await stage.read(COPY)


@needs("any flight joined")
async def who_asks_late_waits_for_a_fill_that_read_long_ago(stage: Stage) -> None:
    has_read, go = asyncio.Event(), asyncio.Event()

    async def stands_still() -> None:
        has_read.set()
        await go.wait()

    leads = asyncio.create_task(stage.read(ITEM, stands_still))
    await has_read.wait()
    await stage.write(ONE)
    stage.passes(DELTA_S + 0.001)
    waits = asyncio.create_task(stage.read(ITEM))
    await asyncio.sleep(0)  # in which it comes as far as waiting
    go.set()
    await asyncio.gather(leads, waits)


@needs("fill not judged")
async def a_refresh_in_the_background_is_overtaken_by_a_change(stage: Stage) -> None:
    async def overtaken() -> None:
        await stage.write(ONE)
        await stage.poll()

    await stage.read(ITEM, ttl=10)
    stage.passes(10)
    await stage.poll()
    await stage.read(ITEM, overtaken, ttl=10, stale_s=30)
    await stage.refreshed()


# -- what is known of changes


@needs("highest transaction only", "polled above the highest")
async def a_transaction_commits_after_a_later_one_and_after_a_fill(stage: Stage) -> None:
    async with stage.writing(ONE):
        await stage.write(ANOTHER)
        await stage.read(ORG)
        await stage.poll()


@needs("folded writes by the highest")
async def a_transaction_commits_after_more_later_ones_than_a_tag_remembers(stage: Stage) -> None:
    async with stage.writing(ONE):
        for _ in range(4):
            await stage.write(ANOTHER)
        await stage.read(ORG)


@needs(IN_A_SAVEPOINT)
async def a_savepoint_is_taken_back_and_another_writes_the_row_again(stage: Stage) -> None:
    await stage.read(ITEM)
    other = await stage.connection("other")
    transaction = other.transaction()
    await transaction.start()
    taken_back = other.transaction()
    await taken_back.start()
    await stage.change(other, ONE)
    await taken_back.rollback()
    async with other.transaction():
        planned = await stage.change(other, ONE)
    await stage.write(ANOTHER)
    await stage.poll()
    await transaction.commit()
    stage.committed(planned)


@needs("families forgotten", "bulk untold")
async def more_rows_are_changed_than_get_tags_of_their_own(stage: Stage) -> None:
    await stage.read(CROWD)
    await stage.write_crowd()


@needs("shared untold")
async def many_rows_are_changed_that_have_something_in_common(stage: Stage) -> None:
    await stage.read(WARD)
    await stage.write_crowd()


@needs("columns not compared")
async def a_column_is_changed_that_a_template_names(stage: Stage) -> None:
    await stage.read(ORG)
    await stage.write(ONE)


@needs("pairs not compared")
async def such_a_column_is_changed_in_one_of_the_rows_of_a_statement(stage: Stage) -> None:
    await stage.read(ORG)
    await stage.write_beside(ONE, ANOTHER)


@needs("trimmed rows ignored")
async def a_change_is_deleted_from_the_changelog_before_it_was_polled(stage: Stage) -> None:
    await stage.read(ITEM)
    await stage.write(ONE)
    await stage.trim()


# -- how well it is known


@needs("watermark ignored")
async def nothing_is_polled_for_longer_than_the_promise_allows(stage: Stage) -> None:
    await stage.read(ITEM)
    await stage.write(ONE)
    stage.passes(DELTA_S)
    await stage.read(ITEM)


@needs("watermark at receipt")
async def a_poll_is_answered_late(stage: Stage) -> None:
    async def overtaken() -> None:
        await stage.write(ONE)
        stage.passes(DELTA_S)

    await stage.read(ITEM)
    await stage.poll(overtaken)
    await stage.read(ITEM)


@needs("token ignored", kind="own write missing")
async def who_has_written_reads_before_the_next_poll(stage: Stage) -> None:
    await stage.read(ITEM)
    await stage.read(ITEM, after=await stage.write(ONE))
