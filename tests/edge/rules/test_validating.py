"""RFC 9111, 4.3: validation of what is stored, and conditions of clients; 3.2: what a 304 updates."""

from typing import Any

import pytest

from plimsoll.edge import rules
from plimsoll.edge.http.message import Request
from plimsoll.edge.rules.stored import Stored
from tests.edge.exchange import BODY, NOW_S, date, get, head, judged, kept, looked, ok, said

LATER_S = NOW_S + 100
MODIFIED = f"Last-Modified: {date(NOW_S - 5_000)}"
TAGGED = 'ETag: "a"'
MINUTE = "Cache-Control: max-age=60"


def asked(request: Request, stored: Stored) -> rules.Validate:
    look = rules.look(request, [stored], LATER_S)
    assert isinstance(look, rules.Validate)
    return look


def unchanged(
    stored: Stored, *lines: str, request: Request | None = None, variants: list[Stored] | None = None, **policy: Any
) -> rules.Freshened | None:
    """After a 304 that came a little later."""
    return rules.freshened(
        get() if request is None else request,
        [stored] if variants is None else variants,
        stored,
        ok(*lines, status=304, at_s=LATER_S),
        requested_s=LATER_S,
        received_s=LATER_S,
        policy=rules.Policy(**policy),
    )


def updated(stored: Stored, *lines: str) -> Stored:
    found = unchanged(stored, *lines)
    assert found is not None
    assert found.updates == ((stored, found.stored),)
    return found.stored


# 4.3.1, Sending a Validation Request


def test_both_validators_are_sent_and_nothing_else_of_the_request_is_lost() -> None:
    stored = kept(ok(MINUTE, TAGGED, MODIFIED, "Vary: Foo"), get("Foo: 1"))
    fields = asked(get("Foo: 1", "Bar: 2"), stored).fields
    assert said(fields, "If-None-Match") == ['"a"']
    assert said(fields, "If-Modified-Since") == [date(NOW_S - 5_000)]
    assert said(fields, "Foo") == ["1"]
    assert said(fields, "Bar") == ["2"]


def test_the_clients_own_conditions_and_range_are_kept_for_its_answer() -> None:
    request = get('If-None-Match: "mine"', f"If-Modified-Since: {date(NOW_S)}", "Range: bytes=0-1", 'If-Range: "a"')
    fields = asked(request, kept(ok(MINUTE, TAGGED))).fields
    assert said(fields, "If-None-Match") == ['"a"']
    assert not [name for name, _ in fields if name in (b"range", b"if-range", b"if-modified-since")]


# 4.3.4, Freshening Stored Responses upon Validation, and 3.2, Updating Stored Header Fields


def test_a_304_makes_it_fresh_again_and_keeps_the_body() -> None:
    again = updated(kept(ok(MINUTE, TAGGED, "Age: 5", "Kept: 1")), TAGGED)
    assert looked(again, after_s=159) == "answer fresh"
    assert looked(again, after_s=160) == "validate stale"
    assert again.body == BODY
    assert said(again.fields, "Kept") == ["1"]
    assert said(again.fields, "Date") == [date(LATER_S)]


@pytest.mark.parametrize("name", ["Test-Header", "Content-Foo", "Content-Type", "Content-Location", "X-Frame-Options"])
def test_a_304_updates_a_field(name: str) -> None:
    old = kept(ok(MINUTE, TAGGED, f"{name}: old", f"{name}: older"))
    assert said(updated(old, TAGGED, f"{name}: new").fields, name) == ["new"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Content-Length", "10"),
        ("Content-Encoding", "br"),
        ("Content-Range", "bytes 0-9/10"),
        ("Content-MD5", "kA=="),
        ("Content-Digest", "md5=:kA==:"),
    ],
)
def test_a_304_leaves_what_belongs_to_the_body(name: str, value: str) -> None:
    old = kept(ok(MINUTE, TAGGED, f"{name}: {value}"))
    assert said(updated(old, TAGGED, f"{name}: 99").fields, name) == [value]


