"""Keys over what a plan lists, and unique indexes of the few special rows: kept, with the rows there can be."""

import pytest

from plimsoll.core.errors import RefusedError, UsageError
from plimsoll.data.deciding.assembling import assemble
from plimsoll.data.deciding.foreseeing import foresee
from plimsoll.data.deciding.plan_names import plans_of
from plimsoll.data.plan.reading import read_plan
from tests.data.filling_any import NOW, Database

LIBRARY = """
CREATE TABLE documents (id int PRIMARY KEY);
CREATE TABLE bought (id int PRIMARY KEY, created_at timestamptz NOT NULL);
CREATE TABLE versions (
    document_id int REFERENCES documents, version int, is_current bool NOT NULL, PRIMARY KEY (document_id, version)
);
CREATE UNIQUE INDEX one_is_current ON versions (document_id) WHERE is_current;
CREATE TABLE loans (
    id int PRIMARY KEY, document_id int NOT NULL REFERENCES documents, started_at timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE UNIQUE INDEX one_is_open ON loans (document_id) WHERE ended_at IS NULL;
CREATE TABLE jobs (
    id int PRIMARY KEY, document_id int NOT NULL REFERENCES documents,
    state text NOT NULL CHECK (state IN ('new', 'running', 'done'))
);
CREATE UNIQUE INDEX one_runs ON jobs (document_id) WHERE state = 'running';
CREATE TABLE taggings (document_id int REFERENCES documents, tag text, PRIMARY KEY (document_id, tag));
CREATE TABLE reading_days (document_id int REFERENCES bought, day date, PRIMARY KEY (document_id, day));
CREATE TABLE pages (
    document_id int REFERENCES documents, page int, is_first bool NOT NULL, PRIMARY KEY (document_id, page)
);
CREATE UNIQUE INDEX one_is_first ON pages (document_id) WHERE is_first;
CREATE TABLE regions (id int PRIMARY KEY, region_id int REFERENCES regions, code text UNIQUE, name text UNIQUE);
CREATE TABLE settings (area text, flag text, PRIMARY KEY (area, flag));
"""
PLAN = """
rows = 100
tables.documents.rows = 30
[tables.versions]
per = "document_id"
size = { uniform = { low = 1, high = 6 } }
[tables.pages]
per = "document_id"
size = { uniform = { low = 1, high = 3 } }
columns.is_first = { first = [true], otherwise = { value = false } }
[tables.regions]
rows = 5
columns.name = { values = ["north", "south", "east", "west", "centre"] }
[tables.taggings]
rows = 60
columns.tag = { values = { news = 80, draft = 15, old = 4, none = 1 } }
[tables.settings]
rows = 6
columns.area = { values = ["north", "south", "east"] }
columns.flag = { values = [true, false] }
"""


def test_one_row_of_each_group_is_the_special_one_and_listed_values_differ_within_a_key(database: str) -> None:
    library = Database(database).sql(LIBRARY)
    library.fill(PLAN)
    assert library.violations() == {}
    special = """
        SELECT bool_and(is_current = (version = last)), count(*) > 60 FROM
        (SELECT *, max(version) OVER (PARTITION BY document_id) AS last FROM versions) AS v
    """
    assert library.rows(special) == [(True, True)]
    several = """
        SELECT (SELECT count(*) > count(DISTINCT document_id) FROM {0}),
            (SELECT count(*) = count(DISTINCT document_id) FROM {0} WHERE {1})
    """
    assert library.rows(several.format("loans", "ended_at IS NULL")) == [(True, True)]
    assert library.rows(several.format("jobs", "state = 'running'")) == [(True, True)]
    assert library.one("SELECT count(DISTINCT state) FROM jobs") == 3
    assert library.one("SELECT bool_and(is_first = (page = 1)) FROM pages")
    assert library.one("SELECT count(DISTINCT name) FROM regions") == 5
    tags = dict(library.rows("SELECT tag, count(*) FROM taggings GROUP BY tag"))
    assert sum(tags.values()) == 60
    assert tags["news"] > 20 > tags["none"]
    assert library.one("SELECT count(*) FROM settings") == 6
    assert library.early_children() == {}
    assert library.rows("SELECT count(*), count(DISTINCT day) < 90 FROM reading_days") == [(100, True)]


