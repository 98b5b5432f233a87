"""What became of requests is read off what was told, and is bounded."""

import json
from itertools import product

import pytest

from plimsoll.core.edge_report import COUNTRIES_MAX, OTHERS, EdgeReport, read_edge_report
from plimsoll.core.time_bounds import ANSWER_MS
from plimsoll.edge.figures.naming import class_of, named
from plimsoll.edge.figures.openmetrics import exposition
from plimsoll.edge.figures.traffic import Traffic
from plimsoll.edge.rules.policy import DEFAULT
from plimsoll.edge.rules.status import forwarded, hit
from plimsoll.edge.serving.control import Control
from plimsoll.edge.serving.edge import Edge
from plimsoll.edge.serving.front import Trust
from plimsoll.edge.serving.measuring import Measured
from plimsoll.edge.serving.reporting import report_of
from plimsoll.monitor.application.exposition import parse_exposition
from tests.edge.serving.town import FRESH, Scripted, ask, ok, run, serving

TOKEN = "0123456789abcdef"
BEARER = f"Authorization: Bearer {TOKEN}"
NAME = DEFAULT.name


@pytest.mark.parametrize(
    ("field", "outcome", "because"),
    [
        (hit(NAME, 3), "hit", ""),
        (hit(NAME, -3), "stale", ""),
        (forwarded(NAME, "stale", status=304, stored=True), "renewed", "stale"),
        (forwarded(NAME, "stale", failed=True), "instead", "stale"),
        (forwarded(NAME, "stale", status=503, failed=True), "instead", "stale"),
        (forwarded(NAME, "uri-miss", stored=True, collapsed=True), "collapsed", ""),
        (forwarded(NAME, "vary-miss", stored=True), "forwarded", "vary-miss"),
        (forwarded(NAME, "method"), "write", "method"),
        ((b"cache-status", b"Upstream; hit, " + forwarded(NAME, "uri-miss")[1]), "forwarded", "uri-miss"),
    ],
)
def test_cache_status_tells_what_answered(field: tuple[bytes, bytes], outcome: str, because: str) -> None:
    assert named(200, [field]) == (outcome, because)


def test_what_has_no_cache_status_is_a_file_or_a_problem() -> None:
    ours = [(b"cache-status", b"Plimsoll; fwd=uri-miss; detail=no-answer")]
    assert named(502, ours) == named(504, [(b"cache-status", b"Plimsoll; detail=not-stored")]) == ("failed", "")
    assert [named(status, [])[0] for status in (200, 304, 404, 503)] == ["file", "file", "refused", "failed"]


@pytest.mark.parametrize(
    ("lines", "path", "kind"),
    [
        ([(b"content-type", b"text/html; charset=utf-8")], b"/", "pages"),
        ([(b"content-type", b"IMAGE/PNG")], b"/", "images"),
        ([(b"content-type", b"text/css"), (b"cache-control", b"max-age=9, immutable")], b"/", "immutable"),
        ([(b"content-type", b"text/javascript")], b"/", "assets"),
        ([(b"content-type", b"application/x-xliff+xml")], b"/", "documents"),
        ([(b"content-type", b"application/problem+json")], b"/", "data"),
        ([(b"content-type", b"video/mp4")], b"/a.png", "other"),
        ([], b"/a/b.png", "images"),
        ([], b"/a", "other"),
    ],
)
def test_a_class_is_how_it_is_kept_then_its_type_then_its_name(
    lines: list[tuple[bytes, bytes]], path: bytes, kind: str
) -> None:
    assert class_of(lines, path) == kind


def test_countries_are_two_letters_and_no_more_than_there_are() -> None:
    traffic = Traffic()
    for one in (b"de", b"DE\n", b"", b"\xff\xff", b"DEU"):
        traffic.came_from(one)
    letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    for first, second in product(letters, letters):
        traffic.came_from(bytes([first, second]))
    assert len(traffic.countries) <= COUNTRIES_MAX + 1
    assert traffic.countries["DE"] == 1
    assert sum(traffic.countries.values()) == 5 + 26**2
    assert traffic.countries[OTHERS] == sum(traffic.countries.values()) - (len(traffic.countries) - 1)