def test_a_304_says_anew_for_how_long() -> None:
    assert (
        looked(updated(kept(ok(MINUTE, TAGGED)), TAGGED, "Cache-Control: max-age=5"), after_s=105) == "validate stale"
    )
    assert looked(updated(kept(ok(MINUTE, TAGGED)), TAGGED, "Cache-Control: no-cache"), after_s=100) == "validate stale"
    assert updated(kept(ok(MINUTE, TAGGED)), TAGGED, "Age: 50").age_s(LATER_S) == 50


@pytest.mark.parametrize("said_now", ["no-store", "private"])
def test_what_a_304_makes_private_is_told_once_and_dropped(said_now: str) -> None:
    stored = kept(ok(MINUTE, TAGGED))
    found = unchanged(stored, TAGGED, f"Cache-Control: {said_now}")
    assert found is not None
    assert found.updates == ((stored, None),)


def test_a_304s_cookie_is_for_who_asked() -> None:
    found = unchanged(kept(ok(MINUTE, TAGGED)), TAGGED, "Set-Cookie: a=b")
    assert found is not None
    assert found.private == ((b"set-cookie", b"a=b"),)
    assert not said(found.stored.fields, "Set-Cookie")


def test_fields_that_have_to_be_validated_are_for_who_validated() -> None:
    found = unchanged(kept(ok('Cache-Control: max-age=60, no-cache="left"', TAGGED, "Left: 5")), TAGGED, "Left: 4")
    assert found is not None
    assert found.private == ((b"left", b"4"),)
    assert not said(found.stored.fields, "Left")


def test_a_304_to_somebody_logged_in_updates_nothing_for_others() -> None:
    found = unchanged(kept(ok(MINUTE, TAGGED)), TAGGED, "X-User: 7", request=get("Authorization: x"))
    assert found is not None
    assert found.updates == ()


@pytest.mark.parametrize(
    ("stored", "answer"),
    [
        ((TAGGED,), ('ETag: "b"',)),
        ((TAGGED,), ('ETag: W/"b"',)),
        (('ETag: W/"a"',), ('ETag: W/"b"',)),
        ((MODIFIED,), (f"Last-Modified: {date(NOW_S)}",)),
    ],
)
def test_a_304_about_something_else_updates_nothing(stored: tuple[str, ...], answer: tuple[str, ...]) -> None:
    assert unchanged(kept(ok(MINUTE, *stored)), *answer) is None


@pytest.mark.parametrize(
    ("stored", "answer"),
    [
        ((TAGGED, MODIFIED), (TAGGED,)),
        ((TAGGED,), ('ETag: W/"a"',)),
        (('ETag: W/"a"',), (TAGGED,)),
        ((MODIFIED,), (MODIFIED,)),
        ((MODIFIED,), (MODIFIED, TAGGED)),
        ((TAGGED, MODIFIED), ()),
    ],
)
def test_a_304_about_it_updates_it(stored: tuple[str, ...], answer: tuple[str, ...]) -> None:
    assert updated(kept(ok(MINUTE, *stored)), *answer)


def test_a_strong_entity_tag_updates_every_variant_that_has_it() -> None:
    one, two, other = (
        kept(ok(MINUTE, f"ETag: {tag}", "Vary: Foo"), get(f"Foo: {foo}"))
        for foo, tag in (("1", '"a"'), ("2", '"a"'), ("3", '"b"'))
    )
    found = unchanged(one, TAGGED, "X: new", request=get("Foo: 1"), variants=[one, two, other])
    assert found is not None
    assert [old for old, _ in found.updates] == [one, two]
    assert looked([new for _, new in found.updates if new], get("Foo: 2"), after_s=120) == "answer fresh"


def test_a_304_may_change_vary_and_tags_are_only_added() -> None:
    stored = kept(ok(MINUTE, TAGGED, "Cache-Tag: one"))
    found = unchanged(stored, TAGGED, "Vary: Foo", "Cache-Tag: two", request=get("Foo: 1"))
    assert found is not None
    assert found.stored.tags == ("one", "two")
    assert looked(found.stored, get("Foo: 2"), after_s=120) == "forward vary-miss"


def test_after_a_304_with_vary_for_everything_nobody_else_gets_it() -> None:
    stored = kept(ok(MINUTE, TAGGED))
    found = unchanged(stored, TAGGED, "Vary: *")
    assert found is not None
    assert found.updates == ((stored, None),)


