"""What is printed for nginx and Varnish does by the real ones what our own edge does."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from plimsoll.edge.providers.local import Local
from plimsoll.edge.providers.provider import Acknowledged, Batch, Later
from plimsoll.edge.purge.wish import Kind
from tests.edge.printing.fronts import PATIENCE_S, TOKEN, Origin, Server, origin, running_nginx

FRESH = {"cache-control": "max-age=60"}


def bodies(front: Server, path: str, *asked: dict[str, str]) -> list[str]:
    return [front.ask(path, "GET", fields).body for fields in asked]


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (200, {"cache-control": "max-age=60"}),
        (200, {"cache-control": "public, s-maxage=60, max-age=0"}),
        (404, {"cache-control": "max-age=60"}),
        (200, {"cache-control": "Max-Age=60 ,x"}),
        (200, {"cache-control": "public", "expires": "Thu, 31 Dec 2099 23:59:59 GMT"}),
        (301, {"cache-control": "max-age=60", "location": "/x"}),
    ],
)
def test_what_says_for_how_long_is_kept(front: Server, status: int, told: dict[str, str]) -> None:
    path = f"/kept/{status}/{len(told['cache-control'])}"
    front.origin.answers[path] = (status, told)
    said = [front.ask(path) for _ in range(3)]
    assert [one.body for one in said] == ["1", "1", "1"]
    assert [one.fields["cache-status"].partition(";")[2].strip() for one in said][1:] == ["hit", "hit"]


NOT_KEPT = {
    "nothing-said": (200, {}),
    "modified": (200, {"last-modified": "Tue, 14 Nov 2023 22:13:20 GMT"}),
    "no-store": (200, {"cache-control": "max-age=60, no-store"}),
    "private": (200, {"cache-control": "PRIVATE, max-age=60"}),
    "no-cache": (200, {"cache-control": "no-cache, max-age=60"}),
    "cookie": (200, {"cache-control": "max-age=60", "set-cookie": "a=1"}),
    "over": (200, {"expires": "-1"}),
    "never": (200, {"expires": "0", "cache-control": "public"}),
    "empty": (200, {"expires": ""}),
    "epoch": (200, {"expires": "Thu, 01 Jan 1970 00:00:00 GMT"}),
    "seconds": (200, {"expires": "4102444800"}),
    "without-zone": (200, {"expires": "Thu, 31 Dec 2099 23:59:59"}),
    "past": (200, {"expires": "Tue, 14 Nov 2023 22:13:20 GMT"}),
    "another-word": (200, {"cache-control": "x-max-age=60"}),
    "quoted": (200, {"cache-control": 'x="max-age=60"'}),
    "in-quotes": (200, {"cache-control": 'x="a,max-age=60,b"'}),
    "without-number": (200, {"cache-control": "max-age, max-age=60"}),
    "no-number": (200, {"cache-control": "max-age=abc"}),
    "star": (200, {"cache-control": "max-age=60", "vary": "*"}),
    "star-in-a-list": (200, {"cache-control": "max-age=60", "vary": "Cookie,*"}),
    "star-before": (200, {"cache-control": "max-age=60", "vary": "*, a"}),
    "bad-request": (400, {"cache-control": "max-age=60"}),
    "error": (500, {"cache-control": "max-age=60"}),
    "for-the-cdn": (200, {"cache-control": "max-age=60", "cdn-cache-control": "no-store"}),
    "accelerated": (200, {"x-accel-expires": "60"}),
}


def test_what_does_not_say_so_or_is_private_is_not_kept(front: Server) -> None:
    for name, answer in NOT_KEPT.items():
        front.origin.answers[f"/not/{name}"] = answer
    seen = {name: bodies(front, f"/not/{name}", {}, {}) for name in NOT_KEPT}
    assert {name for name, told in seen.items() if told != ["1", "2"]} == set()


def test_what_each_makes_of_an_answer_that_was_kept_before_or_is_meant_for_it(front: Server) -> None:
    answers = {
        "aged": {"cache-control": "max-age=60", "age": "30"},
        "old": {"cache-control": "max-age=60", "age": "60"},
        "targeted": {"cache-control": "no-store", "cdn-cache-control": "max-age=60"},
        "over": {"cache-control": "max-age=60", "cdn-cache-control": "max-age=0"},
    }
    for name, told in answers.items():
        front.origin.answers[f"/before/{name}"] = (200, told)
    seen = {name: bodies(front, f"/before/{name}", {}, {})[1] for name in answers}
    kept = {name: "1" if front.name == "varnish" and name in ("aged", "targeted") else "2" for name in answers}
    assert seen == kept
    assert front.name == "nginx" or int(front.ask("/before/aged").fields["age"]) >= 30


def test_a_part_is_told_of_the_whole(front: Server) -> None:
    front.origin.answers["/part"] = (200, FRESH)
    said = [front.ask("/part", "GET", {"Range": "bytes=0-0"}), front.ask("/part")]
    assert [(one.status in (200, 206), one.body) for one in said] == [(True, "1"), (True, "1")]
    assert "range" not in front.origin.asked[-1][2]


def test_what_one_who_said_who_he_is_was_told_is_told_to_nobody(front: Server) -> None:
    front.origin.answers["/mine"] = (200, FRESH)
    front.origin.answers["/ours"] = (200, {"cache-control": "public, max-age=60"})
    who = {"Authorization": "Basic x|public"}
    assert bodies(front, "/mine", who, {}) == ["1", "2"]
    assert bodies(front, "/ours", who, {}) == ["1", "1"]
    for number, words in enumerate(("x-public", 'x="a, public, b"', "s-maxage")):
        front.origin.answers[f"/mine/{number}"] = (200, {"cache-control": f"max-age=60, {words}"})
        assert bodies(front, f"/mine/{number}", who, {}) == ["1", "2"], words


def test_a_tag_purges_all_that_have_it_and_nothing_else(front: Server) -> None:
    told = {
        "/tag/a": {"cache-tag": "project:1, project:2"},
        "/tag/b": {"surrogate-key": "project:2 project:3"},
        "/tag/c": {"cache-groups": '"project:3", "x"'},
        "/tag/d": {"cache-tag": "project:20"},
    }
    for path, tags in told.items():
        front.origin.answers[path] = (200, FRESH | tags)
    first = [front.ask(path) for path in told]
    assert not any(set(one.fields) & {"cache-tag", "surrogate-key", "cache-groups", "xkey"} for one in first)
    assert [front.ask(path).body for path in told] == ["1", "1", "1", "1"]
    assert front.purge(tags=["project:2"]) == 200
    assert [front.ask(path).body for path in told] == ["2", "2", "1", "1"]
    assert front.purge(tags=["project:3", "none"]) == 200
    assert [front.ask(path).body for path in told] == ["2", "3", "2", "1"]
    assert front.purge(urls=["http://h.test/tag/d"]) == 200
    assert [front.ask(path).body for path in told] == ["2", "3", "2", "2"]
    assert front.purge(everything=True) == 200
    assert [front.ask(path).body for path in told] == ["3", "4", "3", "3"]


def test_a_family_is_all_its_tags_and_goes_with_each_of_them(front: Server) -> None:
    for name, tags in {
        "one": "order:1",
        "two": "order:2 line:1",
        "all": "order:*",
        "bare": "order",
        "none": "orders:1",
    }.items():
        front.origin.answers[f"/family/{name}"] = (200, FRESH | {"surrogate-key": tags})
    paths = list(front.origin.answers)[-5:]
    assert [front.ask(path).body for path in paths] == ["1", "1", "1", "1", "1"]
    front.purge(tags=["order:1"])
    assert [front.ask(path).body for path in paths] == ["2", "1", "2", "1", "1"]
    front.purge(tags=["order:*"])
    assert [front.ask(path).body for path in paths] == ["3", "2", "3", "2", "1"]


def test_the_outbox_reaches_it_as_one_of_our_edges(front: Server) -> None:
    address = f"{'varnish+' if front.name == 'varnish' else ''}http://127.0.0.1:{front.port}/.plimsoll/purge"
    front.origin.answers["/local"] = (200, FRESH | {"cache-tag": "local:1"})
    seen: list[str] = []

    async def story() -> None:
        local, stranger = Local([address], TOKEN), Local([address], "another-that-is-long-enough")
        many = (*(f"many:{number:0115}" for number in range(499)), "local:1")
        for batch in (
            Batch(Kind.TAG, ("none:1", "local:1")), Batch(Kind.TAG, ("local:*",), hard=True), Batch(Kind.TAG, many),
            Batch(Kind.URL, ("http://h.test/local",)), Batch(Kind.PREFIX, ("http://h.test/l",)), Batch(Kind.ALL, ("",)),
        ):  # fmt: skip
            assert await local.purge(batch) == Acknowledged()
            seen.append((await asyncio.to_thread(front.ask, "/local")).body)
        assert isinstance(await stranger.purge(batch), Later)
        await local.close()
        await stranger.close()

    front.ask("/local")
    asyncio.run(story())
    assert seen == ["2", "3", "4", "5", "6", "7"]


def test_a_purge_comes_to_an_address_and_a_page_to_a_host_that_is_named(tmp_path: Path) -> None:
    async def purged(port: int) -> object:
        local = Local([f"http://127.0.0.1:{port}/.plimsoll/purge"], TOKEN)
        try:
            return await local.purge(Batch(Kind.URL, ("http://h.test/named",)))
        finally:
            await local.close()

    with origin(Origin()) as one, running_nginx(one, tmp_path, names=("h.test",)) as front:
        one.answers["/named"] = (200, FRESH)
        assert bodies(front, "/named", {}, {}) == ["1", "1"]
        assert asyncio.run(purged(front.port)) == Acknowledged()
        assert front.ask("/named").body == "2"
        assert [front.ask(path, host="127.0.0.1").status for path in ("/named", "/.plimsoll/other")] == [421, 421]
        assert front.ask("/.plimsoll/purge", "POST", host="127.0.0.1", body=b"").status == 401


def test_who_may_purge(front: Server) -> None:
    front.origin.answers["/safe"] = (200, FRESH)
    front.ask("/safe")
    assert front.purge(token="another-that-is-long-enough", everything=True) == 401
    assert front.ask("/.plimsoll/purge").status in (403, 405)
    assert front.purge() == 400
    assert front.ask("/safe", "PURGE").status == 405
    assert front.ask("/safe").body == "1"


def test_what_was_asked_for_before_a_purge_is_not_kept_after_it(front: Server) -> None:
    origin = front.origin
    origin.answers["/race"] = (200, FRESH | {"cache-tag": "race:1"})
    origin.hold = held = threading.Event()
    origin.began.clear()
    with ThreadPoolExecutor(1) as threads:
        before = threads.submit(front.ask, "/race")
        assert origin.began.wait(PATIENCE_S)
        assert front.purge(tags=["race:1"]) == 200
        origin.hold = None
        held.set()
        assert before.result(PATIENCE_S).body == "1"
    assert bodies(front, "/race", {}, {}) == ["2", "2"]


def test_fifty_who_ask_at_once_are_one_request(front: Server) -> None:
    origin = front.origin
    origin.answers["/crowd"] = (200, FRESH)
    origin.hold = held = threading.Event()
    origin.began.clear()
    with ThreadPoolExecutor(50) as threads:
        asked = [threads.submit(front.ask, "/crowd") for _ in range(50)]
        assert origin.began.wait(PATIENCE_S)
        origin.hold = None
        held.set()
        assert {one.result(PATIENCE_S).body for one in asked} == {"1"}


def test_what_no_key_has_reaches_no_response(front: Server) -> None:
    front.origin.answers["/poison"] = (200, FRESH)
    mine = {"X-Forwarded-Host": "evil.test", "X-Original-URL": "/admin", "X-HTTP-Method-Override": "DELETE"}
    front.ask("/poison", "GET", mine | {"X-Forwarded-For": "6.6.6.6", "X-Forwarded-Proto": "evil"})
    _, _, seen = front.origin.asked[-1]
    assert not {name.lower() for name in mine} & set(seen)
    assert (seen["x-forwarded-for"], seen["x-forwarded-proto"]) == ("127.0.0.1", "http")


def test_a_host_is_the_same_however_it_is_spelled(front: Server) -> None:
    front.origin.answers["/host"] = (200, FRESH)
    spelled = ["h.test", "H.TEST", f"h.test:{front.port}", "h.test.", "other.test"]
    assert [front.ask("/host", host=host).body for host in spelled] == ["1", "1", "1", "1", "2"]
    assert {seen["host"] for _, path, seen in front.origin.asked if path == "/host"} == {
        f"h.test:{front.port}", f"other.test:{front.port}",
    }  # fmt: skip


def test_a_change_invalidates_its_address(front: Server) -> None:
    front.origin.answers["/doc"] = (200, FRESH)
    assert front.ask("/doc").body == "1"
    assert front.ask("/doc", "POST", body=b"x").body == "2"
    assert front.ask("/doc").body == "3"
    front.origin.answers["/doc"] = (403, FRESH)
    front.ask("/doc", "DELETE")
    assert front.ask("/doc").body == "3"  # nothing was changed


def test_a_get_with_a_body_is_told_and_not_kept(front: Server) -> None:
    front.origin.answers["/fat"] = (200, FRESH)
    assert front.ask("/fat", body=b"evil").body == "1"
    assert bodies(front, "/fat", {}, {}) == ["2", "2"]


def test_variants_are_apart_and_purged_together(front: Server) -> None:
    front.origin.answers["/vary"] = (200, FRESH | {"vary": "accept-language", "cache-tag": "vary:1"})
    german, french = {"Accept-Language": "de"}, {"Accept-Language": "fr"}
    assert bodies(front, "/vary", german, french, german, french) == ["1", "2", "1", "2"]
    assert front.purge(tags=["vary:1"]) == 200
    assert bodies(front, "/vary", german, french, german) == ["3", "4", "3"]
    front.origin.answers["/vary/twice"] = (200, FRESH | {"vary": "accept-language", "Vary": "accept-encoding"})
    assert bodies(front, "/vary/twice", german, french) == ["1", "2"]


def test_a_tag_that_cannot_be_purged_by_name_never_outlives_a_purge(front: Server) -> None:
    front.origin.answers["/capital"] = (200, FRESH | {"cache-tag": "Project:1"})
    front.ask("/capital")
    assert front.purge(tags=["something:else"]) == 200
    assert front.ask("/capital").body == "2"
