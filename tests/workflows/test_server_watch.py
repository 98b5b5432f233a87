"""What is seen of a server: its counters in every version, and the memory of its processes where they are here."""

import asyncio
from pathlib import Path

import asyncpg

from plimsoll.core.background import BackgroundCounts
from plimsoll.core.series.key import parse_series
from plimsoll.monitor.postgres.link import DatabaseLink
from plimsoll.monitor.processes.nearby import DatabaseTreeCollector, parent_of_postgres
from plimsoll.postgres.background import read_background
from plimsoll.postgres.dsn import read_target
from plimsoll.settings.masking import Secret
from plimsoll.settings.settings import Settings
from plimsoll.workflows.server_watch import ServerMemory, background_of, children_of
from plimsoll.workflows.target import TargetRequest, open_target

MEBIBYTE = 2**20


def test_every_version_says_where_its_counters_are(each_database: str) -> None:
    async def look() -> BackgroundCounts:
        connection = await asyncpg.connect(each_database)
        try:
            return await read_background(connection)
        finally:
            await connection.close()

    found = asyncio.run(look())
    assert found.checkpoints >= 0
    assert all(work.vacuums + work.analyzes > 0 for work in found.tables.values())


def test_a_server_on_this_machine_shows_its_memory_and_one_elsewhere_does_not(database: str) -> None:
    """A backend that sorts a lot in memory shows in the sum."""

    async def course() -> tuple[int | None, int | None]:
        async with open_target(TargetRequest(Settings(), {}, dsn=Secret(database))) as opened:
            memory = await ServerMemory.of(opened)
            assert await background_of(opened) is not None
            small = memory.look(0.0)
            connection = await asyncpg.connect(database)
            try:
                await connection.execute("SET work_mem = '512MB'")
                await connection.execute(
                    "DECLARE kept CURSOR WITH HOLD FOR SELECT n FROM generate_series(1, 400000) n ORDER BY md5(n::text)"
                )
                assert memory.look(1.0) is None
                return small, memory.look(100.0)
            finally:
                await connection.close()

    small, large = asyncio.run(course())
    assert small is not None
    assert large is not None
    assert large - small > 8 * MEBIBYTE
    assert ServerMemory(None).look(0.0) is None


def test_the_processes_of_a_server_on_this_machine_are_found_by_the_backend_that_answers(database: str) -> None:
    async def look() -> float:
        link = DatabaseLink(lambda: read_target(Secret(database), {}, where="test"))
        try:
            seen = await DatabaseTreeCollector(link, 1.0).collect()
        finally:
            await link.close()
        return seen.values[parse_series('process_count{tree="database"}')]

    assert asyncio.run(look()) > 4  # the postmaster, its background processes and the backend


def made(proc: Path, pid: int, *, name: str, parent: int, kib: int = 0, children: str = "") -> None:
    (proc / str(pid) / "task" / str(pid)).mkdir(parents=True)
    (proc / str(pid) / "cmdline").write_text(f"{name}\0\0")
    (proc / str(pid) / "stat").write_text(f"{pid} ({name}) S {parent} 0 0")
    (proc / str(pid) / "status").write_text(f"Name:\t{name}\nRssAnon:\t{kib} kB\n")
    (proc / str(pid) / "task" / str(pid) / "children").write_text(children)


def test_processes_that_are_not_postgresqls_or_have_gone_are_left_out(tmp_path: Path) -> None:
    made(tmp_path, 10, name="postgres", parent=1, kib=1024, children="11 12 ")
    made(tmp_path, 11, name="postgres: app db 127.0.0.1(4711) idle", parent=10, kib=2048)
    made(tmp_path, 20, name="nginx: worker app db", parent=10)
    assert parent_of_postgres(11, "db", tmp_path) == 10
    assert parent_of_postgres(11, "another", tmp_path) is None
    assert parent_of_postgres(20, "db", tmp_path) is None
    assert parent_of_postgres(99, "db", tmp_path) is None
    assert children_of(10, tmp_path) == [11, 12]
    assert ServerMemory(10, tmp_path).look(0.0) == 3 * MEBIBYTE
