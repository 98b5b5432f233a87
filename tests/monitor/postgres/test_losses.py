"""Why a server is not seen, in plain words, and whether that is because all connections are taken. Pure."""

import asyncpg
import pytest

from plimsoll.monitor.postgres.losses import loss_in_words, loss_of_connecting, refused_in_words
from tests.monitor.postgres.servers import target

TARGET = target("postgresql://app:hunter22@db.example.com/shop")


def refused(sqlstate: str, words: str, routine: str = "") -> asyncpg.PostgresError:
    fields = {"S": "FATAL", "C": sqlstate, "M": words, "R": routine}
    return asyncpg.PostgresError.new(fields)


def test_a_full_server_is_told_from_a_limit_of_the_role_or_the_database() -> None:
    full = loss_of_connecting(refused("53300", "sorry, too many clients already", "InitProcess"), TARGET)
    assert full.full
    assert full.why == "the server has no connection left: sorry, too many clients already"
    for routine in ("CheckMyDatabase", "InitializeSessionUserId"):
        assert not loss_of_connecting(refused("53300", "too many connections", routine), TARGET).full


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ConnectionRefusedError(111, "refused"), "no database server answers: nothing listens at db.example.com"),
        (TimeoutError(), "the database server does not answer in time"),
        (refused("57P03", "the database system is starting up"), "the server accepts no connections now"),
    ],
)
def test_a_server_that_cannot_be_connected_to_says_why(error: Exception, words: str) -> None:
    loss = loss_of_connecting(error, TARGET)
    assert loss.why.startswith(words)
    assert not loss.full
    assert "hunter22" not in loss.why


def test_a_loss_with_a_question_under_way_and_a_refused_question_are_told() -> None:
    assert loss_in_words(TimeoutError(), 2.0) == "the server did not answer within 2 s"
    assert loss_in_words(ConnectionResetError(104, "reset"), 2.0) == "the connection to the server was lost"
    assert loss_in_words(refused("57P02", "crash"), 2.0).endswith("one of its processes crashed")
    assert refused_in_words(refused("42501", "permission denied for view x"), 2.0) == (
        "the role may not see this: permission denied for view x"
    )
