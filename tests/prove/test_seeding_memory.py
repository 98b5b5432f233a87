"""Filling takes bounded memory, whatever the rows' number and width; the table goes into docs/proofs.md."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks._tables import ROOT, put, table
from benchmarks.seeding import PEAK_MB_MAX, SEEDS, Ground, Measured, seeded
from fluentscribe.database.migrating import migrate
from plimsoll.embedded import start_postgres

MILLIONS = 10_000_000


@dataclass(frozen=True, slots=True)
class Case:
    """Tables of SQL text, made without a journal to spare time; `plan` is TOML without its `now`."""

    words: str
    schema: str
    plan: str

    def fill(self, ground: Ground) -> Measured:
        path = ground.folder / "plan.toml"
        path.write_text(f"now = 2026-06-30T18:00:00Z\n{self.plan}", encoding="utf-8")
        with ground.database() as dsn:
            unlogged = self.schema.replace("CREATE TABLE", "CREATE UNLOGGED TABLE")
            ground.server.sql(*unlogged.split(";"), database=dsn.rpartition("/")[2])
            return seeded(ground, dsn, path)


CASES = (
    Case(
        "10 million rows of one table",
        "CREATE TABLE events (id bigint PRIMARY KEY, kind text NOT NULL, amount numeric(8, 2), at timestamptz)",
        f"[tables.events]\nrows = {MILLIONS}\n",
    ),
    Case(
        "10 million rows in groups, 10 million in groups of those",
        "CREATE TABLE files (id bigint PRIMARY KEY);"
        "CREATE TABLE lines (id bigint PRIMARY KEY, file_id bigint NOT NULL REFERENCES files, seq int NOT NULL,"
        " UNIQUE (file_id, seq));"
        "CREATE TABLE words (line_id bigint REFERENCES lines, seq int, PRIMARY KEY (line_id, seq))",
        f"[tables.files]\nrows = {MILLIONS // 10}\n[tables.lines]\nrows = {MILLIONS}\n"
        f"[tables.words]\nrows = {MILLIONS}\n",
    ),
    Case(
        "10 million rows that pick one of 10 million of their tenant",
        "CREATE TABLE tenants (id bigint PRIMARY KEY);"
        "CREATE TABLE tasks (tenant_id bigint REFERENCES tenants, id bigint, PRIMARY KEY (tenant_id, id));"
        "CREATE TABLE notes (id bigint PRIMARY KEY, tenant_id bigint NOT NULL REFERENCES tenants,"
        " task_id bigint NOT NULL, FOREIGN KEY (tenant_id, task_id) REFERENCES tasks)",
        f"[tables.tenants]\nrows = 1_000\n[tables.tasks]\nrows = {MILLIONS}\n[tables.notes]\nrows = {MILLIONS}\n",
    ),
    Case(
        "5,000 rows with two texts of 3,000 words",
        "CREATE TABLE pages (id bigint PRIMARY KEY, body text NOT NULL, translated text NOT NULL)",
        "[tables.pages]\nrows = 5_000\n[tables.pages.columns]\nbody = { words = { constant = { value = 3_000 } } }\n"
        'translated = { language = "de", words = { constant = { value = 3_000 } } }\n',
    ),
    Case(
        "a million rows, 30 % of which fail a check of which only trying tells",
        "CREATE FUNCTION fits(a int, b int) RETURNS boolean IMMUTABLE RETURN (7 * a + 13 * b) % 10 < 7;"
        "CREATE TABLE pairs (id bigint PRIMARY KEY, a int NOT NULL, b int NOT NULL, CHECK (fits(a, b)))",
        "[tables.pairs]\nrows = 1_000_000\n",
    ),
)


def large(ground: Ground) -> Measured:
    with ground.database() as dsn:
        asyncio.run(migrate(dsn))
        return seeded(ground, dsn, SEEDS / "large.toml")


def test_filling_takes_bounded_memory_at_any_number_and_width_of_rows(tmp_path: Path) -> None:
    fills: dict[str, Callable[[Ground], Measured]] = {case.words: case.fill for case in CASES}
    fills["the reference platform's `large`"] = large
    with start_postgres() as server:
        ground = Ground(server, tmp_path)
        found = {words: fill(ground) for words, fill in fills.items()}
    headings = ["filled", "rows", "on disk", "peak memory", "bound"]
    rows = [
        [words, f"{one.rows:,}", f"{one.disk_mb:,.0f} MB", f"{one.peak_mb:,.0f} MB", f"{PEAK_MB_MAX:g} MB"]
        for words, one in found.items()
    ]
    put(ROOT / "docs" / "proofs.md", "seeding_memory", "\n".join(table(headings, rows)))
    assert {words: one.peak_mb for words, one in found.items() if one.peak_mb >= PEAK_MB_MAX} == {}
