"""Values that a plan states, and what others make of them."""

import pytest

from plimsoll.core.errors import UsageError
from tests.data.filling_any import Database

PEOPLE = """
CREATE TABLE people (
    id int PRIMARY KEY, born_on date, hired_on date NOT NULL, left_on date, created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL, consent jsonb, CHECK (left_on > hired_on)
);
"""
TENANTS = """
CREATE TABLE tenants (id int PRIMARY KEY);
CREATE TABLE patients (tenant_id int REFERENCES tenants, number int, PRIMARY KEY (tenant_id, number));
CREATE TABLE invoices (
    id bigserial PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, patient int NOT NULL, code int NOT NULL,
    UNIQUE (tenant_id, code), FOREIGN KEY (tenant_id, patient) REFERENCES patients
);
"""


@pytest.mark.parametrize("moment", ["2026-01-01", "2026-01-01T10:00:00Z", "'2026-01-01'"])
def test_days_and_moments_are_stated_and_reckoned_with(database: str, moment: str) -> None:
    filled = Database(database).sql(PEOPLE)
    filled.fill(f"[tables.people.columns]\nhired_on = {{ value = 2026-01-01 }}\ncreated_at = {{ value = {moment} }}")
    assert filled.rows("SELECT DISTINCT hired_on::text, created_at::date::text FROM people") == [
        ("2026-01-01", "2026-01-01")
    ]
    assert filled.one("SELECT count(*) FROM people WHERE updated_at < created_at OR left_on <= hired_on") == 0


def test_booleans_in_documents_are_booleans(database: str) -> None:
    filled = Database(database).sql(PEOPLE)
    filled.fill(
        "[tables.people.columns]\nconsent = { json = { gdpr = { value = true }, mail = { values = [true, false] } } }"
    )
    assert filled.rows("SELECT DISTINCT jsonb_typeof(consent -> 'gdpr'), consent ->> 'gdpr' FROM people") == [
        ("boolean", "true")
    ]


def test_what_does_not_fit_together_is_a_mistake_of_the_plan(database: str) -> None:
    with pytest.raises(UsageError, match=r"\(tables.people.columns.created_at\): 'soon' is no timestamp with"):
        Database(database).sql(PEOPLE).fill("[tables.people.columns]\ncreated_at = { value = 'soon' }")


def test_what_would_come_after_now_comes_at_any_time_before_it(database: str) -> None:
    filled = Database(database).sql(PEOPLE)
    plan = "created_at = { time = { from = '-20d' } }\nupdated_at = { after = 'created_at', delay = '30d' }"
    filled.fill(f"rows = 500\n[tables.people.columns]\n{plan}")
    assert filled.one("SELECT count(DISTINCT updated_at) FROM people") > 490
    assert (
        filled.one("SELECT count(*) FROM people WHERE updated_at < created_at OR updated_at > '2026-06-30 18:00Z'") == 0
    )


def test_groups_by_a_key_of_two_columns_keep_both(database: str) -> None:
    filled = Database(database).sql(TENANTS)
    filled.fill("[tables.invoices]\nrows = 300\nper = 'patient'\n[tables.tenants]\nrows = 5")
    assert filled.violations() == {}
