"""What a purge reaches, and what it does not."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plimsoll.core.errors import UsageError
from plimsoll.edge.store.purge import Matcher, Purge, Reach
from tests.edge.exchange import kept, ok
from tests.edge.store.shelf import Shelf

HARD = Reach.HARD


def held(purge: Purge) -> list[str]:
    """What is left of some paths of two hosts, with tags, after a purge."""
    shelf = Shelf()
    shelf.put("http://a/news/1", "news:1", "table:public.news")
    shelf.put("http://a/news/2?page=2", "news:2", "table:public.news")
    shelf.put("http://a/news", "news:*")
    shelf.put("http://b/news/1", "news:1")
    shelf.put("http://a/newsletter")
    shelf.store.purge(purge)
    return shelf.paths()


def test_a_url_in_whatever_spelling() -> None:
    assert "http://a/news/1" not in held(Purge(urls=(b"HTTP://A.:80/news/1",), reach=HARD))
    assert len(held(Purge(urls=(b"http://a/news/1?",), reach=HARD))) == 4
    assert len(held(Purge(urls=(b"http://a/news/2", b"http://a/NEWS/1", b"no url"), reach=HARD))) == 5


def test_a_tag_with_who_rests_on_the_whole_family() -> None:
    assert held(Purge(tags=("news:2",), reach=HARD)) == ["http://a/news/1", "http://a/newsletter", "http://b/news/1"]


def test_a_family_with_all_its_tags() -> None:
    assert held(Purge(tags=("news:*",), reach=HARD)) == ["http://a/newsletter"]


def test_a_tag_with_capitals_reaches_what_was_stored_with_it() -> None:
    tags = kept(ok("Cache-Control: max-age=60", "Cache-Tag: news:A")).tags
    shelf = Shelf()
    shelf.put("http://a/x", *tags)
    assert shelf.store.purge(Purge(tags=("news:a",), reach=HARD)) == 0
    assert shelf.store.purge(Purge(tags=("news:A",), reach=HARD)) == 1


def test_a_tag_of_one_origin_only() -> None:
    left = held(Purge(tags=("news:1",), within=b"4:http1:a", reach=HARD))
    assert left == ["http://a/news/2?page=2", "http://a/newsletter", "http://b/news/1"]


def test_a_prefix_and_a_pattern() -> None:
    assert len(held(Purge(prefixes=(b"http://a/news/",), reach=HARD))) == 3
    assert held(Purge(patterns=(b"http://*/news/*",), reach=HARD)) == ["http://a/news", "http://a/newsletter"]
    assert held(Purge(everything=True, reach=HARD)) == []


def test_a_soft_purge_keeps_what_must_be_validated() -> None:
    shelf = Shelf()
    stored = shelf.put("http://a/x", "t")
    assert shelf.store.purge(Purge(tags=("t",))) == 1
    assert shelf.paths() == ["http://a/x"]
    assert stored.validate
    assert stored.never_stale


def test_a_fill_that_a_purge_overtakes_is_not_stored() -> None:
    for purge in (
        Purge(tags=("news:1",)),
        Purge(tags=("news:*",)),
        Purge(urls=(b"http://a/news/1",)),
        Purge(prefixes=(b"http://a/",)),
        Purge(patterns=(b"*/1",)),
        Purge(everything=True),
    ):
        shelf = Shelf()
        begun = shelf.begin("http://a/news/1")
        shelf.store.purge(purge)
        shelf.finish(begun, "news:1")
        assert shelf.paths() == [], purge
        shelf.put("http://a/news/1", "news:1")
        assert shelf.paths() == ["http://a/news/1"], "a fill that began later is stored"


def test_a_fill_of_something_else_is_stored() -> None:
    shelf = Shelf()
    begun = shelf.begin("http://a/news/1")
    shelf.store.purge(Purge(tags=("news:2",), urls=(b"http://b/news/1",), prefixes=(b"http://a/news/1/",)))
    shelf.finish(begun, "news:1")
    assert shelf.paths() == ["http://a/news/1"]


def test_a_fill_that_rests_on_a_family_is_overtaken_by_any_row_of_it() -> None:
    shelf = Shelf()
    begun = shelf.begin("http://a/news")
    shelf.store.purge(Purge(tags=("news:7",)))
    shelf.finish(begun, "news:*")
    assert shelf.paths() == []


def test_what_cannot_be_remembered_counts_as_purged() -> None:
    shelf = Shelf()
    early = shelf.begin("http://a/1")
    for n in range(60):
        shelf.store.purge(Purge(tags=tuple(f"t:{n * 200 + m}" for m in range(200))))
    late = shelf.begin("http://a/2")
    shelf.store.purge(Purge(tags=("other",)))
    shelf.finish(early, "mine")
    shelf.finish(late, "mine")
    assert shelf.paths() == ["http://a/2"]
    assert len(shelf.store._marks) == 0, "with no fill under way nothing is remembered"


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"urls": (b"",)},
        {"tags": ("a b",)},
        {"tags": ("a,b",)},
        {"tags": ("",)},
        {"tags": ("ä",)},
        {"patterns": (b"*" * 9,)},
        {"tags": tuple(map(str, range(1_001)))},
        {"prefixes": (b"http://a/" + b"x" * 9_000,)},
    ],
)
def test_what_is_no_purge_is_refused(wrong: dict[str, tuple[str, ...]]) -> None:
    with pytest.raises(UsageError):
        Purge(**wrong)  # type: ignore[arg-type]


def as_defined(text: str, pattern: str) -> bool:
    """A glob by its definition, slowly."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(as_defined(text[at:], pattern[1:]) for at in range(len(text) + 1))
    return text[:1] == pattern[0] and as_defined(text[1:], pattern[1:])


