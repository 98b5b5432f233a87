"""Words of others that would rewrite a terminal or a log."""

import pytest

from plimsoll.core.visible import visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain: ä 漢 € 👍", "plain: ä 漢 € 👍"),
        ("\x1b[2Jgone", "\ufffd[2Jgone"),
        ("a\r\nb\tc\u2028d\x85e", "a  b c d e"),
        ("a\u202eb\u2066c\u200f", "a\ufffdb\ufffdc\ufffd"),
        ("\x9b31m\ud800\x00", "\ufffd31m\ufffd\ufffd"),
    ],
)
def test_what_rewrites_a_terminal_is_not_let_through(text: str, shown: str) -> None:
    assert visible(text) == shown
