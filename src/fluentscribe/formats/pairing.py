"""Whether the tags of an edited text are well-formed."""

from collections import Counter
from collections.abc import Sequence
from functools import reduce
from itertools import pairwise
from operator import or_

from fluentscribe.formats.limits import SEGMENT_CHARACTERS_MAX
from fluentscribe.formats.values import Tag

Half = tuple[str, str]  # kind and id


def unpaired(tags: Sequence[Tag]) -> Counter[Half]:
    """Halves without the other one. Pairs may cross each other, as formats allow."""
    halves: Counter[Half] = Counter()
    for tag in tags:
        if tag.kind == "close" and halves["open", tag.id] > 0:
            halves["open", tag.id] -= 1
        elif tag.kind != "empty":
            halves[tag.kind, tag.id] += 1
    return +halves


def fault_in(tags: Sequence[Tag], plain: str, known: Sequence[Sequence[Tag]] = ()) -> str | None:
    """What is wrong; None where nothing is. Halves may stand alone as far as they did in one of `known`."""
    if any(tag.position > len(plain) for tag in tags):
        return f"a tag stands behind the text, which has {len(plain)} characters"
    if any(one.position > other.position for one, other in pairwise(tags)):
        return "tags are not in the order of their positions"
    if sum(len(tag.text) for tag in tags) > SEGMENT_CHARACTERS_MAX:
        return f"tags of more than {SEGMENT_CHARACTERS_MAX:,} characters"
    allowed: Counter[Half] = reduce(or_, map(unpaired, known), Counter())  # in any one of them, not in all together
    return next((f"the tag {id!r} has no other half ({kind})" for kind, id in unpaired(tags) - allowed), None)
