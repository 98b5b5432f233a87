"""Tags as a person or a program sends them to be dropped by hand: whether they are tags at all, and not too many."""

import re
from collections.abc import Sequence
from typing import Final

from plimsoll.core.errors import UsageError
from plimsoll.core.tag import KEY_CHARACTERS_MAX, TABLE_FAMILY, family_of, is_row_tag, is_whole
from plimsoll.core.visible import visible

TAGS_BY_HAND_MAX: Final = 100  # of one call
TAG_CHARACTERS_MAX: Final = 400  # a table's: two names of 63 characters, each written as %2E at worst
_NAME: Final = r"(?:[^%/*.\0]|%25|%2F|%2A|%2E)+"
_TABLE: Final = re.compile(rf"{TABLE_FAMILY}:{_NAME}\.{_NAME}", re.DOTALL)
_LISTED: Final = re.compile(
    r",\s*(?:\Z|[a-z][a-z0-9_-]{0,39}:)", re.ASCII
)  # a comma that ends it, or has a tag behind it


def is_tag(text: str) -> bool:
    """Whether it is one of a row, of a whole family ("order:*"), or of a table ("table:public.orders")."""
    if len(text) > TAG_CHARACTERS_MAX:
        return False
    if family_of(text) == TABLE_FAMILY:
        return _TABLE.fullmatch(text) is not None
    if is_whole(text):
        return is_row_tag(text.removesuffix("*"))
    return is_row_tag(text) and len(text.partition(":")[2]) <= KEY_CHARACTERS_MAX


def checked_tags(texts: Sequence[str]) -> tuple[str, ...]:
    """Each once, in their order. Raises UsageError for none, for too many, and for what is no tag."""
    tags = tuple(dict.fromkeys(texts))
    remedy = "write it as order:42, order:* for all of a family, or table:public.orders"
    if not tags:
        raise UsageError("no tag is named", remedy=remedy)
    if len(tags) > TAGS_BY_HAND_MAX:
        why = f"{len(tags)} are named, and {TAGS_BY_HAND_MAX} go at once"
        raise UsageError("too many tags", why=why, remedy="drop whole families, as order:*")
    wrong = next((one for one in tags if not is_tag(one)), None)
    if wrong is not None:
        raise UsageError("not a tag", why=visible(repr(wrong[:80])), remedy=remedy)
    return tags


def typed_tags(texts: Sequence[str]) -> tuple[str, ...]:
    """As `checked_tags`, of what a person typed: also raises UsageError for what looks like a list with commas.

    A comma may be part of a key, so "order:1," is a tag: it would be dropped, and order:1 would not.
    """
    listed = next((one for one in texts if _LISTED.search(one)), None)
    if listed is not None:
        why = f"{visible(repr(listed[:80]))} has a comma, which would be part of the key"
        remedy = "put blanks between tags; where a key has that comma, drop its family, as order:*"
        raise UsageError("not a tag", why=why, remedy=remedy)
    return checked_tags(texts)
