"""Transaction control is recognised behind whatever stands before it, and nothing else is taken for it."""

import pytest

from plimsoll.core.errors import UsageError
from plimsoll.load.sql.statement_text import refuse_transaction_control


@pytest.mark.parametrize(
    "query",
    [
        "COMMIT",
        "  commit;",
        ";; ROLLBACK",
        "COMMIT AND CHAIN",
        "ROLLBACK AND CHAIN",
        "END",
        "ABORT",
        "begin",
        "START TRANSACTION READ WRITE",
        "SET TRANSACTION READ WRITE",
        "set\n  transaction read write",
        "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE",
        "PREPARE TRANSACTION 'x'",
        "COMMIT PREPARED 'x'",
        "-- a comment\nCOMMIT",
        "-- a comment\rCOMMIT",
        "/* a comment */COMMIT",
        "/* /* nested */ */ COMMIT",
        "/* -- */ COMMIT",
        "/**/COMMIT/**/AND CHAIN",
        "SET/**/TRANSACTION READ WRITE",
        "--/*\nCOMMIT",
        "/*\n--*/COMMIT",
    ],
)
def test_transaction_control_is_refused_with_a_remedy(query: str) -> None:
    with pytest.raises(UsageError) as caught:
        refuse_transaction_control(query)
    assert "user.transaction" in caught.value.remedy


@pytest.mark.parametrize(
    "query",
    [
        "SELECT 1",
        "SELECT 'COMMIT'",
        "SELECT '/*' || 'COMMIT'",
        "SELECT commit FROM t",
        "-- COMMIT\nSELECT 1",
        "/* COMMIT */ SELECT 1",
        "/* /* */ COMMIT */ SELECT 1",
        "SAVEPOINT s",
        "RELEASE s",
        "ROLLBACK TO SAVEPOINT s",
        "ROLLBACK TO s",
        "SET LOCAL work_mem = '1MB'",
        "PREPARE q AS SELECT 1",
        "ENDED",
        "",
    ],
)
def test_other_statements_are_let_through(query: str) -> None:
    refuse_transaction_control(query)
