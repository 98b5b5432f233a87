"""Dividing a table is written into files of their own."""

from datetime import UTC, datetime

from plimsoll.core.tuning.advice import Advised, Tuning
from plimsoll.core.tuning.change import Change, Step
from plimsoll.core.tuning.query import QueryWorkload
from plimsoll.tune.migrating.dividing import divisions
from plimsoll.tune.migrating.writing import migration

STEPS = (
    Step('CREATE TABLE "new" (id int)', undo='DROP TABLE "new"', note="Empty."),
    Step('CREATE UNIQUE INDEX CONCURRENTLY "i" ON "old" (id)', undo='DROP INDEX "i"', alone=True),
    Step("DO $x$\n  BEGIN\n    NULL;\n  END $x$", undo='ALTER TABLE "a" RENAME TO "b";\nCREATE INDEX "c" ON "b" (d)'),
)


def test_each_has_its_steps_with_their_notes_and_what_takes_them_back_the_last_first() -> None:
    change = Change(
        "partition", "Shop Floor.Orders", "Divide it", "It is large", form="range", steps=STEPS, risk="Some."
    )
    other = Change("partition", "public.other", "Divide that", "So it is said", form="hash")
    advised = [Advised(one, "explained", "medium") for one in (change, other)]
    tuning = Tuning("t", "shop", "PostgreSQL 18", datetime(2026, 1, 1, tzinfo=UTC), QueryWorkload((), "test"), advised)
    found = divisions(tuning)
    assert list(found) == ["divide-Shop-Floor-Orders.sql", "divide-Shop-Floor-Orders-undo.sql"]
    forth, back = found.values()
    assert "-- Divide it\n-- It is large\n-- Risk: Some." in forth
    assert "-- Empty.\nSET lock_timeout = '3s';\nCREATE TABLE \"new\" (id int);" in forth
    assert "SET lock_timeout = '1800s';\nCREATE UNIQUE INDEX CONCURRENTLY" in forth
    said = [line for line in back.splitlines() if line.startswith(("ALTER", "CREATE", "DROP"))]
    assert said == [
        'ALTER TABLE "a" RENAME TO "b";',
        'CREATE INDEX "c" ON "b" (d);',
        'DROP INDEX "i";',
        'DROP TABLE "new";',
    ]
    assert "CREATE TABLE" not in migration(tuning)
