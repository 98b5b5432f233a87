"""Tags that answers carry are those that the database writes, and no two topics share a key."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from fluentscribe.caching import tags
from fluentscribe.caching.topic import Topic
from plimsoll.cache import tag
from plimsoll.core.tag import Template

TEMPLATES = {template.family: template for stated in tags.tables().values() for template in map(Template.parse, stated)}
MADE: dict[str, Callable[..., str]] = {
    name.replace("_", "-"): make for name, make in vars(tags).items() if type(make).__name__ == "partial"
}


def test_each_tag_is_that_of_a_template() -> None:
    assert MADE.keys() == TEMPLATES.keys()
    for family, make in MADE.items():
        keys = [UUID(int=number) for number in range(1, len(TEMPLATES[family].columns) + 1)]
        assert make(*keys) == tag(family, *keys)
    assert tags.review(2**63 - 1) == tag("review", 2**63 - 1)


plain = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(),
    st.uuids(),
    st.datetimes(timezones=st.just(UTC)),
    st.tuples(st.text(), st.none() | st.integers()),
)
topics = st.builds(
    Topic, st.text(max_size=5), st.lists(plain, max_size=3).map(tuple), st.just(()), st.none() | st.uuids()
)


@settings(max_examples=60)
@given(st.tuples(topics, st.none() | st.uuids()), st.tuples(topics, st.none() | st.uuids()))
def test_topics_share_a_key_only_where_they_are_the_same(one: tuple[Topic, UUID], other: tuple[Topic, UUID]) -> None:
    assert (one[0].key(one[1]) == other[0].key(other[1])) == (_typed(*one) == _typed(*other))


def _typed(topic: Topic, organization: UUID | None) -> object:
    """1 is not True."""
    return topic.name, organization, topic.person, [(type(value), value) for value in topic.parameters]


def test_moments_and_texts_differ() -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    keys = {Topic("t", (value,), ()).key(None) for value in (moment, str(moment), ("datetime", str(moment)))}
    assert len(keys) == 3