@given(st.text("ab", max_size=8), st.text("ab*", min_size=1, max_size=6))
def test_a_pattern_is_a_glob(text: str, pattern: str) -> None:
    matcher = Matcher.of(Purge(patterns=(pattern.encode(),)))
    assert matcher is not None
    assert matcher.matches(text.encode()) == as_defined(text, pattern)


PATHS, TAGS = ("/a", "/a/b", "/c"), ("x:1", "x:2", "x:*", "y")
PURGES = st.one_of(
    st.sampled_from(PATHS).map(lambda path: Purge(urls=(f"http://h{path}".encode(),), reach=HARD)),
    st.sampled_from(TAGS).map(lambda tag: Purge(tags=(tag,), reach=HARD)),
    st.sampled_from(PATHS).map(lambda path: Purge(prefixes=(f"http://h{path}".encode(),), reach=HARD)),
    st.just(Purge(everything=True, reach=HARD)),
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("begin"), st.sampled_from(PATHS)),
        st.tuples(st.just("finish"), st.integers(0, 3), st.lists(st.sampled_from(TAGS), max_size=2, unique=True)),
        st.tuples(st.just("purge"), PURGES),
    ),
    max_size=25,
)


def names(purge: Purge, path: str, tags: list[str]) -> bool:
    """Whether the purge is of this response, by what it is defined to be."""
    url = f"http://h{path}".encode()
    by_tag = any(
        one == tag or (one.partition(":")[0] == tag.partition(":")[0] and "x:*" in (one, tag))
        for one in purge.tags
        for tag in tags
    )
    return purge.everything or url in purge.urls or by_tag or url.startswith(purge.prefixes)


@settings(max_examples=60)
@given(STEPS)
def test_nothing_that_a_purge_names_is_there_after_it_whenever_its_fill_began(steps: list[tuple[Any, ...]]) -> None:
    shelf, under_way, held = Shelf(), [], dict[str, list[str]]()
    for step in steps:
        match step:
            case ("begin", path):
                under_way.append((shelf.begin(f"http://h{path}"), path, list[Purge]()))
            case ("finish", at, tags) if at < len(under_way):
                begun, path, purges = under_way.pop(at)
                shelf.finish(begun, *tags)
                if not any(names(purge, path, tags) for purge in purges):
                    held[path] = tags
            case ("purge", purge):
                shelf.store.purge(purge)
                for _, _, purges in under_way:
                    purges.append(purge)
                held = {path: tags for path, tags in held.items() if not names(purge, path, tags)}
        assert shelf.paths() == sorted(f"http://h{path}" for path in held)
