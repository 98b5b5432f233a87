"""RFC 9111, 4.4, and RFC 9875: what a change makes wrong; tags."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.edge import keys, rules
from plimsoll.edge.rules.tags import TAG_CHARACTERS_MAX, portable
from tests.edge.exchange import NOW_S, get, judged, kept, ok

MINUTE = "Cache-Control: max-age=60"


def wrong(*lines: str, method: str = "POST", status: int = 200, path: str = "/dir/a", query: str = "") -> list[str]:
    """The URIs on the request's own origin whose keys are invalidated, in order."""
    found = rules.invalidated(get(method=method, path=path, query=query), ok(*lines, status=status))
    known = {
        keys.primary(get(path=at.partition("?")[0], query=at.partition("?")[2])): at
        for at in ("/", "/b", "/dir/a", "/dir/b", "/dir/b?x=1", "/dir/a?q", "/dir/b%2Fc", "/dir/")
    }
    return [known[key] for key in found.keys] if found else []


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "M-SEARCH"])
def test_an_unsafe_method_makes_its_own_uri_wrong(method: str) -> None:
    assert wrong(method=method) == ["/dir/a"]
    assert wrong(method=method, status=302, query="q") == ["/dir/a?q"]


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "TRACE"])
def test_a_safe_method_makes_nothing_wrong(method: str) -> None:
    assert wrong("Location: /b", method=method) == []


@pytest.mark.parametrize("status", [400, 404, 412, 500, 503])
def test_an_error_makes_nothing_wrong(status: int) -> None:
    assert wrong("Location: /b", status=status) == []


@pytest.mark.parametrize("name", ["Location", "Content-Location"])
@pytest.mark.parametrize(
    ("value", "at"),
    [
        ("/b", "/b"),
        ("b", "/dir/b"),
        ("b?x=1#there", "/dir/b?x=1"),
        ("../b", "/b"),
        (".", "/dir/"),
        ("https://example.com/b", "/b"),
        ("HTTPS://EXAMPLE.com:443/b", "/b"),
        ("//example.com./b", "/b"),
        ("https://example.com", "/"),
        ("/dir/b%2Fc", "/dir/b%2Fc"),
    ],
)
def test_locations_of_the_same_origin_are_wrong_too(name: str, value: str, at: str) -> None:
    assert wrong(f"{name}: {value}") == ["/dir/a", at]


@pytest.mark.parametrize(
    "value",
    [
        "https://other.com/b",
        "http://example.com/b",
        "https://example.com:444/b",
        "https://example.com.evil/b",
        "https://x@example.com/b",
        "//other.com/b",
        "https://[::1/b",
        "https://[x]/b",
        "mailto:x",
        "/" + "b" * 10_000,
        "",
    ],
)
def test_others_locations_are_left_alone(value: str) -> None:
    assert wrong(f"Location: {value}") == ["/dir/a"]


# RFC 9875


def groups(value: str, name: str = "Cache-Group-Invalidation") -> tuple[str, ...]:
    if name == "Cache-Groups":
        stored = judged(ok(MINUTE, f"{name}: {value}"))
        return () if stored == "unreadable tags" else kept(ok(MINUTE, f"{name}: {value}")).tags
    found = rules.invalidated(get(method="POST"), ok(f"{name}: {value}"))
    assert found is not None
    return found.tags


@pytest.mark.parametrize("name", ["Cache-Groups", "Cache-Group-Invalidation"])
def test_groups_are_a_list_of_strings(name: str) -> None:
    assert groups('"one", "two";x=1 , "one"', name) == ("one", "two")
    assert len(groups(", ".join(f'"{n:032}"' for n in range(32)), name)) == 32
    for value in ("one", '("one")', '"one", 2', '"one', '"one",', "", "?1", "@5", ":b25l:"):
        assert groups(value, name) == ()
    (upper,) = groups('"One"', name)
    assert upper not in ("one", "One")  # case matters, and tags have none


def test_groups_go_only_in_their_own_origin_and_after_an_unsafe_method_that_did_something() -> None:
    line = 'Cache-Group-Invalidation: "one"'
    found = rules.invalidated(get(method="PUT"), ok(line))
    assert found is not None
    for host, own in (("example.com", True), ("example.com:444", False), ("example.co", False), ("other.com", False)):
        assert (keys.primary(get(host=host)) or b"").startswith(found.origin) is own
    assert rules.invalidated(get(), ok(line)) is None
    assert rules.invalidated(get(method="PUT"), ok(line, status=500)) is None


