"""An analysis in the report, and as a page of its own."""

import re
from html.parser import HTMLParser

import pytest

from plimsoll.core.analysis import Analysis
from plimsoll.report.analysis.html import accounting_html
from plimsoll.report.analysis.page import render_analysis
from plimsoll.report.analysis.sparkline import sparkline
from plimsoll.report.html import render_report
from tests.report import builders, made_analysis


class Page(HTMLParser):
    """Which elements and ids there are, where links lead, and the text outside of styles and scripts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.words: list[str] = []
        self._skip = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        self._skip = tag in ("style", "script")
        self.tags.append(tag)
        self.ids += [str(known["id"])] if known.get("id") else []
        self.links += [str(known["href"])] if known.get("href") else []

    def handle_endtag(self, tag: str) -> None:
        self._skip = False

    def handle_data(self, data: str) -> None:
        self.words += [] if self._skip else data.split()

    @property
    def text(self) -> str:
        return " ".join(self.words)


def report(analysis: Analysis) -> str:
    summary, intervals, facts = builders.failing()
    return render_report(summary, intervals, facts, None, analysis)


@pytest.fixture(scope="module")
def whole() -> str:
    return report(made_analysis.bottleneck())


def test_the_report_says_what_limits_and_what_to_do_before_it_shows_how_it_went(whole: str) -> None:
    titles = re.findall(r"<h2>([^<]+)</h2>", whole)
    assert titles[:7] == [
        "Goals", "Analysis", "Where the time went", "Findings", "What to do", "What this rests on",
        "What else was noticed",
    ]  # fmt: skip
    assert titles[7] == "Over time"


def test_a_finding_says_everything_in_its_order(whole: str) -> None:
    text = Page(whole).text
    told = (
        "1. High 63.8 % of the time", "impact 7 of 10 · database · likely", "No index leads with customer_id.",
        "Explains 63.8 % (61 % to 67 %) of the time of all requests", "rows read for each row returned 26,500",
        "blocks read a second: between 200/s and 1,678/s, highest at 1 min 50 s, limit 1,200/s",
        "transfer: list orders", "4,931 calls", "What to do: Create an index",
        "What would confirm it: create the index",
    )  # fmt: skip
    at = [text.find(said) for said in told]
    assert -1 not in at
    assert at == sorted(at)


def test_what_to_copy_is_there_in_full_with_its_lines(whole: str) -> None:
    assert (
        "CREATE INDEX CONCURRENTLY orders_customer_id_created_at ON public.orders (customer_id, created_at);" in whole
    )
    assert "async with user.transaction():\n    await user.execute(UPDATE, amount)" in whole


def test_links_within_the_page_lead_somewhere(whole: str) -> None:
    page = Page(whole)
    inside = {link for link in page.links if link.startswith("#")}
    assert "#advice-1" in inside
    assert {link.removeprefix("#") for link in inside} <= set(page.ids)


def test_the_analyzed_part_is_marked_on_the_time_axis(whole: str) -> None:
    text = Page(whole).text
    assert "1:10 the analyzed part begins" in text
    assert "the analyzed part ends" not in text  # it is the end of the load


@pytest.mark.parametrize("name", made_analysis.NAMES)
def test_every_analysis_is_a_page_of_its_own_in_which_no_text_is_markup(name: str) -> None:
    made = render_analysis(made_analysis.made(name))
    assert "img" not in Page(made).tags
    assert len(made) < 6_000_000


def test_the_bar_has_the_same_in_words_beside_it() -> None:
    accounting = made_analysis.bottleneck().accounting
    html = accounting_html(accounting)
    widths = [float(width) for width in re.findall(r"width:([\d.]+)%", html)]
    assert sum(widths) == pytest.approx(100, abs=0.5)
    assert "database: locks" in Page(html).text
    assert "8 % to 17 %" in Page(html).text


def test_a_small_chart_stays_within_its_frame_and_is_told_in_words() -> None:
    html = sparkline(made_analysis.chart(limit=5_000.0))
    points = re.search(r'points="([^"]+)"', html)
    assert points is not None
    heights = [float(pair.split(",")[1]) for pair in points[1].split()]
    assert min(heights) >= 0
    assert max(heights) <= 64
    assert 'role="img"' in html
    assert "limit 5,000/s" in html
