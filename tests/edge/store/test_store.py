"""The store keeps to its bounds, and leaves nothing behind."""

import gc
import tracemalloc
from sys import getsizeof

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.core.errors import UsageError
from plimsoll.edge.http.message import Request
from plimsoll.edge.keys import VARIANTS_MAX, primary
from plimsoll.edge.store.entry import Limits, Put
from plimsoll.edge.store.purge import Purge, Reach
from plimsoll.edge.store.tags import TAG_BYTES, TagIndex
from plimsoll.edge.store.urls import key_of_url, url_of
from tests.edge.store.shelf import Shelf, key, stored

part = st.binary(max_size=12)


def test_the_latest_of_a_variant_takes_the_place_of_the_one_before() -> None:
    shelf = Shelf()
    shelf.put("http://a/", body=b"old", second=b"x")
    shelf.put("http://a/", body=b"other", second=b"y")
    shelf.put("http://a/", body=b"new", second=b"x")
    assert shelf.variants("http://a/") == [b"new", b"other"]


def test_variants_of_a_url_are_capped_and_the_latest_stay() -> None:
    shelf = Shelf()
    for n in range(3 * VARIANTS_MAX):
        shelf.put("http://a/", "t", body=b"%d" % n, second=b"%d" % n)
    assert shelf.variants("http://a/") == [b"%d" % n for n in range(3 * VARIANTS_MAX - 1, 2 * VARIANTS_MAX - 1, -1)]
    assert shelf.store.statistics().entries == VARIANTS_MAX
    assert shelf.store.purge(Purge(tags=("t",), reach=Reach.HARD)) == VARIANTS_MAX


def test_what_is_too_large_is_not_stored_and_takes_the_older_one_along() -> None:
    shelf = Shelf(Limits(bytes=1_000_000, object_bytes=10_000))
    shelf.put("http://a/")
    assert shelf.finish(shelf.begin("http://a/"), body=b"x" * 10_001) is Put.TOO_LARGE
    assert shelf.paths() == []


def test_a_validation_does_not_bring_back_what_went_meanwhile() -> None:
    shelf = Shelf()
    old, new = shelf.put("http://a/", "t"), stored("t", body=b"new")
    begun = shelf.begin("http://a/")
    shelf.store.purge(Purge(urls=(b"http://a/",), reach=Reach.HARD))
    shelf.store.renew(old, new, begun)
    shelf.store.end(begun)
    assert shelf.paths() == []


def test_a_validation_renews_the_variant_that_was_validated() -> None:
    shelf = Shelf()
    old = shelf.put("http://a/", body=b"1", second=b"x")
    shelf.put("http://a/", body=b"2", second=b"y")
    begun = shelf.begin("http://a/")
    shelf.store.renew(old, stored(body=b"3", second=b"x"), begun)
    assert sorted(shelf.variants("http://a/")) == [b"2", b"3"]
    shelf.store.renew(shelf.store.variants(key("http://a/"))[1], None, begun)
    assert shelf.variants("http://a/") == [b"3"]
    shelf.store.end(begun)


def test_bytes_stay_within_the_limit_and_are_really_no_more() -> None:
    """Many URLs, each with tags of its own: what Python has allocated is held against the limit."""
    limit = 1_000_000
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    shelf = Shelf(Limits(bytes=limit))
    for n in range(2_000):
        url = f"http://host/path/{n:030}"
        shelf.put(url, f"row:{n}", f"table:t{n}", "all", body=b"%0300d" % n)
        assert shelf.store.bytes <= limit
    gc.collect()
    taken = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert 0.5 * limit < taken < limit, f"{taken:,} bytes"
    assert shelf.store.statistics().entries > 150
    shelf.store.purge(Purge(everything=True, reach=Reach.HARD))
    told = shelf.store.statistics()
    assert (told.entries, told.tags) == (0, 0)
    assert not shelf.store._resources
    assert not shelf.store._tags._families


def test_what_was_of_use_stays() -> None:
    shelf = Shelf(Limits(bytes=400_000))
    used = shelf.put("http://a/used")
    for n in range(1_000):
        shelf.put(f"http://a/{n}")
        shelf.store.hit(key("http://a/used"), used)
    assert shelf.variants("http://a/used") == [b"body"]


@given(part, part, part, part, part, part)
def test_a_key_and_its_url_say_the_same(h1: bytes, p1: bytes, q1: bytes, h2: bytes, p2: bytes, q2: bytes) -> None:
    one, other = (
        primary(Request("GET", b"http", host or b"h", b"/" + path, query, ()))
        for host, path, query in ((h1, p1, q1), (h2, p2, q2))
    )
    if one is None or other is None:
        return
    if b"?" not in p1 + p2 and b"#" not in p1 + p2 + q1 + q2:
        assert key_of_url(url_of(one)) == one
        assert (url_of(one) == url_of(other)) == (one == other)


def test_limits_are_checked() -> None:
    for wrong in (0, -1, 1.5, True):
        with pytest.raises(UsageError):
            Limits(bytes=wrong)  # type: ignore[arg-type]
    assert Limits(bytes=80).object_max == 10


def test_tags_are_reckoned_at_no_less_than_they_take() -> None:
    """Each of its own family, while new ones come for old ones and dictionaries have just grown: the worst."""
    index: TagIndex[object] = TagIndex()
    entry, alive, most = object(), 11_000, 0
    tags = [f"{number:06}-{'z' * 60}" for number in range(2 * alive)]
    tracemalloc.start()
    try:
        for number, tag in enumerate(tags):
            index.add(entry, (tag,))
            if number >= alive:
                index.discard(entry, (tags[number - alive],))
                most = max(most, tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    names = sum(map(getsizeof, tags[:alive]))
    assert most + names <= (TAG_BYTES + len(tags[0])) * alive
