"""Nothing translated: empty targets, and sources that were left."""

import pytest

from tests.fluentscribe.checks.asking import types


def test_an_empty_target_is_untranslated_and_nothing_else_is_said_of_it() -> None:
    assert types("Delete %d files.", "") == {"untranslated"}
    assert types("Delete %d files.", " \n") == {"untranslated"}
    assert types("—", "") == set()


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("This value is not valid.", "de"),
        ("Close the window", "fr"),
        ("flat page", "ja"),
        ("Diese Datei ist leer.", "de>en"),
        ("この値は無効です", "ja>en"),
    ],
)
def test_a_source_that_was_left_is_found(text: str, language: str) -> None:
    assert types(text, text, language) == {"same-as-source"}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Status", "de"),
        ("Google Chrome", "de"),
        ("Microsoft Visual Studio", "fr"),
        ("1,000", "en>ja"),
        ("https://example.com/get/started", "de"),
        ("user_name: getValue()", "de"),
        ("{{ user }} %s", "de"),
        ("The colour of the car is red.", "en-GB>en-US"),
        ("UTF-8", "my"),
    ],
)
def test_what_may_be_the_same_in_both_languages_is_let_be(text: str, language: str) -> None:
    assert types(text, text, language) == set()
