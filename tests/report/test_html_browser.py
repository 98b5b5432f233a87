"""The report in a real browser: drawn, readable in both themes and at every width, alone, and safe."""

import html
import json
import re
from pathlib import Path
from typing import Any

import pytest

from plimsoll.report.html import render_report
from tests.report import builders, made_analysis
from tests.report.browser import find_chromium, visit

pytestmark = pytest.mark.browser
WIDTHS = (1440, 800, 390)

# Shows the report at each width and notes what can only be known once it is laid out. Frames of the same files can be
# looked into; the report's own policy does not concern this page.
MEASURING = """<!DOCTYPE html><body>{frames}<pre id="found"></pre><script>
function clear(colour) {{ return /rgba\\(.*, 0\\)|transparent/.test(colour); }}
function behind(element, view) {{
  for (let at = element; at; at = at.parentElement) {{
    const colour = view.getComputedStyle(at).backgroundColor;
    if (!clear(colour)) return colour;
  }}
  return view.getComputedStyle(element.ownerDocument.body).backgroundColor;
}}
function look(frame) {{
  const page = frame.contentDocument, view = frame.contentWindow, colours = new Set();
  for (const element of page.body.querySelectorAll("*")) {{
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || /SCRIPT|STYLE/.test(element.tagName.toUpperCase())) continue;
    const style = view.getComputedStyle(element), svg = element.namespaceURI.endsWith("svg");
    colours.add((svg ? style.fill : style.color) + " on " + behind(element, view));
  }}
  return {{
    width: frame.clientWidth, scrolls: page.documentElement.scrollWidth, colours: [...colours],
    plots: page.querySelectorAll(".plot .main-svg").length, lines: page.querySelectorAll(".plot .js-line").length,
    ticks: [...page.querySelectorAll(".xtick text")].map((tick) => tick.textContent),
    undrawn: [...page.querySelectorAll(".plot")].filter((plot) => !plot.querySelector(".main-svg")).length,
  }};
}}
function drawn(page) {{
  return page.readyState === "complete" && page.querySelector(".plot") && page.querySelectorAll(".js-line").length > 0
    && [...page.querySelectorAll(".plot")].every((plot) => plot.querySelector(".main-svg"));
}}
let waited = 0;
const timer = setInterval(() => {{
  const frames = [...document.querySelectorAll("iframe")];
  waited += frames.every((frame) => drawn(frame.contentDocument)) ? 10 : 1;
  if (waited < 60) return;
  clearInterval(timer);
  found.textContent = JSON.stringify(frames.map(look));
}}, 100);
</script>"""  # looks half a second after all is drawn, and in any case after six seconds of the page's own time


@pytest.fixture(scope="module")
def chromium() -> str:
    path = find_chromium()
    if path is None:
        pytest.skip("no Chromium on PATH (chromium, chromium-browser, google-chrome)")
    return path


def laid_out(chromium: str, directory: Path, report: str, *, dark: bool = False) -> list[dict[str, Any]]:
    (directory / "report.html").write_text(report, encoding="utf-8")
    frames = "".join(f'<iframe src="report.html" style="width:{width}px;height:900px"></iframe>' for width in WIDTHS)
    page = directory / "measuring.html"
    page.write_text(MEASURING.format(frames=frames), encoding="utf-8")
    document = visit(chromium, page, directory, dark=dark).document
    found = re.search(r'<pre id="found">(.+?)</pre>', document, re.DOTALL)
    assert found is not None, "the measuring page was not ready"
    looked: list[dict[str, Any]] = json.loads(html.unescape(found[1]))
    return looked


def contrast(pair: str) -> float:
    """WCAG 2.1's contrast of "rgb(…) on rgb(…)"."""
    lighter, darker = sorted((luminance(colour) for colour in pair.split(" on ")), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    channels = [int(number) / 255 for number in re.findall(r"\d+", colour)[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_report_is_drawn_and_readable_at_every_width(chromium: str, tmp_path: Path, dark: bool) -> None:
    report = render_report(*builders.failing(), analysis=made_analysis.bottleneck())
    looked = laid_out(chromium, tmp_path, report, dark=dark)
    assert [page["scrolls"] for page in looked] == [page["width"] for page in looked]
    assert all(page["undrawn"] == 0 and page["plots"] >= 2 and page["lines"] >= 14 for page in looked)
    assert all("01:00" in page["ticks"] and "99.9 %" in page["ticks"] for page in looked)
    faint = {pair: contrast(pair) for page in looked for pair in page["colours"] if contrast(pair) < 4.5}
    assert faint == {}


def test_hostile_names_are_only_text(chromium: str, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    report = render_report(*builders.hostile(), analysis=made_analysis.hostile())
    page.write_text(report, encoding="utf-8")
    visited = visit(chromium, page, tmp_path)
    assert "<title>owned" not in visited.document
    assert "<img" not in visited.document
    assert visited.document.count('class="main-svg"') >= 2
    assert visited.requests == []


def test_even_markup_that_slipped_in_would_neither_run_nor_fetch(chromium: str, tmp_path: Path) -> None:
    slipped = (
        '<img src="http://127.0.0.1:9/x.png" onerror="document.title=\'owned\'"><script>document.title="owned"</script>'
    )
    page = tmp_path / "report.html"
    report = render_report(*builders.healthy())
    page.write_text(report.replace("<main>", f"<main>{slipped}"), encoding="utf-8")
    visited = visit(chromium, page, tmp_path)
    assert slipped.partition("<script>")[2][:20] in visited.document
    assert "<title>owned" not in visited.document
    assert visited.requests == []


def test_the_watch_on_requests_sees_one(chromium: str, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text('<img src="http://127.0.0.1:9/x.png">', encoding="utf-8")
    assert visit(chromium, page, tmp_path).requests == ["http://127.0.0.1:9/x.png"]


def test_an_empty_run_has_a_page_too(chromium: str, tmp_path: Path) -> None:
    looked = laid_out(chromium, tmp_path, render_report(*builders.empty()))
    assert [page["scrolls"] for page in looked] == [page["width"] for page in looked]
    assert all(page["undrawn"] == 0 for page in looked)
