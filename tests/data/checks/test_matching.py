"""Patterns are matched in all ways at once where going back would take for ever, and as Python does it elsewhere."""

import re

import pytest

from plimsoll.data.checks.matching import matches
from plimsoll.data.checks.patterns import PatternGenerator
from plimsoll.data.domain import Domain

HANGING = (
    ("([a-z]|x{2}){120}$", "x" * 119 + "!"),
    ("^(a+)+$", "a" * 60 + "b"),
    ("^(a|aa)*$", "a" * 80 + "b"),
    (r"^(\w+\s?)*$", "word " * 20 + "-"),
    ("^.*.*.*.*.*=$", "a" * 400),
)
TEXTS = ("", "a", "aa", "ab", "abab", "x1", "xx", "A b", "a.b@c.de", "a\nb", "é", "__", "ab ab ab", "1" * 9)
TWICE_TOLD = (
    *("^(a|b)+$", "(ab?)+", "^(a|ab)(b|ab)*$", "^([^a]|a{2})*$", r"^(\w+ ?)+$", r"^(\S+\s?){1,3}$", r"(\yab\y ?)+"),
    *("^(?:[A-Z]+|[^0-9])*$", "^(x|[0-9])*?$", "(?i)^([A-Z]| ){2,}$", r"^(\D+)*\Z", ".*.*.*.*b", "(a|b|)+", "^(.+)+$"),
)


@pytest.mark.parametrize(("pattern", "text"), HANGING)
def test_a_pattern_that_would_go_back_for_ever_is_told_at_once(pattern: str, text: str) -> None:
    assert not matches(pattern, text)


@pytest.mark.parametrize("pattern", TWICE_TOLD)
def test_what_is_followed_matches_as_with_going_back(pattern: str) -> None:
    python = re.compile(pattern.replace(r"\y", r"\b").replace("(?i)", ""), re.ASCII | re.DOTALL
                        | (re.IGNORECASE if "(?i)" in pattern else 0))  # fmt: skip
    assert [matches(pattern, text) for text in TEXTS] == [python.search(text) is not None for text in TEXTS]


def test_what_refers_back_within_repetitions_is_left_to_the_server() -> None:
    with pytest.raises(ValueError, match="refers back"):
        matches(r"^((a|bb)\2)+$", "aabb")


def test_strings_of_such_a_pattern_are_made() -> None:
    domain = Domain(patterns=("^([a-z]|x{2}){120}$",), absent_patterns=("^(a+)+$",), length_max=130)
    assert (PatternGenerator(domain).capacity or 0) > 10
