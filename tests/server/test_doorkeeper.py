"""How many wrong tokens are looked at."""

import pytest

from plimsoll.server.doorkeeper import FAILURES_BURST, REMEMBERED_MAX, Doorkeeper
from plimsoll.server.problems import Problem
from plimsoll.server.security import make_access
from tests.server.asking import ADMIN, GUARDED, READ


def exhausted(keeper: Doorkeeper, client: str) -> None:
    for number in range(int(FAILURES_BURST)):
        assert keeper.role(f"guess {number}", client, 0.0) == "none"


def test_after_too_many_wrong_tokens_none_is_judged_until_some_time_has_passed() -> None:
    keeper = Doorkeeper(make_access(GUARDED, {}))
    exhausted(keeper, "a")
    for token in ("guess", READ, ADMIN):
        with pytest.raises(Problem, match="too many wrong tokens from a"):
            keeper.role(token, "a", 0.0)
    assert keeper.role(READ, "b", 0.0) == "read"  # of another address
    assert keeper.role(READ, "a", 1.0) == "read"


def test_what_was_right_before_from_the_same_address_opens_whatever_is_guessed_there() -> None:
    keeper = Doorkeeper(make_access(GUARDED, {}))
    keeper.role(READ, "a", 0.0)
    exhausted(keeper, "a")
    exhausted(keeper, "b")
    assert keeper.role(READ, "a", 0.0) == "read"
    with pytest.raises(Problem):
        keeper.role(READ, "b", 0.0)


def test_what_it_remembers_is_bounded() -> None:
    keeper = Doorkeeper(make_access(GUARDED, {}))
    for number in range(REMEMBERED_MAX + 1):
        keeper.role(READ, str(number), 0.0)
    for client in ("0", str(REMEMBERED_MAX)):
        exhausted(keeper, client)
    assert keeper.role(READ, str(REMEMBERED_MAX), 0.0) == "read"
    with pytest.raises(Problem):
        keeper.role(READ, "0", 0.0)