# 4.3.5, Freshening Responses with HEAD


def headed(stored: Stored, *lines: str, status: int = 200) -> tuple[Stored, Stored] | None:
    response = ok(*lines, status=status, at_s=LATER_S)
    return rules.headed(head(), stored, response, requested_s=LATER_S, received_s=LATER_S)


def test_a_head_that_fits_makes_it_fresh_again() -> None:
    pair = headed(kept(ok(MINUTE, TAGGED, "A: 1", "B: 1")), MINUTE, TAGGED, "A: 2", "Content-Length: 10")
    assert pair is not None
    assert looked(pair[1], after_s=120) == "answer fresh"
    assert said(pair[1].fields, "A") == ["2"]
    assert said(pair[1].fields, "B") == ["1"]


@pytest.mark.parametrize("line", ['ETag: "b"', f"Last-Modified: {date(NOW_S)}", "Content-Length: 11"])
def test_a_head_that_differs_has_it_validated(line: str) -> None:
    pair = headed(kept(ok("Cache-Control: max-age=600", TAGGED, MODIFIED)), MINUTE, line)
    assert pair is not None
    assert looked(pair[1]) == "validate stale"


def test_other_heads_do_nothing() -> None:
    stored = kept(ok(MINUTE, TAGGED))
    assert headed(stored, MINUTE, status=410) is None
    assert headed(stored, "Cache-Control: no-store") is None
    assert judged(ok(MINUTE), head()) == "method"


# 4.3.2, Handling a Received Validation Request


def status_of(stored: Stored, *lines: str, method: str = "GET") -> int:
    return rules.answered(get(*lines, method=method), stored, NOW_S + 5).status


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ('"a"', 304),
        ('W/"a"', 304),
        ('"x", "a"', 304),
        ('"x","y" , W/"a"', 304),
        ("*", 304),
        ('"x"', 200),
        ("a", 200),
        ('"a', 200),
        ("", 200),
        ('w/"a"', 200),
        ('"x" "a"', 200),
    ],
)
def test_if_none_match_compares_weakly(value: str, status: int) -> None:
    assert status_of(kept(ok(MINUTE, TAGGED)), f"If-None-Match: {value}") == status
    assert status_of(kept(ok(MINUTE, TAGGED)), f"If-None-Match: {value}", method="HEAD") == status


def test_if_modified_since_counts_only_without_if_none_match() -> None:
    stored = kept(ok(MINUTE, TAGGED, MODIFIED))
    since, before = f"If-Modified-Since: {date(NOW_S)}", f"If-Modified-Since: {date(NOW_S - 5_001)}"
    assert status_of(stored, since) == 304
    assert status_of(stored, before) == 200
    assert status_of(stored, 'If-None-Match: "x"', since) == 200
    assert status_of(stored, 'If-None-Match: "a"', before) == 304
    assert status_of(stored, "If-Modified-Since: Friday, 15-Jan-27 08:00:00 GMT") == 304
    assert status_of(stored, "If-Modified-Since: yesterday") == 200


def test_without_last_modified_it_counts_as_changed_when_it_was_made() -> None:
    stored = kept(ok(MINUTE))
    assert status_of(stored, f"If-Modified-Since: {date(NOW_S)}") == 304
    assert status_of(stored, f"If-Modified-Since: {date(NOW_S - 1)}") == 200
    assert status_of(stored, 'If-None-Match: "a"') == 200


def test_a_304_has_what_a_cache_needs_and_nothing_about_the_body() -> None:
    stored = kept(ok(MINUTE, TAGGED, MODIFIED, "Vary: Foo", "Content-Type: text/css", "Content-Location: /x"))
    reply = rules.answered(get('If-None-Match: "a"'), stored, NOW_S)
    names = {name for name, _ in reply.fields}
    assert names == {b"cache-control", b"etag", b"vary", b"content-location", b"date", b"age", b"cache-status"}
    assert reply.body == b""


def test_conditions_are_nothing_to_a_404() -> None:
    assert status_of(kept(ok(MINUTE, TAGGED, status=404)), 'If-None-Match: "a"', "Range: bytes=0-1") == 404
