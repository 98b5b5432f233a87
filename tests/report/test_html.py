"""report.html as text: what it holds, in what order, how large, and that nothing in it is more than text."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from plimsoll.core.summary import HttpSummary, ShortSpread, Spread
from plimsoll.report.html import render_report
from plimsoll.report.markup import Html, element, joined
from plimsoll.report.sections import ROWS_MAX
from plimsoll.report.words import plain, verdict
from tests.report import builders

BYTES_MAX = 6_000_000
RUNS = ("healthy", "failing", "invalid", "empty", "hostile")


class Reading(HTMLParser):
    """Elements with their attributes, and the text outside of scripts and styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.headings: list[str] = []
        self._open = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._open = tag

    def handle_data(self, data: str) -> None:
        if self._open not in ("script", "style"):
            self.texts.append(data)
        if self._open in ("h1", "h2"):
            self.headings.append(data)
            self._open = ""

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return {name: render_report(*getattr(builders, name)()) for name in RUNS}


@pytest.mark.parametrize("name", RUNS)
def test_every_run_has_a_report_of_one_bounded_file_without_addresses(pages: dict[str, str], name: str) -> None:
    page = pages[name]
    assert len(page.encode()) < BYTES_MAX
    for tag, attributes in Reading(page).elements:
        assert not {"src", "href", "srcset", "action", "onclick", "onerror", "onload"} & set(attributes), tag
        assert tag not in ("link", "img", "iframe", "object", "embed", "base")


@pytest.mark.parametrize("name", RUNS)
def test_the_verdict_comes_first_then_goals_then_limits(pages: dict[str, str], name: str) -> None:
    headings = Reading(pages[name]).headings
    assert headings[0] == plain(verdict(getattr(builders, name)()[0]).sentence, 1000)
    assert headings[1:4] == ["Goals", "What limits", "Over time"]
    assert headings[-1] == "The run and its surroundings"


def test_everything_known_of_the_run_is_in_it(pages: dict[str, str]) -> None:
    _, _, facts = builders.failing()
    text = Reading(pages["failing"]).text
    for part in (
        facts.target, "18.1", "0.1.0", "shared buffers", "300 journeys/s for 55 s, ramped over 10 s",
        "look up account", "begin transfer", "40001", "timeout", "per-user", "2026-02-14 10:15:00 +0100",
    ):  # fmt: skip
        assert part in text


def test_http_steps_tell_first_byte_connections_and_bytes_and_others_have_no_such_table(pages: dict[str, str]) -> None:
    summary, found, facts = builders.healthy()
    http = HttpSummary(
        Spread(2.0, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5),
        7,
        ShortSpread(0.31, 0.52, 0.6),
        ShortSpread(4.1, 5.2, 6.0),
        800,
        2_000,
    )
    steps = [replace(step, kind="http", http=http, count=10) for step in summary.steps[:1]]
    page = render_report(replace(summary, steps=steps), found, facts)
    table = page.partition("<h2>HTTP</h2>")[2].partition("</section>")[0]
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", table)
    assert cells == ["1.50 ms", "3.50 ms", "4.50 ms", "7", "310 µs", "520 µs", "4.10 ms", "5.20 ms", "80", "200"]
    assert "<h2>HTTP</h2>" not in pages["healthy"]


def test_what_is_left_out_of_a_table_is_counted(pages: dict[str, str]) -> None:
    steps = builders.hostile()[0].steps
    assert f"{len(steps) - ROWS_MAX} more steps are in summary.json." in Reading(pages["hostile"]).text


def test_an_empty_run_says_what_is_missing_and_what_to_do_and_draws_nothing(pages: dict[str, str]) -> None:
    reading = Reading(pages["empty"])
    assert "Nothing was measured" in reading.text
    assert "plimsoll doctor" in reading.text
    assert "script" not in [tag for tag, _ in reading.elements]
    assert len(pages["empty"]) < 50_000


def test_only_the_scripts_that_are_ours_may_run(pages: dict[str, str]) -> None:
    for name in ("healthy", "hostile"):
        reading = Reading(pages[name])
        policy = next(a["content"] for _, a in reading.elements if a.get("http-equiv") == "Content-Security-Policy")
        assert policy is not None
        assert policy.startswith("default-src 'none'; script-src 'sha256-")
        assert "unsafe-eval" not in policy
        code = [a for tag, a in reading.elements if tag == "script" and a.get("type") != "application/json"]
        assert len(code) == policy.count("sha256-") == 2


def test_figures_cannot_end_their_element(pages: dict[str, str]) -> None:
    for figure in re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', pages["hostile"], re.DOTALL):
        assert not set("<>&") & set(figure)


def test_every_chart_is_told_in_words(pages: dict[str, str]) -> None:
    plots = [a for _, a in Reading(pages["failing"]).elements if a.get("role") == "img"]
    assert len(plots) == 2
    assert all(len(plot["aria-label"] or "") > 50 for plot in plots)


def test_a_day_with_everything_at_its_bound_is_still_one_small_file() -> None:
    few = list(builders.intervals(30, rate=4, slow_from=10, errors_from=10))
    day = (
        replace(few[second % 30], start_s=float(second), warmup=False)
        for second in range(0, 86_400, 40)
    )  # fmt: skip
    summary, _, facts = builders.hostile()
    assert len(render_report(summary, day, facts).encode()) < BYTES_MAX


@pytest.mark.parametrize(
    ("made", "written"),
    [
        (element("p", "a < b & c"), "<p>a &lt; b &amp; c</p>"),
        (element("p", element("b", "x"), " y"), "<p><b>x</b> y</p>"),
        (element("a", "x", title='"><script>', class_=None), '<a title="&quot;&gt;&lt;script&gt;">x</a>'),
        (element("td", "x", data_figure="f", class_="n"), '<td data-figure="f" class="n">x</td>'),
        (joined(Html("<i>"), "<i>"), "<i>&lt;i&gt;"),
        (element("p", "a\x00b\u202ec"), "<p>a\ufffdb\ufffdc</p>"),
    ],
)
def test_text_is_escaped_unless_it_was_made_as_markup(made: Any, written: str) -> None:
    assert made == written
