"""A user that dies of something nobody foresaw is heard of."""

import pytest

from plimsoll.core.profile import Profile, Stage
from plimsoll.load.language.user import User
from tests.load.virtual import load, takes


@pytest.mark.usefixtures("virtual_users")
def test_what_kills_a_user_unforeseen_ends_the_load_and_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(user: User, *_: object) -> None:
        raise RuntimeError("not foreseen")

    monkeypatch.setattr(User, "_finish", broken)
    with pytest.raises(RuntimeError, match="not foreseen"):
        load(Profile("p", "constant-users", (Stage(2, 60),)), takes(1))
