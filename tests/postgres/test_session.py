"""What a session may do is said in SQL, for the server to enforce."""

from plimsoll.postgres.session import SessionTraits


def test_a_plain_session_needs_no_transaction() -> None:
    traits = SessionTraits(statement_timeout_s=2)
    assert (traits.plain, traits.begin_sql, traits.setup_sql) == (True, "", "SET statement_timeout = 2000")


def test_behind_a_pooler_nothing_outlives_the_transaction() -> None:
    traits = SessionTraits(prepared=False, pooled=True, statement_timeout_s=2)
    assert (traits.plain, traits.setup_sql) == (False, "")
    assert traits.begin_sql == "BEGIN; SET LOCAL statement_timeout = 2000"


def test_a_protected_target_is_read_only() -> None:
    assert SessionTraits(protected=True).begin_sql.startswith("BEGIN READ ONLY; SET LOCAL statement_timeout = 30000")


def test_a_tiny_timeout_does_not_become_none() -> None:
    assert SessionTraits(statement_timeout_s=0.0001).setup_sql == "SET statement_timeout = 1"