# Tags


def test_tags_come_from_all_fields_that_vendors_read() -> None:
    lines = [
        "Cache-Tag: a, b",
        "Surrogate-Key: c d",
        "Edge-Cache-Tag: e,a",
        "xkey: f",
        "xkey: g, h",
        'Cache-Groups: "i"',
    ]
    stored = kept(ok(MINUTE, *lines))
    assert sorted(stored.tags) == list("abcdefghi")
    assert not {name for name, _ in stored.fields} & {b"cache-tag", b"surrogate-key", b"xkey", b"cache-groups"}
    assert dict(kept(ok(MINUTE, *lines), shows_tags=True).fields)[b"edge-cache-tag"] == b"e,a"


def test_what_has_too_many_tags_is_not_stored() -> None:
    assert len(kept(ok(MINUTE, "Surrogate-Key: " + " ".join(f"t{n}" for n in range(50)))).tags) == 50
    assert judged(ok(MINUTE, "Surrogate-Key: " + " ".join(f"t{n}" for n in range(51)))) == "tags"


@pytest.mark.parametrize(
    "line",
    [
        *(
            "Cache-Tag: order:1 order:2",
            "Cache-Tag: a\tb",
            'Cache-Tag: "a", "b"',
            "Cache-Tag: a;x",
            "Cache-Tag: a, ord*er",
        ),
        *('Surrogate-Key: "a b"', "xkey: a;x=1", "Edge-Cache-Tag: a b", "Cache-Tag: *", "Cache-Tag: order:*x"),
        *("Cache-Groups: a", 'Cache-Groups: "a', 'Cache-Groups: "a", b', 'Cache-Groups: "a" "b"', "Cache-Groups: é"),
    ],
)
def test_what_has_tags_that_cannot_be_read_is_not_stored_since_no_purge_would_find_it(line: str) -> None:
    assert judged(ok(MINUTE, line, "Cache-Tag: fine")) == "unreadable tags"
    stored = kept(ok(MINUTE, 'ETag: "1"', "Cache-Tag: fine"))
    unchanged = rules.freshened(get(), [stored], stored, ok(line, status=304), requested_s=NOW_S, received_s=NOW_S)
    assert unchanged is not None
    assert unchanged.updates == ((stored, None),)


def test_what_a_tag_may_be_is_kept_whole_or_hashed() -> None:
    assert kept(ok(MINUTE, "Cache-Tag: order:*, a/b=1'(c)", "xkey: d\te", "Cache-Groups: ")).tags == (
        *("order:*", "a/b=1'(c)", "d", "e"),
    )
    assert kept(ok(MINUTE, 'Cache-Groups: "order:a b"')).tags == (portable("order:a b"),)


def test_tags_are_stripped_from_what_is_passed_on() -> None:
    response = ok("Cache-Tag: a", "X: 1", "Cache-Status: Origin; hit", "Connection: close, x-hop", "X-Hop: 1")
    status = rules.forwarded(b"Edge", "uri-miss", stored=True)
    told = [name for name, _ in rules.told(response.fields, rules.Policy(), status)]
    assert told == [b"x", b"cache-status", b"date", b"cache-status"]


@pytest.mark.parametrize("text", ["project:1", "a", "~!", "project:*", "x" * 128])
def test_what_is_portable_stays(text: str) -> None:
    assert portable(text) == text


@pytest.mark.parametrize(
    "text", ["project:A", "project:%2F", "project:a b", "project:a,b", "project:é", "project:" + "9" * 200]
)
def test_what_is_not_is_hashed_within_its_family(text: str) -> None:
    assert portable(text).startswith("project:%h")


TEXTS = st.text(max_size=8) | st.sampled_from(["a" * 128, "a" * 129, "a:" + "b" * 130])


@given(TEXTS, TEXTS)
def test_texts_share_a_tag_only_if_they_are_the_same(one: str, other: str) -> None:
    assert (portable(one) == portable(other)) is (one == other)
    made = portable(one)
    assert len(made) <= TAG_CHARACTERS_MAX
    assert all("!" <= letter <= "~" and letter != "," and letter == letter.lower() for letter in made)
    assert portable(made) == made or one == ""
