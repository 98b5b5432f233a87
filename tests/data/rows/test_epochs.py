"""Moments that are kept as numbers, and those of rows that do not say when they were made."""

from tests.data.filling_any import Database

MAIL = """
CREATE TABLE mails (id varchar(36) PRIMARY KEY, created_timestamp bigint NOT NULL, modified_timestamp bigint NOT NULL);
CREATE TABLE hits (id int PRIMARY KEY, mail_id varchar(36) REFERENCES mails, created_unix bigint NOT NULL);
CREATE TABLE rentals (id int PRIMARY KEY, last_update timestamp NOT NULL, return_date date, rental_date date NOT NULL);
"""
IN_TIME = "'2025-06-30'::timestamp AND '2026-06-30 18:00'"


def test_numbers_that_are_moments_lie_in_the_time_that_rows_are_of(database: str) -> None:
    mail = Database(database).sql(MAIL)
    mail.fill(rows=100)
    millis = "to_timestamp(created_timestamp / 1000.0) AT TIME ZONE 'UTC'"
    assert mail.one(f"SELECT count(*) FROM mails WHERE {millis} BETWEEN {IN_TIME}") == 100
    seconds = "to_timestamp(created_unix) AT TIME ZONE 'UTC'"
    assert mail.one(f"SELECT count(*) FROM hits WHERE {seconds} BETWEEN {IN_TIME}") == 100
    assert mail.one("SELECT count(*) FROM mails WHERE modified_timestamp < created_timestamp") == 0


def test_what_comes_first_does_so_though_no_column_says_when_a_row_was_made(database: str) -> None:
    mail = Database(database).sql(MAIL)
    mail.fill(rows=100)
    assert mail.one("SELECT count(*) FROM rentals WHERE return_date < rental_date") == 0
    assert mail.one("SELECT count(*) FROM rentals WHERE return_date > rental_date") > 50


def test_what_ends_does_so_after_it_began(database: str) -> None:
    jobs = Database(database).sql("""
        CREATE TABLE jobs (
            id int PRIMARY KEY, created_at timestamptz NOT NULL, "endTime" timestamptz, "startTime" timestamptz,
            last_seen date NOT NULL, first_seen date NOT NULL, valid_to timestamp, valid_from timestamp NOT NULL
        )
    """)
    jobs.fill(rows=200)
    early = '"endTime" < "startTime" OR last_seen < first_seen OR valid_to < valid_from OR "startTime" < created_at'
    assert jobs.one(f"SELECT count(*) FROM jobs WHERE {early}") == 0
    assert jobs.one('SELECT count("endTime") FROM jobs') > 100
    assert jobs.one('SELECT count(*) FROM jobs WHERE "endTime" IS NOT NULL AND "startTime" IS NULL') == 0


def test_keys_of_text_are_uuids_where_there_is_room(database: str) -> None:
    mail = Database(database).sql(MAIL)
    mail.fill(rows=100)
    assert mail.one("SELECT count(DISTINCT id::uuid) FROM mails") == 100
