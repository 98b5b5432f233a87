"""A tuning is kept in its directory, found again by what one calls it, and holds no secrets."""

from dataclasses import replace
from pathlib import Path

import pytest

from plimsoll.core.errors import RunDirectoryError, UsageError
from plimsoll.core.tuning.advice import Advised
from plimsoll.core.tuning.applied import Applied, AppliedChange, AppliedIndex, Counted, Counters
from plimsoll.core.tuning.change import Change, Step
from plimsoll.core.tuning.query import Query, QueryWorkload
from plimsoll.tune.beyond.tunables.values import setting
from plimsoll.workflows.tuning.keeping import all_kept, keep, keep_applied, kept, new_id
from tests.core.tuning.tunings import NOON, ON_CUSTOMER, made, proof
from tests.tune.migrating.shops import shop

BUILD = Step(ON_CUSTOMER.create(concurrently=True), undo="DROP INDEX x", alone=True)
ADVISED = Advised(
    Change("create-index", "public.orders", "Create an index", "why", ("q1",), ON_CUSTOMER, steps=(BUILD,)),
    "proved", "high", 0.8, None, proof(),
)  # fmt: skip


def test_a_tuning_is_kept_with_its_migration_and_its_reports(tmp_path: Path) -> None:
    root = tmp_path / ".plimsoll" / "tunings"
    path = keep(made(ADVISED), root)
    names = {"tuning.json", "migration.sql", "undo.sql", "report.html", "report.md"}
    assert {one.name for one in path.iterdir()} == names
    assert path == root / "20261127-120000-abc123"
    assert (path.stat().st_mode & 0o777, (root.parent / ".gitignore").read_text()) == (0o700, "*\n")
    assert "CREATE INDEX CONCURRENTLY" in (path / "migration.sql").read_text()
    assert kept(root, None).tuning == made(ADVISED)
    assert kept(root, None).applied is None


def test_a_tuning_is_found_by_its_id_a_beginning_a_path_or_as_the_latest(tmp_path: Path) -> None:
    for number in range(3):
        keep(replace(made(), id=f"2026112{number}-120000-abc"), tmp_path)
    assert all_kept(tmp_path) == [f"2026112{number}-120000-abc" for number in range(3)]
    for which in (None, "latest", "20261122", "20261122-120000-abc", str(tmp_path / "20261122-120000-abc")):
        assert kept(tmp_path, which).id == "20261122-120000-abc"


@pytest.mark.parametrize("which", ["2026", "../elsewhere", "nothing", "a/b", "\0", "x" * 5000])
def test_what_names_no_single_tuning_is_refused(tmp_path: Path, which: str) -> None:
    for number in range(2):
        keep(replace(made(), id=f"2026112{number}-120000-abc"), tmp_path)
    with pytest.raises(RunDirectoryError, match="cannot find tuning") as caught:
        kept(tmp_path, which)
    assert caught.value.remedy == "see what there is: plimsoll tune list"


def test_where_there_is_none_it_is_said_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(RunDirectoryError, match="there is none yet") as caught:
        kept(tmp_path / "missing", None)
    assert caught.value.remedy == "make one: plimsoll tune"


def test_an_id_leads_nowhere_else(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no tuning's id"):
        keep(replace(made(), id="../elsewhere"), tmp_path)
    assert new_id(NOON).startswith("20261127-120000-000")


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("tuning.json", "{", "it is damaged"),
        ("tuning.json", "[" * 100_000, "nested too deeply"),
        ("tuning.json", '{"schema_version": 9}', "it is of version 9"),
        ("tuning.json", '{"schema_version": 1}', r"cannot read tuning.json.*database: it is missing"),
        ("applied.json", '{"schema_version": 1, "tuning": 5}', r"cannot read applied.json"),
    ],
)
def test_a_damaged_file_is_said_to_be_damaged(tmp_path: Path, name: str, text: str, said: str) -> None:
    path = keep(made(), tmp_path)
    (path / name).write_text(text)
    with pytest.raises(RunDirectoryError, match=said):
        kept(tmp_path, None)


def test_what_was_applied_is_read_again(tmp_path: Path) -> None:
    change = AppliedChange("create-index:x", "Create x", "done", NOON, 1.5, index=AppliedIndex("public", "x"))
    counters = Counters(NOON, None, {"q1": Counted(10, 5.0, 0.25)})
    applied = Applied("20261127-120000-abc123", "shop", "PostgreSQL 18.1", NOON, NOON, (change,), counters)
    path = keep(made(), tmp_path)
    keep_applied(path, applied)
    assert kept(tmp_path, None).applied == applied


def test_secrets_of_statements_and_notes_are_not_kept_and_statements_of_the_migration_stay_what_they_are(
    tmp_path: Path,
) -> None:
    query = Query("q1", "SELECT * FROM users WHERE password = 'hunter2hunter2'", 1, 1.0)
    index = replace(ON_CUSTOMER, predicate="token = 'abc'")
    change = replace(ADVISED.change, index=index, steps=(Step(index.create(concurrently=True)),))
    example = {"sketch": f"{query.text} AND id > $1"}
    paged = Advised(Change("rewrite", "q1", "Page by id", "why", ("q1",), details=example), "explained", "high")
    whole = made(
        replace(ADVISED, change=change),
        paged,
        workload=QueryWorkload((query,), "queries.sql"),
        notes=("postgresql://me:hunter2hunter2@db/shop",),
    )
    path = keep(whole, tmp_path)
    assert "hunter2" not in "".join(one.read_text() for one in path.iterdir())
    assert "WHERE token = 'abc'" in (path / "migration.sql").read_text()
    assert kept(tmp_path, None).tuning.advised[0].change == change


def test_what_we_wrote_ourselves_is_kept_as_it_is(tmp_path: Path) -> None:
    facts = replace(shop(), settings={"work_mem": "4MB"})
    advised = setting(facts, "work_mem", "64MB", "work_mem = 64MB for those", "why", scope="transaction")
    path = keep(made(advised), tmp_path)
    assert "SET LOCAL work_mem = '64MB'" in (path / "report.md").read_text()
    assert kept(tmp_path, None).tuning.advised[0].change.details["sketch"] == "SET LOCAL work_mem = '64MB'"
