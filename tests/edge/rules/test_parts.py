"""RFC 9110, 14: one range of what is stored whole; RFC 9111, 3.3: what came in part is told to who asks for a part."""

import pytest

from plimsoll.edge import rules
from plimsoll.edge.http.ranges import UNSATISFIABLE, parse_range
from plimsoll.edge.rules.stored import Stored
from tests.edge.exchange import BODY, NOW_S, date, get, head, judged, kept, looked, ok, said

MODIFIED = f"Last-Modified: {date(NOW_S - 60)}"


def part(*lines: str, stored: Stored | None = None) -> tuple[int, bytes, list[str]]:
    whole = kept(ok("Cache-Control: max-age=60", 'ETag: "a"', MODIFIED)) if stored is None else stored
    reply = rules.answered(get(*lines), whole, NOW_S)
    assert said(reply.fields, "Content-Length") == [str(len(reply.body))]
    return reply.status, reply.body, said(reply.fields, "Content-Range")


@pytest.mark.parametrize(
    ("value", "body", "told"),
    [
        ("bytes=0-1", b"01", "bytes 0-1/10"),
        ("bytes=8-", b"89", "bytes 8-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=-99", BODY, "bytes 0-9/10"),
        ("bytes=5-99", b"56789", "bytes 5-9/10"),
        ("BYTES=9-9", b"9", "bytes 9-9/10"),
        ("bytes=, 0-1 ,", b"01", "bytes 0-1/10"),
        ("bytes=0-99999999999999999", BODY, "bytes 0-9/10"),
    ],
)
def test_one_range_is_told(value: str, body: bytes, told: str) -> None:
    assert part(f"Range: {value}") == (206, body, [told])


@pytest.mark.parametrize("value", ["bytes=10-", "bytes=10-20", "bytes=-0", "bytes=99999999999999999-"])
def test_a_range_behind_the_end_is_refused(value: str) -> None:
    assert part(f"Range: {value}") == (416, b"", ["bytes */10"])


@pytest.mark.parametrize(
    "value",
    [
        "bytes=0-1,3-4",
        "bytes=2-1",
        "bytes=a-b",
        "bytes=-",
        "bytes=",
        "bytes 0-1",
        "bytes = 0-1",
        "lines=0-1",
        "bytes=0-1-2",
        "bytes=--1",
        "bytes=+1-2",
        "0-1",
        "",
        "bytes=" + "9" * 5_000 + "-",
    ],
)
def test_other_ranges_are_ignored(value: str) -> None:
    assert part(f"Range: {value}") == (200, BODY, [])


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ('"a"', 206),
        ('"b"', 200),
        ('W/"a"', 200),
        (date(NOW_S - 60), 206),
        (date(NOW_S - 61), 200),
        (date(NOW_S), 200),
        ("a", 200),
    ],
)
def test_if_range_wants_the_same_strong_validator(value: str, status: int) -> None:
    assert part("Range: bytes=0-1", f"If-Range: {value}")[0] == status


def test_a_date_that_is_as_young_as_the_response_is_weak() -> None:
    stored = kept(ok("Cache-Control: max-age=60", f"Last-Modified: {date(NOW_S)}"))
    assert part("Range: bytes=0-1", f"If-Range: {date(NOW_S)}", stored=stored)[0] == 200


def test_a_weak_entity_tag_allows_no_part() -> None:
    stored = kept(ok("Cache-Control: max-age=60", 'ETag: W/"a"'))
    assert part("Range: bytes=0-1", 'If-Range: W/"a"', stored=stored)[0] == 200


def test_conditions_come_before_ranges_and_head_has_no_parts() -> None:
    stored = kept(ok("Cache-Control: max-age=60", 'ETag: "a"'))
    assert rules.answered(get("Range: bytes=0-1", 'If-None-Match: "a"'), stored, NOW_S).status == 304
    reply = rules.answered(head("Range: bytes=0-1"), stored, NOW_S)
    assert (reply.status, reply.body, said(reply.fields, "Content-Length")) == (200, b"", ["10"])


def test_a_part_of_nothing_cannot_be_told() -> None:
    assert parse_range(b"bytes=0-", 0) is parse_range(b"bytes=-5", 0) is UNSATISFIABLE


def test_ten_thousand_ranges_are_one_whole_body() -> None:
    many = "bytes=" + ",".join(f"{n}-{n}" for n in range(10_000))
    assert part(f"Range: {many}") == (200, BODY, [])


LIFE = "Cache-Control: max-age=60"


def came(*lines: str, asked: str = "bytes=4-7", body: bytes = b"4567", told: str = "bytes 4-7/10") -> Stored:
    """A part as it is stored."""
    verdict = judged(ok(LIFE, f"Content-Range: {told}", *lines, status=206), get(f"Range: {asked}"))
    assert isinstance(verdict, Stored), verdict
    whole = verdict.with_body(body)
    assert whole is not None
    return whole


