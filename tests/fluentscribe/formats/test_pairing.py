"""Tags of an edited text."""

import pytest

from fluentscribe.formats.limits import SEGMENT_CHARACTERS_MAX
from fluentscribe.formats.pairing import fault_in
from fluentscribe.formats.values import Tag, TagKind


def tag(position: int, kind: TagKind, id: str = "1", text: str = "") -> Tag:
    return Tag(position, kind, "g", id, text)


@pytest.mark.parametrize(
    "tags",
    [
        (),
        (tag(0, "open"), tag(4, "close")),
        (tag(4, "empty", "7"),),
        (tag(0, "open", "a"), tag(1, "open", "b"), tag(2, "close", "a"), tag(3, "close", "b")),
    ],
)
def test_pairs_within_the_text_are_right_even_where_they_cross(tags: tuple[Tag, ...]) -> None:
    assert fault_in(tags, "four") is None


@pytest.mark.parametrize(
    ("tags", "said"),
    [
        ((tag(0, "open"), tag(5, "close")), "behind the text, which has 4"),
        ((tag(2, "open"), tag(1, "close")), "not in the order"),
        ((tag(0, "open"),), "'1' has no other half (open)"),
        ((tag(0, "close"), tag(1, "open")), "no other half"),
        ((tag(0, "open", "a"), tag(1, "close", "b")), "no other half"),
        ((tag(0, "empty", text="x" * (SEGMENT_CHARACTERS_MAX + 1)),), "tags of more than 100,000"),
    ],
)
def test_what_is_wrong_is_said(tags: tuple[Tag, ...], said: str) -> None:
    assert said in str(fault_in(tags, "four"))


def test_halves_that_stood_alone_may_go_on_to() -> None:
    alone = (tag(1, "open"),)
    assert fault_in((tag(2, "open"),), "four", [alone]) is None
    assert fault_in((), "four", [alone]) is None
    assert fault_in((tag(2, "open"), tag(3, "open")), "four", [alone, alone]) is not None
    assert fault_in((tag(2, "close"),), "four", [alone]) is not None
