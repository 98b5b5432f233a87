"""A tuning as a page of its own."""

import re
from html.parser import HTMLParser

import pytest

from plimsoll.report.tuning.html import tuning_page
from plimsoll.report.tuning.html_statements import axis_of
from tests.report.tuning import made


class Page(HTMLParser):
    """Which elements, ids and links there are, and the text outside of styles."""

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
        self._skip = tag == "style"
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


@pytest.mark.parametrize("name", made.NAMES)
def test_every_tuning_is_a_page_without_scripts_in_which_no_text_is_markup(name: str) -> None:
    html = tuning_page(made.MAKERS[name]())
    page = Page(html)
    assert not {"img", "script"} & set(page.tags)
    assert {link.removeprefix("#") for link in page.links} <= set(page.ids)
    assert len(html) < 6_000_000


def test_the_verdict_comes_first_then_changes_statements_what_is_not_advised_and_how_to_apply() -> None:
    html = tuning_page(made.proved())
    assert "<h1>3 changes save 89 % (84 % to 95 %)" in html
    assert re.findall(r"<h2>([^<]+)</h2>", html) == [
        "What to change", "Every statement, before and after all changes", "Looked at and not advised",
        "What to do next", "What this rests on",
    ]  # fmt: skip


def test_a_change_has_its_gain_cost_statements_sql_and_undo() -> None:
    text = Page(tuning_page(made.proved())).text
    text = text[text.index("1. Create") :]
    told = (
        '1. Create index on orders ("customer_id", "created_at" DESC)', "saves 71 % (67 % to 75 %)",
        "proved: measured on a copy of the database; confidence high", "12.0 MiB, built in 3.2 s",
        "HOT updates of orders: 92 % before, 31 % after", "38.4 ms → 291 µs a call, 132 times faster; 4,931 calls",
        "Seq Scan on orders → Index Scan using", "CREATE INDEX CONCURRENTLY", "To undo it",
    )  # fmt: skip
    at = [text.find(said) for said in told]
    assert -1 not in at
    assert at == sorted(at)


def test_what_is_seen_first_of_a_change_is_what_it_is_how_sure_and_what_it_gives() -> None:
    html = tuning_page(made.proved())
    head = re.findall(r"<th[^>]*>([^<]*)</th>", html.partition("</thead>")[0])
    assert head == ["#", "Change", "Gives", "Size", "Writes"]
    row = Page(html.partition("<tbody>")[2].partition("</tr>")[0]).text
    assert row.startswith(
        '1 Create index on orders ("customer_id", "created_at" DESC) proved · confidence high saves 71 %'
    )


def test_sql_to_copy_is_whole_and_keeps_its_lines() -> None:
    html = tuning_page(made.proved())
    assert "SELECT *\n  FROM orders\n WHERE id &gt; $1 -- the last id of the page before" in html
    assert html.count("x" * 280) == 0
    assert "x" * 280 in tuning_page(made.large())


def test_what_was_measured_and_rejected_shows_the_figures_that_decided() -> None:
    assert "600 µs → 910 µs a call, 1.5 times slower; 1,900 calls; no longer HOT" in tuning_page(made.proved())


def test_points_lie_on_their_logarithmic_axis_in_order() -> None:
    axis = axis_of([made.ON_LIST, made.ON_PRODUCT])
    assert (axis.low, axis.high) == (-2, 2)
    assert axis.percent(1.0) == pytest.approx(50)
    assert axis.percent(0.0) == 0
    assert axis.percent(1e9) == 100
    assert axis.ticks == pytest.approx([0.01, 0.1, 1, 10, 100])
