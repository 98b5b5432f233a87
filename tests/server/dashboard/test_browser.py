"""The dashboard in Chromium, over made-up observations. Nothing here waits for a time, only for what is to be seen."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from plimsoll.workflows.tuning.keeping import keep
from tests.report.browser import find_chromium
from tests.report.tuning import made
from tests.server.analyses.made_runs import ANALYZED, PLAIN, made_runs
from tests.server.dashboard.pretending import ADMIN, READ

pytestmark = pytest.mark.browser
WAIT_MS = 15_000
expect.set_options(timeout=WAIT_MS)

CONTRAST = (Path(__file__).parent / "contrast.js").read_text(encoding="utf-8")


@dataclass
class Seen:
    """A page, with what went wrong in it and what it asked of others."""

    page: Page
    url: str
    wrong: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def open(self, query: str = "") -> None:
        self.page.goto(f"{self.url}/{query}")
        expect(self.page.locator(".slot:not(:empty)").first).to_be_visible()


@contextmanager
def serving(kind: str, runs: Path = Path("no-runs")) -> Iterator[str]:
    """A dashboard in a process of its own: its framework holds one for each process."""
    command = [sys.executable, "-m", "tests.server.dashboard.pretending", "0", kind, str(runs)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    path = find_chromium()
    if path is None:
        pytest.skip("there is no Chromium here")
    options = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium refuses root otherwise
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=options)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    root = tmp_path_factory.mktemp("kept")
    with made_runs(root / "runs"):
        keep(made.proved(), root / "tunings")
        yield root / "runs"


@pytest.fixture(scope="module")
def dashboard(runs: Path) -> Iterator[str]:
    with serving("quiet", runs) as url:
        yield url


@contextmanager
def visiting(browser: Browser, url: str, *, width: int = 1440) -> Iterator[Seen]:
    context = browser.new_context(viewport={"width": width, "height": 900})
    context.set_default_timeout(WAIT_MS)
    page = context.new_page()
    seen = Seen(page, url)
    page.on("console", lambda said: seen.wrong.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: seen.wrong.append(str(error)))
    page.on("request", lambda asked: seen.foreign.append(asked.url) if _is_foreign(asked.url, url) else None)
    yield seen
    context.close()


def _is_foreign(asked: str, url: str) -> bool:
    return not asked.startswith((url, url.replace("http", "ws"), "data:", "blob:"))


def test_it_opens_shows_values_and_charts_and_asks_nobody_else(chromium: Browser, dashboard: str) -> None:
    with visiting(chromium, dashboard) as seen:
        seen.open()
        expect(seen.page.get_by_role("heading", level=1)).to_contain_text(re.compile("lock"))
        expect(seen.page.locator(".figures")).to_contain_text("limit 80 %")
        expect(seen.page.locator(".chart svg path").first).to_be_attached()
        described = seen.page.locator(".chart[aria-label]").first
        expect(described).to_have_attribute("aria-label", re.compile("CPU busy. all cores: now .* highest"))
        expect(seen.page).to_have_title(re.compile("Warning"))
        assert (seen.wrong, seen.foreign) == ([], [])


def test_the_address_keeps_what_is_seen_over_reload_and_back(chromium: Browser, dashboard: str) -> None:
    with visiting(chromium, dashboard) as seen:
        seen.open()
        page, drawn = seen.page, seen.page.locator(".chart svg").last
        expect(drawn).to_be_attached()  # the framework complains of charts that go before they were drawn
        page.get_by_role("link", name="Database").click()
        expect(page.get_by_role("heading", name="Who blocks whom")).to_be_visible()
        page.get_by_role("link", name="1 h", exact=True).click()
        expect(page.get_by_role("link", name="1 h", exact=True)).to_have_attribute("aria-current", "page")
        page.get_by_role("link", name="Calls", exact=True).click()
        expect(page).to_have_url(re.compile(r"tab=database&window=1h&sort=statements.calls"))
        expect(page.get_by_role("columnheader", name="Calls ↓")).to_have_attribute("aria-sort", "descending")
        expect(drawn).to_be_attached()
        page.reload()
        expect(page.get_by_role("link", name="1 h", exact=True)).to_have_attribute("aria-current", "page")
        expect(drawn).to_be_attached()
        page.get_by_role("link", name="UPDATE accounts").first.click()
        expect(page.locator("pre.sql")).to_contain_text("RETURNING balance")
        expect(page.get_by_text("This statement: time a call")).to_be_attached()
        expect(drawn).to_be_attached()
        page.go_back()
        expect(page.locator("pre.sql")).to_have_count(0)
        expect(page.get_by_role("columnheader", name="Calls ↓")).to_be_visible()
        assert (seen.wrong, seen.foreign) == ([], [])


def test_the_keyboard_reaches_the_tabs_and_keeps_its_place(chromium: Browser, dashboard: str) -> None:
    with visiting(chromium, dashboard) as seen:
        seen.open()
        page = seen.page
        page.wait_for_function("window.did_handshake")  # before that a tab is a plain link to another page
        page.keyboard.press("Tab")
        expect(page.locator(".skip")).to_be_focused()
        for _ in range(5):  # three themes, Overview, System
            page.keyboard.press("Tab")
        expect(page.locator("#tab-system")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="File systems")).to_be_visible()
        expect(page.locator("#tab-system")).to_be_focused()
        outline = page.locator("#tab-system").evaluate("one => getComputedStyle(one).outlineStyle")
        assert outline == "solid"


def test_on_a_phone_nothing_is_cut_off_and_every_text_can_be_read_light_or_dark(
    chromium: Browser, dashboard: str
) -> None:
    with visiting(chromium, dashboard, width=390) as seen:
        analyses = [f"analysis&run={ANALYZED}&part={name}" for name in ("bottlenecks", "metrics")]
        for tab in (
            "overview",
            "system",
            "database",
            "cache",
            "scaling",
            "load",
            *analyses,
            "tuning",
            "alerts",
            "more",
        ):
            seen.open(f"?tab={tab}")
            if tab in ("overview", "system", "database", "cache", "scaling"):
                expect(seen.page.locator(".chart svg text").first).to_be_attached()
            assert seen.page.evaluate("document.documentElement.scrollWidth") == 390, tab
            for scheme in ("light", "dark"):
                seen.page.get_by_role("button", name=f"Theme: {scheme.capitalize()}").click()
                ratio, text = seen.page.evaluate(CONTRAST)
                assert ratio >= 4.5, (tab, scheme, text)
        seen.page.reload()
        expect(seen.page.get_by_role("button", name="Theme: Dark")).to_have_attribute("aria-pressed", "true")
        assert seen.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 22, 27)"


def test_of_what_is_served_the_worst_comes_first_and_a_decision_opens_with_what_it_went_by(
    chromium: Browser, dashboard: str
) -> None:
    with visiting(chromium, dashboard) as seen:
        seen.open("?tab=scaling")
        page, drawn = seen.page, seen.page.locator(".chart svg").last
        expect(page.get_by_role("heading", level=1)).to_contain_text("The workers of blog die at their start")
        expect(drawn).to_be_attached()
        page.get_by_role("link", name="shop At its most").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Of the workers of shop")
        expect(drawn).to_be_attached()
        page.get_by_role("link", name="4 are asked for, and the maximum is 3").click()
        expect(page.locator(".opened")).to_contain_text("The maximum at 4 instead of 3: 4 workers")
        expect(page).to_have_url(re.compile("served=shop&decision="))
        page.go_back()
        expect(page.locator(".opened")).to_have_count(0)
        expect(page.get_by_role("heading", level=1)).to_contain_text("Of the workers of shop")
        assert (seen.wrong, seen.foreign) == ([], [])


def test_a_server_that_is_gone_is_said_with_the_time_of_the_last_data(chromium: Browser, dashboard: str) -> None:
    with visiting(chromium, dashboard) as seen:
        seen.open()
        expect(seen.page.locator(".age")).to_be_visible()
        seen.page.wait_for_function("window.did_handshake")  # what was never there is not lost: nothing would be said
        seen.page.context.set_offline(True)
        seen.page.evaluate("window.socket.io.engine.close()")
        expect(seen.page.locator("#popup")).to_contain_text("The connection to plimsoll watch is lost")
        expect(seen.page.locator("#popup")).to_be_visible()
        expect(seen.page.get_by_text("Last data")).to_be_visible()
        expect(seen.page.locator(".age")).to_be_hidden()
        banner, last = seen.page.locator("#popup").bounding_box(), seen.page.get_by_text("Last data").bounding_box()
        assert banner is not None
        assert last is not None
        assert banner["y"] + banner["height"] <= last["y"]


def test_a_page_that_never_gets_a_connection_says_so(chromium: Browser, dashboard: str) -> None:
    with visiting(chromium, dashboard) as seen:
        seen.page.clock.install()
        seen.page.route_web_socket(re.compile("."), lambda _: None)  # it opens, and nobody answers
        seen.open()
        expect(seen.page.locator("#popup")).to_be_hidden()
        seen.page.clock.run_for(10_000)
        expect(seen.page.locator("#popup")).to_be_visible()


def test_an_analysis_is_read_part_by_part_and_its_place_is_in_the_address(chromium: Browser, dashboard: str) -> None:
    with visiting(chromium, dashboard) as seen:
        seen.open(f"?tab=analysis&run={ANALYZED}")
        page = seen.page
        expect(page.get_by_text("Bottleneck: Sequential scans of public.orders take 63.8 %")).to_be_visible()
        page.locator("#to-finding-1").press("Enter")
        expect(page.get_by_role("link", name="Bottlenecks (2)")).to_have_attribute("aria-current", "page")
        expect(page.get_by_role("img", name=re.compile("blocks read a second: between"))).to_be_visible()
        page.get_by_role("link", name="Create an index on public.orders").click()
        expect(page.get_by_text("CREATE INDEX CONCURRENTLY")).to_be_visible()
        expect(page).to_have_url(re.compile(f"tab=analysis&run={ANALYZED}&part=recommendations"))
        page.reload()
        expect(page.get_by_text("CREATE INDEX CONCURRENTLY")).to_be_visible()
        page.get_by_label("Run").select_option(PLAIN)
        page.get_by_role("button", name="Show").click()
        expect(page.get_by_text(f"plimsoll analyze {PLAIN}")).to_be_visible()
        expect(page.get_by_role("button", name="Analyze")).to_have_count(0)  # nobody may, for want of an admin token
        assert (seen.wrong, seen.foreign) == ([], [])


def test_a_tuning_is_read_and_its_place_is_in_the_address(chromium: Browser, dashboard: str) -> None:
    with visiting(chromium, dashboard) as seen:
        seen.open("?tab=tuning")
        page = seen.page
        expect(page.get_by_text("Proved: 3 changes save 89 %").first).to_be_visible()
        expect(page.get_by_text("CREATE INDEX CONCURRENTLY").first).to_be_visible()
        expect(page.get_by_role("button", name="Advise")).to_have_count(0)  # nobody may, for want of an admin token
        page.get_by_role("link", name=made.ID).click()
        expect(page).to_have_url(re.compile(f"tab=tuning&tuning={made.ID}"))
        page.get_by_role("link", name="Drop index orders_note_idx").click()
        expect(page.locator("#change-3")).to_be_in_viewport()
        page.goto(f"{dashboard}/?tab=tuning&tuning=20200101-000000-nowhere")
        expect(page.get_by_text("There is no tuning 20200101-000000-nowhere.")).to_be_visible()
        assert (seen.wrong, seen.foreign) == ([], [])


def test_a_token_opens_the_pages_and_only_the_admin_may_silence_analyze_and_tune(chromium: Browser, runs: Path) -> None:
    with serving("tokens", runs) as url, visiting(chromium, url) as seen:
        page = seen.page
        page.goto(f"{url}/?tab=alerts")  # which asks for a token first
        page.get_by_label("Token").fill("wrong")
        page.get_by_role("button", name="Enter").click()
        expect(page.get_by_role("alert")).to_have_text("This token is wrong.")
        page.get_by_label("Token").fill(READ)
        page.get_by_role("button", name="Enter").click()
        expect(page.get_by_text("Only who shows the admin token")).to_be_visible()
        page.get_by_role("link", name="enter it").click()
        page.get_by_label("Token").fill(ADMIN)
        page.get_by_role("button", name="Enter").click()
        page.get_by_label("Rule").fill("lock_*")
        page.get_by_label("For", exact=True).fill("2h")
        page.get_by_label("Who").fill("Ada")
        page.get_by_label("Why").fill("<b>a test</b>")
        page.get_by_role("button", name="Silence").click()
        expect(page.get_by_role("heading", name="Silenced:")).to_be_visible()
        expect(page.get_by_role("cell", name="<b>a test</b>")).to_be_visible()
        page.get_by_role("button", name="End it").click()
        expect(page.get_by_text("Nothing is silenced.")).to_be_visible()
        page.goto(f"{url}/?tab=analysis&run={PLAIN}")
        page.get_by_role("button", name="Analyze this run").click()
        expect(page.get_by_role("heading", name="Verdict")).to_be_visible()
        expect(page.get_by_role("button", name="Analyze it again")).to_be_visible()
        page.goto(f"{url}/?tab=tuning")
        expect(page.get_by_text("3 changes save 89 %").first).to_be_visible()
        page.get_by_label("measure on a copy").check()
        page.get_by_label("For").select_option("counters")
        page.get_by_role("button", name="Advise").click()
        expect(page.get_by_role("alert")).to_contain_text("The tuning failed: no database server answers")
        page.goto(f"{url}/nowhere")
        expect(page.get_by_role("heading", name="There is no such page")).to_be_visible()
        missing = page.request.get(f"{url}/api/v1/monitoring/nowhere")
        assert (missing.status, missing.headers["content-type"]) == (404, "application/problem+json")
        strange = page.request.get(f"{url}/reports/..%2Fnowhere")
        assert strange.status == 404
        file = page.request.get(f"{url}/_nicegui/nowhere.js")
        assert (file.status, "There is no such page" in file.text()) == (404, True)  # ours, which builds nothing
        polled = f"{url}/_nicegui_ws/socket.io/?EIO=4&transport=polling"
        assert page.request.get(polled, headers={"Origin": "http://evil.example"}).status == 403
        ours = page.request.get(polled, headers={"Origin": url})
        assert ours.status == 200
        assert not [name for name in ours.headers if name.startswith("access-control-")]