@pytest.mark.parametrize(
    ("asked", "body", "told"),
    [
        ("bytes=4-7", b"4567", "bytes 4-7/10"),
        ("Bytes=4-7", b"4567", "bytes 4-7/10"),
        ("bytes=5-6", b"56", "bytes 5-6/10"),
        ("bytes=7-7", b"7", "bytes 7-7/10"),
    ],
)
def test_a_part_is_told_to_who_asks_for_it_or_for_some_of_it(asked: str, body: bytes, told: str) -> None:
    stored = came()
    request = get(f"Range: {asked}")
    assert looked(stored, request, after_s=59) == "answer fresh"
    assert part(f"Range: {asked}", stored=stored) == (206, body, [told])
    assert looked(stored, request, after_s=60) == "forward uri-miss"


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["Range: bytes=4-"],
        ["Range: bytes=3-7"],
        ["Range: bytes=4-8"],
        ["Range: bytes=-4"],
        ["Range: bytes=10-"],
        ["Range: bytes=4-5,6-7"],
        ["Range: bytes=4-7", "Range: bytes=4-7"],
        ["Range: bytes=4-7", 'If-Range: "a"'],
        ["Range: bytes=4-7", "Cache-Control: no-cache"],
        ["Range: lines=4-7"],
    ],
)
def test_a_part_is_told_for_nothing_else(lines: list[str]) -> None:
    stored = came('ETag: "a"')
    assert looked(stored, get(*lines)) == "forward uri-miss"
    assert looked(stored, head("Range: bytes=4-7")) == "forward uri-miss"


def test_the_end_of_a_body_is_told_to_who_asks_for_the_end() -> None:
    stored = came(asked="bytes=-4", told="bytes 6-9/10", body=b"6789")
    for asked, body in (("bytes=-4", b"6789"), ("bytes=-2", b"89"), ("bytes=6-", b"6789"), ("bytes=8-99", b"89")):
        assert looked(stored, get(f"Range: {asked}")) == "answer fresh"
        assert part(f"Range: {asked}", stored=stored)[:2] == (206, body)


def test_of_a_part_that_is_shorter_than_it_says_what_is_there_is_told() -> None:
    """RFC 9111, 3.3: an incomplete one may answer a range that is wholly in it."""
    stored = came(body=b"456")
    assert looked(stored, get("Range: bytes=5-6")) == "answer fresh"
    assert looked(stored, get("Range: bytes=6-7")) == "forward uri-miss"


def test_a_whole_is_told_before_a_part_and_a_part_takes_no_room_beside_one() -> None:
    whole = kept(ok(LIFE))
    assert part("Range: bytes=4-7", stored=whole) == (206, b"4567", ["bytes 4-7/10"])
    assert looked([came(), whole], get()) == "answer fresh"
    response = ok(LIFE, "Content-Range: bytes 4-7/10", status=206)
    found = rules.judge(get("Range: bytes=4-7"), response, requested_s=NOW_S, received_s=NOW_S, beside=[whole])
    assert found == rules.Pass("part")


def test_parts_vary_and_are_validated_by_nobody() -> None:
    stored = came("Vary: Accept-Language", 'ETag: "a"')
    assert looked(stored, get("Range: bytes=4-7", "Accept-Language: de")) == "forward uri-miss"
    assert looked(stored, get("Range: bytes=4-7")) == "answer fresh"
    stored.soften()
    assert looked(stored, get("Range: bytes=4-7")) == "forward uri-miss"
    assert rules.answered(get("Range: bytes=4-7", 'If-None-Match: "a"'), came('ETag: "a"'), NOW_S).status == 304


@pytest.mark.parametrize(
    ("request_lines", "told"),
    [
        ([], ["Content-Range: bytes 0-1/10"]),
        (["Range: bytes=0-1"], []),
        (["Range: bytes=0-1"], ["Content-Range: bytes 0-1/*"]),
        (["Range: bytes=0-1"], ["Content-Range: bytes 1-0/10"]),
        (["Range: bytes=0-1"], ["Content-Range: bytes 0-10/10"]),
        (["Range: bytes=0-1"], ["Content-Range: bytes 0-1/10", "Content-Range: bytes 0-1/10"]),
        (["Range: bytes=0-1", 'If-Range: "a"'], ["Content-Range: bytes 0-1/10"]),
        (["Range: bytes=0-1,4-5"], ["Content-Type: multipart/byteranges"]),
        (["Range: bytes=" + "0" * 60 + "-1"], ["Content-Range: bytes 0-1/10"]),
        (["Range: bytes=0-1"], ["Content-Range: bytes 0-1/10", "Cache-Control: no-cache", 'ETag: "a"']),
    ],
)
def test_what_is_no_part_that_is_known_is_not_stored(request_lines: list[str], told: list[str]) -> None:
    assert judged(ok(LIFE, *told, status=206), get(*request_lines)) == "part"


def test_a_part_that_is_empty_or_longer_than_it_says_is_not_stored() -> None:
    verdict = judged(ok(LIFE, "Content-Range: bytes 4-7/10", status=206), get("Range: bytes=4-7"))
    assert isinstance(verdict, Stored)
    assert verdict.with_body(b"") is verdict.with_body(b"45678") is None


def test_what_came_cut_off_is_not_stored() -> None:
    verdict = judged(ok("Cache-Control: max-age=60", "Content-Length: 10"))
    assert isinstance(verdict, Stored)
    assert verdict.with_body(BODY)
    assert verdict.with_body(BODY[:9]) is verdict.with_body(BODY + b"x") is None


@pytest.mark.parametrize("lengths", [["10", "11"], ["ten"], ["-10"], ["10, 10"]])
def test_a_length_that_is_none_is_not_stored(lengths: list[str]) -> None:
    verdict = judged(ok("Cache-Control: max-age=60", *(f"Content-Length: {length}" for length in lengths)))
    assert isinstance(verdict, Stored)
    assert verdict.with_body(BODY) is None


def test_a_range_of_what_is_not_stored_is_the_origins_to_answer() -> None:
    assert looked([], get("Range: bytes=0-1")) == "forward uri-miss"
