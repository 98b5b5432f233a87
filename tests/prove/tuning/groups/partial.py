"""Partial indexes: of the few rows that are asked for, by a condition that is written in the statement."""

from tests.prove.tuning.cases import Asked, Case, any_of, on

JOBS = """
CREATE TABLE jobs (id bigint PRIMARY KEY, done boolean NOT NULL, state text NOT NULL, priority int NOT NULL,
                   deleted_at timestamptz, payload text NOT NULL);
INSERT INTO jobs SELECT i, i % 200 <> 0, CASE WHEN i % 300 = 0 THEN 'ready' ELSE 'finished' END, (random() * 9)::int,
    CASE WHEN i % 10 > 0 THEN now() END, repeat('p', 80) FROM generate_series(1, 80000) i;
"""

CASES = (
    Case(
        "partial/rare-boolean", JOBS,
        [Asked("SELECT id FROM jobs WHERE NOT done ORDER BY id LIMIT 1000")],
        any_of(on("jobs", "id", where="NOT done"), on("jobs", "done", "id"), on("jobs", "done")),
        {on("jobs", "id", where="done"): "of the rows that are not asked for"},
    ),
    Case(
        "partial/queue", JOBS,
        [Asked("SELECT id FROM jobs WHERE state = 'ready' ORDER BY priority DESC, id LIMIT 5")],
        any_of(on("jobs", "-priority", "id", where="state = 'ready'"), on("jobs", "state", "-priority", "id"),
               on("jobs", "state", "priority", "-id"),
               on("jobs", "priority", where="state = 'ready'")),
        {on("jobs", "priority", where="state = 'finished'"): "of the rows that are not asked for"},
    ),
    Case(
        "partial/soft-delete", JOBS.replace("i % 10 > 0", "i % 100 > 0"),
        [Asked("SELECT * FROM jobs WHERE deleted_at IS NULL AND priority = $1", bindings=[["3"]])],
        any_of(on("jobs", "priority", where="deleted_at IS NULL"), on("jobs", "deleted_at", "priority"),
               on("jobs", "priority", "deleted_at")),
        {on("jobs", "id", where="deleted_at IS NOT NULL"): "of the rows that are not asked for"},
    ),
    Case(
        "partial/all-but-the-common", JOBS,
        [Asked("SELECT count(payload) FROM jobs WHERE state <> 'finished'")],
        any_of(on("jobs", "id", where="state <> 'finished'"), on("jobs", "state", where="state <> 'finished'")),
        {on("jobs", "state"): "no index finds what is unequal"},
    ),
    Case(
        "partial/few-rows-many-writes", JOBS,
        [Asked("SELECT id FROM jobs WHERE state = 'ready' ORDER BY priority LIMIT 5", 100),
         Asked("INSERT INTO jobs SELECT 1000000 + i, true, 'finished', i % 10, now(), '' "
               "FROM generate_series(1, 200) i", 400, writes=True)],
        any_of(on("jobs", "priority", where="state = 'ready'")),
        {on("jobs", "id", where="done"): "of the rows that are not asked for"},
    ),
    Case(
        "partial/not-of-a-parameter", JOBS,
        [Asked("SELECT count(payload) FROM jobs WHERE done = $1 AND priority > $2",
               bindings=[["false", "3"]])],
        any_of(on("jobs", "done"), on("jobs", "done", "priority")),
        {on("jobs", "priority"): "most rows have it"},
    ),
)  # fmt: skip