@pytest.mark.parametrize(
    ("table", "columns", "possible"),
    [
        ("taggings", "tag = { values = ['news', 'old', 'news'] }", 200),
        ("settings", "area = { values = ['north', 'south', 'east'] }, flag = { values = ['on', 'off'] }", 6),
    ],
)
def test_more_rows_than_listed_values_allow_are_refused_with_their_number(
    database: str, table: str, columns: str, possible: int
) -> None:
    library = Database(database).sql(LIBRARY)
    with pytest.raises(RefusedError, match=f"allow {possible} different rows, 500 are asked for"):
        library.fill(f"tables.{table} = {{ rows = 500, columns = {{ {columns} }} }}")


CLINICS = """
CREATE TABLE clinics (id int PRIMARY KEY);
CREATE TABLE patients (
    clinic_id int REFERENCES clinics, id int, registered_at timestamptz NOT NULL, PRIMARY KEY (clinic_id, id)
);
CREATE TABLE visits (
    id int PRIMARY KEY, clinic_id int NOT NULL, patient_id int NOT NULL, visited_at timestamptz NOT NULL,
    FOREIGN KEY (clinic_id, patient_id) REFERENCES patients
);
"""
LATE = "visited_at = { after = 'patient_id.registered_at' }"


def test_rows_are_reached_by_a_column_of_a_key_that_the_plan_decides_in_part(database: str) -> None:
    clinics = Database(database).sql(CLINICS)
    first = "clinic_id = { among = { table = 'patients', take = 'clinic_id' } }"
    clinics.fill(f"tables.visits.columns = {{ {first}, {LATE} }}")
    assert clinics.violations() == {}
    early = "SELECT count(*) FROM visits v JOIN patients p ON (p.clinic_id, p.id) = (v.clinic_id, v.patient_id) {0}"
    assert clinics.rows(early.format("WHERE visited_at < registered_at")) == [(0,)]
    assert clinics.rows(early.format("")) == [(100,)]


def test_a_column_copied_from_its_own_key_is_told_to_be_left_out(database: str) -> None:
    clinics = Database(database).sql(CLINICS)
    with pytest.raises(UsageError, match=r"\(clinic_id, patient_id\) is settled only when 'clinic_id' is") as refused:
        clinics.fill("tables.visits.columns.clinic_id = { copy = 'patient_id.clinic_id' }")
    assert "leave 'clinic_id' out" in (refused.value.remedy or "")


def test_what_is_taken_for_a_column_that_cannot_be_null_is_there(database: str) -> None:
    clinics = Database(database).sql(CLINICS)
    taken = "clinic_id = { among = { table = 'clinics', take = 'id' } }"
    taken += ", patient_id = { among = { table = 'patients', by = 'clinic_id', take = 'id' } }"
    clinics.fill(f"rows = 90\ntables.patients.rows = 9\ntables.visits.columns = {{ {taken} }}")
    assert clinics.violations() == {}
    assert clinics.rows("SELECT count(*), count(DISTINCT clinic_id) BETWEEN 4 AND 9 FROM visits") == [(90, True)]


@pytest.mark.parametrize(
    ("plan", "why"),
    [
        ("tables.clinics.rows = 0\ntables.patients", "for each row of clinics, which has none"),
        ("tables.patients.where = { id = [-1] }\ntables.patients", "of which none meets `where`"),
    ],
)
def test_groups_that_there_cannot_be_are_told_by_their_parent(database: str, plan: str, why: str) -> None:
    clinics = Database(database).sql(CLINICS)
    with pytest.raises(RefusedError) as refused:
        clinics.fill(f"{plan}.rows = 5\ntables.patients.per = 'clinic_id'\ntables.visits.rows = 0")
    assert why in str(refused.value.why)


def test_more_special_rows_than_their_index_holds_are_told_before_anything_is_written(database: str) -> None:
    schema = Database(database).sql(LIBRARY).schema()
    text = f"now = {NOW}\ntables.jobs.per = 'document_id'\ntables.jobs.columns.state = {{ value = 'running' }}"
    plan = read_plan(text, where="test")
    made = assemble(schema, plan)
    with pytest.raises(UsageError, match=r"occurs twice, against the unique key 'one_runs', .* where .*running"):
        foresee(made.tables, plans_of(schema, plan), plan.now)