def test_a_client_that_wants_only_what_is_stored_makes_no_error() -> None:
    traffic = Traffic()
    traffic.told(504, [], b"/", 0.0, wished=True)
    traffic.told(504, [], b"/", 0.0)
    assert (traffic.errors, traffic.by["other", "refused"], traffic.by["other", "failed"]) == (1, 1, 1)


def test_an_edge_tells_what_it_did_to_who_has_the_token_and_counts_no_question_about_it() -> None:
    async def story() -> None:
        shop = Scripted(
            ok(FRESH, "Content-Type: text/html"), ok("Cache-Control: no-store"),
            (500, ["Cache-Control: no-store"], [b"sorry"]),
        )  # fmt: skip
        edge, traffic, times = Edge(shop), Traffic(), iter([0.0, 0.003, 0.0, 0.0, 0.0, 6.0, 0.0, 0.0])
        measured = Measured(edge, traffic, Trust(["127.0.0.0/8"]), lambda: next(times))
        async with serving(Control(edge, measured, TOKEN, traffic)) as at:
            first = await ask(at, "/a", "CF-IPCountry: DE")
            await ask(at, "/a")
            await ask(at, "/b")
            await ask(at, "/c")
            assert (await ask(at, "/.plimsoll/metrics")).status == 401
            told = json.loads((await ask(at, "/.plimsoll/figures", BEARER)).body)["report"]
            text = await ask(at, "/.plimsoll/metrics", BEARER)
        report = read_edge_report(told)
        assert report == report_of(edge, traffic)
        assert report is not None
        assert {kind: dict(one) for kind, one in report.told.items() if one} == {
            "pages": {"hit": 1, "forwarded": 1}, "other": {"forwarded": 2},
        }  # fmt: skip
        assert (report.errors, report.countries, report.because) == (1, {"DE": 1}, {"uri-miss": 3})
        assert (report.saved_bytes, report.passed) == (len(first.body), {"no-store": 1, "error": 1})
        assert report.latency_ms[ANSWER_MS.index(5.0)] == report.latency_ms[ANSWER_MS.index(10_000.0)] == 1
        assert text["content-type"].startswith("application/openmetrics-text")
        found = parse_exposition(text.body.decode())
        by_name = {(one.name, dict(one.labels).get("outcome")): one.value for one in found.samples}
        assert by_name["plimsoll_edge_requests_total", "hit"] == 1
        assert not found.unreadable

    run(story)


def test_nobody_makes_up_countries_for_a_peer_that_is_not_trusted() -> None:
    async def story() -> None:
        traffic = Traffic()
        async with serving(Measured(Edge(Scripted(ok(FRESH))), traffic, Trust(["10.0.0.0/8"]))) as at:
            await ask(at, "/", "CF-IPCountry: DE")
        assert not traffic.countries

    run(story)


def test_an_application_that_raises_is_an_error_before_its_head_and_after_it() -> None:
    async def breaks(scope: object, receive: object, send: object) -> None:
        raise ZeroDivisionError

    async def breaks_off(scope: object, receive: object, send: object) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})  # type: ignore[operator]  # a Send
        raise ZeroDivisionError

    async def story() -> None:
        traffic = Traffic()
        for one in (breaks, breaks_off):
            with pytest.raises(ZeroDivisionError):
                await Measured(one, traffic)({"headers": [], "raw_path": b"/"}, _nothing, _taken)
        assert (traffic.errors, traffic.cut, traffic.by["other", "failed"]) == (2, 1, 1)

    run(story)


async def _nothing() -> dict[str, object]:
    return {}


async def _taken(message: object) -> None:
    return None


@pytest.mark.parametrize("odd", [None, [], {}, {"told": 1}, {"told": {"pages": {"hit": -1}}, "errors": "x"}])
def test_what_is_no_report_is_none_and_what_is_odd_is_left_out(odd: object) -> None:
    found = read_edge_report(odd)
    assert found is None or (found.told["pages"]["hit"], found.errors) == (0, 0)


def test_an_empty_report_is_text_too() -> None:
    assert not parse_exposition(exposition(EdgeReport())).unreadable
