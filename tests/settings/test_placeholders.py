"""Values that nobody filled in are told from real ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.settings.placeholders import holds_placeholder, is_placeholder


@pytest.mark.parametrize(
    "value",
    [
        *[
            "YOUR_SERVICE_ROLE_KEY_HERE",
            "<password>",
            "changeme",
            "CHANGE_ME",
            "your-password",
            "xxx",
            "[YOUR-PASSWORD]",
            "",
        ],
        *["$DB_PASSWORD", "${DB_PASSWORD}", "  ", "****", "todo", "{{ password }}", "%PASSWORD%", "placeholder", "..."],
        *["PUT_IT_HERE", "insert-the-password-here", "password_here", "DB_KEY_HERE", "my_user_here"],
    ],
)
def test_a_placeholder_is_recognized(value: str) -> None:
    assert is_placeholder(value)


@pytest.mark.parametrize(
    "value", ["postgres", "s3cr$t", "pa<ss>word!", "xerxes", "password", "hereafter", "a$b", "x", "nobody_here"]
)
def test_a_real_value_is_let_through(value: str) -> None:
    assert not is_placeholder(value)


@given(st.text("0123456789abcdef", min_size=8))
def test_random_passwords_are_let_through(password: str) -> None:
    assert not is_placeholder(password)


@pytest.mark.parametrize(
    "host", ["db.<ref>.supabase.co", "db.[PROJECT-REF].supabase.co", "${HOST}", "https://your-app.io"]
)
def test_an_unfinished_host_is_recognized(host: str) -> None:
    assert holds_placeholder(host)


@pytest.mark.parametrize(
    "host", ["db.abcdefgh.supabase.co", "[::1]", "[fe80::1]:5432", "127.0.0.1", "https://a.io/x?y=1"]
)
def test_a_real_host_is_let_through(host: str) -> None:
    assert not holds_placeholder(host)
